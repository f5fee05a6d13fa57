"""Several processes on one store: one runs the engine, the others hear of everything and take over when it ends."""

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocols.control.address import private_socket_path, socket_path
from protocols.control.link import Link, link
from protocols.control.message import (
    Garbled,
    changes_in,
    changes_out,
    decode,
    encode,
    error_in,
    error_out,
    status_in,
    status_out,
)
from protocols.control.server import serve
from protocols.engine import Engine
from protocols.errors import Refused, SignInRefused, Throttled, Unreachable
from protocols.station import Station
from store.changes import ChangeSet
from store.errors import NotFound, StoreError
from store.mailstore import MailStore
from store.model import AccountId, Flag, FolderId, MessageId, Protocol
from store.operations import SetFlags
from store.parts import READABLE
from store.settings import Settings
from store.status import AccountStatus, Activity
from tests.protocols.test_engine import one_message, until
from tests.servers.accounts import imap_account
from tests.servers.scripted import Line, Time, secret

SETTINGS = Settings(accounts=(imap_account(1),))


def engine(store: MailStore, line: Line) -> Engine:
    return Engine(store, SETTINGS, passwords=secret, backends={Protocol.IMAP: line.backend}, clock=Time().clock)


def station(store: MailStore, line: Line) -> Station:
    return Station(store, SETTINGS, passwords=secret, backends={Protocol.IMAP: line.backend})


@asynccontextmanager
async def linked(data: Path, line: Line) -> AsyncIterator[tuple[MailStore, MailStore, Link]]:
    """The store of the engine's process, the store of another, and the link between them."""
    async with await MailStore.open(data) as first, await MailStore.open(data) as second:
        running = engine(first, line)
        async with running, serve(first, running), link(second) as opened:
            assert opened is not None
            yield first, second, opened


async def test_without_an_engine_there_is_no_link(tmp_path: Path):
    async with await MailStore.open(tmp_path / "data") as store, link(store) as opened:
        assert opened is None


async def test_a_socket_that_a_dead_process_left_is_no_link_and_no_hindrance(tmp_path: Path):
    async with await MailStore.open(tmp_path / "data") as store:
        (await asyncio.start_unix_server(lambda r, w: None, socket_path(store.data))).close()
        assert socket_path(store.data).exists()
        async with link(store) as opened:
            assert opened is None
        running = engine(store, Line())
        async with running, serve(store, running), link(store) as opened:
            assert opened is not None
        assert not socket_path(store.data).exists()


async def test_only_the_owner_may_use_the_socket(tmp_path: Path):
    async with linked(tmp_path / "data", Line()) as (first, _, _):
        assert stat.S_IMODE(socket_path(first.data).stat().st_mode) == 0o600


async def test_a_long_path_finds_a_short_private_place(tmp_path: Path):
    data = tmp_path / ("long" * 30) / "data"
    async with linked(data, Line()) as (_, _, opened):
        path = socket_path(data)
        assert len(os.fsencode(path)) <= 100
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        await opened.sync()
    path.parent.rmdir()
    path.parent.symlink_to(tmp_path)
    with pytest.raises(StoreError, match="symbolic link"):
        private_socket_path(data)
    path.parent.unlink()


async def test_what_the_engine_changes_is_heard_by_the_other_process(tmp_path: Path):
    async with linked(tmp_path / "data", Line()) as (first, second, _):
        with second.changes.subscribe() as feed:
            message = await one_message(first)
            while message not in (await feed.next()).messages:
                continue


async def test_what_is_on_the_other_processes_screen_comes_first_too(tmp_path: Path):
    line = Line()
    async with linked(tmp_path / "data", line) as (_, _, opened):
        await line.until("watch")
        await opened.focus((FolderId(7), FolderId(8)))
        assert line.focus == (FolderId(7), FolderId(8))


async def test_a_station_that_takes_over_still_knows_what_is_on_its_screen(tmp_path: Path):
    first, second = Line(), Line()
    async with await MailStore.open(tmp_path / "data") as store, await MailStore.open(tmp_path / "data") as other:
        async with station(store, first):
            waiting = station(other, second)
            await waiting.__aenter__()
            waiting.focus((FolderId(7),))
            await first.until("watch")
        await second.until("watch")
        assert second.focus == (FolderId(7),)
        await waiting.__aexit__(None, None, None)


