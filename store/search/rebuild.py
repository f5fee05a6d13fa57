"""Makes a damaged search index anew: empty at once, filled again in slices from the mail while new mail arrives."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from store.database import Transaction
from store.model import MessageId
from store.search import sources
from store.search.sources import RESCUED, Indexed, IndexedHeaders, Source

TOP = (1 << 63) - 1
"""Above all messages."""
TABLES = tuple(source.value for source in Source)
_CONTENT = "search_bodies_content"


class Gaps(NamedTuple):
    """What the index should have and has not."""

    headers: int
    bodies: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Some bodies to be indexed: some as the old index had them, of others the whole message."""

    rescued: Sequence[Indexed]
    raws: Sequence[tuple[MessageId, bytes]]
    messages: int
    """So many of those that were asked for are done with it, also without any text."""


def make_rescued(connection: sqlite3.Connection) -> None:
    """Make room for what the old index had."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS {RESCUED} (id INTEGER PRIMARY KEY, c0 TEXT, c1 TEXT)")


def broken(connection: sqlite3.Connection) -> frozenset[str]:
    """The tables behind the index that SQLite cannot read to their end, so that it could not drop them either.

    Look before the transaction of `renew`, and in none (integrity.Check.ask): one that has met a damaged page fails.
    """
    found = set()
    for name in (*_shadows(connection), *([RESCUED] if _sql(connection, RESCUED) else [])):
        try:
            sound = connection.execute(f'PRAGMA quick_check("{name}")').fetchone()[0] == "ok"
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CORRUPT:
                raise
            sound = False
        if not sound:
            found.add(name)
    return frozenset(found)


def renew(tx: Transaction, unreadable: frozenset[str]) -> None:
    """Put empty tables in the place of both; what can be read of the old texts is kept for `next_bodies`.

    `unreadable` are the `broken` tables: those go without being read.
    """
    sql = [_sql(tx.connection, name) for name in TABLES]
    doomed = set(_shadows(tx.connection))
    if _CONTENT in doomed and not _sql(tx.connection, RESCUED):
        doomed.remove(_CONTENT)
        _forget(tx, TABLES, renamed=True)
    elif _CONTENT in doomed - unreadable and RESCUED not in unreadable:
        tx.execute(f"INSERT OR IGNORE INTO {RESCUED} SELECT id, c0, c1 FROM {_CONTENT}")  # half made anew before
    _forget(tx, [*TABLES, *(doomed & unreadable)])
    for name in doomed - unreadable:
        tx.execute(f'DROP TABLE "{name}"')
    for name, statement in zip(TABLES, sql, strict=True):
        tx.execute(statement)
        tx.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('automerge', 16)")
    make_rescued(tx.connection)


def gaps(connection: sqlite3.Connection) -> Gaps:
    """Count what is missing."""
    missing = "SELECT count(*) FROM messages m WHERE id NOT IN (SELECT id FROM {}_docsize)"
    headers = missing.format("search_headers")
    # asked in this order: the bodies are most of the file, and are looked for only where something is missing
    bodies = missing.format("search_bodies") + " AND EXISTS (SELECT 1 FROM bodies b WHERE b.message_id = m.id)"
    found = Gaps(*(int(connection.execute(sql).fetchone()[0]) for sql in (headers, bodies)))
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (RESCUED,)).fetchone():
        return found._replace(bodies=max(found.bodies, 1))  # a rebuild has begun, and is to be brought to its end
    return found


def missing(connection: sqlite3.Connection, source: Source, below: int, limit: int) -> list[int]:
    """The newest messages that the index has not, with ids below `below`, by rising id; none when nothing is left.

    Not all of them have a body.
    """
    rows = connection.execute(
        f"SELECT id FROM messages WHERE id < ? AND id NOT IN (SELECT id FROM {source}_docsize)"
        " ORDER BY id DESC LIMIT ?",
        (below, limit),
    )
    return [row[0] for row in rows][::-1]


def next_bodies(connection: sqlite3.Connection, ids: Sequence[int], octets: int) -> Slice:
    """The first bodies of these messages, given by rising id, with so many octets or one message more.

    The old texts may be damaged: ask for it outside of transactions (integrity.Check.ask).
    """
    rescued: list[Indexed] = []
    raws: list[tuple[MessageId, bytes]] = []
    done = 0
    for id, body in zip(ids, sources.bodies(connection, ids), strict=True):
        if isinstance(body, bytes):
            raws.append((MessageId(id), body))
            octets -= len(body)
        elif body is not None:
            rescued.append(body)
        done += 1
        if octets <= 0:
            break
    return Slice(rescued, raws, done)


def add_headers(tx: Transaction, headers: Iterable[IndexedHeaders]) -> None:
    """Index these, but for messages that are gone or were indexed meanwhile."""
    known = {one[0]: one for one in headers}
    rows = [known[id] for id in _free(tx, Source.HEADERS, known)]
    tx.with_rows("INSERT INTO search_headers (rowid, subject, sender, recipients, copies) (VALUES)", rows)


def add_bodies(tx: Transaction, bodies: Iterable[Indexed]) -> None:
    """Index these, but for messages that are gone or were indexed meanwhile."""
    known = {body[0]: body for body in bodies}
    rows = [known[id] for id in _free(tx, Source.BODIES, known)]
    tx.with_rows("INSERT INTO search_bodies (rowid, body, filenames) (VALUES)", rows)


def finish(tx: Transaction, unreadable: frozenset[str]) -> None:
    """Let go of the old texts; IMAP mail whose text is nowhere on this disk is to be fetched again."""
    if RESCUED in unreadable:
        _forget(tx, [RESCUED])
    else:
        tx.execute(f"DROP TABLE IF EXISTS {RESCUED}")
    tx.execute(
        f"UPDATE messages SET cached = 0 WHERE cached = 1 AND uid IS NOT NULL AND id NOT IN {_INDEXED}"
        " AND NOT EXISTS (SELECT 1 FROM messages t JOIN search_bodies_docsize d ON d.id = t.id"
        " WHERE t.server_id = messages.server_id AND t.account_id = messages.account_id)"
    )
    tx.changed(everything=True)


_INDEXED = "(SELECT id FROM search_bodies_docsize)"


def _sql(connection: sqlite3.Connection, table: str) -> str:
    """The statement that made a table, empty when there is none."""
    row = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    return "" if row is None else str(row[0])


def _shadows(connection: sqlite3.Connection) -> list[str]:
    """The tables in which FTS5 keeps both indexes."""
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name GLOB ? OR name GLOB ?)",
        [f"{name}_*" for name in TABLES],
    )
    return [row[0] for row in rows]


def _forget(tx: Transaction, tables: Sequence[str], *, renamed: bool = False) -> None:
    """Take tables out of the schema without touching their pages, whose room is lost until the next salvage.

    Of virtual tables the ones that held their content are ordinary ones then; `renamed`: the texts get another name.
    """
    tx.execute("PRAGMA writable_schema = ON")
    tx.execute(
        "DELETE FROM sqlite_schema WHERE tbl_name IN (SELECT value FROM json_each(?))", (json.dumps(list(tables)),)
    )
    if renamed:
        tx.execute(
            "UPDATE sqlite_schema SET name = ?1, tbl_name = ?1, sql = replace(sql, ?2, ?1) WHERE name = ?2",
            (RESCUED, _CONTENT),
        )
    version = tx.execute("PRAGMA schema_version").fetchone()[0]
    tx.execute(f"PRAGMA schema_version = {version + 1}")  # tells other connections
    tx.execute("PRAGMA writable_schema = RESET")


def _free(tx: Transaction, source: Source, ids: Iterable[MessageId]) -> list[MessageId]:
    """Those that may be indexed, the oldest first: FTS5 writes out what it has gathered before each lower id."""
    rows = tx.execute(
        "SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?))"
        f" AND id NOT IN (SELECT id FROM {source}_docsize) ORDER BY id",
        (json.dumps(list(ids)),),
    )
    return [row[0] for row in rows]
