"""Junk is told to the server by its name, and what comes into a muted thread is filed away there too."""

import asyncio
from pathlib import Path

import pytest

from store import listing
from store.model import Flag, ThreadId
from store.operations import Junk, Mute
from tests.servers.dovecot import Dovecot
from tests.servers.imap_account import connected, deliver, letter
from tests.servers.replaying import at_fake, changes


def reply(number: int, *to: int) -> bytes:
    head, blank, body = letter(number).partition(b"\r\n\r\n")
    answered = " ".join(f"<{one}@example.com>" for one in to)
    return head + f"\r\nReferences: {answered}".encode() + blank + body


@pytest.mark.parametrize("server", ["dovecot", "dovecot_plain"])
async def test_junk_is_moved_and_called_so_on_the_server_and_comes_back(
    request: pytest.FixtureRequest, tmp_path: Path, server: str
):
    dovecot: Dovecot = request.getfixturevalue(server)
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2])
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await account.store.do(Junk(await account.ids(1, 2)))
        await account.sync()
        there = await asyncio.to_thread(dovecot.messages, user, "Junk")
        assert {m.subject: "$junk" in {flag.lower() for flag in m.flags} for m in there} == {
            "letter 1": True, "letter 2": True,
        }  # fmt: skip
        await account.store.undo()
        await account.sync()
        await account.store.redo()
        await account.sync()
        await account.store.do(Junk(await account.ids(2, path="Junk")))
        await account.sync()
        [back] = await asyncio.to_thread(dovecot.messages, user)
        assert back.subject == "letter 2"
        names = {flag.lower() for flag in back.flags}
        assert "$notjunk" in names and "$junk" not in names
        assert await account.waiting() == []
        assert await account.numbers("Junk") == [1]


async def test_a_server_that_keeps_no_such_names_is_only_asked_to_move(tmp_path: Path):
    async with at_fake(tmp_path, 1) as (fake, account):
        fake.folder("Junk", "\\Junk")
        fake.inbox.permanent = "\\Seen \\Flagged"
        await account.sync(full=True)
        await account.reconnect()
        fake.log.clear()
        await account.store.do(Junk(await account.ids(1)))
        await account.backend.send_journal()
        assert [command.split()[1] for command in changes(fake)] == ["MOVE"]
        assert await account.waiting() == []
        assert (await account.row(1, "Junk")).labels == ()


async def test_what_comes_into_a_muted_thread_is_archived_and_read_on_the_server(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2])
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await account.store.do(Mute(await account.ids(1)))
        await account.sync()
        await asyncio.to_thread(dovecot.deliver, user, reply(3, 1), "INBOX", "")
        await account.sync()
        assert await account.numbers() == [2]
        await account.sync()
        there = await asyncio.to_thread(dovecot.messages, user, "Archive")
        assert {m.subject: "\\Seen" in m.flags for m in there} == {"letter 1": False, "letter 3": True}
        await account.store.undo()
        await account.sync()
        assert await account.numbers() == [1, 2, 3]
        assert (await account.row(3)).flags == Flag.NONE
        inbox = await asyncio.to_thread(dovecot.messages, user)
        assert {m.subject: "\\Seen" in m.flags for m in inbox} == dict.fromkeys(
            ("letter 1", "letter 2", "letter 3"), False
        )
        assert await account.waiting() == []


async def test_threads_that_an_arrival_makes_one_are_one_from_then_on_and_muted_as_one(
    dovecot: Dovecot, tmp_path: Path
):
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2])
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        first, second = await account.ids(1, 2)

        async def threads() -> set[ThreadId]:
            known = await account.store.read(lambda c: listing.threads(c, [first, second]))
            return set(known.values())

        assert len(await threads()) == 2
        await account.store.do(Mute((first,)))
        await account.sync()
        await asyncio.to_thread(dovecot.deliver, user, reply(3, 1, 2), "INBOX", "")
        await account.sync()
        assert len(await threads()) == 1
        await asyncio.to_thread(dovecot.deliver, user, reply(4, 2), "INBOX", "")
        await account.sync()
        assert await account.numbers() == []  # nobody had read the second letter, which turned out to belong to it
        await account.sync()
        assert len(await asyncio.to_thread(dovecot.messages, user, "Archive")) == 4
        await account.store.undo()
        await account.sync()
        assert await account.numbers() == [1, 2, 3, 4]
        assert len(await asyncio.to_thread(dovecot.messages, user)) == 4
        assert await account.waiting() == []
