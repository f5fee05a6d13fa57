"""A server that was restored from a backup hides changes from MODSEQ; the comparison of all flags finds them."""

from pathlib import Path

import pytest

from protocols.imap import audit, standing
from store.model import Flag
from store.operations import SetFlags
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.imap_account import Account, assert_same, connected, deliver, letter
from tests.servers.resync_imap import RESYNC, ResyncImap

CONDSTORE = RESYNC.replace(" QRESYNC", "")


async def wait_a_day(account: Account) -> None:
    """As if every folder had been compared long ago."""
    await account.store.write(lambda tx: tx.execute("UPDATE folders SET compared_at = 1"))


def restore(fake: ResyncImap) -> None:
    """The server comes back as it was before letter 1 was read, and goes on: it has overtaken what we know."""
    past, box = fake.past["INBOX"], fake.inbox
    box.mails[0].flags.clear()  # what the backup took back
    box.mails[1].flags.add("\\Flagged")  # what was done before anybody looked
    past.flags = {mail.uid: frozenset(mail.flags) for mail in box.mails}


def listings(fake: FakeImap) -> list[str]:
    return [command for command in fake.log if command.startswith("UID FETCH") and command.endswith("(UID FLAGS)")]


@pytest.mark.parametrize("capability", [RESYNC, CONDSTORE])
async def test_what_a_restored_server_hides_is_found_within_a_day(tmp_path: Path, capability: str):
    fake = ResyncImap(capability)
    for number in range(1, 6):
        fake.inbox.add(letter(number))
    fake.inbox.mails[0].flags.add("\\Seen")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        restore(fake)
        fake.inbox.mails[2].flags.add("\\Answered")  # what is told, since it came after
        await account.sync(full=True)
        assert (await account.row(3)).flags == Flag.ANSWERED
        await wait_a_day(account)
        await account.sync()
        flags = {number: (await account.row(number)).flags for number in range(1, 6)}
        assert flags == {1: Flag.NONE, 2: Flag.FLAGGED, 3: Flag.ANSWERED, 4: Flag.NONE, 5: Flag.NONE}
        fake.log.clear()
        await account.sync()
        assert listings(fake) == []


async def test_another_number_of_unread_mail_is_looked_into_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(standing, "FULL_EVERY", -1.0)  # not on top of a comparison of just now
    fake = ResyncImap(f"{RESYNC} LIST-STATUS")

    def listing(command: str) -> list[str | bytes]:
        lines = [*fake._list("", [])]
        for box in fake.boxes.values():
            told = str(fake._status(f'"{box.name}"', [])[0])
            lines.append(told.replace("(MESSAGES", f"(HIGHESTMODSEQ {fake.highest(box)} MESSAGES"))
        return [*lines, "$ OK done"]

    fake.does("LIST .*STATUS", listing)
    work = fake.folder("Work")
    for number in range(1, 6):
        work.add(letter(number), "\\Seen")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        await account.sync()
        work.mails[1].flags.clear()
        fake.past["Work"].flags[work.mails[1].uid] = frozenset()
        fake.log.clear()
        await account.sync()
        assert (await account.row(2, "Work")).flags == Flag.NONE
        assert len(listings(fake)) == 1


async def test_what_is_being_sent_is_not_undone_by_the_comparison(tmp_path: Path):
    fake = ResyncImap()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        await wait_a_day(account)
        (message,) = await account.ids(1)
        await account.store.do(SetFlags((message,), Flag.FLAGGED))
        await account.sync()
        assert (await account.row(1)).flags == Flag.FLAGGED
        assert fake.inbox.mails[0].flags == {"\\Flagged"}
        assert await account.waiting() == []


async def test_only_a_few_folders_are_compared_in_a_round_and_each_in_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(audit, "MOST", 2)
    fake = ResyncImap()
    for name in ("A", "B", "C"):
        fake.folder(name).add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        await wait_a_day(account)
        for left in (2, 0, 0):
            await account.sync()
            waiting = await account.store.read(
                lambda c: c.execute("SELECT count(*) FROM folders WHERE compared_at = 1").fetchone()[0]
            )
            assert waiting == left


async def test_a_folder_that_refuses_keeps_no_other_waiting(tmp_path: Path):
    fake = ResyncImap()
    fake.inbox.add(letter(1), "\\Seen")
    fake.folder("Work").add(letter(1), "\\Seen")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        await wait_a_day(account)
        for box in fake.boxes.values():
            box.mails[0].flags.clear()
            fake.past[box.name].flags = {1: frozenset()}
        refusals = [["$ NO [UNAVAILABLE] not now"]]
        fake.does(r"UID FETCH 1:1 \(UID FLAGS\)", lambda _: refusals.pop() if refusals else None)
        await account.sync()
        assert sorted([(await account.row(1)).flags, (await account.row(1, "Work")).flags]) == [Flag.NONE, Flag.SEEN]


async def test_a_comparison_of_a_healthy_server_changes_nothing(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 30))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await wait_a_day(account)
        with account.store.changes.subscribe() as feed:
            await account.sync()
            assert not (await feed.next()).messages
        await assert_same(account, dovecot, user)
