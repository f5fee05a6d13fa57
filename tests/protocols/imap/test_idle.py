"""IDLE on scripted servers: what ends it, and that it really ends."""

import asyncio

import pytest

from protocols.errors import ConnectionLost, Refused
from protocols.imap.framing import Response
from protocols.imap.idle import IdleEnd
from tests.servers.greeted import greeted
from tests.servers.script import Peer


@pytest.mark.parametrize("line", ["* 4 EXISTS", "* 1 EXPUNGE", "* VANISHED 3", "* 1 FETCH (FLAGS ())"])
async def test_idle_ends_with_news(line):
    async def script(peer: Peer) -> None:
        await peer.expect("IDLE")
        await peer.say("+ idling", "* OK Still here", line)
        assert await peer.line() == b"DONE"
        await peer.say("$ OK done")

    heard: list[Response] = []
    async with greeted(script, on_untagged=heard.append) as connection:
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
    async with greeted(script) as connection:
        assert await connection.idle(renew=0.01) is IdleEnd.RENEWAL
        assert await connection.idle(wakes=[wake]) is IdleEnd.WOKEN


async def test_a_command_ends_an_idle_and_runs():
    idling = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.expect("IDLE")
        await peer.say("+ idling")
        idling.set()
        assert await peer.line() == b"DONE"
        await peer.say("$ OK done")
        await peer.ok("NOOP")

    async with greeted(script) as connection:
        idle = asyncio.create_task(connection.idle())
        await idling.wait()
        assert (await connection.run("NOOP")).status == "OK"
        assert await idle is IdleEnd.WOKEN


async def test_idle_that_is_refused_or_cut_says_so():
    """I17."""

    async def script(peer: Peer) -> None:
        await peer.expect("IDLE")
        await peer.say("$ NO not here")
        await peer.expect("IDLE")
        await peer.say("+ idling", "* BYE too long")

    async with greeted(script) as connection:
        with pytest.raises(Refused):
            await connection.idle()
        with pytest.raises(ConnectionLost, match="too long"):
            await connection.idle()


async def test_a_done_without_answer_ends_the_connection(monkeypatch):
    """I17."""
    monkeypatch.setattr("protocols.imap.idle.DONE_DEADLINE", 0.05)

    async def script(peer: Peer) -> None:
        await peer.expect("IDLE")
        await peer.say("+ idling")

    async with greeted(script) as connection:
        with pytest.raises(ConnectionLost, match="IDLE"):
            await connection.idle(renew=0.01)
        assert connection.closed
