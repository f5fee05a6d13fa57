"""Where the server holds the messages of the store: folders and UIDs, counts, and what is not fetched yet."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store import twins
from store.database import Transaction
from store.model import AccountId, FolderId, MessageId


def arrived_as(tx: Transaction, message: MessageId, folder: FolderId, lowest: int) -> int | None:
    """The UID, at least `lowest`, under which a sync has stored this moved message in `folder`; None when it has not.

    Found by Message-ID and size; `lowest` is the folder's UIDNEXT before the move: what is older proves nothing.
    On Gmail it is found by its id, however old: what is archived was in All Mail all the time.
    """
    twin = tx.execute(
        "SELECT there.uid FROM messages here JOIN messages there"
        " ON there.server_id = here.server_id AND there.account_id = here.account_id AND there.id <> here.id"
        " WHERE here.id = ? AND here.server_id GLOB ? AND +there.server_folder_id = ? AND there.uid IS NOT NULL",
        (message, f"{twins.ONE_STATE}*", folder),
    ).fetchone()
    if twin is not None:
        return int(twin[0])
    row = tx.execute(
        "SELECT there.uid FROM messages here JOIN messages there"
        " ON there.message_id = here.message_id AND there.message_id <> '' AND there.size = here.size"
        " WHERE here.id = ? AND there.id <> here.id AND +there.server_folder_id = ? AND there.uid >= ?"
        " ORDER BY there.uid LIMIT 1",
        (message, folder, lowest),
    ).fetchone()
    return None if row is None else int(row[0])


def uid_map(connection: sqlite3.Connection, folder: FolderId, uids: Iterable[int]) -> dict[int, MessageId]:
    """UID -> message id of those that the store knows in a folder."""
    rows = connection.execute(
        "SELECT uid, id FROM messages WHERE server_folder_id = ? AND uid IN (SELECT value FROM json_each(?))",
        (folder, json.dumps(list(uids))),
    )
    return {row[0]: MessageId(row[1]) for row in rows}


def uids(connection: sqlite3.Connection, folder: FolderId, low: int = 1, high: int = 0xFFFFFFFF) -> list[int]:
    """The UIDs that the store knows in a folder, ascending, between `low` and `high` (both included)."""
    rows = connection.execute(
        "SELECT uid FROM messages WHERE server_folder_id = ? AND uid BETWEEN ? AND ? ORDER BY uid", (folder, low, high)
    )
    return [row[0] for row in rows]


def uids_in(connection: sqlite3.Connection, folder: FolderId, ranges: Iterable[tuple[int, int]]) -> list[int]:
    """The UIDs that the store knows in a folder within (low, high) pairs, both included; ascending, each once."""
    found: set[int] = set()
    for low, high in ranges:
        found.update(uids(connection, folder, low, high))
    return sorted(found)


_ABOVE_ALL = 1 << 62
_BEFORE_ALL = -1 << 62


def are_just(connection: sqlite3.Connection, folder: FolderId, ranges: Sequence[tuple[int, int]], known: int) -> bool:
    """Whether the `known` UIDs of a folder are those of `ranges`, which do not overlap, and no others."""
    if sum(high - low + 1 for low, high in ranges) != known:
        return False
    # as many as there are: then it is enough that none lies in between
    ordered = sorted(ranges)
    gaps = zip([0, *(high + 1 for _, high in ordered)], [*(low - 1 for low, _ in ordered), _ABOVE_ALL], strict=True)
    # CROSS JOIN: the gaps outside, each an index search; the other way round would take for ever
    row = connection.execute(
        "SELECT 1 FROM json_each(?) AS gap CROSS JOIN messages WHERE server_folder_id = ?"
        " AND uid BETWEEN json_extract(gap.value, '$[0]') AND json_extract(gap.value, '$[1]') LIMIT 1",
        (json.dumps(list(gaps)), folder),
    ).fetchone()
    return row is None


def count_uids(connection: sqlite3.Connection, folder: FolderId) -> int:
    """How many UIDs the store knows in a folder."""
    row = connection.execute(
        "SELECT count(*) FROM messages WHERE server_folder_id = ? AND uid IS NOT NULL", (folder,)
    ).fetchone()
    return int(row[0])


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message that is not whole on this disk."""

    id: MessageId
    uid: int
    size: int
    received: int
    kept: bool = False
    """Whether it is kept by hand."""


