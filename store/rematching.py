"""Finds rows that lost their UID again: the same message under another UID, never another message under theirs."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from store.database import Transaction
from store.model import FolderId, MessageId


class Identity(NamedTuple):
    """By what a message is known again in its folder, as the store holds it."""

    uid: int
    message_id: str
    """Empty when it has none."""
    size: int
    """RFC822.SIZE; 0 when the server gave out nothing of the message."""
    received: int
    """INTERNALDATE in Unix seconds."""
    sender: str = ""
    subject: str = ""
    server_id: str | None = None

    def proves(self, other: "Identity") -> bool:
        """Whether both are surely one message: by Message-ID; when there is none by size and date.

        Sizes are not compared where they are not needed: Exchange's are estimates, and may change.
        """
        if self.server_id is not None and other.server_id is not None:
            return self.server_id == other.server_id
        if self.message_id or other.message_id:
            return self.message_id == other.message_id
        return self.size > 0 and (self.size, self.received) == (other.size, other.received)


_IDENTITY = "SELECT uid, message_id, size, received, from_address, subject, server_id FROM messages"


def newest(connection: sqlite3.Connection, folder: FolderId, below: int, count: int) -> dict[int, Identity]:
    """What the store knows of the last `count` UIDs of a folder that are below a UID."""
    rows = connection.execute(
        f"{_IDENTITY} WHERE server_folder_id = ? AND uid < ? ORDER BY uid DESC LIMIT ?", (folder, below, count)
    )
    return {row[0]: Identity(*row) for row in rows}


def identities(connection: sqlite3.Connection, folder: FolderId, low: int, high: int) -> dict[int, Identity]:
    """What the store knows of the UIDs from `low` to `high` of a folder."""
    rows = connection.execute(f"{_IDENTITY} WHERE server_folder_id = ? AND uid BETWEEN ? AND ?", (folder, low, high))
    return {row[0]: Identity(*row) for row in rows}


def adopt(tx: Transaction, folder: FolderId, strangers: Sequence[Identity]) -> dict[int, MessageId]:
    """Give the UIDs of `strangers` to rows of the folder that have none and are these messages; answers who got which.

    Message-ID and size tell that two messages are the same; of several that are, INTERNALDATE tells which is which.
    Without Message-ID size and INTERNALDATE do, when no other message shares them and sender and subject agree.
    """
    if not strangers:
        return {}
    found = _named(tx, folder, [one for one in strangers if one.message_id])
    found |= _nameless(tx, folder, [one for one in strangers if not one.message_id and one.size])
    server_ids = {one.uid: one.server_id for one in strangers}
    tx.executemany(
        "UPDATE messages SET uid = ?, server_id = coalesce(?, server_id) WHERE id = ?",
        [(uid, server_ids[uid], message) for uid, message in found.items()],
    )
    tx.changed(messages=found.values())
    return found


def any_without_uid(tx: Transaction, folder: FolderId) -> bool:
    """Whether a folder has rows that lost their UID."""
    row = tx.execute("SELECT 1 FROM messages WHERE server_folder_id = ? AND uid IS NULL LIMIT 1", (folder,)).fetchone()
    return row is not None


def _named(tx: Transaction, folder: FolderId, strangers: Sequence[Identity]) -> dict[int, MessageId]:
    # the pluses keep the planner on the index by Message-ID: after a change of UIDVALIDITY no row has a UID
    rows = tx.execute(
        "SELECT message_id, size, received, id FROM messages WHERE message_id IN (SELECT value FROM json_each(?))"
        " AND message_id <> '' AND +server_folder_id = ? AND +uid IS NULL ORDER BY id",
        (json.dumps(list({one.message_id for one in strangers})), folder),
    )
    waiting: dict[tuple[str, int], list[tuple[int, MessageId]]] = {}
    for message_id, size, received, message in rows:
        waiting.setdefault((message_id, size), []).append((received, MessageId(message)))
    found: dict[int, MessageId] = {}
    for dated in (True, False):  # those with the same date first: another must not take their place
        for one in strangers:
            same = waiting.get((one.message_id, one.size), [])
            fits = [row for row in same if not dated or row[0] == one.received]
            if fits and one.uid not in found:
                same.remove(fits[0])
                found[one.uid] = fits[0][1]
    return found


def _nameless(tx: Transaction, folder: FolderId, strangers: Sequence[Identity]) -> dict[int, MessageId]:
    if not strangers:
        return {}
    columns = "SELECT size, received, from_address, subject, id FROM messages WHERE message_id = ''"
    # those that an act has taken out of the folder are found by their operation
    rows = tx.execute(
        f"{columns} AND folder_id = ?1 AND received IN (SELECT value FROM json_each(?2))"
        " AND +server_folder_id = ?1 AND +uid IS NULL"
        f" UNION {columns} AND id IN (SELECT message_id FROM journal WHERE state IN ('queued', 'running', 'unknown'))"
        " AND +server_folder_id = ?1 AND +uid IS NULL",
        (folder, json.dumps(list({one.received for one in strangers}))),
    ).fetchall()
    ours = Counter((row[0], row[1]) for row in rows)
    theirs = Counter((one.size, one.received) for one in strangers)
    found: dict[int, MessageId] = {}
    for size, received, sender, subject, message in rows:
        if ours[size, received] == theirs[size, received] == 1:
            for one in strangers:
                if (one.size, one.received, one.sender, one.subject) == (size, received, sender, subject):
                    found[one.uid] = MessageId(message)
    return found


def forget_uids(tx: Transaction, folder: FolderId, uids: Iterable[int] | None = None) -> None:
    """Forget UIDs of a folder, all of them when none is named: they mean other messages now.

    Rows, bodies and operations stay until the messages are matched again; what has no UID is not sent.
    """
    if uids is None:
        tx.execute("UPDATE messages SET uid = NULL WHERE server_folder_id = ?", (folder,))
    else:
        tx.execute(
            "UPDATE messages SET uid = NULL WHERE server_folder_id = ? AND uid IN (SELECT value FROM json_each(?))",
            (folder, json.dumps(list(uids))),
        )
    tx.changed(everything=True)
