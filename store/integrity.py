"""Checks a database: its pages, its indexes, its search index, and whether its rows agree with each other."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from store.failures import explained
from store.mending import Disagreements, disagreements
from store.search.rebuild import TABLES, Gaps, gaps
from store.search.sources import RESCUED

T = TypeVar("T")

_PATIENCE = 20.0
"""Seconds a check waits for another process's write."""
_LINES = 20
_NAMED = 2
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_OF_INDEXES = ("missing from index", "wrong # of entries in index", "non-unique entry in index")
_HARMLESS = ("never used", " value in ", "CHECK constraint failed")
"""Room that is lost, and what stands in a column: no page is damaged by it, and a salvage would not mend it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found; empty sentences and zeros where all is well."""

    damage: str = ""
    """What is wrong with pages that hold mail: only a salvage helps."""
    search: str = ""
    """What is wrong with the search index: it can be made anew."""
    indexes: str = ""
    """Which indexes differ from their tables: they can be made anew."""
    references: int = 0
    """Rows that refer to others that are not there."""
    disagreements: Disagreements = field(default_factory=Disagreements)
    gaps: Gaps = field(default_factory=lambda: Gaps(0, 0))
    """What the search index does not hold, though it should."""

    @property
    def is_sound(self) -> bool:
        """Whether there is nothing to mend."""
        return self == Verdict()


class Check:
    """One check over a connection of its own, so that nobody waits for it; `stop` may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._stopped = False

    def quick(self) -> Verdict:
        """Read every page once, and compare the rows.  Raises StoreError when it cannot be done, or was stopped."""
        with self._open() as connection:
            return self._by_table(connection)

    def full(self) -> Verdict:
        """Compare indexes with tables, and the search index with its texts, as well; other writers have to wait.

        Where the search index has damaged pages that is all that is told: it has to be made anew first.
        """
        with self._open() as connection:
            found = self._by_table(connection)
            if found.damage or found.search:
                return found  # SQLite's own check would give up at the first damaged page
            others, indexes, search = _integrity(connection)
            if others:
                return Verdict(damage=others)
            search = search or next(filter(None, (_inside(connection, table) for table in TABLES)), "")
            references = len(connection.execute("PRAGMA foreign_key_check").fetchmany(1000))
            return Verdict(
                search=search, indexes=indexes, references=references, disagreements=found.disagreements,
                gaps=found.gaps,
            )  # fmt: skip

    def ask(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Read something where pages may be damaged: without a transaction, which would not end well after the first.

        Raises StoreError.
        """
        with self._open() as connection:
            return function(connection)

    def stop(self) -> None:
        """End it soon: the program is closing."""
        self._stopped = True
        if self._connection is not None:
            self._connection.interrupt()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(
                sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            ) as connection:
                self._connection = connection
                connection.execute("PRAGMA temp_store = MEMORY")
                yield connection
        except sqlite3.Error as error:
            raise explained(self._path, error) from error
        finally:
            self._connection = None

    def _by_table(self, connection: sqlite3.Connection) -> Verdict:
        search = damage = ""
        try:
            names = [
                row[0]
                for row in connection.execute(
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
                )
            ]
            for name in names:
                said = self._quick(connection, name)
                if said and name.startswith((*(f"{table}_" for table in TABLES), RESCUED)):
                    search = search or said
                else:
                    damage = damage or said
            if damage:
                return Verdict(damage=damage, search=search)
            missing = Gaps(0, 0) if search else gaps(connection)
            return Verdict(search=search, disagreements=disagreements(connection), gaps=missing)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            return Verdict(damage=damage or f"{error}.", search=search)

    def _quick(self, connection: sqlite3.Connection, table: str) -> str:
        if self._stopped:
            raise sqlite3.OperationalError("interrupted")
        try:
            said = [str(row[0]) for row in connection.execute(f'PRAGMA quick_check("{table}")').fetchmany(_LINES)]
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            said = [str(error)]
        said = [line for line in said if line != "ok" and not any(words in line for words in _HARMLESS)]
        return f"table {table}: {_few(said)}" if said else ""


async def aside(function: Callable[[], T], stop: Callable[[], None] = lambda: None) -> T:
    """Run a function in a thread that the end of the program does not wait for; `stop` is called when cancelled."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(result)  # type: ignore[arg-type]
        else:
            done.set_exception(error)

    def work() -> None:
        result, failed = None, None
        try:
            result = function()
        except BaseException as error:  # handed on to whoever waits
            failed = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=work, name="check of the store", daemon=True).start()
    try:
        return await done
    except asyncio.CancelledError:
        stop()
        raise


def _integrity(connection: sqlite3.Connection) -> tuple[str, str, str]:
    """What SQLite's own check says of pages, of indexes, and (from 3.44 on) of the search index."""
    said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(1000)")]
    said = [line for text in said for line in text.splitlines() if line != "ok"]
    said = [line for line in said if not any(words in line for words in _HARMLESS)]
    indexes = [line for line in said if any(words in line for words in _OF_INDEXES)]
    search = [line for line in said if "fts5" in line.casefold()]
    others = [line for line in said if line not in (*indexes, *search) and not line.startswith("***")]
    return _few(others), _few(indexes), _few(search)


def _inside(connection: sqlite3.Connection, table: str) -> str:
    """What FTS5's own check says; it is written as an INSERT and changes nothing."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise
        return f"{table}: {error}"
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return ""


def _is_damage(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def _few(lines: list[str]) -> str:
    """The first lines, as one sentence; the rest as a number."""
    lines = [line for line in lines if not line.startswith("***")] or lines
    more = f" ({len(lines) - _NAMED} more)" if len(lines) > _NAMED else ""
    return "; ".join(" ".join(line.split()) for line in lines[:_NAMED]) + more
