"""Messages that we moved: how they are told apart, where they may be, and how their row takes its new place."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from store import locations, messages
from store.database import Transaction
from store.model import FolderId, MessageId


@dataclass(frozen=True, slots=True)
class Identity:
    """By what a message is known again in another folder."""

    message_id: str
    """Empty when it has none."""
    size: int


def identities(connection: sqlite3.Connection, wanted: Iterable[MessageId]) -> dict[MessageId, Identity]:
    """Message-ID and size of messages, also of those that a pending removal hides; what is gone is left out."""
    rows = connection.execute(
        "SELECT id, message_id, size FROM messages WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(wanted)),),
    )
    return {MessageId(row[0]): Identity(row[1], row[2]) for row in rows}


def probes(connection: sqlite3.Connection, wanted: Iterable[MessageId]) -> dict[MessageId, int]:
    """The UIDNEXT that the folder of each message had before a move or an append of ours brought it there.

    Messages that have a UID are left out, and those that nothing of ours has brought.
    """
    rows = connection.execute(
        "SELECT m.id, j.probe_uidnext FROM messages m JOIN journal j ON j.message_id = m.id"
        " WHERE m.uid IS NULL AND m.id IN (SELECT value FROM json_each(?))"
        " AND j.kind IN ('move', 'append') AND j.state = 'done' AND j.folder_id = m.server_folder_id"
        " AND j.probe_uidnext IS NOT NULL ORDER BY j.id",
        (json.dumps(list(wanted)),),
    )
    return {MessageId(row[0]): row[1] for row in rows}


def arrive(tx: Transaction, message: MessageId, folder: FolderId, uid: int | None) -> None:
    """Record that the server has a message of ours in `folder` now, under `uid` (None: not told).

    When a sync of the folder was faster and has stored the same UID as a new message, that newcomer goes: the row the
    user acted on keeps its id.
    """
    newcomer = None if uid is None else locations.uid_map(tx.connection, folder, [uid]).get(uid)
    if newcomer is not None and newcomer != message and locations.location(tx.connection, message) is not None:
        messages.absorb(tx, message, newcomer)
    tx.execute("UPDATE messages SET server_folder_id = ?, uid = ? WHERE id = ?", (folder, uid, message))
    tx.changed(messages=[message], folders=[folder])


def learn(tx: Transaction, folder: FolderId, places: Mapping[MessageId, int]) -> None:
    """Give messages of a folder that have no UID the one under which they were found there."""
    for message, uid in places.items():
        if (place := locations.location(tx.connection, message)) is not None and place[1:] == (folder, None):
            arrive(tx, message, folder, uid)
