"""A connection cut at any byte of a replay or a sync: after the next rounds all is as if nothing had happened."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from protocols.errors import ProtocolError
from store.model import Flag
from store.operations import Archive, Delete, SetFlags
from tests.servers.dovecot import Dovecot
from tests.servers.imap_account import Account, assert_same, connected, deliver
from tests.servers.proxy import Fault, Proxy

FOLDERS = ("INBOX", "Archive", "Trash")
POINTS = 10
"""Cut points a direction and a server, spread over the whole session of a replay."""


async def act(account: Account) -> None:
    await account.store.do(SetFlags(await account.ids(1, 2), add=Flag.SEEN))
    await account.store.do(SetFlags(await account.ids(2), add=Flag.FLAGGED, remove=Flag.SEEN))
    await account.store.do(Archive(await account.ids(3, 4)))
    await account.store.do(SetFlags(await account.ids(4, path="Archive"), add=Flag.SEEN))
    await account.store.do(Delete(await account.ids(5)))
    await account.store.do(Delete(await account.ids(7, path="Trash")))


async def everything_is_done_once(account: Account, dovecot: Dovecot, user: str) -> None:
    for _ in range(3):
        await account.sync()
    assert await account.waiting() == []
    assert [await account.numbers(path) for path in FOLDERS] == [[1, 2, 6], [3, 4], [5]]
    await assert_same(account, dovecot, user, *FOLDERS)
    flags = {m.subject: m.flags for path in FOLDERS for m in await asyncio.to_thread(dovecot.messages, user, path)}
    assert flags == {
        "letter 1": {"\\Seen"}, "letter 2": {"\\Flagged"}, "letter 6": frozenset(),
        "letter 3": frozenset(), "letter 4": {"\\Seen"}, "letter 5": frozenset(),
    }  # fmt: skip
    assert len(await account.hashes("Archive")) == 2


async def replay_cut(dovecot: Dovecot, place: Path, direction: str, point: int, *, killed: bool) -> bool:
    """One replay that is cut after `point` bytes; whether it was."""
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 7))
    await deliver(dovecot, user, [7], folder="Trash")
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, place) as account:
        await account.sync()
        before = {row.subject: row.id for path in FOLDERS for row in await account.rows(path)}
        await act(account)
        await account.reconnect()
        setattr(proxy, direction, Fault(cut_after=point, connections=1, reset=point % 2 == 0))
        try:
            # what a refused second connection makes of it (the shared one) is another test
            await account.backend.send_journal()
        except ProtocolError:
            assert proxy.was_cut.is_set()
        if killed:  # a process that dies writes nothing any more: what it was sending is still "running"
            await account.store.write(
                lambda tx: tx.execute(
                    "UPDATE journal SET state = 'running' WHERE attempts AND state IN ('queued', 'unknown')"
                )
            )
        await account.reconnect()
        await everything_is_done_once(account, dovecot, user)
        after = {row.subject: row.id for path in FOLDERS for row in await account.rows(path)}
        assert after.items() <= before.items()
        return proxy.was_cut.is_set()


@pytest.mark.parametrize("direction", ["to_server", "to_client"])
@pytest.mark.parametrize("server", ["dovecot", "dovecot_plain"])
async def test_a_replay_that_is_cut_anywhere_is_done_exactly_once(
    request: pytest.FixtureRequest, tmp_path: Path, server: str, direction: str
):
    dovecot: Dovecot = request.getfixturevalue(server)
    first, step = {"to_server": (70, 67), "to_client": (700, 233)}[direction]
    cuts = 0
    for index in range(POINTS):
        cuts += await replay_cut(dovecot, tmp_path / str(index), direction, first + index * step, killed=index % 3 == 2)
    assert cuts >= POINTS // 2


@pytest.mark.parametrize("words", [b"UID MOVE", b"UID STORE", b"UID EXPUNGE", b"COPYUID", b" OK Move", b" OK Store"])
@pytest.mark.parametrize("deliver_them", [False, True])
async def test_a_cut_at_the_command_itself_or_at_its_answer_is_done_exactly_once(
    dovecot: Dovecot, tmp_path: Path, words: bytes, deliver_them: bool
):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 7))
    await deliver(dovecot, user, [7], folder="Trash")
    fault = Fault(cut_on=words, deliver=deliver_them, connections=1)
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path) as account:
        await account.sync()
        await act(account)
        await account.reconnect()
        setattr(proxy, "to_server" if words.startswith(b"UID") else "to_client", fault)
        with suppress(ProtocolError):  # none where another connection took over
            await account.backend.send_journal()
        await account.reconnect()
        await everything_is_done_once(account, dovecot, user)


@pytest.mark.parametrize("words", [b"UID COPY", b"UID STORE 3:4", b"SEARCH DELETED", b"EXPUNGE\r\n"])
async def test_a_move_without_move_that_is_cut_between_its_steps_is_done_exactly_once(
    dovecot_plain: Dovecot, tmp_path: Path, words: bytes
):
    """I16."""
    user = dovecot_plain.user()
    await deliver(dovecot_plain, user, range(1, 7))
    await deliver(dovecot_plain, user, [7], folder="Trash")
    async with Proxy(dovecot_plain.imap) as proxy, connected(proxy.port, user, tmp_path) as account:
        await account.sync()
        await act(account)
        await account.reconnect()
        proxy.to_server = Fault(cut_on=words, connections=1)
        with suppress(ProtocolError):  # none where another connection took over
            await account.backend.send_journal()
        await account.reconnect()
        await everything_is_done_once(account, dovecot_plain, user)


async def test_a_sync_that_is_cut_anywhere_ends_like_one_that_was_not(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 31))
    async with Proxy(dovecot.imap) as proxy:
        for index, point in enumerate(range(500, 16_000, 1700)):
            async with connected(proxy.port, user, tmp_path / str(index), opened=False) as account:
                proxy.to_client = Fault(cut_after=point, connections=1)
                for _ in range(2):
                    try:
                        await account.reconnect()
                        await account.sync()
                    except ProtocolError:
                        assert proxy.was_cut.is_set()
                await assert_same(account, dovecot, user)
                assert len(await account.hashes()) == 30
