"""A second row of a message, for a copy of it in another folder: with its contents and in the search index."""

from store import storable
from store.database import Transaction
from store.model import FolderId, MessageId

_SAME = (
    "account_id, server_flags, server_labels, flags, labels, thread_id, message_id, from_name, from_address,"
    " recipients, copies, subject, date, received, size, attachments, preview, server_id"
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
        f"INSERT INTO messages ({_SAME}, server_folder_id, folder_id, uid, cached)"
        " SELECT account_id, server_flags, server_labels, server_flags, server_labels, thread_id, message_id,"
        " from_name, from_address, recipients, copies, subject, date, received, size, attachments, preview, server_id,"
        " ?1, ?1, ?2, CASE WHEN cached = 2 OR server_id IS NOT NULL THEN cached ELSE 0 END"
        " FROM messages WHERE id = ?3",
        (folder, None if uid is None else storable.count(uid), message),
    )
    made = MessageId(cursor.lastrowid or 0)
    shared = tx.execute("SELECT server_id IS NOT NULL FROM messages WHERE id = ?", (made,)).fetchone()[0]
    for table, key, columns in _TABLES:
        if not shared or table == "search_headers":
            tx.execute(
                f"INSERT INTO {table} ({key}, {columns}) SELECT ?, {columns} FROM {table} WHERE {key} = ?",
                (made, message),
            )
    tx.changed(messages=[made], folders=[folder])
    return made