async def test_what_the_other_process_does_wakes_the_engine_and_echoes_nowhere(tmp_path: Path):
    line = Line()
    async with linked(tmp_path / "data", line) as (first, second, opened):
        message = await one_message(first)
        await line.until("watch")
        with first.changes.subscribe() as feed, second.changes.subscribe() as own:
            await second.do(SetFlags((message,), add=Flag.SEEN))
            await line.until("journal")
            while message not in (await feed.next()).messages:
                continue
            assert message in (await own.next()).messages
            await opened.sync()  # anything that came back would have come before the answer
            own.offer(ChangeSet(status=True))
            assert message not in (await own.next()).messages


async def test_a_command_that_only_writes_is_heard_before_it_ends(tmp_path: Path):
    line = Line()
    async with linked(tmp_path / "data", line) as (first, _, _):
        message = await one_message(first)
        async with await MailStore.open(tmp_path / "data") as third, link(third):
            await third.do(SetFlags((message,), add=Flag.FLAGGED))
        await line.until("journal")


async def test_what_waits_in_the_journal_is_told_with_the_first_word(tmp_path: Path):
    line = Line()
    async with linked(tmp_path / "data", line) as (first, _, _):
        message = await one_message(first)
        await line.until("watch")
        async with await MailStore.open(tmp_path / "data") as third:
            await third.do(SetFlags((message,), add=Flag.FLAGGED))
            assert "journal" not in line.asked
            async with link(third):
                await line.until("journal")


async def test_the_status_is_the_same_everywhere(tmp_path: Path):
    async with linked(tmp_path / "data", Line()) as (first, second, _):
        second.status.update("ghost", folder="nowhere")
        await until(second, "box", Activity.ONLINE)
        first.status.update("box", done=3, total=9, error="bad", hint="mend")
        with second.changes.subscribe() as feed:
            while second.status["box"].total != 9:
                await feed.next()
        assert second.status["box"] == first.status["box"]
        assert "ghost" not in second.status.accounts


async def test_requests_are_done_by_the_engine_and_errors_come_back_as_they_are(tmp_path: Path):
    line = Line()
    async with linked(tmp_path / "data", line) as (first, _, opened):
        message = await one_message(first)
        await line.until("watch")
        assert await opened.sync(["box"], ["Work"], summaries=True) == {"box": None}
        assert line.rounds[-1].folders == ("Work",)
        await opened.fetch(message)
        await opened.refresh("box")
        line.syncs.append(Refused("half of it", "ask again", code="NO", text="words"))
        error = (await opened.sync())["box"]
        assert isinstance(error, Refused)
        assert (error.title, error.hint, error.code, error.exit_code) == ("half of it", "ask again", "NO", 6)
        with pytest.raises(NotFound):
            await opened.fetch(MessageId(4711))
        with pytest.raises(NotFound):
            await opened.refresh("bux")
        await opened.pause("box", True)
        assert first.status["box"].paused
        await opened.pause("box", False)
        with pytest.raises(NotFound):
            await opened.pause("bux", True)


async def test_a_request_that_is_given_up_ends_in_the_other_process_and_its_answer_is_nobodys(tmp_path: Path):
    line = Line()
    async with linked(tmp_path / "data", line) as (first, _, opened):
        message = await one_message(first)
        await line.until("watch")
        line.hold_fetches.clear()
        given_up = asyncio.create_task(opened.fetch(message, "2"))
        await line.until("fetch")
        given_up.cancel()
        await line.until("stopped")
        text = asyncio.create_task(opened.fetch(message, READABLE))
        await line.until("fetch", 2)
        text.cancel()
        line.hold_fetches.set()
        await line.until("fetched")
        assert await opened.sync() == {"box": None}


async def test_several_requests_are_answered_each(tmp_path: Path):
    line = Line()
    async with linked(tmp_path / "data", line) as (first, _, opened):
        message = await one_message(first)
        await asyncio.gather(*(opened.fetch(message) for _ in range(20)), opened.sync())
        assert line.asked.count("fetch") == 20


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b'{"do": "harm"}\n', b'{"changes": {"messages": ["1"]}}\n'])
async def test_a_process_that_talks_nonsense_is_dropped_and_the_others_are_served(tmp_path: Path, line: bytes):
    async with linked(tmp_path / "data", Line()) as (first, _, opened):
        reader, writer = await asyncio.open_unix_connection(socket_path(first.data))
        writer.write(line)
        await reader.read()
        writer.close()
        assert await opened.sync() == {"box": None}


