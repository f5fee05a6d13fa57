"""One SQLite file: one writer, two readers, whole transactions in their threads, announced after commit."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TypeVar

import aiosqlite

from store.changes import NOTHING, ChangeFeed, ChangeSet
from store.errors import StoreError
from store.failures import explained
from store.migrations import migrate, refuse_newer
from store.model import AccountId, FolderId, MessageId
from store.newborn import create, identify
from store.paths import make_private_file
from store.preflight import inspect

T = TypeVar("T")

BUSY_TIMEOUT = 20.0
"""Seconds a process waits for another one's write."""

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = FAST",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",  # a WAL that grew in a first sync is cut back to 64 MiB
    "PRAGMA wal_autocheckpoint = 4000",  # every 16 MiB: with the usual 4, each batch of a first sync waits for the disk
)


_ROWS_AT_ONCE = (64, 8, 1)
"""Few sizes, so that the prepared statements are found again; 64 rows of 25 columns stay far below SQLite's limit."""


class Transaction:
    """A running write transaction: the connection, and what will be announced once it is committed."""

    __slots__ = (
        "_accounts",
        "_everything",
        "_folders",
        "_journal",
        "_messages",
        "connection",
        "execute",
        "executemany",
    )

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.execute = connection.execute
        self.executemany = connection.executemany
        self._messages: set[MessageId] = set()
        self._folders: set[FolderId] = set()
        self._accounts: set[AccountId] = set()
        self._journal: set[AccountId] = set()
        self._everything = False

    def with_rows(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Run `statement` once for many rows at a time; its `(VALUES)` stands for `VALUES (?, ...), (?, ...), ...`.

        Row by row the interpreter is given away and asked for again each time; while another thread parses mail, a
        first sync took twice as long by that alone (measured).
        """
        waiting, done = list(rows), 0
        while left := len(waiting) - done:
            size = next(size for size in _ROWS_AT_ONCE if size <= left)
            some, done = waiting[done : done + size], done + size
            self.execute(_for_rows(statement, len(some[0]), size), tuple(chain.from_iterable(some)))

    def changed(
        self,
        *,
        messages: Iterable[MessageId] = (),
        folders: Iterable[FolderId | None] = (),
        accounts: Iterable[AccountId] = (),
        journal: Iterable[AccountId] = (),
        everything: bool = False,
    ) -> None:
        """Name what this transaction changed; it is published after COMMIT, and forgotten on rollback."""
        self._messages.update(messages)
        self._folders.update(folder for folder in folders if folder is not None)
        self._accounts.update(accounts)
        self._journal.update(journal)
        self._everything |= everything

    @property
    def changes(self) -> ChangeSet:
        """All that was named so far."""
        named = ChangeSet(
            frozenset(self._messages),
            frozenset(self._folders),
            frozenset(self._accounts),
            frozenset(self._journal),
            everything=self._everything,
        )
        return NOTHING | named  # collapses when too many


@lru_cache(maxsize=256)
def _for_rows(statement: str, columns: int, rows: int) -> str:
    """A statement of `Transaction.with_rows` for so many rows, each time the same string."""
    one = f"({', '.join('?' * columns)})"
    return statement.replace("(VALUES)", f"VALUES {', '.join([one] * rows)}")


class Database:
    """The connections to one file.  Functions given to `read` and `write` run in a thread and get the connection."""

    def __init__(
        self, path: Path, feed: ChangeFeed, before_commit: Callable[[Transaction], None] = lambda tx: None
    ) -> None:
        """`before_commit` ends every transaction: what has to fit together whoever wrote."""
        self.path = path
        self._feed = feed
        self._before_commit = before_commit
        self.outcome: Callable[[StoreError | None], None] = lambda error: None
        """Hears of every failure of the file, and with None of every commit."""
        self.refusal: StoreError | None = None
        """While there is one nothing is written: what would be is better not trusted to this file."""
        self._writer: aiosqlite.Connection | None = None
        self._readers: list[aiosqlite.Connection] = []
        self._next_reader = 0
        self._seeker: aiosqlite.Connection | None = None
        self._seeking = asyncio.Lock()

    async def open(self, *, alone: bool = False) -> None:
        """Create (0600) or open the file, migrate it, start the readers.  `alone`: nobody else has it open.

        Raises StoreDamaged, StoreNewer, StoreBusy, DiskFull, StoreError; what cannot be opened is left as it is.
        """
        await asyncio.to_thread(_provide, self.path, alone)  # a new file takes as long as several frames
        try:
            self._writer = await self._connect(_prepare_writer)
            for _ in range(2):
                self._readers.append(await self._connect(_prepare_reader))
        except sqlite3.Error as error:
            await self.close()
            raise explained(self.path, error) from error
        except BaseException:
            await self.close()
            raise

    async def _connect(self, prepare: Callable[[sqlite3.Connection], None]) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(
            self.path, timeout=BUSY_TIMEOUT, isolation_level=None, cached_statements=256
        )
        try:
            await _in_thread(connection, prepare)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def close(self) -> None:
        """Close every connection; what was committed stays."""
        connections = [*self._readers, *(one for one in (self._writer, self._seeker) if one is not None)]
        self._readers, self._writer, self._seeker = [], None, None
        for connection in connections:
            await connection.close()

    async def read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run `function(connection)` on a reader: all of its statements see the store as it is at the first."""
        if not self._readers:
            raise StoreError("The store is closed.")
        self._next_reader = (self._next_reader + 1) % len(self._readers)
        try:
            return await _in_thread(self._readers[self._next_reader], lambda c: _look(c, function))
        except sqlite3.Error as error:
            raise self._told(error) from error

    async def study(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """As `read`, on a connection of its own: what takes long keeps no reader from the screen."""
        if not self._readers:
            raise StoreError("The store is closed.")
        try:
            connection = await self._connect(_prepare_reader)
            try:
                return await _in_thread(connection, lambda c: _look(c, function))
            finally:
                await connection.close()
        except sqlite3.Error as error:
            raise self._told(error) from error

    async def seek(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """As `read`, one at a time on a connection for searches; when the caller is cancelled it stops at once."""
        if not self._readers:
            raise StoreError("The store is closed.")
        async with self._seeking:
            try:
                connection = await self._for_seeking()
                running = asyncio.ensure_future(_in_thread(connection, lambda c: _look(c, function)))
                try:
                    return await asyncio.shield(running)
                finally:
                    while not running.done():  # cancelled; again, should it have been between two statements
                        with contextlib.suppress(asyncio.CancelledError):  # a second time: it is stopping already
                            await connection.interrupt()
                            await asyncio.wait({running}, timeout=0.01)
                    if not running.cancelled():
                        running.exception()  # nobody waits for what became of it
            except sqlite3.Error as error:
                raise self._told(error) from error

    async def _for_seeking(self) -> aiosqlite.Connection:
        if self._seeker is None:
            connection = await self._connect(_prepare_reader)
            if not self._readers:  # closed meanwhile
                await connection.close()
                raise StoreError("The store is closed.")
            self._seeker = connection
        return self._seeker

    async def write(self, function: Callable[[Transaction], T], *, durable: bool = False) -> T:
        """Run `function(transaction)` between BEGIN IMMEDIATE and COMMIT, then publish what it changed.

        `durable` waits for the disk (synchronous=FULL): journal, drafts, POP3 mail before QUIT.  Without it
        a power cut may take back the last commits, never damage them: what the server holds is then fetched again.
        Any exception rolls back and is raised; a cancelled caller does not stop a running transaction.
        """
        if self._writer is None:
            raise StoreError("The store is closed.")
        if self.refusal is not None:
            raise self.refusal
        # shielded: a caller that is cancelled must not keep a commit from being announced
        return await asyncio.shield(self._commit(self._writer, function, durable))

    async def _commit(self, writer: aiosqlite.Connection, function: Callable[[Transaction], T], durable: bool) -> T:
        def whole(tx: Transaction) -> T:
            result = function(tx)
            self._before_commit(tx)
            return result

        try:
            result, changes = await _in_thread(writer, lambda c: _transact(c, whole, durable=durable))
        except sqlite3.Error as error:
            raise self._told(error) from error
        self.outcome(None)
        self._feed.publish(changes)
        return result

    def _told(self, error: sqlite3.Error) -> StoreError:
        told = explained(self.path, error)
        self.outcome(told)
        return told


def _provide(path: Path, alone: bool) -> None:
    """See that there is a file that can be opened, a new one where there was none."""
    inspect(path, alone=alone)
    create(path)
    make_private_file(path)


async def _in_thread(connection: aiosqlite.Connection, function: Callable[[sqlite3.Connection], T]) -> T:
    """Run a function in the connection's own thread, in one hop.

    aiosqlite offers single statements only; a transaction in one piece needs its (private) queue, which is why
    the minor version is pinned and this is the only place that touches it.
    """
    return await connection._execute(function, connection._conn)  # type: ignore[no-any-return, no-untyped-call]


def _look(connection: sqlite3.Connection, function: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN")
    try:
        return function(connection)
    finally:
        if connection.in_transaction:
            connection.execute("COMMIT")


def _transact(
    connection: sqlite3.Connection, function: Callable[[Transaction], T], *, durable: bool
) -> tuple[T, ChangeSet]:
    connection.execute("PRAGMA synchronous = FULL" if durable else "PRAGMA synchronous = NORMAL")
    transaction = Transaction(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = function(transaction)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back already
            connection.execute("ROLLBACK")
        raise
    return result, transaction.changes


def _prepare_writer(connection: sqlite3.Connection) -> None:
    refuse_newer(connection)
    connection.execute("PRAGMA journal_mode = WAL")
    identify(connection)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    connection.execute("PRAGMA cache_size = -12288")  # of a first sync of 100,000: with 16 MiB no faster, with 8 slower
    migrate(connection)


def _prepare_reader(connection: sqlite3.Connection) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    connection.execute("PRAGMA cache_size = -4096")
    connection.execute("PRAGMA query_only = ON")
