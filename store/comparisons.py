"""When every flag of a folder was last compared with its server's, and what the server was last known to say."""

import json
import sqlite3
from collections.abc import Iterable, Mapping

from store import messages
from store.database import Transaction
from store.model import AccountId, Flag, FolderId

Known = Mapping[int, tuple[int, str]]
"""UID -> (system flags, labels) of the server, as the store writes them."""


def due(connection: sqlite3.Connection, account: AccountId, now: int, every: int) -> list[FolderId]:
    """The folders with a MODSEQ that were not compared for `every` seconds, the one that waits longest first.

    A time that has still to come is that of a clock that was set back: it counts as long ago.
    """
    rows = connection.execute(
        "SELECT id FROM folders WHERE account_id = ?1 AND wire_name IS NOT NULL AND highestmodseq IS NOT NULL"
        " AND backfilled_uid <= 1 AND (compared_at IS NULL OR compared_at NOT BETWEEN ?2 - ?3 AND ?2)"
        " ORDER BY compared_at IS NOT NULL, compared_at, id",
        (account, now, every),
    )
    return [FolderId(row[0]) for row in rows]


def note(tx: Transaction, folder: FolderId, now: int) -> None:
    """Record that every flag of a folder was compared."""
    tx.execute("UPDATE folders SET compared_at = ? WHERE id = ?", (now, folder))


def known(connection: sqlite3.Connection, folder: FolderId, uids: Iterable[int]) -> Known:
    """What the server was last known to say of these messages."""
    rows = connection.execute(
        "SELECT uid, server_flags, server_labels FROM messages WHERE server_folder_id = ?"
        " AND uid IN (SELECT value FROM json_each(?))",
        (folder, json.dumps(list(uids))),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def write(
    tx: Transaction, folder: FolderId, before: Known, told: Mapping[int, tuple[Flag, tuple[str, ...] | None]]
) -> int:
    """Write what the server told of messages of which nothing else was heard since `before`; how many were different.

    What was heard meanwhile, from a replay or another connection, is newer than a listing that was asked for earlier.
    """
    now = known(tx.connection, folder, told)
    still = [uid for uid in told if uid in now and before.get(uid) == now[uid]]
    messages.set_server_flags(tx, folder, [(uid, *told[uid]) for uid in still])
    after = known(tx.connection, folder, still)
    return sum(after[uid] != now[uid] for uid in still)
