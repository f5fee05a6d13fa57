"""A second row of a message, for a copy of it in another folder: with its contents and in the search index."""

import sqlite3

from store import storable, twins
from store.database import Transaction
from store.model import Flag, FolderId, MessageId

_SAID = (
    "thread_id, message_id, from_name, from_address, recipients, copies, subject, date, received, size, attachments,"
    " preview, topic"
)
_TABLES = (
    ("bodies", "message_id", "raw"),
    ("search_headers", "rowid", "subject, sender, recipients, copies"),
    ("search_bodies", "rowid", "body, filenames"),
)


def duplicate(tx: Transaction, message: MessageId, folder: FolderId, uid: int | None) -> MessageId:
    """Add a copy of a message to a folder, there under `uid`, and answer its id.

    It is as the server has the message now; what waits for the original is not done to it.  What is here of the
    message is here of the copy too, unless both share it by their server's id (store/twins.py) or it is not whole.
    """
    cursor = tx.execute(
        f"INSERT INTO messages ({_SAID}, account_id, server_flags, server_labels, flags, labels, server_id,"
        " server_folder_id, folder_id, uid, cached)"
        f" SELECT {_SAID}, account_id, server_flags, server_labels, server_flags, server_labels, server_id,"
        " ?1, ?1, ?2, CASE WHEN cached = 2 OR server_id IS NOT NULL THEN cached ELSE 0 END"
        " FROM messages WHERE id = ?3",
        (folder, None if uid is None else storable.count(uid), message),
    )
    made = MessageId(cursor.lastrowid or 0)
    shared = tx.execute("SELECT server_id IS NOT NULL FROM messages WHERE id = ?", (made,)).fetchone()[0]
    for table, key, columns in _TABLES:
        if not shared or table == "search_headers":
            _copy(tx, (table, key, columns), message, made)
    tx.changed(messages=[made], folders=[folder])
    return made


def for_account(tx: Transaction, message: MessageId, folder: FolderId, *, placed: bool) -> MessageId:
    """Add a copy of a message, as people see it now, for a folder of whatever account; answers its id.

    `placed`: the copy is in the folder; else no server has it yet, and an operation has to show it there.  What was
    said to a server by another name for the message does not hold for the copy.
    """
    cursor = tx.execute(
        f"INSERT INTO messages ({_SAID}, account_id, server_flags, server_labels, flags, labels,"
        " server_folder_id, folder_id)"
        f" SELECT {_SAID}, (SELECT account_id FROM folders WHERE id = ?1), flags & ~?2, labels, flags & ~?2, labels,"
        " iif(?3, ?1, NULL), ?1 FROM messages WHERE id = ?4",
        (folder, int(Flag.DELETED), placed, message),
    )
    made = MessageId(cursor.lastrowid or 0)
    _copy(tx, _TABLES[1], message, made)
    fill(tx, message, made)
    tx.changed(messages=[made], folders=[folder])
    return made


def fill(tx: Transaction, message: MessageId, copy: MessageId) -> bool:
    """Give a copy the raw bytes and the text of its message; whether they are on this disk."""
    holder = _holder(tx.connection, message, _TABLES[0])
    if holder is None:
        return False
    tx.execute("DELETE FROM bodies WHERE message_id = ?", (copy,))
    _copy(tx, _TABLES[0], holder, copy)
    text = _holder(tx.connection, message, _TABLES[2])
    tx.execute("DELETE FROM search_bodies WHERE rowid = ?", (copy,))
    if text is not None:
        _copy(tx, _TABLES[2], text, copy)
    tx.execute(
        # not the size that a server has told: by that of its bytes the copy will be known again
        "UPDATE messages SET cached = 2, size = (SELECT length(raw) FROM bodies WHERE message_id = ?1),"
        " (attachments, preview) = (SELECT attachments, preview FROM messages WHERE id = ?2) WHERE id = ?1",
        (copy, message),
    )
    tx.changed(messages=[copy])
    return True


def is_whole(connection: sqlite3.Connection, message: MessageId) -> bool:
    """Whether the bytes of a message are on this disk; what its row says of them may be wrong after a damage."""
    return _holder(connection, message, _TABLES[0]) is not None


def _holder(connection: sqlite3.Connection, message: MessageId, table: tuple[str, str, str]) -> MessageId | None:
    """The message itself or the twin of it that has a row in a table."""
    name, key, _ = table
    for candidate in (message, *twins.of(connection, [message]).get(message, ())):
        if connection.execute(f"SELECT 1 FROM {name} WHERE {key} = ?", (candidate,)).fetchone():
            return MessageId(candidate)
    return None


def _copy(tx: Transaction, table: tuple[str, str, str], message: MessageId, made: MessageId) -> None:
    name, key, columns = table
    tx.execute(
        f"INSERT INTO {name} ({key}, {columns}) SELECT ?, {columns} FROM {name} WHERE {key} = ?", (made, message)
    )
