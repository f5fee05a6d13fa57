"""The connection against scripted servers: turns, losses, time-outs, IDLE."""

import asyncio
import contextlib
import gc
import logging

import pytest

from protocols.endpoint import Endpoint, Security
from protocols.errors import ConnectionLost, Misbehaved, ProtocolError, Refused, Throttled, Unreachable
from protocols.imap.arguments import Literal
from protocols.imap.connection import Connection, IdleEnd
from protocols.imap.framing import Response
from tests.servers.script import Peer, Script, scripted

GREETING = "* OK [CAPABILITY IMAP4rev1 IDLE] hello"


def endpoint(port: int, timeout: float = 5.0) -> Endpoint:
    return Endpoint("localhost", port, Security.NONE, timeout=timeout)


@contextlib.asynccontextmanager
async def connected(script: Script, heard: list[Response] | None = None):
    async def greet_first(peer: Peer) -> None:
        await peer.say(GREETING)
        await script(peer)
        await peer.finished()

    async with scripted(greet_first) as server:
        sink = None if heard is None else heard.append
        connection = await Connection.open(endpoint(server.port), on_untagged=sink)
        try:
            yield connection
        finally:
            await connection.close()


async def test_commands_take_turns():
    async def script(peer: Peer) -> None:
        for number in range(20):
            await peer.ok("NOOP", f"* {number} EXISTS")

    async with connected(script) as connection:
        heard: list[list[Response]] = [[] for _ in range(20)]
        await asyncio.gather(*(connection.run("NOOP", sink=one.append) for one in heard))
    assert [[response.number for response in one] for one in heard] == [[number] for number in range(20)]


@pytest.mark.parametrize(
    "command", ["UID FETCH", "UID STORE", "UID SEARCH", "UID COPY", "UID EXPUNGE", "NOOP", "SELECT"]
)
async def test_no_untagged_response_is_lost(command):
    lines = [
        "* 3 EXISTS",
        "* 2 EXPUNGE",
        "* VANISHED 5",
        "* 1 FETCH (FLAGS ())",
        "* OK [UIDNEXT 4] x",
        '* LIST () "/" "A* B"',
    ]

    async def script(peer: Peer) -> None:
        await peer.ok(command, *lines)

    everything: list[Response] = []
    sunk: list[Response] = []
    async with connected(script, everything) as connection:
        await connection.run(command, sink=sunk.append)
    assert [response.line.decode() for response in sunk] == lines
    assert everything[: len(lines)] == sunk


@pytest.mark.parametrize("piece", [0, 1, 7])
async def test_drips_and_floods_give_the_same_responses(piece):
    raw = b"".join(b"* %d FETCH (UID %d BODY[] {4}\r\n\r\n* )\r\n" % (n, n) for n in range(1, 300))

    async def script(peer: Peer) -> None:
        await peer.expect("UID FETCH")
        await peer.send(raw, piece)
        await peer.say("$ OK done")

    sunk: list[Response] = []
    async with connected(script) as connection:
        await connection.run("UID FETCH", b"1:*", b"(BODY.PEEK[])", sink=sunk.append)
    assert len(sunk) == 299
    assert {response.parts[1] for response in sunk} == {b"\r\n* "}


async def test_twenty_thousand_lines_in_one_chunk_arrive():
    async def script(peer: Peer) -> None:
        await peer.expect("UID FETCH")
        await peer.say(*(f"* {n} FETCH (UID {n} FLAGS (\\Seen))" for n in range(1, 20_001)), "$ OK done")

    sunk: list[Response] = []
    async with connected(script) as connection:
        await connection.run("UID FETCH", b"1:*", b"(FLAGS)", sink=sunk.append)
    assert len(sunk) == 20_000


async def test_a_lost_connection_fails_the_running_command_and_every_later_one():
    async def script(peer: Peer) -> None:
        await peer.expect("SELECT")
        peer.cut()

    async with connected(script) as connection:
        with pytest.raises(ConnectionLost, match="SELECT"):
            await connection.run("SELECT", b"INBOX", deadline=50)
        assert connection.closed
        with pytest.raises(ConnectionLost, match="closed"):
            await connection.run("NOOP")


async def test_a_bye_fails_the_running_command_with_its_words():
    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")
        await peer.say("* BYE timeout")

    async with connected(script) as connection:
        with pytest.raises(ConnectionLost, match="timeout"):
            await connection.run("NOOP")
        assert connection.closed


async def test_silence_ends_the_connection():
    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")

    async with connected(script) as connection:
        with pytest.raises(ConnectionLost, match="NOOP"):
            await connection.run("NOOP", deadline=0.05)
        assert connection.closed


