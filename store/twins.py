"""Rows of one account that are one message on its server (Gmail's All Mail, RFC 8474): they share one body.

A row's `server_id` names the message on the server.  Of several rows with the same one, one holds the bytes and the
search text; all of them say how much is here, and whoever reads follows the id.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping

from store import storable
from store.database import Transaction
from store.model import FolderId, MessageId

ONE_STATE = "gmail:"
"""An id that begins so is of a server that keeps one set of flags and labels for all copies of a message.

Elsewhere (EMAILID, RFC 8474 section 5.1) only the contents are the same: each folder's copy is read or starred alone.
"""

_TWINS = (
    "SELECT m.id, t.id FROM messages m JOIN messages t"
    " ON t.server_id = m.server_id AND t.account_id = m.account_id AND t.id <> m.id"
    " WHERE m.id IN (SELECT value FROM json_each(?)) ORDER BY m.id, t.id"
)
_SHARED = "cached, attachments, preview"


def of(connection: sqlite3.Connection, messages: Iterable[MessageId]) -> dict[MessageId, list[MessageId]]:
    """The other rows of each message; messages that have none are left out."""
    found: dict[MessageId, list[MessageId]] = {}
    for message, twin in connection.execute(_TWINS, (json.dumps(list(messages)),)):
        found.setdefault(MessageId(message), []).append(MessageId(twin))
    return found


def inherit(tx: Transaction, newcomers: Iterable[MessageId]) -> None:
    """Let rows that were just added say of their contents what a twin says: those need not be fetched again."""
    for message, others in of(tx.connection, newcomers).items():
        tx.execute(
            f"UPDATE messages SET ({_SHARED}) = (SELECT {_SHARED} FROM messages t WHERE t.id IN"
            " (SELECT value FROM json_each(?2)) ORDER BY t.cached DESC LIMIT 1)"
            " WHERE id = ?1 AND cached < (SELECT max(cached) FROM messages WHERE id IN"
            " (SELECT value FROM json_each(?2)))",
            (message, json.dumps(others)),
        )


def share_contents(tx: Transaction, messages: Iterable[MessageId]) -> None:
    """Tell the twins of these that their contents are here; a copy that a twin held is no longer needed."""
    for message, others in of(tx.connection, messages).items():
        ids = json.dumps(others)
        tx.execute(
            f"UPDATE messages SET ({_SHARED}) = (SELECT {_SHARED} FROM messages WHERE id = ?)"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (message, ids),
        )
        if tx.execute("SELECT 1 FROM bodies WHERE message_id = ?", (message,)).fetchone():
            tx.execute("DELETE FROM bodies WHERE message_id IN (SELECT value FROM json_each(?))", (ids,))
        for table in ("structures", "sections", "slices"):
            tx.execute(f"DELETE FROM {table} WHERE message_id IN (SELECT value FROM json_each(?))", (ids,))
        tx.execute("DELETE FROM search_bodies WHERE rowid IN (SELECT value FROM json_each(?))", (ids,))
        tx.changed(messages=others)


def hand_over(tx: Transaction, doomed: Iterable[MessageId]) -> None:
    """Give bytes and search text of rows that are about to be removed to a twin that stays."""
    going = set(doomed)
    for message, others in of(tx.connection, going).items():
        heir = next((twin for twin in others if twin not in going), None)
        if heir is None:
            continue
        for table in ("bodies", "structures", "sections"):
            tx.execute(f"UPDATE OR IGNORE {table} SET message_id = ? WHERE message_id = ?", (heir, message))
        if not tx.execute("SELECT 1 FROM search_bodies WHERE rowid = ?", (heir,)).fetchone():
            tx.execute("UPDATE search_bodies SET rowid = ? WHERE rowid = ?", (heir, message))


def alike(connection: sqlite3.Connection, messages: Iterable[MessageId]) -> dict[MessageId, list[MessageId]]:
    """Those rows of `of` whose flags and labels are the message's own: what is done to one is done to all."""
    found = of(connection, messages)
    if not found:
        return found
    rows = connection.execute(
        "SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?)) AND server_id GLOB ?",
        (json.dumps(list(found)), f"{ONE_STATE}*"),
    )
    return {MessageId(row[0]): found[MessageId(row[0])] for row in rows}


def nameless(connection: sqlite3.Connection, folder: FolderId) -> list[int]:
    """The UIDs in a folder of messages that have no id of the server, newest first."""
    rows = connection.execute(
        "SELECT uid FROM messages WHERE server_folder_id = ? AND uid IS NOT NULL AND server_id IS NULL"
        " ORDER BY uid DESC",
        (folder,),
    )
    return [row[0] for row in rows]


def name(tx: Transaction, folder: FolderId, names: Mapping[int, str]) -> None:
    """Give messages of a folder the server's ids, by UID; what is here of any twin is then here of all, once."""
    ids: list[MessageId] = []
    for uid, server_id in names.items():
        row = tx.execute(
            "UPDATE messages SET server_id = ? WHERE server_folder_id = ? AND uid = ? RETURNING id",
            (storable.text(server_id), folder, uid),
        ).fetchone()
        ids += [] if row is None else [MessageId(row[0])]
    holders = tx.execute(
        "SELECT message_id FROM bodies WHERE message_id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
    ).fetchall()
    share_contents(tx, [MessageId(row[0]) for row in holders])
    everyone = [*ids, *(twin for others in of(tx.connection, ids).values() for twin in others)]
    inherit(tx, everyone)
    tx.changed(messages=everyone)


def raw(connection: sqlite3.Connection, message: MessageId) -> bytes | None:
    """The bytes that a twin of this message holds, None when none does."""
    row = connection.execute(
        "SELECT b.raw FROM messages m JOIN messages t ON t.server_id = m.server_id AND t.account_id = m.account_id"
        " JOIN bodies b ON b.message_id = t.id WHERE m.id = ? LIMIT 1",
        (message,),
    ).fetchone()
    return None if row is None else row[0]


def any_known(connection: sqlite3.Connection) -> bool:
    """Whether any message of the store has an id of its server: else there is nothing to look for twice."""
    row = connection.execute("SELECT EXISTS (SELECT 1 FROM messages WHERE server_id IS NOT NULL)").fetchone()
    return bool(row[0])
