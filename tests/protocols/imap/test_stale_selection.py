"""A connection that selected a folder earlier may not show the messages that another one has brought since."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint
from protocols.imap.doubts import Touched
from protocols.imap.replay import Replay
from protocols.imap.session import Session
from store.model import Flag
from store.operations import Archive, Copy, Delete, SetFlags
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import BARE, FakeImap, serving
from tests.servers.imap_account import Account, connected, deliver, letter

Look = Callable[[str], Coroutine[None, None, list[tuple[str, frozenset[str]]]]]


@pytest.fixture(params=["full", "plain"])
def any_dovecot(request: pytest.FixtureRequest) -> Dovecot:
    """With everything, and without MOVE and UIDPLUS."""
    server: Dovecot = request.getfixturevalue("dovecot" if request.param == "full" else "dovecot_plain")
    return server


@asynccontextmanager
async def behind(dovecot: Dovecot, place: Path, folder: str = "INBOX") -> AsyncIterator[tuple[Account, Replay, Look]]:
    """Letters 1 to 5 are in a folder; the session of the replay selected it when only the first was there."""
    user = dovecot.user()
    await deliver(dovecot, user, [1], folder)
    async with connected(dovecot.imap, user, place) as account:
        await account.sync()
        credentials = Credentials(user, dovecot.password)
        session = await Session.open(Endpoint.of(account.settings), credentials, lambda response: None)
        try:
            async with session.folder(folder.encode()) as state:
                assert state.exists == 1
            await deliver(dovecot, user, [2, 3, 4, 5], folder)
            await account.sync()

            async def look(path: str) -> list[tuple[str, frozenset[str]]]:
                there = await asyncio.to_thread(dovecot.messages, user, path)
                return sorted((one.subject, frozenset(one.flags)) for one in there)

            yield account, Replay(account.store, account.id, session, Touched()), look
        finally:
            await session.close()


def subjects(found: list[tuple[str, frozenset[str]]]) -> list[str]:
    return [subject for subject, _ in found]


async def test_what_it_does_not_show_yet_is_moved_and_not_lost(any_dovecot: Dovecot, tmp_path: Path):
    async with behind(any_dovecot, tmp_path) as (account, replay, look):
        await account.store.do(Archive(await account.ids(2, 3, 4)))
        await replay.run()
        assert await account.waiting() == []
        assert subjects(await look("Archive")) == ["letter 2", "letter 3", "letter 4"]
        assert subjects(await look("INBOX")) == ["letter 1", "letter 5"]


async def test_its_flags_are_set(any_dovecot: Dovecot, tmp_path: Path):
    async with behind(any_dovecot, tmp_path) as (account, replay, look):
        await account.store.do(SetFlags(await account.ids(2, 5), add=Flag.FLAGGED))
        await replay.run()
        starred = [subject for subject, flags in await look("INBOX") if "\\Flagged" in flags]
        assert starred == ["letter 2", "letter 5"]


async def test_it_is_copied(any_dovecot: Dovecot, tmp_path: Path):
    async with behind(any_dovecot, tmp_path) as (account, replay, look):
        archive = await account.folder("Archive")
        await account.store.do(Copy(await account.ids(1, 4), archive.id))
        await replay.run()
        assert subjects(await look("Archive")) == ["letter 1", "letter 4"]
        assert len(await look("INBOX")) == 5


async def test_it_is_removed_for_good(any_dovecot: Dovecot, tmp_path: Path):
    async with behind(any_dovecot, tmp_path, "Trash") as (account, replay, look):
        await account.store.do(Delete(await account.ids(2, 3, path="Trash")))
        await replay.run()
        assert subjects(await look("Trash")) == ["letter 1", "letter 4", "letter 5"]


async def test_a_copy_that_left_something_out_with_an_ok_removes_nothing_of_it(tmp_path: Path):
    fake = FakeImap(BARE)
    fake.folder("Archive", "\\Archive")
    for number in (1, 2):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.on(r"UID SEARCH UID 1:2$", "* SEARCH 1", "$ OK done", times=1)
        await account.store.do(Archive(await account.ids(1, 2)))
        await account.backend.send_journal()
        copies = [command for command in fake.log if command.startswith(("UID COPY", "UID STORE"))]
        assert copies[:2] == ["UID COPY 1 Archive", "UID STORE 1 +FLAGS.SILENT (\\Deleted)"]
        assert [mail.raw for mail in fake.inbox.mails] == [letter(2)]