async def test_progress_resets_the_deadline():
    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")
        loop = asyncio.get_running_loop()
        late = loop.time() + 0.5
        while loop.time() < late:
            await peer.say("* OK Still here")
            await asyncio.sleep(0)
        await peer.say("$ OK done")

    async with connected(script) as connection:
        assert (await connection.run("NOOP", deadline=0.4)).status == "OK"


async def test_a_cancelled_command_ends_the_connection():
    started = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")
        started.set()

    async with connected(script) as connection:
        running = asyncio.create_task(connection.run("NOOP"))
        await started.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert connection.closed


async def test_cancelling_a_command_that_waits_for_its_turn_harms_nobody():
    started, go_on = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")
        started.set()
        await go_on.wait()
        await peer.say("$ OK done")

    async with connected(script) as connection:
        first = asyncio.create_task(connection.run("NOOP"))
        await started.wait()
        second = asyncio.create_task(connection.run("SELECT", b"x"))
        await asyncio.sleep(0)
        second.cancel()
        go_on.set()
        assert (await first).status == "OK"
        assert not connection.closed


@pytest.mark.parametrize("line", ["A999 OK who", "$ MAYBE", "+ more", "\0\1\2", "nonsense"])
async def test_a_server_that_breaks_the_protocol_is_left(line):
    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")
        await peer.say(line)

    async with connected(script) as connection:
        with pytest.raises(Misbehaved):
            await connection.run("NOOP")
        assert connection.closed


async def test_a_refused_command_leaves_the_connection_good():
    async def script(peer: Peer) -> None:
        await peer.expect("SELECT")
        await peer.say("$ NO [NONEXISTENT] no such folder")
        await peer.expect("FOO")
        await peer.say("$ BAD what")
        await peer.expect("SELECT")
        await peer.say("$ NO [LIMIT] slow down")
        await peer.expect("SELECT")
        await peer.say("$ NO not now")

    async with connected(script) as connection:
        with pytest.raises(Refused) as refused:
            await connection.run("SELECT", b"x")
        assert (refused.value.code, refused.value.text) == ("NONEXISTENT", "no such folder")
        with pytest.raises(Misbehaved):
            await connection.run("FOO")
        with pytest.raises(Throttled):
            await connection.run("SELECT", b"x")
        assert (await connection.run("SELECT", b"x", ok=("OK", "NO"))).text == b"not now"
        assert not connection.closed


async def test_a_sink_that_fails_ends_the_command_with_its_own_error():
    async def script(peer: Peer) -> None:
        await peer.ok("NOOP", "* 1 EXISTS")

    def sink(response: Response) -> None:
        raise LookupError("sink")

    async with connected(script) as connection:
        with pytest.raises(LookupError):
            await connection.run("NOOP", sink=sink)
        assert connection.closed


async def test_a_literal_is_sent_when_the_server_asks_for_it():
    async def script(peer: Peer) -> None:
        await peer.expect(r"APPEND x \{5\}$")
        await peer.say("+ go on")
        assert await peer.exactly(7) == b"a\r\nbc\r\n"
        await peer.say("$ OK [APPENDUID 1 2] done")

    async with connected(script) as connection:
        tagged = await connection.run("APPEND", b"x", Literal(b"a\r\nbc"))
    assert tagged.code.name == "APPENDUID"


async def test_a_literal_that_the_server_refuses_is_not_sent():
    async def script(peer: Peer) -> None:
        await peer.expect("APPEND")
        await peer.say("$ NO [OVERQUOTA] full")
        await peer.ok("NOOP")

    async with connected(script) as connection:
        with pytest.raises(Refused, match="full"):
            await connection.run("APPEND", b"x", Literal(b"abc"))
        await connection.run("NOOP")


async def test_arguments_with_line_ends_are_refused_before_anything_is_sent():
    async def script(peer: Peer) -> None:
        await peer.ok("NOOP")

    async with connected(script) as connection:
        with pytest.raises(ValueError):
            await connection.run("SELECT", b"x\r\nA2 DELETE y")
        await connection.run("NOOP")


@pytest.mark.parametrize("line", ["* 4 EXISTS", "* 1 EXPUNGE", "* VANISHED 3", "* 1 FETCH (FLAGS ())"])
async def test_idle_ends_with_news(line):
    async def script(peer: Peer) -> None:
        await peer.expect("IDLE")
        await peer.say("+ idling", "* OK Still here", line)
        assert await peer.line() == b"DONE"
        await peer.say("$ OK done")

    heard: list[Response] = []
    async with connected(script, heard) as connection:
        assert await connection.idle() is IdleEnd.NEWS
    assert heard[1].line.decode() == line


