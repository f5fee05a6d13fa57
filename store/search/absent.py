"""What a search on this disk cannot know: mail whose text is not here, and what a server said of it."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from store.model import AccountId, FolderId, MessageId
from store.search import sql
from store.search.tree import And, Node, Not, Or, Word

_TEXTS = ("any", "body")
MOST = 1000
"""Hits of a server that are kept, the newest: nobody looks through more."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of a server of whose mail something is not here."""

    id: FolderId
    name: bytes
    """As the server spells it."""
    uidvalidity: int
    absent: tuple[int, ...]
    """UIDs of messages whose text is not here."""
    unknown_below: int
    """Nothing is known of the UIDs below; 1: everything is known."""


def needs_text(query: Node) -> bool:
    """Whether a query asks for words that stand in the text of a message."""
    return any(word.field in _TEXTS for word in _wanted(query))


def places(connection: sqlite3.Connection, account: AccountId, query: Node) -> list[Place]:
    """The folders of an account in which its server may find what is not known here, the inbox first."""
    condition, values = sql.where(relaxed(query), sql.read_places(connection))
    absent = (
        "SELECT m.uid FROM messages m WHERE m.server_folder_id = ? AND m.uid IS NOT NULL AND m.cached = 0"
        f" AND {condition}"
    )
    found = []
    for id, name, uidvalidity, backfilled in connection.execute(
        "SELECT id, wire_name, uidvalidity, backfilled_uid FROM folders WHERE account_id = ? AND wire_name IS NOT NULL"
        " AND uidvalidity IS NOT NULL AND selectable ORDER BY role IS NOT 'inbox', id",
        (account,),
    ).fetchall():
        uids = tuple(row[0] for row in connection.execute(absent, [id, *values])) if needs_text(query) else ()
        below = backfilled or 1
        if uids or below > 1:
            found.append(Place(FolderId(id), bytes(name), uidvalidity, uids, below))
    return found


def matching(connection: sqlite3.Connection, query: Node, hits: Iterable[MessageId]) -> list[MessageId]:
    """Of what a server found: what is not here as text and matches as far as is known; the newest, at most MOST."""
    condition, values = sql.where(relaxed(query), sql.read_places(connection))
    rows = connection.execute(
        f"SELECT m.id FROM messages m WHERE m.id IN (SELECT value FROM json_each(?)) AND m.cached = 0 AND {condition}"
        " ORDER BY m.received DESC, m.id DESC LIMIT ?",
        [json.dumps(list(hits)), *values, MOST],
    )
    return [MessageId(row[0]) for row in rows]


def relaxed(query: Node, *, wanted: bool = True) -> Node:
    """The query as far as summaries tell: whatever asks for words is taken to be fulfilled."""
    match query:
        case And(parts):
            return And(tuple(relaxed(part, wanted=wanted) for part in parts))
        case Or(parts):
            return Or(tuple(relaxed(part, wanted=wanted) for part in parts))
        case Not(part):
            return Not(relaxed(part, wanted=not wanted))
        case Word():
            return And() if wanted else Or(())
        case _:
            return query


def _wanted(query: Node, *, wanted: bool = True) -> Collection[Word]:
    """The words that have to be there."""
    match query:
        case And(parts) | Or(parts):
            return [word for part in parts for word in _wanted(part, wanted=wanted)]
        case Not(part):
            return _wanted(part, wanted=not wanted)
        case Word():
            return [query] if wanted else []
        case _:
            return []
