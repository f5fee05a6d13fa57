"""Turns a query's tree into SQL over messages and the two search tables, and runs it.

Every value is a parameter.  Text reaches FTS5 only inside a quoted string, where none of its syntax means anything.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import singledispatch

from store import twins
from store.model import Flag
from store.search.fold import fold
from store.search.tree import (
    AccountIs,
    After,
    And,
    Before,
    FolderIs,
    HasAttachment,
    Id,
    Is,
    Label,
    Larger,
    Node,
    Not,
    On,
    Or,
    Smaller,
    Word,
)

Value = str | int
Condition = tuple[str, list[Value]]

_IN_HEADERS = "m.id IN (SELECT rowid FROM search_headers WHERE search_headers MATCH ?{0})"
_IN_BODIES = "m.id IN (SELECT rowid FROM search_bodies WHERE search_bodies MATCH ?{0})"
_IN_EITHER = (
    "m.id IN (SELECT rowid FROM search_headers WHERE search_headers MATCH ?{0}"
    " UNION ALL SELECT rowid FROM search_bodies WHERE search_bodies MATCH ?{0})"
)
_HITS = "WITH hits AS MATERIALIZED (SELECT rowid AS id FROM search_bodies WHERE search_bodies MATCH ?)"
_HIT = (
    "SELECT id FROM hits UNION ALL SELECT twin.id FROM hits JOIN messages holder ON holder.id = hits.id"
    " JOIN messages twin ON twin.server_id = holder.server_id AND twin.account_id = holder.account_id"
)
"""Where rows share their bodies (store/twins.py) the text is indexed under one of them."""
_WITH_TWINS = {
    _IN_BODIES: f"m.id IN ({_HITS} {_HIT})",
    _IN_EITHER: f"m.id IN ({_HITS} SELECT rowid FROM search_headers WHERE search_headers MATCH ? UNION ALL {_HIT})",
}
"""Without a range: a twin may stand anywhere."""
_COLUMNS = {
    "from": (_IN_HEADERS, "sender"),
    "to": (_IN_HEADERS, "recipients"),
    "cc": (_IN_HEADERS, "copies"),
    "subject": (_IN_HEADERS, "subject"),
    "body": (_IN_BODIES, "body"),
    "filename": (_IN_BODIES, "filenames"),
}
_STATES: dict[str, tuple[str, Flag]] = {
    "unread": ("m.flags & ? = 0", Flag.SEEN),
    "read": ("m.flags & ? <> 0", Flag.SEEN),
    "starred": ("m.flags & ? <> 0", Flag.FLAGGED),
    "answered": ("m.flags & ? <> 0", Flag.ANSWERED),
    "draft": ("m.flags & ? <> 0", Flag.DRAFT),
}
# On POP3 `received` is the day of the download, so the message's own date comes first.
_DATE = "coalesce(m.date, m.received)"
_VISIBLE = "m.folder_id IS NOT NULL"
SAME = (
    "CASE WHEN m.server_id IS NOT NULL THEN m.server_id WHEN m.message_id <> '' AND m.account_id IN"
    " (SELECT account_id FROM folders WHERE role = 'all') THEN m.message_id || ' ' || m.size ELSE m.id END"
)
"""What rows of one message have in common.  Where a folder holds everything, but the server names no message (Proton
Bridge), Message-ID and size have to do."""
BEST = "min((CASE place.role WHEN 'inbox' THEN 0 WHEN 'all' THEN 2 ELSE 1 END << 53) + m.id)"
"""Of such rows the best is shown: in the inbox, else in any other folder.  The choice is among those that are found,
so that `folder:` and `-folder:` mean what they say."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and accounts there are, by folded name: few rows, compared here because SQLite cannot fold."""

    folders: tuple[tuple[int, str, str | None], ...]
    """(id, folded path, role)."""
    accounts: tuple[tuple[int, str], ...]
    """(id, folded name)."""
    twins: bool = False
    """Whether rows may share their bodies (store/twins.py)."""
    span: tuple[int, int] | None = None
    """The lowest and the highest id that matter: words are looked for no further."""


def find(connection: sqlite3.Connection, query: Node, limit: int, before: tuple[int, int] | None = None) -> list[int]:
    """At most `limit` message ids, newest first by (received, id); `before` is that pair of the last row known.

    A message that stands in several folders (Gmail) is found once: its row in the inbox, else in any folder but the
    one that holds everything.
    """
    source, values = _found(connection, query)
    if before is not None:
        source = f"{source} AND (m.received, m.id) < (?, ?)"
        values = [*values, *before]
    sql = f"{source} ORDER BY m.received DESC, m.id DESC LIMIT ?"
    return [row[0] for row in connection.execute(sql, (*values, limit))]


def count(connection: sqlite3.Connection, query: Node) -> int:
    """How many messages the query finds."""
    source, values = _found(connection, query)
    found: int = connection.execute(f"SELECT count(*) FROM ({source})", values).fetchone()[0]
    return found


