"""Where the server holds the messages of the store: folders and UIDs, counts, and what is not fetched yet."""

import json
import sqlite3
from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message whose body is not on this disk."""

    id: MessageId
    uid: int
    size: int
    received: int


def to_fetch(connection: sqlite3.Connection, folder: FolderId, below: int, limit: int) -> list[Wanted]:
    """Messages with a UID below `below` of which nothing but the summary is here, newest UID first."""
    rows = connection.execute(
        "SELECT id, uid, size, received FROM messages WHERE server_folder_id = ? AND cached = 0 AND uid < ?"
        " ORDER BY uid DESC LIMIT ?",
        (folder, below, limit),
    )
    return [Wanted(MessageId(row[0]), row[1], row[2], row[3]) for row in rows]


def count_to_fetch(connection: sqlite3.Connection, account: AccountId) -> int:
    """How many messages of an account have nothing but the summary here."""
    row = connection.execute(
        "SELECT count(*) FROM messages WHERE cached = 0 AND uid IS NOT NULL AND server_folder_id IN"
        " (SELECT id FROM folders WHERE account_id = ?)",
        (account,),
    ).fetchone()
    return int(row[0])


def server_counts(connection: sqlite3.Connection, folder: FolderId) -> tuple[int, int]:
    """(messages, unseen messages) that the server has in a folder as far as the store knows, pending acts aside."""
    row = connection.execute(
        "SELECT count(*), coalesce(sum(server_flags & 1 = 0), 0) FROM messages WHERE server_folder_id = ?", (folder,)
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
