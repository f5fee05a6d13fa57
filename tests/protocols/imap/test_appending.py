"""Messages are appended to folders of a server: as they are, once, and where they belong."""

import asyncio
from pathlib import Path

import pytest

from store import folders, journal
from store.model import Flag, Role
from store.operations import Delete, Move, SetFlags, SetLabels
from tests.servers.crossing import RECEIVED, letters, local, parcel, second, staged
from tests.servers.dovecot import Dovecot
from tests.servers.imap_account import Account, assert_same, connected, deliver, letter

BOTH = pytest.mark.parametrize("server", ["dovecot", "dovecot_plain"])


@pytest.fixture
def at(request: pytest.FixtureRequest, server: str) -> Dovecot:
    found: Dovecot = request.getfixturevalue(server)
    return found


async def nothing_waits(account: Account) -> None:
    assert await account.waiting() == []


@BOTH
async def test_a_message_arrives_with_its_bytes_flags_labels_and_time(at: Dovecot, tmp_path: Path):
    user = at.user()
    async with connected(at.imap, user, tmp_path) as account:
        await account.sync()
        archive = await account.folder("Archive")
        raw = letter(1)
        flags = Flag.SEEN | Flag.FLAGGED | Flag.ANSWERED
        [message] = await staged(account, archive.id, parcel(raw, flags, ("urgent",)))
        assert [row.id for row in await account.rows("Archive")] == [message]
        await account.sync()
        [row] = await account.rows("Archive")
        assert (row.id, row.flags, row.labels, row.received, row.pending) == (message, flags, ("urgent",), RECEIVED, 0)
        assert row.uid is not None and await account.raw(message) == raw
        [there] = await asyncio.to_thread(at.messages, user, "Archive")
        assert set(there.flags) == {"\\Seen", "\\Flagged", "\\Answered", "urgent"}
        await nothing_waits(account)
        await assert_same(account, at, user, "INBOX", "Archive")
        await account.backend.close()
    async with connected(at.imap, user, tmp_path / "again") as account:  # what the server gives out is the same
        await account.sync()
        [row] = await account.rows("Archive")
        assert (row.received, await account.raw(row.id)) == (RECEIVED, raw)


@BOTH
async def test_equal_messages_and_nameless_ones_all_arrive(at: Dovecot, tmp_path: Path):
    user = at.user()
    async with connected(at.imap, user, tmp_path) as account:
        await account.sync()
        folder = (await account.folder("Archive")).id
        same, nameless = parcel(letter(1)), parcel(letter(2, message_id=None))
        await staged(account, folder, same, same, nameless, nameless)
        await account.sync()
        await account.sync(full=True)
        assert await account.numbers("Archive") == [1, 1, 2, 2]
        await nothing_waits(account)
        await assert_same(account, at, user, "INBOX", "Archive")


@BOTH
async def test_large_messages_and_unix_line_ends_arrive(at: Dovecot, tmp_path: Path):
    user = at.user()
    async with connected(at.imap, user, tmp_path) as account:
        await account.sync()
        large = letter(1, text="x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 5000)
        unix = letter(2).replace(b"\r\n", b"\n")
        ids = await staged(account, (await account.folder("Archive")).id, parcel(large), parcel(unix))
        await account.sync()
        await account.sync(full=True)
        assert {row.id for row in await account.rows("Archive")} == set(ids)
        assert [await account.raw(one) for one in ids] == [large, unix]
        await assert_same(account, at, user, "INBOX", "Archive")


@BOTH
async def test_what_is_done_to_a_message_on_its_way_follows_it(at: Dovecot, tmp_path: Path):
    user = at.user()
    async with connected(at.imap, user, tmp_path) as account:
        await account.sync()
        archive, junk = await account.folder("Archive"), await account.folder("Junk")
        one, two = await staged(account, archive.id, parcel(letter(1)), parcel(letter(2)))
        await account.store.do(SetFlags((one,), add=Flag.SEEN))
        await account.store.do(SetLabels((one,), add=("later",)))
        await account.store.do(Move((one,), junk.id))
        await account.store.do(Delete((two,)))
        await account.store.do(Delete((two,)))
        await account.sync()
        await account.sync(full=True)
        assert [(row.id, row.flags, row.labels) for row in await account.rows("Junk")] == [(one, Flag.SEEN, ("later",))]
        assert await account.numbers("Archive") == await account.numbers("Trash") == []
        await nothing_waits(account)
        await assert_same(account, at, user, "INBOX", "Archive", "Junk", "Trash")


@BOTH
async def test_local_mail_moves_to_a_server_and_back(at: Dovecot, tmp_path: Path):
    user = at.user()
    async with connected(at.imap, user, tmp_path) as account:
        await account.sync()
        old = await local(account)
        ids = await letters(account, old, 1, 2, flags=Flag.SEEN)
        archive = await account.folder("Archive")
        await account.store.do(Move(tuple(ids), archive.id))
        inbox = await account.store.read(lambda c: folders.by_role(c, old.id, Role.INBOX))
        assert inbox is not None and inbox.total == 0
        await account.sync()
        assert await account.numbers("Archive") == [1, 2]
        await assert_same(account, at, user, "INBOX", "Archive")
        await account.store.undo()
        await account.sync()
        await account.sync(full=True)
        inbox = await account.store.read(lambda c: folders.by_role(c, old.id, Role.INBOX))
        assert inbox is not None and (inbox.total, inbox.unread) == (2, 0)
        assert await account.numbers("Archive") == []
        await nothing_waits(account)
        await assert_same(account, at, user, "INBOX", "Archive")


@BOTH
async def test_mail_moves_from_one_server_to_another(at: Dovecot, tmp_path: Path):
    user, other = at.user(), at.user()
    await deliver(at, user, [1, 2])
    async with connected(at.imap, user, tmp_path, keep="summaries") as account, second(account, at.imap, other) as far:
        await account.sync()
        await far.sync()
        one, two = await account.ids(1, 2)
        await account.store.do(Move((one, two), (await far.folder("Archive")).id))
        assert await account.rows() == [] and await far.numbers("Archive") == [1, 2]
        await far.backend.send_journal()  # nothing is here to be sent
        assert await asyncio.to_thread(at.messages, other, "Archive") == []
        await account.backend.send_journal()  # brings the bytes
        assert len(await asyncio.to_thread(at.messages, user)) == 2
        await far.backend.send_journal()
        assert len(await asyncio.to_thread(at.messages, user)) == 2
        await account.backend.send_journal()
        assert await asyncio.to_thread(at.messages, user) == []
        await account.sync(full=True)
        await far.sync(full=True)
        await nothing_waits(account)
        assert await far.numbers("Archive") == [1, 2] and await account.rows() == []
        await assert_same(far, at, other, "INBOX", "Archive")


async def test_a_folder_that_went_away_is_made_again(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        archive = await account.folder("Archive")
        await staged(account, archive.id, parcel(letter(1)))
        await asyncio.to_thread(dovecot.doveadm, "mailbox", "delete", "-u", user, "Archive")
        await account.sync()
        assert [one.message_id for one in await asyncio.to_thread(dovecot.messages, user, "Archive")] == [
            "<1@example.com>"
        ]
        assert await account.store.read(journal.unfinished) == []