async def test_idle_ends_when_its_time_is_up_or_somebody_wakes_it():
    async def script(peer: Peer) -> None:
        for _ in range(2):
            await peer.expect("IDLE")
            await peer.say("+ idling")
            assert await peer.line() == b"DONE"
            await peer.say("$ OK done")

    wake = asyncio.Event()
    wake.set()
    async with connected(script) as connection:
        assert await connection.idle(renew=0.01) is IdleEnd.RENEWAL
        assert await connection.idle(wake=wake) is IdleEnd.WOKEN


async def test_a_command_ends_an_idle_and_runs():
    idling = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.expect("IDLE")
        await peer.say("+ idling")
        idling.set()
        assert await peer.line() == b"DONE"
        await peer.say("$ OK done")
        await peer.ok("NOOP")

    async with connected(script) as connection:
        idle = asyncio.create_task(connection.idle())
        await idling.wait()
        assert (await connection.run("NOOP")).status == "OK"
        assert await idle is IdleEnd.WOKEN


async def test_idle_that_is_refused_or_cut_says_so():
    async def script(peer: Peer) -> None:
        await peer.expect("IDLE")
        await peer.say("$ NO not here")
        await peer.expect("IDLE")
        await peer.say("+ idling", "* BYE too long")

    async with connected(script) as connection:
        with pytest.raises(Refused):
            await connection.idle()
        with pytest.raises(ConnectionLost, match="too long"):
            await connection.idle()


async def test_a_done_without_answer_ends_the_connection(monkeypatch):
    monkeypatch.setattr("protocols.imap.connection._DONE_DEADLINE", 0.05)

    async def script(peer: Peer) -> None:
        await peer.expect("IDLE")
        await peer.say("+ idling")

    async with connected(script) as connection:
        with pytest.raises(ConnectionLost, match="IDLE"):
            await connection.idle(renew=0.01)
        assert connection.closed


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [
        (b"* BYE overloaded\r\n", Unreachable),
        (b"* BYE [UNAVAILABLE] later\r\n", Throttled),
        (b"* BAD no\r\n", Misbehaved),
        (b"A1 OK hello\r\n", Misbehaved),
        (b"HTTP/1.1 400 Bad Request\r\n", Misbehaved),
        (b"SSH-2.0-OpenSSH\r\n", Misbehaved),
        (b"\0\xff\r\n", Misbehaved),
        (b"", ConnectionLost),
    ],
)
async def test_a_greeting_that_is_none_is_a_clean_failure(greeting, kind):
    async def script(peer: Peer) -> None:
        if greeting:
            await peer.send(greeting)

    async with scripted(script) as server:
        with pytest.raises(kind) as failed:
            await Connection.open(endpoint(server.port))
    assert failed.value.step == "greeting"


async def test_a_server_that_does_not_greet_is_given_up():
    async with scripted(Peer.finished) as server:
        with pytest.raises(ConnectionLost) as failed:
            await Connection.open(endpoint(server.port, timeout=0.1))
    assert failed.value.step == "greeting"


async def test_an_open_that_is_cancelled_leaves_nothing_behind():
    asked = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.say("* OK hello")
        await peer.expect("CAPABILITY")
        asked.set()
        await peer.finished()

    async with scripted(script) as server:
        opening = asyncio.create_task(Connection.open(endpoint(server.port)))
        await asked.wait()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_closing_says_logout_and_leaves_no_task():
    said: list[bytes] = []

    async def script(peer: Peer) -> None:
        await peer.say(GREETING)
        said.append(await peer.expect("LOGOUT"))
        await peer.say("* BYE bye", "$ OK done")

    async with scripted(script) as server:
        async with await Connection.open(endpoint(server.port)) as connection:
            assert connection.capabilities.idle
        assert connection.closed
        await connection.close()
    assert said == [b"LOGOUT"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_nothing_is_logged_at_any_level(caplog):
    caplog.set_level(logging.DEBUG, logger="aioimaplib")

    async def script(peer: Peer) -> None:
        await peer.ok("NOOP", "* OK secret")

    async with connected(script) as connection:
        await connection.run("NOOP")
    assert not [record for record in caplog.records if record.name.startswith(("aioimaplib", "protocols"))]


async def test_a_port_where_nobody_listens_is_unreachable(caplog):
    async with scripted(Peer.finished) as server:
        port = server.port
    with pytest.raises(Unreachable, match="refused") as failed:
        await Connection.open(endpoint(port))
    del failed
    gc.collect()
    assert not caplog.records


async def test_every_error_of_the_wire_is_of_one_tree():
    with pytest.raises(ProtocolError) as failed:
        await Connection.open(Endpoint("nowhere.invalid", 143, Security.NONE))
    assert (failed.value.step, failed.value.exit_code, failed.value.retryable) == ("dns", 4, True)
