"""Makes a damaged search index anew: empty at once, filled again in slices from the mail while new mail arrives."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from store.database import Transaction
from store.model import MessageId
from store.search.prepared import folded

RESCUED = "rescued_texts"
"""Folded texts of the old index by message: of mail that is not here whole they are nowhere else on this disk."""
TABLES = ("search_headers", "search_bodies")
_CONTENT = "search_bodies_content"

Indexed = tuple[MessageId, str, str]
"""A message with the folded text of its body and of its file names."""


class Gaps(NamedTuple):
    """What the index should have and has not."""

    headers: int
    bodies: int


@dataclass(frozen=True, slots=True)
class Slice:
    """The next bodies to be indexed, newest first: some as the old index had them, of others the whole message."""

    rescued: Sequence[Indexed]
    raws: Sequence[tuple[MessageId, bytes]]
    lowest: int
    """The next slice is below it."""


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
    headers = "SELECT count(*) FROM messages WHERE id NOT IN (SELECT id FROM search_headers_docsize)"
    bodies = (
        f"SELECT count(*) FROM bodies WHERE message_id NOT IN {_INDEXED} AND message_id IN (SELECT id FROM messages)"
    )
    found = Gaps(*(int(connection.execute(sql).fetchone()[0]) for sql in (headers, bodies)))
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (RESCUED,)).fetchone():
        return found._replace(bodies=max(found.bodies, 1))  # a rebuild has begun, and is to be brought to its end
    return found


def add_headers(tx: Transaction, below: int, limit: int) -> int:
    """Index the headers of at most `limit` messages with ids below `below`, newest first; the lowest id, 0 at the end.

    0 for `below` begins at the top.
    """
    rows = tx.execute(
        "SELECT id, subject, from_name, from_address, recipients, copies FROM messages WHERE (?1 = 0 OR id < ?1)"
        " AND id NOT IN (SELECT id FROM search_headers_docsize) ORDER BY id DESC LIMIT ?2",
        (below, limit),
    ).fetchall()
    tx.with_rows(
        "INSERT INTO search_headers (rowid, subject, sender, recipients, copies) (VALUES)",
        [(r[0], folded(r[1]), folded(f"{r[2]} {r[3]}"), _people(r[4]), _people(r[5])) for r in rows],
    )
    return rows[-1][0] if rows else 0


def next_bodies(connection: sqlite3.Connection, below: int, limit: int, octets: int) -> Slice | None:
    """The next bodies with ids below `below` (0: from the top), at most so many messages or octets; None at the end.

    The old texts may be damaged: ask for it outside of transactions (integrity.Check.ask).
    """
    ids = [
        row[0]
        for row in connection.execute(
            f"SELECT id FROM messages WHERE (?1 = 0 OR id < ?1) AND id NOT IN {_INDEXED} ORDER BY id DESC LIMIT ?2",
            (below, limit),
        )
    ]
    rescued: list[Indexed] = []
    raws: list[tuple[MessageId, bytes]] = []
    room = octets
    lowest = 0
    for id in ids:
        text = _rescued(connection, id)
        if text is not None:
            rescued.append(text)
        elif (raw := _raw(connection, id)) is not None:
            raws.append((MessageId(id), raw))
            room -= len(raw)
        lowest = id
        if room <= 0:
            break
    return Slice(rescued, raws, lowest) if ids else None


def add_bodies(tx: Transaction, bodies: Iterable[Indexed]) -> None:
    """Index these, but for messages that are gone or were indexed meanwhile."""
    known = {body[0]: body for body in bodies}
    free = tx.execute(
        f"SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?)) AND id NOT IN {_INDEXED}",
        (json.dumps(list(known)),),
    ).fetchall()
    tx.with_rows("INSERT INTO search_bodies (rowid, body, filenames) (VALUES)", [known[row[0]] for row in free])


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


def _rescued(connection: sqlite3.Connection, id: int) -> Indexed | None:
    """The old text of a message, None when it cannot be read."""
    try:
        row = connection.execute(f"SELECT c0, c1 FROM {RESCUED} WHERE id = ?", (id,)).fetchone()
    except sqlite3.DatabaseError:
        return None
    if row is None or not isinstance(row[0], str) or not isinstance(row[1], str):
        return None
    return MessageId(id), row[0], row[1]


def _raw(connection: sqlite3.Connection, id: int) -> bytes | None:
    row = connection.execute("SELECT raw FROM bodies WHERE message_id = ?", (id,)).fetchone()
    return None if row is None else bytes(row[0])


def _people(column: str) -> str:
    """Names and addresses of a JSON column as the index has them."""
    return folded("\n".join(f"{name} {address}" for name, address in json.loads(column)))
