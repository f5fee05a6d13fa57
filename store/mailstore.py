"""The store as everybody else uses it: open, read, write, do, undo, and the feed of changes."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from store import muted_arrivals, unified
from store.changes import ChangeFeed
from store.database import Database, Transaction
from store.model import ActId
from store.paths import make_private_folder
from store.presence import Presence
from store.soundness import Soundness
from store.status import StatusBoard

if TYPE_CHECKING:
    from store.operations import Act, Operation

T = TypeVar("T")

FILE_NAME = "mail.sqlite3"


class MailStore:
    """One data folder.  Several processes may have it open; one of them runs the engine (store/lock.py)."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.changes = ChangeFeed()
        """Every commit of this process, and what other processes told (protocols/control.py)."""
        self.status = StatusBoard(self.changes)
        """What the engine is doing now."""
        self._database = Database(data / FILE_NAME, self.changes, _settle)
        self.soundness = Soundness(self._database, self.status, Presence(data))
        """Whether the file can be trusted, and what speaks against it."""

    @classmethod
    async def open(cls, data: Path) -> Self:
        """Open the store in folder `data` (made 0700), migrating it.

        Raises StoreDamaged, StoreNewer, StoreBusy, DiskFull, StoreError; what cannot be opened is left as it is.
        """
        make_private_folder(data)
        store = cls(data)
        store.soundness.begin()
        try:
            await store._database.open(alone=store.soundness.alone)
        except BaseException:
            store.soundness.end()
            raise
        return store

    async def close(self) -> None:
        """Close the files; what is committed stays."""
        await self._database.close()
        self.soundness.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run `function(connection)` in a reader's thread: `await store.read(lambda c: folders.every(c))`."""
        return await self._database.read(function)

    async def study(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """As `read`, for what takes longer than a screen may wait: on a connection that nobody else needs."""
        return await self._database.study(function)

    async def seek(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """As `read`, for searches: one at a time, and one whose caller is cancelled stops at once."""
        return await self._database.seek(function)

    async def write(self, function: Callable[[Transaction], T], *, durable: bool = False) -> T:
        """Run `function(transaction)` as one transaction; see Database.write."""
        return await self._database.write(function, durable=durable)

    async def do(self, operation: "Operation", *, aside: bool = False) -> "Act":
        """Do what the user asked: durable on return, shown with the next frame, sent when the server is there.

        `aside`: it is done by the way (what is opened is read); undo and redo pass it by.  Raises NotFound,
        NotPossible; nothing is written then.
        """
        from store import acts  # here and below: a list is read, and painted, without

        return await self._database.write(lambda tx: acts.perform(tx, operation, aside=aside), durable=True)

    async def undo(self, act: ActId | None = None) -> "Act":
        """Take back an act, or the last one that can be.  Raises NotFound, NotPossible."""
        from store import acts

        return await self._database.write(lambda tx: acts.undo(tx, act), durable=True)

    async def redo(self, act: ActId | None = None) -> "Act":
        """Do again what was undone last, until something else is done, or a given act; raises NotFound, NotPossible."""
        from store import acts

        return await self._database.write(lambda tx: acts.redo(tx, act), durable=True)


def _settle(tx: Transaction) -> None:
    """What every transaction ends with, whoever wrote."""
    muted_arrivals.settle(tx)
    unified.settle(tx)
