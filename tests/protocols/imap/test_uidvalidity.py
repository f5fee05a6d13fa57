"""UIDs that mean other messages: UIDVALIDITY changes, flaps or is missing; a server comes from a backup."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocols.errors import ProtocolError
from protocols.imap import rebuild
from store import rebuilds
from store.model import Flag
from store.operations import Archive, SetFlags, State
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import BARE, FULL, FakeImap, serving
from tests.servers.imap_account import Account, assert_same, connected, deliver, letter
from tests.servers.resync_imap import ResyncImap


@pytest.fixture(params=["resync", "full", "bare"])
async def fake(request: pytest.FixtureRequest) -> AsyncIterator[FakeImap]:
    server = ResyncImap() if request.param == "resync" else FakeImap(FULL if request.param == "full" else BARE)
    server.folder("Archive", "\\Archive")
    for number in range(1, 11):
        server.inbox.add(letter(number), date=f"17-Jul-2024 02:44:{number:02d} +0000")
    async with serving(server):
        yield server


def renumber(fake: FakeImap, *, first: int = 1, validity: int | None = None) -> None:
    """What a server does that lost its index: other UIDs under another UIDVALIDITY."""
    box = fake.inbox
    box.uidvalidity = validity or box.uidvalidity + 1
    for uid, mail in enumerate(box.mails, first):
        mail.uid = uid
    box.uidnext = first + len(box.mails)


async def ids(account: Account) -> dict[str, int]:
    return {row.subject: row.id for row in await account.rows()}


async def test_rows_bodies_and_what_waits_follow_their_messages(fake: FakeImap, tmp_path: Path):
    """I05."""
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        before, hashes = await ids(account), await account.hashes()
        await account.backend.close()
        await account.store.do(SetFlags((before["letter 4"],), add=Flag.FLAGGED))
        await account.store.do(Archive((before["letter 5"],)))
        fake.inbox.mails.reverse()
        renumber(fake, first=21)
        fake.log.clear()
        await account.reconnect()
        await account.sync()
        await account.sync()
        after = await ids(account)
        assert after == {subject: row for subject, row in before.items() if subject != "letter 5"}
        assert await account.hashes() | await account.hashes("Archive") == hashes
        assert [mail.uid for mail in fake.inbox.mails if "\\Flagged" in mail.flags] == [27]
        assert [row.subject for row in await account.rows("Archive")] == ["letter 5"]
        assert await account.waiting() == []
        assert not [command for command in fake.said("UID FETCH") if "BODY.PEEK[]" in command]


async def test_messages_without_message_id_are_found_by_size_and_date(tmp_path: Path):
    fake = FakeImap()
    for number in (1, 2, 3):
        date = f"17-Jul-2024 02:44:{number // 2:02d} +0000"  # the last two share theirs, and their size
        fake.inbox.add(letter(number, message_id=None), date=date)
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        before = await ids(account)
        renumber(fake, first=50)
        await account.reconnect()
        await account.sync()
        await account.sync()
        after = await ids(account)
        assert sorted(after) == sorted(before)
        assert after["letter 1"] == before["letter 1"]
        assert {after["letter 2"], after["letter 3"]}.isdisjoint(before.values())
        for row in await account.rows():
            raw = await account.raw(row.id)
            assert raw is not None and row.subject.encode() in raw


async def test_what_waits_for_a_message_that_is_not_found_again_is_refused_where_the_user_sees_it(
    fake: FakeImap, tmp_path: Path
):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        (message,) = await account.ids(4)
        await account.backend.close()
        await account.store.do(SetFlags((message,), add=Flag.FLAGGED))
        del fake.inbox.mails[3]
        renumber(fake)
        await account.reconnect()
        for _ in range(2):
            await account.sync()
        assert await account.numbers() == [1, 2, 3, 5, 6, 7, 8, 9, 10]
        (entry,) = await account.waiting()
        assert (entry.message, entry.state) == (message, State.REFUSED)
        assert entry.error == "The server rebuilt the folder, and the message could not be found again."
        assert fake.said("UID STORE") == []


async def test_nothing_is_removed_before_the_new_listing_was_gone_through(tmp_path: Path):
    """I05."""
    fake = FakeImap()
    for number in range(1, 11):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        before = await ids(account)
        renumber(fake, first=31)
        del fake.inbox.mails[0]
        fake.on("UID FETCH .*HEADER", "* BYE not now", times=1)
        await account.reconnect()
        with pytest.raises(ProtocolError):
            await account.sync()
        assert await ids(account) == before
        await account.reconnect()
        for _ in range(2):
            await account.sync()
        assert await ids(account) == {subject: row for subject, row in before.items() if subject != "letter 1"}


@pytest.mark.parametrize("told", ["* OK [UIDVALIDITY 0] none", "* OK nothing to say"])
async def test_a_folder_without_uidvalidity_says_so_and_the_others_go_on(fake: FakeImap, tmp_path: Path, told: str):
    """I05."""
    fake.boxes["Archive"].add(letter(30))
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        before = await ids(account)
        fake.inbox.add(letter(11))
        fake.boxes["Archive"].add(letter(31))
        fake.on("SELECT INBOX", "* 11 EXISTS", told, "* OK [UIDNEXT 12] next", "$ OK [READ-WRITE] done")
        await account.sync()
        assert await ids(account) == before
        assert "UIDVALIDITY" in (await account.folder()).notice
        assert await account.numbers("Archive") == [30, 31]
        assert (await account.folder("Archive")).notice == ""


async def flap(fake: FakeImap, account: Account, *, full: bool = False) -> None:
    """UIDVALIDITY changes, and a round runs into it."""
    renumber(fake)
    await account.reconnect()
    await account.sync(full=full)


async def test_a_folder_that_is_rebuilt_again_and_again_is_left_alone_until_the_user_asks(
    fake: FakeImap, tmp_path: Path
):
    fake.boxes["Archive"].add(letter(30))
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        for _ in range(rebuild.OFTEN):
            await flap(fake, account)
            assert (await account.folder()).notice == ""
        before = await ids(account)
        fake.inbox.add(letter(11))
        fake.boxes["Archive"].add(letter(31))
        for _ in range(2):
            await flap(fake, account)
            assert "left alone" in (await account.folder()).notice
        assert await ids(account) == before
        assert await account.numbers("Archive") == [30, 31]
        await account.sync(full=True)
        assert (await account.folder()).notice == ""
        assert await account.numbers() == list(range(1, 12))
        assert {key: value for key, value in (await ids(account)).items() if key in before} == before


async def test_a_folder_that_is_left_alone_goes_on_when_it_is_itself_again_or_a_day_later(
    fake: FakeImap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        for _ in range(rebuild.OFTEN):
            await flap(fake, account)
        known = fake.inbox.uidvalidity
        await flap(fake, account)
        assert (await account.folder()).notice
        renumber(fake, validity=known)
        fake.inbox.add(letter(11))
        await account.reconnect()
        await account.sync()
        assert (await account.folder()).notice == ""
        assert await account.numbers() == list(range(1, 12))
        await flap(fake, account)
        assert (await account.folder()).notice
        monkeypatch.setattr(rebuilds, "DAY", -5)
        await account.sync()
        assert (await account.folder()).notice == ""


async def test_an_act_on_a_folder_that_is_left_alone_waits(fake: FakeImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        for _ in range(rebuild.OFTEN + 1):
            await flap(fake, account)
        await account.store.do(SetFlags(await account.ids(2), add=Flag.FLAGGED))
        await account.sync()
        assert fake.said("UID STORE") == []
        assert [entry.state for entry in await account.waiting()] == [State.QUEUED]
        await account.sync(full=True)
        await account.sync()
        assert [mail.uid for mail in fake.inbox.mails if "\\Flagged" in mail.flags] == [2]


async def test_a_uid_that_was_given_again_after_a_backup_is_never_taken_for_the_old_message(
    fake: FakeImap, tmp_path: Path
):
    """I06."""
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        before = await ids(account)
        old = await account.raw(before["letter 8"])
        # back to what it was before letters 7 to 10 came; 7 came again, then others
        del fake.inbox.mails[6:]
        fake.inbox.uidnext = 7
        for number in (21, 7, 22):
            fake.inbox.add(letter(number), date=f"17-Jul-2024 02:44:{number:02d} +0000")
        for _ in range(3):
            await account.sync()
        after = await ids(account)
        assert sorted(after) == sorted(f"letter {n}" for n in (1, 2, 3, 4, 5, 6, 7, 21, 22))
        assert {key: after[key] for key in before if key in after} == {
            key: before[key] for key in before if key in after
        }
        assert await account.raw(after["letter 21"]) == letter(21)
        assert await account.raw(after["letter 7"]) == letter(7)
        assert old == letter(8)
        assert [row.uid for row in await account.rows()] == [9, 7, 8, 6, 5, 4, 3, 2, 1]


async def test_what_waits_is_never_applied_to_a_uid_that_was_given_again(fake: FakeImap, tmp_path: Path):
    """I05."""
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        (message,) = await account.ids(10)
        await account.backend.close()
        await account.store.do(SetFlags((message,), add=Flag.FLAGGED))
        del fake.inbox.mails[7:]
        fake.inbox.uidnext = 8
        for number in (21, 22):
            fake.inbox.add(letter(number))
        fake.inbox.mails[-1].uid = 10  # that of letter 10
        fake.inbox.uidnext = 10
        await account.reconnect()
        for _ in range(3):
            await account.sync()
        assert not [mail for mail in fake.inbox.mails if "\\Flagged" in mail.flags]
        (entry,) = await account.waiting()
        assert (entry.message, entry.state) == (message, State.REFUSED)


@pytest.mark.parametrize("act", [False, True])
async def test_uids_that_were_given_again_are_found_though_the_server_knows_more_than_before(
    fake: FakeImap, tmp_path: Path, act: bool
):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        before = await ids(account)
        await account.backend.close()
        if act:
            await account.store.do(SetFlags((before["letter 9"], before["letter 3"]), add=Flag.FLAGGED))
        del fake.inbox.mails[6:]
        fake.inbox.uidnext = 7
        for number in range(21, 29):
            fake.inbox.add(letter(number), date=f"17-Jul-2024 02:44:{number:02d} +0000")
        if isinstance(fake, ResyncImap):
            fake.highest(fake.inbox)
            fake.past["INBOX"].highest += 50
        await account.reconnect()
        for _ in range(3):
            await account.sync()
        after = await ids(account)
        assert await account.numbers() == [*range(1, 7), *range(21, 29)]
        assert [after[f"letter {n}"] for n in range(1, 7)] == [before[f"letter {n}"] for n in range(1, 7)]
        assert {after[f"letter {n}"] for n in range(21, 29)}.isdisjoint(before.values())
        assert [mail.uid for mail in fake.inbox.mails if "\\Flagged" in mail.flags] == ([3] if act else [])
        assert [entry.state for entry in await account.waiting()] == ([State.REFUSED] if act else [])


async def test_a_replica_that_lags_for_a_moment_costs_nothing(fake: FakeImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        before = await ids(account)
        late = fake.inbox.mails.pop()
        fake.inbox.uidnext = 10
        await account.sync()
        fake.inbox.mails.append(late)
        fake.inbox.uidnext = 11
        for _ in range(2):
            await account.sync()
        assert await ids(account) == before


async def test_a_modseq_that_went_back_makes_us_compare_everything(tmp_path: Path):
    """I07."""
    fake = ResyncImap()
    for number in range(1, 11):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.past.clear()  # numbered anew, from the beginning
        fake.inbox.mails = fake.inbox.mails[:4]
        fake.inbox.mails[0].flags.add("\\Flagged")
        for _ in range(2):
            await account.sync(summaries=True)
        assert await account.numbers() == [1, 2, 3, 4]
        assert (await account.row(1)).flags == Flag.FLAGGED
        cursor = await account.cursor()
        assert cursor is not None and cursor.highestmodseq == fake.highest(fake.inbox)


@pytest.mark.parametrize("status", ['* STATUS "INBOX" (MESSAGES 1)', '* STATUS "INBOX" ()', None])
async def test_uidnext_that_select_does_not_tell_is_asked_for(fake: FakeImap, tmp_path: Path, status: str | None):
    fake.inbox.tells_uidnext = False
    if status is not None:
        fake.on("STATUS", status, "$ OK done")
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        del fake.inbox.mails[9]  # the last one: UID FETCH * tells less than before
        fake.inbox.add(letter(11))
        await account.sync()
        del fake.inbox.mails[9]
        for _ in range(2):
            await account.sync()
        assert await account.numbers() == list(range(1, 10))
        fake.inbox.add(letter(12))
        await account.sync()
        assert await account.numbers() == [*range(1, 10), 12]


@pytest.fixture(params=["dovecot", "dovecot_plain"])
def real(request: pytest.FixtureRequest) -> Dovecot:
    """A Dovecot with all of its extensions, and one without."""
    server: Dovecot = request.getfixturevalue(request.param)
    return server


def copied(dovecot: Dovecot, user: str, place: Path, *, back: bool = False) -> None:
    """Keep a user's mail and index in `place`, or bring them back as they were."""
    for name in ("mail", "index"):
        there, here = dovecot.directory / name / user, place / name
        if back:
            shutil.rmtree(there)
        subprocess.run(["cp", "-a", *map(str, (here, there) if back else (there, here))], check=True)


