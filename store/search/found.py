"""Finds messages for a list of results: newest first, each message once, with what a row stands for.

`sql.find` answers for one account at a time; here a letter that several accounts received is one row as well, as in the
unified folders (store/unified.py).  The first page comes without sorting: all mail is walked in the order of time until
there is enough, so that a word that stands in most messages is as fast as a rare one.
"""

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from store.model import FolderId, MessageId
from store.search import sql
from store.search.tree import And, Is, Node, Word

NEAR = (2_000, 20_000)
"""Messages, the newest, among which a first page is looked for first, and then if they are not enough."""
FEW = 1000
"""Hits of a word up to which they are looked up and sorted."""
SLACK = 3
"""Rows read for each of a first page: of those that are one message only one is shown."""

_RANK = "(SELECT CASE f.role WHEN 'inbox' THEN 0 WHEN 'all' THEN 2 ELSE 1 END FROM folders f WHERE f.id = m.folder_id)"
_KEY = f"CASE WHEN m.likeness IS NOT NULL THEN 'L' || m.likeness ELSE m.account_id || ' ' || ({sql.SAME}) END"
_GROUP = f"CASE WHEN m.likeness IS NULL THEN m.account_id END, coalesce(m.likeness, {sql.SAME})"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a query looks: everywhere, or in some folders, and of those only at what has a star."""

    folders: tuple[FolderId, ...] = ()
    starred: bool = False


EVERYWHERE = Scope()


@dataclass(frozen=True, slots=True)
class Found:
    """Results, newest first; `others`: row -> rows of other accounts that are the same message and were found too."""

    ids: "array[int]" = field(default_factory=lambda: array("q"))
    others: Mapping[MessageId, tuple[MessageId, ...]] = field(default_factory=dict)
    behind: frozenset[int] = frozenset()
    """Of a page, and of what is `among` some messages: rows that match, but another row stands for them."""
    complete: bool = True
    """Whether there are no more."""


class _Row(NamedTuple):
    id: int
    key: str
    account: int
    rank: int

    @property
    def order(self) -> tuple[int, int]:
        """The best row of a message is the least by this: in the inbox, else not in All Mail, else the oldest."""
        return self.rank, self.id


def page(connection: sqlite3.Connection, query: Node, limit: int, scope: Scope = EVERYWHERE) -> Found:
    """The newest `limit` results, or a few more or less; fewer than half only where there are no more."""
    scope = _narrowed(query, scope)
    places = sql.read_places(connection)
    wanted = limit * (SLACK if _is_grouped(connection, places) else 1)
    rare = _rarest(connection, query, places)
    for number in () if places.twins or scope.starred or rare is not None else NEAR:
        near = _near(connection, number)
        if near is None:
            break
        since, lowest, highest = near
        condition, values = _within(query, replace(places, span=(lowest, highest)), scope)
        rows = _walk(connection, f"{condition} AND m.received > ?", [*values, since], scope, wanted)
        if len(rows) == wanted:
            return replace(_once(rows), complete=False)
    condition, values = _within(query, places, scope, rare)
    rows = _walk(connection, condition, values, None if rare is not None else scope, wanted)
    return replace(_once(rows), complete=len(rows) < wanted)


def search(connection: sqlite3.Connection, query: Node, scope: Scope = EVERYWHERE, limit: int = -1) -> Found:
    """All results, or the newest `limit`."""
    scope = _narrowed(query, scope)
    places = sql.read_places(connection)
    rare = _rarest(connection, query, places)
    condition, values = _within(query, places, scope, rare)
    if not _is_grouped(connection, places):
        source = _source("m.id", None if rare is not None else scope)
        statement = f"{source} WHERE {condition} ORDER BY m.received DESC, m.id DESC LIMIT ?"
        return Found(_ids(connection, statement, [*values, limit]))
    statement = f"SELECT id FROM ({_grouped(condition)}) ORDER BY received DESC, id DESC LIMIT ?"
    ids = _ids(connection, statement, [*values, limit])
    return Found(ids, _others(connection, condition, values, ids))


def count(connection: sqlite3.Connection, query: Node, scope: Scope = EVERYWHERE) -> int:
    """How many results there are."""
    places = sql.read_places(connection)
    condition, values = _within(query, places, scope)
    grouped = _is_grouped(connection, places)
    source = _grouped(condition) if grouped else f"SELECT m.id FROM messages m WHERE {condition}"
    number: int = connection.execute(f"SELECT count(*) FROM ({source})", values).fetchone()[0]
    return number


def counts(connection: sqlite3.Connection, query: Node) -> tuple[int, int]:
    """How many results there are everywhere, and how many of them are unread."""
    return count(connection, query), count(connection, And((query, Is("unread"))))


def among(connection: sqlite3.Connection, query: Node, scope: Scope, messages: Iterable[MessageId]) -> Found:
    """Which of these messages, and of those that are one with them, have a row in the results, and for what."""
    places = sql.read_places(connection)
    condition, values = _within(query, places, scope)
    mine = json.dumps(_relatives(connection, list(messages)))
    rows = connection.execute(
        f"{_columns()} FROM messages m WHERE m.id IN (SELECT value FROM json_each(?)) AND {condition}"
        " ORDER BY m.received DESC, m.id DESC",
        [mine, *values],
    )
    return _once([_Row(*row) for row in rows])


def related(connection: sqlite3.Connection, messages: Iterable[MessageId]) -> list[MessageId]:
    """These messages and all rows that may be one with them."""
    return _relatives(connection, list(messages))


def _narrowed(query: Node, scope: Scope) -> Scope:
    """A query for stars alone looks at what has one: for that there is an index."""
    parts = query.parts if isinstance(query, And) else (query,)
    return replace(scope, starred=scope.starred or Is("starred") in parts)


def _within(query: Node, places: sql.Places, scope: Scope, rare: Word | None = None) -> tuple[str, list[sql.Value]]:
    """The condition of a query in a scope; where a word is rare SQLite begins with that, and not with the folder."""
    condition, values = sql.where(query if rare is None else And((rare, query)), places)
    own = "m.folder_id" if rare is None else "+m.folder_id"
    if len(scope.folders) == 1:
        condition, values = f"{own} = ? AND {condition}", [scope.folders[0], *values]
    elif scope.folders:
        among = json.dumps(list(scope.folders))
        condition, values = f"{own} IN (SELECT value FROM json_each(?)) AND {condition}", [among, *values]
    return (f"m.flags & 4 <> 0 AND {condition}" if scope.starred else condition), values


def _source(columns: str, scope: Scope | None) -> str:
    """A walk in the order of time, newest first, over no more than the scope needs; None: from few hits."""
    if scope is None:
        return f"SELECT {columns} FROM messages m"
    index = "messages_by_time"
    if scope.starred:
        index = "messages_starred"
    elif len(scope.folders) == 1:
        index = "messages_by_folder"
    return f"SELECT {columns} FROM messages m INDEXED BY {index}"


def _columns() -> str:
    return f"SELECT m.id, {_KEY}, m.account_id, {_RANK}"


def _walk(
    connection: sqlite3.Connection, condition: str, values: Sequence[sql.Value], scope: Scope | None, limit: int
) -> list[_Row]:
    statement = _source(f"m.id, {_KEY}, m.account_id, {_RANK}", scope)
    rows = connection.execute(
        f"{statement} WHERE {condition} ORDER BY m.received DESC, m.id DESC LIMIT ?", [*values, limit]
    )
    return [_Row(*row) for row in rows]


def _rarest(connection: sqlite3.Connection, query: Node, places: sql.Places) -> Word | None:
    """Of the words that have to be there the one that stands in the fewest messages, when those are few."""
    parts = query.parts if isinstance(query, And) else (query,)
    words = [part for part in parts if isinstance(part, Word)]
    hits = [(sql.hits(connection, word, FEW, places), number) for number, word in enumerate(words)]
    fewest, number = min(hits, default=(FEW, 0))
    return words[number] if fewest < FEW else None


def _near(connection: sqlite3.Connection, wanted: int) -> tuple[int, int, int] | None:
    """After which time there are only the newest, and their lowest and highest ids; None where there are no others."""
    number, since, lowest, highest = connection.execute(
        "SELECT count(*), min(received), min(id), max(id) FROM (SELECT received, id FROM messages"
        " INDEXED BY messages_by_time ORDER BY received DESC, id DESC LIMIT ?)",
        (wanted,),
    ).fetchone()
    return (since, lowest, highest) if number == wanted else None


def _once(rows: Sequence[_Row]) -> Found:
    """Of rows that are one message the best, in its own place; the best of each other account goes with it."""
    groups: dict[str, dict[int, _Row]] = defaultdict(dict)
    for row in rows:
        best = groups[row.key].get(row.account)
        if best is None or row.order < best.order:
            groups[row.key][row.account] = row
    chosen: dict[int, tuple[MessageId, ...]] = {}
    for accounts in groups.values():
        first, *rest = sorted(accounts.values(), key=lambda row: row.order)
        chosen[first.id] = tuple(MessageId(row.id) for row in rest)
    ids = array("q", (row.id for row in rows if row.id in chosen))
    behind = frozenset(row.id for row in rows if row.id not in chosen)
    return Found(ids, {MessageId(id): others for id, others in chosen.items() if others}, behind)


def _is_grouped(connection: sqlite3.Connection, places: sql.Places) -> bool:
    """Whether several rows may be one message."""
    if places.twins or any(role == "all" for _, _, role in places.folders):
        return True
    row = connection.execute("SELECT EXISTS (SELECT 1 FROM messages WHERE likeness IS NOT NULL)").fetchone()
    return bool(row[0])


def _grouped(condition: str) -> str:
    # the bare columns are those of the row with the minimum (SQLite's own rule for a query with one min)
    return (
        f"SELECT m.id, m.received, {sql.BEST} FROM messages m JOIN folders place ON place.id = m.folder_id"
        f" WHERE {condition} GROUP BY {_GROUP}"
    )


def _others(
    connection: sqlite3.Connection, condition: str, values: Sequence[sql.Value], ids: "array[int]"
) -> dict[MessageId, tuple[MessageId, ...]]:
    rows = connection.execute(f"{_columns()} FROM messages m WHERE m.likeness IS NOT NULL AND {condition}", values)
    others = _once([_Row(*row) for row in rows]).others
    if not others:
        return {}
    shown = set(ids)
    return {row: rest for row, rest in others.items() if row in shown}


def _relatives(connection: sqlite3.Connection, messages: Sequence[MessageId]) -> list[MessageId]:
    rows = connection.execute(
        "WITH mine AS (SELECT id, account_id, likeness, server_id, message_id FROM messages"
        " WHERE id IN (SELECT value FROM json_each(?)))"
        " SELECT id FROM mine"
        " UNION SELECT m.id FROM mine JOIN messages m ON m.likeness = mine.likeness"
        " UNION SELECT m.id FROM mine JOIN messages m ON m.server_id = mine.server_id"
        " AND m.account_id = mine.account_id"
        " UNION SELECT m.id FROM mine JOIN messages m ON m.message_id = mine.message_id AND m.message_id <> ''"
        " AND m.account_id = mine.account_id"
        " WHERE mine.account_id IN (SELECT account_id FROM folders WHERE role = 'all')",
        (json.dumps(list(messages)),),
    )
    return [MessageId(row[0]) for row in rows]


def _ids(connection: sqlite3.Connection, statement: str, values: Sequence[sql.Value]) -> "array[int]":
    ids = array("q")
    cursor = connection.execute(statement, values)
    while rows := cursor.fetchmany(2000):  # in slices: the interpreter is free for the screen in between
        ids.extend(row[0] for row in rows)
    return ids