async def test_a_line_without_end_is_not_gathered_for_ever(tmp_path: Path):
    async with linked(tmp_path / "data", Line()) as (first, _, opened):
        reader, writer = await asyncio.open_unix_connection(socket_path(first.data))
        writer.write(b"x" * (3 * 1024 * 1024))
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await writer.drain()
            await reader.readexactly(1 << 20)
        writer.close()
        assert await opened.sync() == {"box": None}


async def test_the_second_station_is_linked_and_takes_over(tmp_path: Path):
    line = Line()
    data = tmp_path / "data"
    async with await MailStore.open(data) as first, await MailStore.open(data) as second:
        one, two = station(first, line), station(second, line)
        await one.__aenter__()
        async with two:
            assert (one.runs_engine, two.is_linked) == (True, True)
            assert await two.sync() == {"box": None}
            await one.__aexit__(None, None, None)
            two.refresh("box")
            two.refresh("bux")
            assert await two.sync() == {"box": None}
            assert two.runs_engine
        assert not two.runs_engine


async def test_a_request_over_which_the_engine_ends_is_done_by_the_next(tmp_path: Path):
    line = Line()
    data = tmp_path / "data"
    async with await MailStore.open(data) as first, await MailStore.open(data) as second:
        one, two = station(first, line), station(second, line)
        await one.__aenter__()
        async with two:
            await line.until("watch")
            line.hold.clear()
            waiting = asyncio.create_task(two.sync())
            await line.until("sync", 2)
            line.hold.set()
            await one.__aexit__(None, None, None)
            outcome = await waiting
            assert set(outcome) == {"box"}
            await two.sync()
            assert two.runs_engine


async def test_an_account_that_another_process_added_is_found_when_it_is_asked_for(tmp_path: Path):
    line = Line()
    data = tmp_path / "data"
    more = Settings(accounts=(imap_account(1), imap_account(2, name="new"), imap_account(3, name="newer")))
    async with await MailStore.open(data) as first, await MailStore.open(data) as second:
        backends = {Protocol.IMAP: line.backend}
        file = [Settings(accounts=more.accounts[:2])]
        one = Station(first, SETTINGS, passwords=secret, backends=backends, reload=lambda: file[0])
        async with one, station(second, line) as two:
            assert await two.sync(["new"]) == {"new": None}
            file[0] = more
            await two.configure(more)
            assert set(await two.sync()) == {"box", "new", "newer"}
            with pytest.raises(NotFound):
                await two.sync(["bux"])


HOLDER = """
import asyncio, sys
from pathlib import Path
from protocols.station import Station
from store.mailstore import MailStore
from store.settings import Settings

async def main():
    async with await MailStore.open(Path(sys.argv[1])) as store, Station(store, Settings()) as station:
        print("engine" if station.runs_engine else "linked", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_killed_process_is_followed_by_the_next(tmp_path: Path):
    line = Line()
    data = tmp_path / "data"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, str(data), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"engine\n"
        async with await MailStore.open(data) as store, station(store, line) as mine:
            assert mine.is_linked
            with store.changes.subscribe() as feed:
                process.kill()
                while not (await feed.next()).everything:
                    continue
            await line.until("synced")
            assert mine.runs_engine
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def test_a_change_set_survives_the_way():
    changes = ChangeSet(
        frozenset({MessageId(1), MessageId(2)}), frozenset({FolderId(3)}), frozenset({AccountId(4)}), everything=True
    )
    assert changes_in(decode(encode(changes_out(changes)))) == changes


def test_the_status_survives_the_way():
    board = {"box": AccountStatus(Activity.WAITING, "Hộp", 1, 2, "e", "h", 12.5, 4)}
    assert status_in(decode(encode(status_out(board)))) == board


@pytest.mark.parametrize(
    "error",
    [
        Unreachable("t", "h", step="dns", account="a"),
        Throttled("t", "h", delay=7.0, code="LIMIT", account="a"),
        SignInRefused("t", "h", code="AUTH", account="a"),
        NotFound("t", "h"),
    ],
)
def test_an_error_survives_the_way(error: Exception):
    back = error_in(decode(encode({"e": error_out(error)}))["e"])  # type: ignore[arg-type]
    assert type(back) is type(error)
    assert vars(back) == vars(error)


@pytest.mark.parametrize("line", [b"", b"1", b'{"a"', b"\xff"])
def test_what_is_no_message_is_said_to_be_none(line: bytes):
    with pytest.raises(Garbled):
        decode(line)
