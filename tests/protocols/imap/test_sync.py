"""A folder comes into step with its server: first sync, new mail, flags, removals, UIDVALIDITY, odd servers."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocols.errors import ProtocolError
from protocols.imap import differences, summaries
from protocols.imap.agenda import Place
from store import folders
from store.model import Flag
from store.operations import SetFlags, State
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import BARE, FakeImap, serving
from tests.servers.imap_account import assert_same, connected, deliver, letter
from tests.servers.proxy import Fault, Proxy


@pytest.fixture
async def fake() -> AsyncIterator[FakeImap]:
    server = FakeImap()
    async with serving(server):
        yield server


async def test_a_first_sync_brings_every_message_byte_for_byte(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    raws = [letter(n, text="dòng\r\n.\r\n" * (n % 7)) for n in range(2000)]
    await asyncio.to_thread(dovecot.deliver_all, user, raws)
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        assert await account.hashes() == {hashlib.sha256(raw).hexdigest() for raw in raws}
        await assert_same(account, dovecot, user)
        folder = await account.folder()
        assert (folder.total, folder.unread) == (2000, 2000)
        assert account.store.status["box"].total == 0


async def test_the_first_sync_commits_newest_first_and_goes_on_after_each_cut(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(summaries, "FIRST_PAGE", 20)
    monkeypatch.setattr(summaries, "BATCH", 40)
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 201))
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path, opened=False) as account:
        seen: list[int] = []
        for attempt in range(12):
            proxy.to_client = Fault(cut_after=24_000)
            try:
                await account.reconnect(proxy.port)
                await account.sync(summaries=True)
            except ProtocolError:
                known = await account.known_uids()
                cursor = await account.cursor()
                seen.append(len(known))
                if cursor is not None:  # never ahead of the rows: all between the two marks is here
                    assert set(range(cursor.backfilled, min(cursor.uidnext, 201))) <= set(known)
                    assert known[-1] >= 200
                if attempt == 1:
                    await deliver(dovecot, user, range(201, 206))
            else:
                break
        assert seen == sorted(seen)
        assert len(set(seen)) > 1
        proxy.to_client = Fault()
        await account.reconnect(proxy.port)
        await account.sync()
        await assert_same(account, dovecot, user)
        assert await account.numbers() == list(range(1, 206))


async def test_mail_that_arrives_while_a_first_sync_was_interrupted_is_not_missed(fake: FakeImap, tmp_path: Path):
    for number in range(1, 31):
        fake.inbox.add(letter(number))
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync(summaries=True)
        folder = await account.folder()
        half = folders.Cursor(7, 31, 20)
        await account.store.write(lambda tx: folders.set_cursor(tx, folder.id, half))
        await account.store.write(lambda tx: tx.execute("DELETE FROM messages WHERE uid < 20"))
        for number in range(31, 36):
            fake.inbox.add(letter(number))
        await account.sync(summaries=True)
        assert await account.numbers() == list(range(1, 36))
        assert await account.cursor() == folders.Cursor(7, 36, 1)


async def test_new_mail_flags_and_removals_of_others_come_over(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 11))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await deliver(dovecot, user, [11, 12], flags="S")
        await asyncio.to_thread(
            dovecot.doveadm, "flags", "add", "-u", user, "\\Seen \\Flagged Work", "mailbox", "INBOX", "uid", "3"
        )
        await asyncio.to_thread(dovecot.doveadm, "expunge", "-u", user, "mailbox", "INBOX", "uid", "5:6")
        await account.sync()
        await assert_same(account, dovecot, user)
        row = await account.row(3)
        assert row.flags == Flag.SEEN | Flag.FLAGGED
        assert row.labels == ("work",)
        assert await account.numbers() == [1, 2, 3, 4, 7, 8, 9, 10, 11, 12]
        await asyncio.to_thread(
            dovecot.doveadm, "flags", "remove", "-u", user, "\\Seen Work", "mailbox", "INBOX", "uid", "3"
        )
        await account.sync()
        row = await account.row(3)
        assert (row.flags, row.labels) == (Flag.FLAGGED, ())


async def test_flags_of_old_mail_come_with_a_full_round(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(differences, "RECENT", 5)
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 21))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await asyncio.to_thread(
            dovecot.doveadm, "flags", "add", "-u", user, "\\Flagged", "mailbox", "INBOX", "uid", "2"
        )
        await account.sync(full=True)
        await assert_same(account, dovecot, user)


async def test_mail_that_another_client_marked_as_deleted_stays_until_it_is_expunged(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2])
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await asyncio.to_thread(
            dovecot.doveadm, "flags", "add", "-u", user, "\\Deleted", "mailbox", "INBOX", "uid", "1"
        )
        await account.sync(full=True)
        assert await account.numbers() == [1, 2]
        await asyncio.to_thread(dovecot.doveadm, "expunge", "-u", user, "mailbox", "INBOX", "uid", "1")
        await account.sync()
        assert await account.numbers() == [2]


async def test_a_pending_flag_survives_a_sync_and_another_flag_of_the_server_is_merged(
    dovecot: Dovecot, tmp_path: Path
):
    user = dovecot.user()
    await deliver(dovecot, user, [1])
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await account.store.do(SetFlags(await account.ids(1), add=Flag.FLAGGED))
        await asyncio.to_thread(dovecot.doveadm, "flags", "add", "-u", user, "\\Seen", "mailbox", "INBOX", "uid", "1")
        inbox = await account.folder()
        # the folder alone, without the replay that a round begins with
        backend = account.backend
        await backend._rounds._sync_folder(backend._pool.worker, Place(inbox, b"INBOX"), full=True)
        row = await account.row(1)
        assert row.flags == Flag.SEEN | Flag.FLAGGED
        assert row.pending == 1
        await account.sync()
        assert dovecot.messages(user)[0].flags == {"\\Seen", "\\Flagged"}


@pytest.mark.parametrize("cut", [False, True])
async def test_a_new_uidvalidity_keeps_ids_and_bodies(dovecot: Dovecot, tmp_path: Path, cut: bool):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 61))
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path) as account:
        await account.sync()
        before = {row.subject: row.id for row in await account.rows()}
        hashes = await account.hashes()
        await asyncio.to_thread(dovecot.doveadm, "expunge", "-u", user, "mailbox", "INBOX", "uid", "7")
        await account.backend.close()
        await asyncio.to_thread(dovecot.doveadm, "mailbox", "update", "--uid-validity", "777", "-u", user, "INBOX")
        if cut:
            proxy.to_client = Fault(cut_on=b"letter 40", connections=1)
        await account.store.do(SetFlags((before["letter 9"], before["letter 7"]), add=Flag.FLAGGED))
        for _ in range(3):
            try:
                await account.reconnect()
                await account.sync()
            except ProtocolError:
                assert len(await account.rows()) == 60
            else:
                break
        await account.sync()
        after = {row.subject: row.id for row in await account.rows()}
        assert after == {subject: id_ for subject, id_ in before.items() if subject != "letter 7"}
        assert len(await account.hashes() & hashes) == 59
        await assert_same(account, dovecot, user)
        flagged = [m.subject for m in dovecot.messages(user) if "\\Flagged" in m.flags]
        assert flagged == ["letter 9"]
        (lost,) = await account.waiting()
        assert (lost.message, lost.state) == (before["letter 7"], State.REFUSED)
        assert "could not be found again" in lost.error


async def test_the_operation_of_a_message_that_was_not_found_again_is_refused_with_a_reason(
    fake: FakeImap, tmp_path: Path
):
    fake.inbox.add(letter(1))
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        await account.store.do(SetFlags(await account.ids(1), add=Flag.FLAGGED))
        fake.inbox.mails.clear()
        fake.inbox.uidvalidity = 8
        fake.inbox.uidnext = 1
        fake.inbox.add(letter(2))
        await account.reconnect()
        await account.sync()
        await account.sync()
        assert await account.numbers() == [2]
        assert fake.said("UID STORE") == []
        rows = await account.store.read(lambda c: c.execute("SELECT state, error FROM journal").fetchall())
        assert rows == [(State.REFUSED, "The server rebuilt the folder, and the message could not be found again.")]


async def test_a_server_that_tells_no_uidnext_is_followed(fake: FakeImap, tmp_path: Path):
    fake.inbox.tells_uidnext = False
    fake.on("STATUS", '* STATUS "INBOX" (MESSAGES 1)', "$ OK done")
    fake.inbox.add(letter(1))
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.add(letter(2))
        await account.sync()
        assert await account.numbers() == [1, 2]
        fetched = len(fake.said("UID FETCH 2 (UID BODY.PEEK[])"))
        await account.sync()
        assert await account.numbers() == [1, 2]
        assert len(fake.said("UID FETCH 2 (UID BODY.PEEK[])")) == fetched == 1


async def test_the_last_message_that_is_echoed_for_a_range_above_it_is_not_new(fake: FakeImap, tmp_path: Path):
    fake.inbox.add(letter(1))
    fake.does(
        "UID FETCH [0-9]+:4294967295 \\(UID FLAGS\\)", lambda command: ["* 1 FETCH (UID 1 FLAGS ())", "$ OK done"]
    )
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.uidnext = 9  # something came and went
        await account.sync()
        assert await account.numbers() == [1]
        assert len(await account.rows()) == 1


async def test_mail_is_found_though_uidnext_did_not_move(fake: FakeImap, tmp_path: Path):
    for number in (1, 2):
        fake.inbox.add(letter(number))
    async with connected(fake.port, "anna", tmp_path) as account:
        fake.inbox.uidnext = 3
        await account.sync()
        fake.inbox.add(letter(3))
        fake.inbox.uidnext = 3
        await account.sync()
        assert await account.numbers() == [1, 2, 3]


@pytest.mark.parametrize("code", ["", "[UNAVAILABLE] "])
async def test_one_poisoned_message_is_shown_as_unreadable_and_the_others_are_read(
    fake: FakeImap, tmp_path: Path, code: str
):
    for number in range(1, 41):
        fake.inbox.add(letter(number))

    def poisoned(command: str) -> list[str | bytes] | None:
        touched = [mail.uid for _, mail in fake.inbox.chosen(command.split()[2])]
        return [f"$ NO {code}Server error while fetching messages"] if 17 in touched else None

    fake.does("UID FETCH .*BODY", poisoned)
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        rows = await account.rows()
        assert len(rows) == 40
        (unreadable,) = [row for row in rows if not row.subject]
        assert unreadable.uid == 17
        assert len(await account.hashes()) == 39
        for _ in range(4):
            await account.sync()
        asked = len(fake.said("UID FETCH 17 (UID BODY.PEEK[])"))
        await account.sync()
        assert len(fake.said("UID FETCH 17 (UID BODY.PEEK[])")) == asked


async def test_a_server_that_refuses_every_fetch_makes_no_message_unreadable(fake: FakeImap, tmp_path: Path):
    for number in range(1, 101):
        fake.inbox.add(letter(number))
    fake.on("UID FETCH .*HEADER", "$ NO out of order", times=60)
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert await account.rows() == []
        fake.on("UID FETCH 0", "$ BAD never")
        for _ in range(2):
            await account.sync()
        assert await account.numbers() == list(range(1, 101))


async def test_a_fetch_that_says_ok_without_data_shows_the_message_as_unreadable(fake: FakeImap, tmp_path: Path):
    fake.inbox.add(letter(1))
    fake.inbox.add(letter(2))

    def nothing_of_two(command: str) -> list[str | bytes] | None:
        lines = fake._uid_fetch(command.removeprefix("UID FETCH "), [fake.inbox])
        return [line for line in lines if b"UID 2 " not in bytes(line)] + ["$ OK done"]  # type: ignore[arg-type]

    fake.does("UID FETCH .*BODY", nothing_of_two)
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert sorted(row.subject for row in await account.rows()) == ["", "letter 1"]


async def test_without_internaldate_a_message_has_the_time_of_its_date_header(fake: FakeImap, tmp_path: Path):
    fake.inbox.add(letter(1), date=None)
    fake.inbox.add(b"Subject: letter 2\r\n\r\nno date at all\r\n", date=None)
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert (await account.row(1)).received == 1721124001
        assert (await account.row(2)).received > 1721124001


async def test_a_listing_that_hides_many_messages_for_a_moment_is_not_believed(fake: FakeImap, tmp_path: Path):
    for number in range(1, 201):
        fake.inbox.add(letter(number))
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        hidden = fake.inbox.mails[100:160]
        del fake.inbox.mails[100:160]

        def found_again(command: str) -> None:
            fake.inbox.mails[100:100] = hidden

        fake.does("NOOP", lambda command: found_again(command), times=1)
        await account.sync(full=False)
        assert await account.numbers() == list(range(1, 201))


async def test_a_folder_that_is_suddenly_empty_is_believed_when_it_says_so_twice(fake: FakeImap, tmp_path: Path):
    """I08."""
    for number in range(1, 101):
        fake.inbox.add(letter(number))
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        mails, fake.inbox.mails = fake.inbox.mails, []
        await account.sync()
        assert len(await account.rows()) == 100
        fake.inbox.mails = mails
        await account.sync()
        fake.inbox.mails = []
        await account.sync()
        assert len(await account.rows()) == 100
        await account.sync()
        assert await account.rows() == []


async def test_a_full_round_that_the_user_asked_for_believes_an_empty_folder(fake: FakeImap, tmp_path: Path):
    for number in range(1, 101):
        fake.inbox.add(letter(number))
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.mails = []
        await account.sync(full=True)
        assert await account.rows() == []


async def test_a_full_round_does_not_believe_a_server_that_does_not_say_how_many_there_are(
    fake: FakeImap, tmp_path: Path
):
    for number in range(1, 101):
        fake.inbox.add(letter(number))
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.on("SELECT", f"* OK [UIDVALIDITY {fake.inbox.uidvalidity}] valid", "$ OK [READ-WRITE] selected")
        await account.sync(full=True)
        assert len(await account.rows()) == 100
        await account.sync(full=True)
        assert await account.rows() == []


async def test_an_empty_folder_is_not_searched(tmp_path: Path):
    fake = FakeImap(BARE)
    fake.on("UID (SEARCH|FETCH)", "$ BAD No messages")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        await account.sync()
        assert await account.rows() == []
        assert fake.said("UID") == []


async def test_a_round_in_which_nothing_happened_opens_no_folder(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2, 3])
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await account.sync()
        with account.store.changes.subscribe() as feed:
            await account.sync()
            changes = await feed.next()
        assert not changes.messages
