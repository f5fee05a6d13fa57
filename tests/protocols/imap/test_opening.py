"""Opening and closing a connection: greetings that are none, and nothing left behind."""

import asyncio
import gc

import pytest

from protocols.endpoint import Endpoint, Security
from protocols.errors import ConnectionLost, Misbehaved, ProtocolError, Throttled, Unreachable
from protocols.imap.connection import Connection
from tests.servers.greeted import plain_endpoint
from tests.servers.script import Peer, scripted

GREETING = "* OK [CAPABILITY IMAP4rev1 IDLE] hello"


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
    """S08."""

    async def script(peer: Peer) -> None:
        if greeting:
            await peer.send(greeting)

    async with scripted(script) as server:
        with pytest.raises(kind) as failed:
            await Connection.open(plain_endpoint(server.port))
    assert failed.value.step == "greeting"


async def test_a_server_that_does_not_greet_is_given_up():
    """S08, I01."""
    async with scripted(Peer.finished) as server:
        with pytest.raises(ConnectionLost) as failed:
            await Connection.open(plain_endpoint(server.port, timeout=0.1))
    assert failed.value.step == "greeting"


async def test_an_open_that_is_cancelled_leaves_nothing_behind():
    """R04."""
    asked = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.say("* OK hello")
        await peer.expect("CAPABILITY")
        asked.set()
        await peer.finished()

    async with scripted(script) as server:
        opening = asyncio.create_task(Connection.open(plain_endpoint(server.port)))
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
        async with await Connection.open(plain_endpoint(server.port)) as connection:
            assert connection.capabilities.idle
        assert connection.closed
        await connection.close()
    assert said == [b"LOGOUT"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_port_where_nobody_listens_is_unreachable(caplog):
    async with scripted(Peer.finished) as server:
        port = server.port
    with pytest.raises(Unreachable, match="refused") as failed:
        await Connection.open(plain_endpoint(port))
    del failed
    gc.collect()
    assert not caplog.records


async def test_every_error_of_the_wire_is_of_one_tree():
    with pytest.raises(ProtocolError) as failed:
        await Connection.open(Endpoint("nowhere.invalid", 143, Security.NONE))
    assert (failed.value.step, failed.value.exit_code, failed.value.retryable) == ("dns", 4, True)