def _found(connection: sqlite3.Connection, query: Node) -> Condition:
    """SQL whose rows `m` are what the query finds, each message once; it ends in a condition."""
    places = read_places(connection)
    condition, values = where(query, places)
    if not places.twins and not any(role == "all" for _, _, role in places.folders):
        return f"SELECT m.id FROM messages m WHERE {condition}", values
    # the bare columns are those of the row with the minimum (SQLite's own rule for a query with one min)
    return (
        f"SELECT m.id FROM (SELECT m.id, m.received, {BEST} FROM messages m JOIN folders place"
        f" ON place.id = m.folder_id WHERE {condition} GROUP BY m.account_id, {SAME}) m WHERE 1"
    ), values


def where(query: Node, places: Places) -> Condition:
    """The condition over `messages m`, with its parameters; hidden rows (no effective folder) never match."""
    condition, values = _sql(query, places)
    return f"{_VISIBLE} AND ({condition})", values


def read_places(connection: sqlite3.Connection) -> Places:
    """The folders and accounts of the store."""
    folders = connection.execute("SELECT id, path, role FROM folders").fetchall()
    accounts = connection.execute("SELECT id, name FROM accounts").fetchall()
    return Places(
        tuple((row[0], fold(row[1]), row[2]) for row in folders),
        tuple((row[0], fold(row[1])) for row in accounts),
        twins.any_known(connection),
    )


def hits(connection: sqlite3.Connection, word: Word, limit: int, places: Places) -> int:
    """In how many rows a word stands, counted up to `limit`."""
    condition, values = _sql(word, places)
    rows = condition.removeprefix("m.id IN (").removesuffix(")")
    number: int = connection.execute(f"SELECT count(*) FROM ({rows} LIMIT ?)", [*values, limit]).fetchone()[0]
    return number


@singledispatch
def _sql(node: Node, places: Places) -> Condition:
    """The condition of one node, in parentheses where it needs them."""
    raise TypeError(node)


@_sql.register
def _(node: And, places: Places) -> Condition:
    return _joined(" AND ", node.parts, places) if node.parts else ("1", [])


@_sql.register
def _(node: Or, places: Places) -> Condition:
    return _joined(" OR ", node.parts, places) if node.parts else ("0", [])


@_sql.register
def _(node: Not, places: Places) -> Condition:
    condition, values = _sql(node.part, places)
    return f"NOT ({condition})", values


@_sql.register
def _(node: Word, places: Places) -> Condition:
    # A prefix match on the last token unless it is a phrase; FTS5's tokenizer cuts the quoted text itself.
    string = '"' + node.text.replace('"', " ") + '"' + ("" if node.phrase else " *")
    condition, column = _COLUMNS.get(node.field, (_IN_EITHER, ""))
    times = 2 if node.field == "any" else 1
    values: list[Value] = [f"{column} : {string}" if column else string]
    if places.twins and condition in _WITH_TWINS:
        return _WITH_TWINS[condition], values * times
    if places.span is None:
        return condition.format(""), values * times
    return condition.format(" AND rowid BETWEEN ? AND ?"), [*values, *places.span] * times


@_sql.register
def _(node: Is, places: Places) -> Condition:
    condition, flag = _STATES[node.state]
    return condition, [int(flag)]


@_sql.register
def _(node: HasAttachment, places: Places) -> Condition:
    return "m.attachments > 0", []


@_sql.register
def _(node: Before, places: Places) -> Condition:
    return f"{_DATE} < ?", [_midnight(node.day)]


@_sql.register
def _(node: After, places: Places) -> Condition:
    return f"{_DATE} >= ?", [_midnight(node.day)]


@_sql.register
def _(node: On, places: Places) -> Condition:
    return f"{_DATE} >= ? AND {_DATE} < ?", [_midnight(node.first), _midnight(node.end)]


@_sql.register
def _(node: Larger, places: Places) -> Condition:
    return "m.size > ?", [node.size]


@_sql.register
def _(node: Smaller, places: Places) -> Condition:
    return "m.size < ?", [node.size]


@_sql.register
def _(node: Id, places: Places) -> Condition:
    # The second half is implied; it lets SQLite use the index on the message ids there are.
    return "m.message_id = ? AND m.message_id <> ''", [node.message_id]


@_sql.register
def _(node: Label, places: Places) -> Condition:
    return "instr(m.labels, ?) > 0", [f" {node.label} "]


@_sql.register
def _(node: FolderIs, places: Places) -> Condition:
    end = f"/{node.name}"
    found = [id for id, path, role in places.folders if path == node.name or path.endswith(end) or role == node.name]
    return _one_of("m.folder_id", found)


@_sql.register
def _(node: AccountIs, places: Places) -> Condition:
    return _one_of("m.account_id", [id for id, name in places.accounts if name == node.name])


def _joined(word: str, parts: Sequence[Node], places: Places) -> Condition:
    conditions = [_sql(part, places) for part in parts]
    return word.join(f"({sql})" for sql, _ in conditions), [value for _, values in conditions for value in values]


def _one_of(column: str, ids: Sequence[int]) -> Condition:
    # No such folder is not an error: the same query is asked of every store.
    return (f"{column} IN ({', '.join('?' * len(ids))})", list(ids)) if ids else ("0", [])


def _midnight(day: date) -> int:
    """Unix seconds of the beginning of `day`, local time."""
    return int(datetime(day.year, day.month, day.day).timestamp())
