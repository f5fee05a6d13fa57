"""Takes contents off this disk that accounts no longer keep: in slices, so that neither writer nor screen waits."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence

from protocols.clock import Clock
from store import bodies, eviction, keeping, shrinking
from store.errors import StoreError
from store.eviction import Doomed
from store.keeping import Depth
from store.mailstore import MailStore
from store.model import AccountId
from store.settings import Keep, KeepKind

_log = logging.getLogger(__name__)

PAUSE = 0.02
"""Seconds between two slices: who waits for the writer comes first."""


class Evictor:
    """`run` is the task of a running engine; `evict` does one account now."""

    def __init__(self, store: MailStore, clock: Clock | None = None, pause: float = PAUSE) -> None:
        """`pause`: seconds between two slices; 0 where nobody else wants to write."""
        self._store = store
        self._pause = pause
        self._clock = clock or Clock()
        self._wanted = asyncio.Event()
        self._turn = asyncio.Lock()

    def wake(self) -> None:
        """Look soon: mail came, the day changed, or the accounts keep something else now."""
        self._wanted.set()

    async def run(self, accounts: Callable[[], Iterable[tuple[AccountId, Keep]]]) -> None:
        """Evict whenever it is woken, until cancelled; `accounts` tells what each one keeps by then."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            for account, keep in list(accounts()):
                try:
                    await self.evict(account, keep)
                    await self.shrink()
                except StoreError as error:  # a full disk, a busy store: the next time may be better
                    _log.warning("Nothing was taken off this disk: %s", error.title)

    async def evict(self, account: AccountId, keep: Keep) -> int:
        """Take away what an account no longer keeps; how many messages that were.  Raises StoreError.

        Every slice is a transaction: interrupted anywhere, the next time goes on from there.
        """
        if keep.kind is KeepKind.FULL:
            return 0
        async with self._turn:
            now = int(time.time())

            def choose(connection: sqlite3.Connection) -> list[Doomed]:
                choice = keeping.choice(connection, account, keep, now)
                return eviction.doomed(connection, account, choice)

            going = await self._store.study(choose)
            gone = 0
            for some in eviction.slices(going):
                gone += await self._slice(some, now)
                await self._clock.sleep(self._pause)
        if gone:
            _log.info("account %d: contents of %d messages were taken off this disk", account, gone)
            await self.shrink()
        return gone

    async def shrink(self) -> None:
        """Give back to the disk what is free in the file, if it is much.  Raises StoreError."""
        if not await self._store.read(shrinking.is_worth_it):
            return
        while await self._store.write(shrinking.shrink):
            await self._clock.sleep(self._pause)

    async def _slice(self, some: Sequence[Doomed], now: int) -> int:
        if some[0].depth is Depth.TEXT:
            return int(await self._to_text(some[0], now))
        return len(await self._store.write(lambda tx: eviction.evict(tx, some, now)))

    async def _to_text(self, one: Doomed, now: int) -> bool:
        """Leave the text of a message that is here whole, or of one of which attachments were asked for."""
        raw = await self._store.read(lambda c: bodies.raw(c, one.id))
        if raw is None:
            return await self._store.write(lambda tx: eviction.trim(tx, one, now))
        from protocols.mime.reduced import reduced  # not at the start: it brings the mail formats with it

        tree, texts = await asyncio.to_thread(reduced, raw)
        del raw
        return await self._store.write(lambda tx: eviction.reduce(tx, one, tree, texts, now))
