"""Reads what the search index is made of: rows of messages, whole messages, and texts of an index of before."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from enum import StrEnum

from store.model import MessageId
from store.search.prepared import folded

RESCUED = "rescued_texts"
"""Folded texts of the old index by message: of mail that is not here whole they are nowhere else on this disk."""

Indexed = tuple[MessageId, str, str]
"""A message with the folded text of its body and of its file names."""
IndexedHeaders = tuple[MessageId, str, str, str, str]
"""A message with its folded subject, sender, recipients and copies."""
Found = tuple[list[Indexed] | list[IndexedHeaders], int]
"""Rows for the index, and how many of the messages that were asked for are done with them."""

_AT_ONCE = 64
_OCTETS = 256 << 10
"""Of whole messages that are read by one statement, but for the last one: each statement costs locks."""


class Source(StrEnum):
    """What is searched in: the name of its table."""

    HEADERS = "search_headers"
    BODIES = "search_bodies"


def headers(connection: sqlite3.Connection, ids: Sequence[int]) -> list[IndexedHeaders]:
    """What the index is to hold of these messages' rows, by id; messages that are gone are left out."""
    rows = connection.execute(
        "SELECT id, subject, from_name, from_address, recipients, copies FROM messages"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(ids),),
    ).fetchall()
    return [
        (MessageId(id), folded(subject), folded(f"{name} {address}"), _people(recipients), _people(copies))
        for id, subject, name, address, recipients, copies in rows
    ]


def bodies(connection: sqlite3.Connection, ids: Sequence[int]) -> Iterator[Indexed | bytes | None]:
    """Of each message, given by rising id, the old text, else the whole message, else None.

    They are read some at a time, and no transaction lasts from one to the next: the log of the database would grow
    behind it.
    """
    has_old = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (RESCUED,)).fetchone() is not None
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        old = _rescued(connection, some) if has_old else {}
        raws: dict[int, bytes] = {}
        reached = 0
        for number, id in enumerate(some):
            if id not in old and id > reached:
                raws, reached = _raws(connection, [other for other in some[number:] if other not in old])
            yield old.get(id) or raws.pop(id, None)


def _rescued(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Indexed]:
    """The old texts of these messages, as far as they can be read."""
    try:
        rows = connection.execute(
            f"SELECT id, c0, c1 FROM {RESCUED} WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        ).fetchall()
    except sqlite3.DatabaseError:
        if len(ids) == 1:
            return {}
        return {id: text for one in ids for id, text in _rescued(connection, [one]).items()}
    return {id: (id, text, names) for id, text, names in rows if isinstance(text, str) and isinstance(names, str)}


def _raws(connection: sqlite3.Connection, ids: Sequence[int]) -> tuple[dict[int, bytes], int]:
    """The first of these messages that are here whole, some hundred kB of them, and up to which id they were read."""
    rows = connection.execute(
        "SELECT message_id, raw FROM bodies WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY message_id",
        (json.dumps(ids),),
    )
    raws: dict[int, bytes] = {}
    room = _OCTETS
    for id, raw in rows:
        raws[id] = bytes(raw)
        room -= len(raw)
        if room <= 0:
            rows.close()
            return raws, id
    return raws, ids[-1]


def _people(column: str) -> str:
    """Names and addresses of a JSON column as the index has them."""
    return folded("\n".join(f"{name} {address}" for name, address in json.loads(column))) if column != "[]" else ""