_WANTED = "id, uid, size, received, kept"


def wanted(connection: sqlite3.Connection, message: MessageId) -> tuple[FolderId, Wanted] | None:
    """The folder and the rest of what has to be known to fetch one message, None when the server's UID is not known."""
    row = connection.execute(
        f"SELECT server_folder_id, {_WANTED} FROM messages WHERE id = ? AND uid IS NOT NULL", (message,)
    ).fetchone()
    return None if row is None else (FolderId(row[0]), _wanted(row[1:]))


def _wanted(row: tuple[int, int, int, int, int]) -> Wanted:
    return Wanted(MessageId(row[0]), row[1], row[2], row[3], bool(row[4]))


def to_fetch(
    connection: sqlite3.Connection, folder: FolderId, below: int, limit: int, since: int = _BEFORE_ALL
) -> list[Wanted]:
    """Messages with a UID below `below` of which nothing but the summary is here, newest UID first.

    Those received before `since` (Unix seconds) only when they are kept by hand.
    """
    rows = connection.execute(
        f"SELECT {_WANTED} FROM messages WHERE server_folder_id = ? AND cached = 0 AND uid < ?"
        " AND (received >= ? OR kept) ORDER BY uid DESC LIMIT ?",
        (folder, below, since, limit),
    )
    return [_wanted(row) for row in rows]


def to_complete(connection: sqlite3.Connection, folder: FolderId) -> list[Wanted]:
    """Messages of which the text is here, and the rest is not: the smallest first, of equals the newest."""
    rows = connection.execute(
        f"SELECT {_WANTED} FROM messages WHERE server_folder_id = ? AND cached = 1 AND uid IS NOT NULL"
        " ORDER BY size, uid DESC",
        (folder,),
    )
    return [_wanted(row) for row in rows]


def server_counts(connection: sqlite3.Connection, folder: FolderId) -> tuple[int, int]:
    """(messages, unseen messages) that the server has in a folder as far as the store knows, pending acts aside."""
    row = connection.execute(
        # each from its own index: reading 100,000 rows would take longer than asking the server
        "SELECT (SELECT count(*) FROM messages WHERE server_folder_id = ?1),"
        " (SELECT count(*) FROM messages WHERE server_folder_id = ?1 AND server_flags & 1 = 0)",
        (folder,),
    ).fetchone()
    return int(row[0]), int(row[1])


def location(connection: sqlite3.Connection, message: MessageId) -> tuple[AccountId, FolderId, int | None] | None:
    """(account, folder, uid) where the server holds a message, None when the store does not know the message."""
    row = connection.execute(
        "SELECT account_id, server_folder_id, uid FROM messages WHERE id = ?", (message,)
    ).fetchone()
    return None if row is None else (AccountId(row[0]), FolderId(row[1]), row[2])


def message_id(connection: sqlite3.Connection, message: MessageId) -> str:
    """The Message-ID of a message, empty when it has none or is gone."""
    row = connection.execute("SELECT message_id FROM messages WHERE id = ?", (message,)).fetchone()
    return "" if row is None else row[0]


def uids_of(connection: sqlite3.Connection, wanted: Iterable[MessageId]) -> set[int]:
    """The UIDs of these messages, in whatever folder."""
    rows = connection.execute(
        "SELECT uid FROM messages WHERE uid IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(wanted)),),
    )
    return {row[0] for row in rows}


def orphans(connection: sqlite3.Connection, folder: FolderId) -> list[MessageId]:
    """Messages of a folder that have no UID and no operation that would explain it."""
    rows = connection.execute("SELECT id FROM messages WHERE server_folder_id = ? AND uid IS NULL", (folder,))
    return [MessageId(row[0]) for row in rows]
