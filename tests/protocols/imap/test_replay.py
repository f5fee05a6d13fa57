"""What a person did reaches the server once, in order, and with proof; what the server refuses is parked."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store import folders, journal
from store.model import Flag, Role
from store.operations import Archive, Delete, Move, SetFlags, State
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import BARE, FULL, FakeImap, serving
from tests.servers.imap_account import Account, assert_same, connected, deliver, letter

NO_MOVE = FULL.replace("MOVE ", "")


@pytest.fixture(params=["full", "plain"])
def any_dovecot(request: pytest.FixtureRequest) -> Dovecot:
    """With everything, and without MOVE and UIDPLUS."""
    name = "dovecot" if request.param == "full" else "dovecot_plain"
    server: Dovecot = request.getfixturevalue(name)
    return server


@pytest.fixture
async def fake() -> AsyncIterator[FakeImap]:
    server = FakeImap()
    server.folder("Archive", "\\Archive")
    server.folder("Trash", "\\Trash")
    async with serving(server):
        yield server


async def numbered(fake: FakeImap, account: Account, count: int) -> None:
    for number in range(1, count + 1):
        fake.inbox.add(letter(number))
    await account.sync()


async def test_flags_go_both_ways(any_dovecot: Dovecot, tmp_path: Path):
    user = any_dovecot.user()
    await deliver(any_dovecot, user, range(1, 6))
    async with connected(any_dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await account.store.do(SetFlags(await account.ids(1, 2), add=Flag.SEEN | Flag.FLAGGED))
        await account.store.do(SetFlags(await account.ids(2), remove=Flag.SEEN))
        await account.backend.send_journal()
        flags = {m.subject: m.flags for m in any_dovecot.messages(user)}
        assert flags["letter 1"] == {"\\Seen", "\\Flagged"}
        assert flags["letter 2"] == {"\\Flagged"}
        assert await account.waiting() == []
        await account.sync(full=True)
        await assert_same(account, any_dovecot, user)


async def test_archive_delete_and_move_keep_the_row_and_reach_the_server(any_dovecot: Dovecot, tmp_path: Path):
    user = any_dovecot.user()
    await deliver(any_dovecot, user, range(1, 9))
    async with connected(any_dovecot.imap, user, tmp_path) as account:
        await account.sync()
        archived, deleted, moved = [await account.ids(n) for n in (1, 2, 3)]
        body = await account.raw(archived[0])
        await account.store.do(Archive(archived))
        await account.store.do(Delete(deleted))
        await account.store.do(Move(moved, (await account.folder("Junk")).id))
        await account.sync()
        await account.sync()
        await assert_same(account, any_dovecot, user, "INBOX", "Archive", "Trash", "Junk")
        row = await account.row(1, "Archive")
        assert (row.id, await account.raw(row.id)) == (archived[0], body)
        assert [(await account.row(2, "Trash")).id, (await account.row(3, "Junk")).id] == [*deleted, *moved]


async def test_removing_for_good_takes_only_that_message(any_dovecot: Dovecot, tmp_path: Path):
    user = any_dovecot.user()
    await deliver(any_dovecot, user, [1, 2, 3], folder="Trash")
    async with connected(any_dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await account.store.do(Delete(await account.ids(2, path="Trash")))
        assert await account.numbers("Trash") == [1, 3]
        await account.sync()
        await account.sync(full=True)
        assert [m.subject for m in any_dovecot.messages(user, "Trash")] == ["letter 1", "letter 3"]
        await assert_same(account, any_dovecot, user, "Trash")


async def test_mail_that_others_marked_as_deleted_is_never_expunged_by_a_move(any_dovecot: Dovecot, tmp_path: Path):
    """I16."""
    user = any_dovecot.user()
    await deliver(any_dovecot, user, range(1, 6))
    async with connected(any_dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await asyncio.to_thread(
            any_dovecot.doveadm, "flags", "add", "-u", user, "\\Deleted", "mailbox", "INBOX", "uid", "4"
        )
        await account.store.do(Archive(await account.ids(1, 2)))
        for _ in range(3):
            await account.sync(full=True)
        there = {m.subject for m in any_dovecot.messages(user) if "\\Deleted" not in m.flags or m.uid == 4}
        assert there == {"letter 3", "letter 4", "letter 5"}
        assert await account.numbers() == [3, 4, 5]
        assert await account.numbers("Archive") == [1, 2]
        assert await account.waiting() == []
        assert [m.subject for m in any_dovecot.messages(user, "Archive")] == ["letter 1", "letter 2"]


async def test_an_undo_before_sending_sends_nothing(fake: FakeImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 2)
        await account.store.do(Archive(await account.ids(1)))
        await account.store.undo()
        await account.backend.send_journal()
        assert fake.said("UID MOVE") == []
        assert await account.numbers() == [1, 2]


async def test_an_undo_after_sending_moves_back(any_dovecot: Dovecot, tmp_path: Path):
    user = any_dovecot.user()
    await deliver(any_dovecot, user, range(1, 4))
    async with connected(any_dovecot.imap, user, tmp_path) as account:
        await account.sync()
        (message,) = await account.ids(2)
        await account.store.do(Delete((message,)))
        await account.sync()
        await account.store.undo()
        for _ in range(3):  # without UIDPLUS each way is known after the sync of its target
            await account.sync()
        assert (await account.row(2)).id == message
        await assert_same(account, any_dovecot, user, "INBOX", "Trash")


async def test_equal_operations_are_one_command_and_what_was_taken_back_is_none(fake: FakeImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 30)
        for number in range(1, 21):
            await account.store.do(SetFlags(await account.ids(number), add=Flag.SEEN))
        await account.store.do(SetFlags(await account.ids(5), remove=Flag.SEEN))
        await account.store.do(Archive(await account.ids(5)))
        await account.backend.send_journal()
        sent = [line for line in fake.log if line.startswith(("UID STORE", "UID MOVE"))]
        assert sent == [
            "UID STORE 1:4,6:20 +FLAGS (\\Seen)",
            "UID MOVE 5 Archive",
        ]
        assert [mail.flags for mail in fake.boxes["Archive"].mails] == [set()]


async def test_what_the_server_refuses_is_parked_with_its_words_while_the_rest_goes_on(fake: FakeImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 5)

        def no_to_three(command: str) -> list[str | bytes] | None:
            touched = [mail.uid for _, mail in fake.inbox.chosen(command.split()[2])]
            return ["$ NO [NOPERM] Not this one"] if 3 in touched else None

        fake.does("UID MOVE", no_to_three)
        await account.store.do(Archive(await account.ids(1, 2, 3, 4)))
        await account.store.do(SetFlags(await account.ids(5), add=Flag.SEEN))
        await account.sync()
        assert len(fake.boxes["Archive"].mails) == 3
        (parked,) = await account.waiting()
        assert (parked.state, parked.error) == (State.REFUSED, "The account may not do this. Not this one")
        assert await account.numbers() == [3, 5]
        fake._quirks.clear()
        await account.store.write(lambda tx: journal.retry(tx, parked.id))
        await account.sync()
        assert await account.waiting() == []
        assert await account.numbers("Archive") == [1, 2, 3, 4]


async def test_a_parked_operation_can_be_given_up(fake: FakeImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 1)
        fake.on("UID STORE", "$ BAD no")
        await account.store.do(SetFlags(await account.ids(1), add=Flag.SEEN))
        await account.backend.send_journal()
        (parked,) = await account.waiting()
        assert (await account.row(1)).flags == Flag.NONE
        await account.store.write(lambda tx: journal.drop(tx, parked.id))
        assert await account.waiting() == []


async def test_a_full_mailbox_refuses_the_move_and_says_so(fake: FakeImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 1)
        fake.on("UID MOVE", "$ NO [OVERQUOTA] Quota exceeded")
        await account.store.do(Archive(await account.ids(1)))
        await account.backend.send_journal()
        (parked,) = await account.waiting()
        assert (parked.state, parked.error) == (State.REFUSED, "The mailbox is full. Quota exceeded")
        assert await account.numbers() == [1]


async def test_a_yes_that_left_the_message_where_it_was_is_no_yes(fake: FakeImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 1)
        fake.on("UID MOVE", "$ OK done", times=1)
        await account.store.do(Archive(await account.ids(1)))
        await account.backend.send_journal()
        (parked,) = await account.waiting()
        assert parked.state is State.REFUSED
        assert await account.numbers() == [1]


async def test_copyuid_in_the_tagged_answer_is_read(fake: FakeImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 2)

        def as_gmail_does(command: str) -> list[str | bytes]:
            first, *gone = fake._uid_move(command.removeprefix("UID MOVE "), [fake.inbox])
            return [*gone, str(first).replace("* OK", "$ OK")]

        fake.does("UID MOVE", as_gmail_does)
        await account.store.do(Archive(await account.ids(2, 1)))
        await account.backend.send_journal()
        rows = {row.subject: row.uid for row in await account.rows("Archive")}
        assert rows == {"letter 1": 1, "letter 2": 2}


@pytest.mark.parametrize("code", ["[COPYUID 7 1:2 1]", "[COPYUID x y z]", ""])
async def test_a_copyuid_that_cannot_be_read_does_not_move_twice(fake: FakeImap, tmp_path: Path, code: str):
    fake.capability = NO_MOVE
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 2)

        def mangled(command: str) -> list[str | bytes]:
            fake._uid_copy(command.removeprefix("UID COPY "), [fake.inbox])
            return [f"$ OK {code} done"]

        fake.does("UID COPY", mangled)
        ids = await account.ids(1, 2)
        await account.store.do(Archive(ids))
        await account.sync()
        await account.sync()
        assert len(fake.boxes["Archive"].mails) == 2
        assert fake.inbox.mails == []
        assert {row.id for row in await account.rows("Archive")} == set(ids)
        assert await account.waiting() == []


async def test_a_copy_whose_source_cannot_be_removed_is_not_copied_again(fake: FakeImap, tmp_path: Path):
    """I16."""
    fake.capability = NO_MOVE
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 2)
        fake.on("UID STORE", "$ NO [NOPERM] You may not delete here")
        await account.store.do(Archive(await account.ids(1, 2)))
        await account.sync()
        assert len(fake.said("UID COPY")) == 1
        assert [entry.error for entry in await account.waiting()] == ["You may not delete here"] * 2
        assert await account.numbers() == [1, 2]
        fake._quirks.clear()
        for entry in await account.waiting():
            await account.store.write(lambda tx, operation=entry.id: journal.retry(tx, operation))
        await account.sync()
        assert len(fake.said("UID COPY")) == 1
        assert [len(fake.boxes[name].mails) for name in ("INBOX", "Archive")] == [0, 2]
        assert await account.waiting() == []


async def test_a_store_without_echo_is_proved_and_a_message_that_is_gone_loses_its_operation(
    fake: FakeImap, tmp_path: Path
):
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 2)

        def silent(command: str) -> list[str | bytes]:
            fake._uid_store(command.removeprefix("UID STORE "), [fake.inbox])
            return ["$ OK done"]

        fake.does("UID STORE", silent)
        await account.store.do(SetFlags(await account.ids(1, 2), add=Flag.SEEN))
        del fake.inbox.mails[1]
        await account.sync()
        assert await account.waiting() == []
        assert await account.numbers() == [1]
        assert (await account.row(1)).flags == Flag.SEEN
        states = await account.store.read(lambda c: c.execute("SELECT state FROM journal ORDER BY id").fetchall())
        assert states == [(State.DONE,), (State.DROPPED,)]


async def test_a_missing_archive_folder_is_made_and_subscribed(tmp_path: Path):
    fake = FakeImap()
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 2)
        await account.store.do(Archive(await account.ids(1)))
        await account.sync()
        assert len(fake.boxes["Archive"].mails) == 1
        assert len(fake.said("CREATE")) == len(fake.said("SUBSCRIBE")) == 1
        assert await account.numbers("Archive") == [1]
        inbox = await account.folder()
        found = await account.store.read(lambda c: folders.by_role(c, inbox.account, Role.ARCHIVE))
        assert found is not None
        assert found.path == "Archive"


async def test_a_target_that_was_removed_meanwhile_is_made_again(fake: FakeImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 1)
        await account.store.do(Archive(await account.ids(1)))
        del fake.boxes["Archive"]
        await account.backend.send_journal()
        assert len(fake.boxes["Archive"].mails) == 1
        assert await account.waiting() == []


async def test_flags_in_a_read_only_folder_are_parked(fake: FakeImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await numbered(fake, account, 1)
        fake.on("UID STORE", "$ NO [READ-ONLY] Mailbox is read-only")
        await account.store.do(SetFlags(await account.ids(1), add=Flag.SEEN))
        await account.sync()
        (parked,) = await account.waiting()
        assert parked.error == "Mailbox is read-only"
        assert (await account.row(1)).flags == Flag.NONE


async def test_without_uidplus_the_sources_of_moves_stay_hidden_in_a_new_store(tmp_path: Path):
    """I16."""
    fake = FakeImap(BARE)
    fake.folder("Archive")
    async with serving(fake):
        async with connected(fake.port, "anna", tmp_path) as account:
            await numbered(fake, account, 3)
            fake.inbox.mails[2].flags.add("\\Deleted")
            await account.store.do(Archive(await account.ids(1)))
            await account.sync()
            await account.sync()
            assert await account.numbers() == [2, 3]
            assert fake.inbox.mails[0].flags == {"\\Deleted"}
            assert fake.said("EXPUNGE") == []
            opened = len(fake.said("SELECT"))
            await account.sync()
            assert len(fake.said("SELECT")) == opened  # nothing to look for, though the counts differ
        async with connected(fake.port, "anna", tmp_path / "other") as account:
            await account.sync()
            await account.sync()
            assert await account.numbers() == [2]


async def test_a_replay_beside_a_sync_leaves_store_and_server_equal(any_dovecot: Dovecot, tmp_path: Path):
    user = any_dovecot.user()
    await deliver(any_dovecot, user, range(1, 501))
    async with connected(any_dovecot.imap, user, tmp_path, keep="summaries") as account:
        await account.sync()
        rows = await account.rows()
        ids = [row.id for row in rows]

        async def act() -> None:
            for start in range(0, 500, 50):
                part = tuple(ids[start : start + 50])
                await account.store.do(SetFlags(part, add=Flag.SEEN))
                await account.store.do(Archive(part[:10]))
                await account.store.do(SetFlags(part[10:20], add=Flag.FLAGGED, remove=Flag.SEEN))
                await account.backend.send_journal()

        async def look() -> None:
            for _ in range(4):
                await account.sync(full=True)

        await asyncio.gather(act(), look())
        await account.sync()
        await account.sync(full=True)
        assert await account.waiting() == []
        await assert_same(account, any_dovecot, user, "INBOX", "Archive")
        assert len(await account.rows("Archive")) == 100
        kept = {row.id for row in (*await account.rows("Archive"), *await account.rows())}
        assert len(kept) == 500
