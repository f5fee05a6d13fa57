"""Ids set aside for what a sync brings newest first: the order of UIDs outlasts a cut."""

import sqlite3
from collections.abc import Iterable

from store import messages
from store.database import Transaction
from store.model import FolderId, MessageId

Block = tuple[MessageId, int]
"""(first id, how many): the next ids, in ascending order, of the oldest messages that are still to come."""


def of(connection: sqlite3.Connection, folder: FolderId, uidvalidity: int) -> Block | None:
    """What is still set aside for a folder, None when nothing is."""
    row = connection.execute(
        "SELECT first, count FROM reservations WHERE folder_id = ? AND uidvalidity = ?", (folder, uidvalidity)
    ).fetchone()
    return None if row is None else (MessageId(row[0]), row[1])


def make(tx: Transaction, folder: FolderId, uidvalidity: int, count: int) -> Block:
    """Set ids aside, in place of what was set aside for the folder before."""
    first = messages.reserve(tx, count)
    keep(tx, folder, uidvalidity, (first, count))
    return first, count


def keep(tx: Transaction, folder: FolderId, uidvalidity: int, block: Block) -> None:
    """Remember what is set aside for a folder."""
    tx.execute(
        "INSERT OR REPLACE INTO reservations (folder_id, uidvalidity, first, count) VALUES (?, ?, ?, ?)",
        (folder, uidvalidity, *block),
    )


def use(tx: Transaction, folder: FolderId, ids: Iterable[MessageId]) -> None:
    """Record that these ids are given: what was set aside ends below them."""
    lowest = min(ids, default=None)
    if lowest is not None:
        tx.execute(
            "UPDATE reservations SET count = max(0, min(count, ? - first)) WHERE folder_id = ?", (lowest, folder)
        )


def forget(tx: Transaction, folder: FolderId) -> None:
    """Everything has come."""
    tx.execute("DELETE FROM reservations WHERE folder_id = ?", (folder,))
