"""What servers answer to what is sent: half a yes, a later, a no for good, and how each of them is taken."""

from pathlib import Path

import pytest

from protocols.errors import Throttled
from store.model import Flag
from store.operations import Archive, Copy, Delete, SetFlags, State
from tests.servers.fake_imap import FULL, FakeImap
from tests.servers.imap_account import letter
from tests.servers.replaying import at_fake, changes, states

NO_MOVE = FULL.replace("MOVE ", "")


@pytest.mark.parametrize("code", ["UNAVAILABLE", "SERVERBUG", "INUSE"])
async def test_later_for_one_message_holds_no_other_up_and_is_not_parked(tmp_path: Path, code: str):
    async with at_fake(tmp_path, 9) as (fake, account):
        poisoned = True

        def later(command: str) -> list[str | bytes] | None:
            touched = [mail.uid for _, mail in fake.inbox.chosen(command.split()[2])]
            return [f"$ NO [{code}] come back later"] if poisoned and 3 in touched else None

        fake.does("UID STORE", later)
        await account.store.do(SetFlags(await account.ids(*range(1, 9)), add=Flag.SEEN))
        await account.store.do(Archive(await account.ids(9)))
        with pytest.raises(Throttled):
            await account.backend.send_journal()
        assert await states(account) == ["done", "done", "queued", *["done"] * 6]
        assert len(changes(fake)) <= 8
        assert (await account.row(3)).flags == Flag.SEEN
        await account.store.write(lambda tx: tx.execute("UPDATE journal SET created = created - 1000"))
        await account.sync()  # an act of long ago lets the account go on
        assert (await states(account))[2] == "queued"
        poisoned = False
        await account.sync()
        assert await account.waiting() == []


async def test_a_server_that_wants_everything_later_is_not_asked_for_each_message(tmp_path: Path):
    async with at_fake(tmp_path, 64) as (fake, account):
        fake.on("UID STORE", "$ NO [UNAVAILABLE] later")
        await account.store.do(SetFlags(await account.ids(*range(1, 65)), add=Flag.SEEN))
        with pytest.raises(Throttled):
            await account.backend.send_journal()
        assert len(changes(fake)) < 20
        assert await states(account) == ["queued"] * 64


@pytest.mark.parametrize(
    "text",
    ["[LIMIT] too much", "[THROTTLED] slower", "Request is throttled. Suggested Backoff Time: 5000 milliseconds"],
)
async def test_a_server_that_asks_for_patience_is_left_alone_at_once(tmp_path: Path, text: str):
    async with at_fake(tmp_path, 3) as (fake, account):
        fake.on("UID MOVE", f"$ NO {text}", times=1)
        await account.store.do(Archive(await account.ids(1)))
        await account.store.do(Delete(await account.ids(2)))
        with pytest.raises(Throttled) as raised:
            await account.backend.send_journal()
        assert raised.value.delay > 0
        assert len(changes(fake)) == 1
        assert await states(account) == ["queued", "queued"]
        await account.backend.send_journal()
        assert await states(account) == ["done", "done"]
        assert len(fake.boxes["Archive"].mails) == len(fake.boxes["Trash"].mails) == 1


async def test_patience_between_copy_and_removal_means_to_look_before_copying_again(tmp_path: Path):
    async with at_fake(tmp_path, 2, NO_MOVE) as (fake, account):
        fake.on("UID STORE", "$ NO [UNAVAILABLE] later", times=1)
        await account.store.do(Archive(await account.ids(1, 2)))
        with pytest.raises(Throttled):
            await account.backend.send_journal()
        assert await states(account) == ["unknown", "unknown"]
        await account.backend.send_journal()
        assert len(fake.said("UID COPY")) == 1
        assert [len(fake.boxes[name].mails) for name in ("INBOX", "Archive")] == [0, 2]
        assert await account.waiting() == []


async def test_the_same_no_to_many_messages_is_not_asked_for_each_of_them(tmp_path: Path):
    async with at_fake(tmp_path, 60) as (fake, account):
        fake.on("UID MOVE", "$ NO [OVERQUOTA] full")
        await account.store.do(Archive(await account.ids(*range(1, 61))))
        await account.backend.send_journal()
        assert [entry.error for entry in await account.waiting()] == ["The mailbox is full. full"] * 60
        assert len(changes(fake)) < 30


async def test_a_no_to_every_second_message_parks_no_other(tmp_path: Path):
    async with at_fake(tmp_path, 60) as (fake, account):

        def odd(command: str) -> list[str | bytes] | None:
            touched = [mail.uid for _, mail in fake.inbox.chosen(command.split()[2])]
            return ["$ NO odd"] if any(uid % 2 for uid in touched) else None

        fake.does("UID STORE", odd)
        await account.store.do(SetFlags(await account.ids(*range(1, 61)), add=Flag.SEEN))
        await account.backend.send_journal()
        assert len(await account.waiting()) == 30
        assert sum("\\Seen" in mail.flags for mail in fake.inbox.mails) == 30