async def test_a_dovecot_that_came_back_from_a_backup_and_went_on_is_followed(real: Dovecot, tmp_path: Path):
    user, place = real.user(), tmp_path / "backup"
    place.mkdir()
    await deliver(real, user, range(1, 7))
    async with connected(real.imap, user, tmp_path) as account:
        await account.sync()
        await account.backend.close()
        await asyncio.to_thread(copied, real, user, place)
        await deliver(real, user, range(7, 12))
        await account.reconnect()
        await account.sync()
        before = await ids(account)
        await account.store.do(SetFlags((before["letter 2"], before["letter 8"]), add=Flag.FLAGGED))
        await account.backend.close()
        await asyncio.to_thread(copied, real, user, place, back=True)
        await deliver(real, user, [21, 22, 23])
        await account.reconnect()
        for _ in range(3):
            await account.sync()
        await assert_same(account, real, user)
        after = await ids(account)
        assert {key: after[key] for key in before if key in after} == {
            f"letter {n}": before[f"letter {n}"] for n in range(1, 7)
        }
        assert {message.subject for message in real.messages(user) if "\\Flagged" in message.flags} == {"letter 2"}
        assert [entry.state for entry in await account.waiting()] == [State.REFUSED]
        for row in await account.rows():
            assert row.subject.encode() in (await account.raw(row.id) or b"")


async def test_a_new_uidvalidity_on_a_real_server_keeps_every_row(real: Dovecot, tmp_path: Path):
    user = real.user()
    await deliver(real, user, range(1, 9))
    async with connected(real.imap, user, tmp_path) as account:
        await account.sync()
        before = await ids(account)
        await account.backend.close()
        for validity in ("777", "778"):
            await asyncio.to_thread(real.doveadm, "mailbox", "update", "--uid-validity", validity, "-u", user, "INBOX")
            await account.reconnect()
            await account.sync()
            assert await ids(account) == before
            await assert_same(account, real, user)
            await account.backend.close()
        await account.reconnect()
