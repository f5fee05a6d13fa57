"""The bodies table: raw bytes exactly as received."""

import sqlite3

from store import twins
from store.model import MessageId


def raw(connection: sqlite3.Connection, message: MessageId) -> bytes | None:
    """The whole message as received, from a twin where one holds it; None when it is not on this disk."""
    row = connection.execute("SELECT raw FROM bodies WHERE message_id = ?", (message,)).fetchone()
    return twins.raw(connection, message) if row is None else row[0]


def beginning(connection: sqlite3.Connection, message: MessageId, octets: int) -> bytes | None:
    """The first octets of a message that stands here itself, without reading the rest; None when it does not."""
    if connection.execute("SELECT 1 FROM bodies WHERE message_id = ?", (message,)).fetchone() is None:
        return None
    with connection.blobopen("bodies", "raw", message, readonly=True) as blob:
        return blob.read(octets)
