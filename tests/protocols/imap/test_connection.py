"""Commands on scripted servers: turns, losses, time-outs, refusals, literals."""

import asyncio
import logging

import pytest

from protocols.errors import ConnectionLost, Misbehaved, Refused, Throttled
from protocols.imap.arguments import Literal
from protocols.imap.framing import Response
from tests.servers.greeted import greeted
from tests.servers.script import Peer


async def test_commands_take_turns():
    async def script(peer: Peer) -> None:
        for number in range(20):
            await peer.ok("NOOP", f"* {number} EXISTS")

    async with greeted(script) as connection:
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
    async with greeted(script, on_untagged=everything.append) as connection:
        await connection.run(command, sink=sunk.append)
    assert [response.line.decode() for response in sunk] == lines
    assert everything[: len(lines)] == sunk


@pytest.mark.parametrize("piece", [0, 1, 7])
async def test_drips_and_floods_give_the_same_responses(piece):
    """I03."""
    raw = b"".join(b"* %d FETCH (UID %d BODY[] {4}\r\n\r\n* )\r\n" % (n, n) for n in range(1, 300))

    async def script(peer: Peer) -> None:
        await peer.expect("UID FETCH")
        await peer.send(raw, piece)
        await peer.say("$ OK done")

    sunk: list[Response] = []
    async with greeted(script) as connection:
        await connection.run("UID FETCH", b"1:*", b"(BODY.PEEK[])", sink=sunk.append)
    assert len(sunk) == 299
    assert {response.parts[1] for response in sunk} == {b"\r\n* "}


async def test_twenty_thousand_lines_in_one_chunk_arrive():
    """I03."""

    async def script(peer: Peer) -> None:
        await peer.expect("UID FETCH")
        await peer.say(*(f"* {n} FETCH (UID {n} FLAGS (\\Seen))" for n in range(1, 20_001)), "$ OK done")

    sunk: list[Response] = []
    async with greeted(script) as connection:
        await connection.run("UID FETCH", b"1:*", b"(FLAGS)", sink=sunk.append)
    assert len(sunk) == 20_000


async def test_a_lost_connection_fails_the_running_command_and_every_later_one():
    async def script(peer: Peer) -> None:
        await peer.expect("SELECT")
        peer.cut()

    async with greeted(script) as connection:
        with pytest.raises(ConnectionLost, match="SELECT"):
            await connection.run("SELECT", b"INBOX", deadline=50)
        assert connection.closed
        with pytest.raises(ConnectionLost, match="closed"):
            await connection.run("NOOP")


async def test_a_bye_fails_the_running_command_with_its_words():
    """I14."""

    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")
        await peer.say("* BYE timeout")

    async with greeted(script) as connection:
        with pytest.raises(ConnectionLost, match="timeout"):
            await connection.run("NOOP")
        assert connection.closed


async def test_silence_ends_the_connection():
    """I01."""

    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")

    async with greeted(script) as connection:
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

    async with greeted(script) as connection:
        assert (await connection.run("NOOP", deadline=0.4)).status == "OK"


async def test_a_long_upload_is_progress():
    size = 24 << 20

    async def script(peer: Peer) -> None:
        await peer.expect("APPEND")
        await peer.say("+ go on")
        for _ in range(6):
            await peer.exactly(size // 6)
            await asyncio.sleep(0.3)  # the pace of a slow line
        await peer.exactly(2)
        await peer.say("$ OK done")

    async with greeted(script) as connection:
        assert (await connection.run("APPEND", b"x", Literal(b"x" * size), deadline=1.5)).status == "OK"


async def test_a_cancelled_command_ends_the_connection():
    """R04."""
    started = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")
        started.set()

    async with greeted(script) as connection:
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

    async with greeted(script) as connection:
        first = asyncio.create_task(connection.run("NOOP"))
        await started.wait()
        second = asyncio.create_task(connection.run("SELECT", b"x"))
        await asyncio.sleep(0)
        second.cancel()
        go_on.set()
        assert (await first).status == "OK"
        assert not connection.closed


async def test_a_second_answer_to_one_command_is_the_end():
    """I14: it could be taken for the answer to the next."""

    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")
        await peer.say("$ OK done")
        first = peer.tag
        await peer.expect("NOOP")
        await peer.say(first + b" OK done", "$ NO")
        await peer.finished()

    async with greeted(script) as connection:
        await connection.run("NOOP")
        with pytest.raises(Misbehaved):
            await connection.run("NOOP")
        assert connection.closed


@pytest.mark.parametrize("line", ["A999 OK who", "$ MAYBE", "+ more", "\0\1\2", "nonsense"])
async def test_a_server_that_breaks_the_protocol_is_left(line):
    """I14."""

    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")
        await peer.say(line)

    async with greeted(script) as connection:
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

    async with greeted(script) as connection:
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

    async with greeted(script) as connection:
        with pytest.raises(LookupError):
            await connection.run("NOOP", sink=sink)
        assert connection.closed


async def test_a_literal_is_sent_when_the_server_asks_for_it():
    async def script(peer: Peer) -> None:
        await peer.expect(r"APPEND x \{5\}$")
        await peer.say("+ go on")
        assert await peer.exactly(7) == b"a\r\nbc\r\n"
        await peer.say("$ OK [APPENDUID 1 2] done")

    async with greeted(script) as connection:
        tagged = await connection.run("APPEND", b"x", Literal(b"a\r\nbc"))
    assert tagged.code.name == "APPENDUID"


async def test_a_literal_that_the_server_refuses_is_not_sent():
    async def script(peer: Peer) -> None:
        await peer.expect("APPEND")
        await peer.say("$ NO [OVERQUOTA] full")
        await peer.ok("NOOP")

    async with greeted(script) as connection:
        with pytest.raises(Refused, match="full"):
            await connection.run("APPEND", b"x", Literal(b"abc"))
        await connection.run("NOOP")


async def test_arguments_with_line_ends_are_refused_before_anything_is_sent():
    """I20."""

    async def script(peer: Peer) -> None:
        await peer.ok("NOOP")

    async with greeted(script) as connection:
        with pytest.raises(ValueError):
            await connection.run("SELECT", b"x\r\nA2 DELETE y")
        await connection.run("NOOP")


async def test_nothing_is_logged_at_any_level(caplog):
    """K05."""
    caplog.set_level(logging.DEBUG, logger="aioimaplib")

    async def script(peer: Peer) -> None:
        await peer.ok("NOOP", "* OK secret")

    async with greeted(script) as connection:
        await connection.run("NOOP")
    assert not [record for record in caplog.records if record.name.startswith(("aioimaplib", "protocols"))]
