"""The bodies table: raw bytes exactly as received."""

import sqlite3

from store import twins
from store.model import AccountId, MessageId


def raw(connection: sqlite3.Connection, message: MessageId) -> bytes | None:
    """The whole message as received, from a twin where one holds it; None when it is not on this disk."""
    row = connection.execute("SELECT raw FROM bodies WHERE message_id = ?", (message,)).fetchone()
    return twins.raw(connection, message) if row is None else row[0]


def size_by_account(connection: sqlite3.Connection, account: AccountId) -> int:
    """Bytes of whole messages that an account keeps on this disk."""
    row = connection.execute(
        "SELECT coalesce(sum(size), 0) FROM messages m WHERE account_id = ? AND cached = 2 AND"
        # of twins, which all say that it is here, one holds it
        " (server_id IS NULL OR EXISTS (SELECT 1 FROM bodies WHERE message_id = m.id))",
        (account,),
    ).fetchone()
    return int(row[0])
