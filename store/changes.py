"""What became different in the store: change sets that merge, and the feed that carries them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from store.model import AccountId, FolderId, MessageId

LIMIT = 5000
"""Above this many message ids a set collapses to `everything`: re-reading a page is then cheaper than intersecting."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Ids only: a listener reads the store again, so loss and order never matter.  Sets merge with `|`."""

    messages: frozenset[MessageId] = frozenset()
    folders: frozenset[FolderId] = frozenset()
    """Folders whose list, counters or name changed."""
    accounts: frozenset[AccountId] = frozenset()
    journal: frozenset[AccountId] = frozenset()
    """Accounts whose journal has something new to send, or has sent something."""
    status: bool = False
    """Whether the in-memory status (connecting, progress, last error) changed."""
    everything: bool = False
    """Read all again: too much changed to name, or another process changed it."""

    def __or__(self, other: "ChangeSet") -> "ChangeSet":
        messages = self.messages | other.messages
        too_many = len(messages) > LIMIT
        return ChangeSet(
            frozenset() if too_many else messages,
            self.folders | other.folders,
            self.accounts | other.accounts,
            self.journal | other.journal,
            self.status or other.status,
            self.everything or other.everything or too_many,
        )

    def __bool__(self) -> bool:
        return bool(self.messages or self.folders or self.accounts or self.journal or self.status or self.everything)

    @property
    def durable(self) -> bool:
        """Whether anything on the disk changed, not only the status."""
        return bool(self.messages or self.folders or self.accounts or self.journal or self.everything)


NOTHING = ChangeSet()


class Subscription:
    """One listener's single pending set.  It never queues: what is published meanwhile merges into it."""

    def __init__(self) -> None:
        self._pending = NOTHING
        self._arrived = asyncio.Event()

    def offer(self, changes: ChangeSet) -> None:
        """Merge `changes` into what waits, and wake the listener."""
        self._pending |= changes
        self._arrived.set()

    async def next(self) -> ChangeSet:
        """Wait for changes and take all that have gathered."""
        while not self._pending:  # somebody else who waits here may have taken it
            self._arrived.clear()
            await self._arrived.wait()
        changes, self._pending = self._pending, NOTHING
        return changes

    async def __aiter__(self) -> AsyncIterator[ChangeSet]:
        while True:
            yield await self.next()


class ChangeFeed:
    """Tells every subscriber what was committed.  Publish and subscribe on one event loop."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def publish(self, changes: ChangeSet, *, source: Subscription | None = None) -> None:
        """Offer `changes` to every subscriber except `source`, which already knows them."""
        if changes:
            for subscription in self._subscriptions:
                if subscription is not source:
                    subscription.offer(changes)

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """A subscription for the length of a `with` block."""
        subscription = Subscription()
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