async def test_a_command_that_is_not_understood_is_parked_and_not_repeated(tmp_path: Path):
    async with at_fake(tmp_path, 2) as (fake, account):
        fake.on("UID MOVE", "$ BAD what is that")
        await account.store.do(Archive(await account.ids(1)))
        for _ in range(3):
            await account.backend.send_journal()
        assert len(changes(fake)) == 1
        (parked,) = await account.waiting()
        assert parked.state is State.REFUSED
        assert "what is that" in parked.error


@pytest.mark.parametrize("command", ["UID MOVE", "UID COPY"])
async def test_a_target_that_goes_away_at_the_last_moment_is_made_once(tmp_path: Path, command: str):
    async with at_fake(tmp_path, 1) as (fake, account):
        fake.on(command, "$ NO [TRYCREATE] no such folder", times=1)
        ids = await account.ids(1)
        if command == "UID MOVE":
            await account.store.do(Archive(ids))
        else:
            await account.store.do(Copy(ids, (await account.folder("Archive")).id))
        await account.backend.send_journal()
        assert [line.split()[0] for line in changes(fake)] == ["UID", "CREATE", "UID"]
        assert len(fake.boxes["Archive"].mails) == 1
        assert await account.waiting() == []


async def test_a_target_that_cannot_be_made_parks_the_move(tmp_path: Path):
    async with at_fake(tmp_path, 1) as (fake, account):
        fake.on("UID MOVE", "$ NO [TRYCREATE] no such folder")
        await account.store.do(Archive(await account.ids(1)))
        await account.backend.send_journal()
        (parked,) = await account.waiting()
        assert (parked.state, len(fake.said("CREATE"))) == (State.REFUSED, 1)


async def test_pairs_that_are_told_descending_are_read_in_their_order(tmp_path: Path):
    async with at_fake(tmp_path, 3) as (fake, account):

        def descending(command: str) -> list[str | bytes]:
            _take_all(fake, "Archive")
            return ["* OK [COPYUID 7 3,2,1 3,2,1] moved", "* VANISHED 1:3", "$ OK done"]

        fake.does("UID MOVE", descending)
        await account.store.do(Archive(await account.ids(1, 2, 3)))
        await account.backend.send_journal()
        assert {row.subject: row.uid for row in await account.rows("Archive")} == {f"letter {n}": n for n in (1, 2, 3)}
        assert await account.waiting() == []


async def test_what_copyuid_leaves_out_is_asked_for(tmp_path: Path):
    async with at_fake(tmp_path, 3) as (fake, account):
        del fake.inbox.mails[1]  # somebody else was faster

        def some(command: str) -> list[str | bytes]:
            fake.boxes["Archive"].add(fake.inbox.mails.pop(0).raw)
            return ["* OK [COPYUID 7 1 1] moved", "* 1 EXPUNGE", "$ OK done"]

        fake.does("UID MOVE", some, times=1)
        await account.store.do(Archive(await account.ids(1, 2, 3)))
        await account.backend.send_journal()
        assert await states(account) == ["done", "dropped", "refused"]
        await account.sync(full=True)
        assert (await account.numbers(), await account.numbers("Archive")) == ([3], [1])


async def test_what_a_move_did_before_it_was_refused_is_done(tmp_path: Path):
    async with at_fake(tmp_path, 3) as (fake, account):

        def full(command: str) -> list[str | bytes]:
            if len(fake.boxes["Archive"].mails) == 1:
                return ["$ NO [OVERQUOTA] full"]
            fake.boxes["Archive"].add(fake.inbox.mails.pop(0).raw)
            return ["* OK [COPYUID 7 1 1] moved", "* 1 EXPUNGE", "$ NO [OVERQUOTA] full"]

        fake.does("UID MOVE", full)
        await account.store.do(Archive(await account.ids(1, 2, 3)))
        await account.backend.send_journal()
        assert await states(account) == ["done", "refused", "refused"]
        assert [entry.error for entry in await account.waiting()] == ["The mailbox is full. full"] * 2
        assert await account.numbers("Archive") == [1]


@pytest.mark.parametrize("command", [Archive, Copy])
async def test_uids_of_another_generation_mean_nothing_before_the_next_sync(tmp_path: Path, command: type):
    async with at_fake(tmp_path, 2) as (fake, account):
        archive = fake.boxes["Archive"]
        for number in (7, 8):
            archive.add(letter(number))
        await account.sync()
        before = {row.subject: row.id for row in await account.rows("Archive")}
        archive.uidvalidity, archive.uidnext = 70, 2  # the next UID there was that of a letter here
        del archive.mails[1]
        ids = await account.ids(1, 2)
        folder = (await account.folder("Archive")).id
        await account.store.do(Archive(ids) if command is Archive else Copy(ids, folder))
        await account.backend.send_journal()
        assert await states(account) == ["done", "done"]
        await account.sync(full=True)
        await account.sync(full=True)
        rows = {row.subject: (row.id, row.uid) for row in await account.rows("Archive")}
        assert {subject: uid for subject, (_, uid) in rows.items()} == {"letter 7": 1, "letter 1": 2, "letter 2": 3}
        assert rows["letter 7"][0] == before["letter 7"]
        if command is Archive:
            assert (rows["letter 1"][0], rows["letter 2"][0]) == ids


