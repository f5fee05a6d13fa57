"""One IDLE (RFC 2177) from its beginning to the answer to DONE, and why it ended."""

import asyncio
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from protocols.errors import Misbehaved
from protocols.imap.answers import Tagged
from protocols.imap.framing import Response
from protocols.imap.wire import Exchange, Sink, Wire, timed_out

_NEWS = frozenset({"EXISTS", "EXPUNGE", "FETCH", "VANISHED"})
"""What is worth ending an IDLE for; RECENT and `OK Still here` are not."""
BEGIN_DEADLINE = 30.0
DONE_DEADLINE = 15.0


class IdleEnd(StrEnum):
    """Why an IDLE ended."""

    NEWS = "news"
    """The server announced a change."""
    RENEWAL = "renewal"
    """Its time was up, or the server ended it."""
    WOKEN = "woken"
    """Somebody here wants to use the connection."""


class Idle:
    """The two moments that matter: when the server accepts it, and when there is a reason to end it."""

    def __init__(self, wire: Wire, sink: Sink | None) -> None:
        self._wire = wire
        self._sink = sink
        self._begun: asyncio.Future[Any] = wire.loop.create_future()
        self._end: asyncio.Future[Any] = wire.loop.create_future()

    def heard(self, response: Response) -> None:
        """Take an untagged response of the server."""
        if self._sink is not None:
            self._sink(response)
        if response.name in _NEWS:
            self._finish(IdleEnd.NEWS)

    def accepted(self, text: bytes) -> None:
        """Take the server's `+`."""
        if not self._begun.done():
            self._begun.set_result(None)

    def wake(self) -> None:
        """End it: somebody wants the connection."""
        self._finish(IdleEnd.WOKEN)

    def _finish(self, why: IdleEnd) -> None:
        if not self._end.done():
            self._end.set_result(why)

    @property
    def why(self) -> IdleEnd:
        """Why it ended."""
        return IdleEnd(self._end.result()) if self._end.done() else IdleEnd.RENEWAL

    async def run(self, running: Exchange, renew: float, wakes: Iterable[asyncio.Event]) -> Tagged:
        """Go through it, from `+` to the answer to DONE.  Raises ConnectionLost, Throttled or Misbehaved."""
        wakers = [asyncio.create_task(wake.wait()) for wake in wakes]
        for waker in wakers:
            waker.add_done_callback(lambda task: None if task.cancelled() else self.wake())
        try:
            return await self._run(running, renew)
        finally:
            for waker in wakers:
                waker.cancel()

    async def _run(self, running: Exchange, renew: float) -> Tagged:
        first = asyncio.FIRST_COMPLETED
        await asyncio.wait({running.done, self._begun}, timeout=BEGIN_DEADLINE, return_when=first)
        if not self._begun.done():
            if not running.done.done():
                raise timed_out(self._wire.host, "IDLE", BEGIN_DEADLINE)
            if (tagged := running.done.result()).status == "OK":
                raise Misbehaved(f"{self._wire.host} ended IDLE before it began.", step="command")
            return tagged
        await asyncio.wait({running.done, self._end}, timeout=renew, return_when=first)
        if running.done.done():
            return running.done.result()
        self._wire.send_line(b"DONE")
        return await self._wire.wait(running, DONE_DEADLINE)
