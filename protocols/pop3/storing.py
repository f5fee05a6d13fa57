"""Commits retrieved messages in batches, each read and written while the next ones come over the wire."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from protocols.bulk import READER
from protocols.mime.bulk_worker import Reading
from protocols.pop3.arrivals import Retrieved
from store import folders, maildrop, messages
from store.database import Transaction
from store.maildrop import Drop, Dropped
from store.mailstore import MailStore
from store.model import AccountId, Digest, MessageId, Role

FIRST = (25, 128 * 1024)
LARGEST = (300, 2304 * 1024)
"""Messages and octets of a batch.  The first ones are small, so that mail shows at once and little comes again after a
crash; large ones cost less, since what the search index learned at once is written at once."""
DEPTH = 2
"""Batches in flight beside the one that is being filled: one that is being read, one that is being written."""


@dataclass(slots=True)
class _Batch:
    """Messages that are committed together."""

    messages: list[Retrieved] = field(default_factory=list)
    octets: int = 0


class Storing:
    """`put` each message, then `finish`: what was put is committed together with its maildrop row.

    The disk need not have it yet: that costs a wait for each batch, and a power cut then takes both, so that the
    message, which is still on the server, is fetched again.
    """

    def __init__(
        self,
        store: MailStore,
        account: AccountId,
        now: Callable[[], float],
        known: dict[str, Dropped],
        bare: Mapping[str, MessageId],
        committed: Callable[[int], None],
    ) -> None:
        """`known` gets what is stored; `bare` are messages that are here by their headers, and become whole.

        `committed` hears after each commit how many messages are stored by now.
        """
        self._store = store
        self._account = account
        self._now = now
        self._known = known
        self._bare = bare
        self._committed = committed
        self._batch = _Batch()
        self._limits = FIRST
        self._flying: deque[asyncio.Task[None]] = deque()
        self.count = 0
        """Messages that are committed."""

    async def put(self, message: Retrieved) -> None:
        """Take one message; waits while too many are in flight.  Raises what committing an earlier one raised."""
        self._batch.messages.append(message)
        self._batch.octets += len(message.raw)
        if len(self._batch.messages) >= self._limits[0] or self._batch.octets >= self._limits[1]:
            self._launch()
            self._limits = (min(2 * self._limits[0], LARGEST[0]), min(2 * self._limits[1], LARGEST[1]))
            while len(self._flying) > DEPTH:
                await self._flying[0]
                self._flying.popleft()

    async def finish(self) -> None:
        """Commit what was put.  Raises StoreError."""
        if self._batch.messages:
            self._launch()
        try:
            while self._flying:
                await self._flying[0]
                self._flying.popleft()
        except BaseException:
            await self.abandon()
            raise

    async def abandon(self) -> None:
        """Forget what is not being committed yet."""
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)
        self._flying.clear()

    def _launch(self) -> None:
        before = self._flying[-1] if self._flying else None
        self._flying.append(asyncio.create_task(self._fly(self._batch.messages, before)))
        self._batch = _Batch()

    async def _fly(self, batch: list[Retrieved], before: asyncio.Task[None] | None) -> None:
        digests = await READER.read(Reading.WHOLE, [message.raw for message in batch])
        if before is not None:
            await before
        now = int(self._now())
        # on the disk together with its maildrop row, or neither is; nobody leaves the server before (see sync.py)
        stored = await self._store.write(lambda tx: self._write(tx, batch, digests, now))
        for key in stored:
            row = self._known.get(key)
            self._known[key] = Dropped(Drop.STORED, now if row is None else row.first_seen, now)
        self.count += len(stored)
        self._committed(self.count)

    def _write(self, tx: Transaction, batch: list[Retrieved], digests: list[Digest], now: int) -> Collection[str]:
        """Answers the keys of what is here whole now."""
        inbox = folders.ensure_role(tx, self._account, Role.INBOX)
        maildrop.forget(tx, self._account, [message.key for message in batch if message.anew])
        new, whole, identities = [], [], {}
        for message, digest in zip(batch, digests, strict=True):
            shown = None if message.anew else self._bare.get(message.key)
            if shown is None:
                new.append(message.arrival(digest, now))
            elif messages.exists(tx.connection, shown):
                whole.append((shown, message.raw, digest))
            else:
                continue  # removed while it came: it is not here, and so not deleted there
            identities[message.key] = message.identity(digest)
        messages.add(tx, self._account, inbox.id, new)
        messages.store_bodies(tx, whole)
        maildrop.stored(tx, self._account, identities, now)
        return identities.keys()