async def test_removals_are_told_as_vanished_too(tmp_path: Path):
    async with at_fake(tmp_path, 2) as (fake, account):

        def vanish(command: str) -> list[str | bytes]:
            _take_all(fake, "Archive")
            return ["* OK [COPYUID 7 1:2 1:2] moved", "* VANISHED 1:2", "$ OK [HIGHESTMODSEQ 9] done"]

        fake.does("UID MOVE", vanish)
        await account.store.do(Archive(await account.ids(1, 2)))
        await account.backend.send_journal()
        assert await states(account) == ["done", "done"]
        assert [row.uid for row in await account.rows("Archive")] == [2, 1]


async def test_a_copy_of_a_message_that_is_gone_loses_its_object(tmp_path: Path):
    async with at_fake(tmp_path, 2) as (fake, account):
        del fake.inbox.mails[1]
        await account.store.do(Copy(await account.ids(1, 2), (await account.folder("Archive")).id))
        await account.backend.send_journal()
        assert await states(account) == ["done", "dropped"]


async def test_no_command_is_longer_than_a_thousand_characters(tmp_path: Path):
    """I20."""
    async with at_fake(tmp_path, 0) as (fake, account):
        for number in range(1, 1001):
            fake.inbox.add(letter(number), uid=100_000 + 2 * number)
        await account.sync(summaries=True)
        rows = await account.rows()
        fake.log.clear()
        ids = tuple(row.id for row in rows)
        await account.store.do(SetFlags(ids, add=Flag.SEEN | Flag.FLAGGED | Flag.ANSWERED))
        await account.store.do(Archive(ids))
        await account.backend.send_journal()
        assert await account.waiting() == []
        assert len(fake.boxes["Archive"].mails) == 1000
        assert max(map(len, changes(fake))) < 990
        assert len(changes(fake)) < 24


async def test_a_folder_that_tells_no_uidnext_is_asked_for_its_last_message(tmp_path: Path):
    async with at_fake(tmp_path, 2, "IMAP4rev1 MOVE IDLE SPECIAL-USE LIST-EXTENDED") as (fake, account):
        fake.on("STATUS Archive", '* STATUS "Archive" (MESSAGES 1 UIDVALIDITY 7 UNSEEN 1)', "$ OK done")
        fake.boxes["Archive"].tells_uidnext = False
        fake.boxes["Archive"].add(letter(1), uid=41)  # an older equal message
        (message,) = await account.ids(1)
        await account.store.do(Archive((message,)))
        await account.store.do(SetFlags(await account.ids(2), add=Flag.SEEN))
        await account.backend.send_journal()
        await account.store.do(SetFlags((message,), add=Flag.FLAGGED))
        await account.backend.send_journal()
        assert [(mail.uid, mail.flags) for mail in fake.boxes["Archive"].mails] == [(41, set()), (42, {"\\Flagged"})]


def _take_all(fake: FakeImap, name: str) -> None:
    for mail in fake.inbox.mails:
        fake.boxes[name].add(mail.raw)
    fake.inbox.mails.clear()


async def test_a_removal_that_only_was_promised_is_asked_for_again(tmp_path: Path):
    async with at_fake(tmp_path, 2) as (fake, account):
        await account.store.do(Delete(await account.ids(1, 2)))
        await account.backend.send_journal()
        fake.on("UID EXPUNGE", "$ OK expunged", times=1)
        await account.store.do(Delete(await account.ids(1, path="Trash")))
        await account.backend.send_journal()
        assert [mail.raw for mail in fake.boxes["Trash"].mails] == [letter(2)]
        assert await account.numbers("Trash") == [2]


async def test_a_removal_that_is_never_done_is_parked_and_shows_the_message_again(tmp_path: Path):
    async with at_fake(tmp_path, 1) as (fake, account):
        await account.store.do(Delete(await account.ids(1)))
        await account.backend.send_journal()
        fake.on("UID EXPUNGE", "$ OK expunged")
        await account.store.do(Delete(await account.ids(1, path="Trash")))
        await account.backend.send_journal()
        (parked,) = await account.waiting()
        assert (parked.state, parked.error) == (State.REFUSED, "The server said yes, but did not remove it.")
        assert await account.numbers("Trash") == [1]
