"""Reads messages for a backup: whole, in slices that bound the memory they take."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from store import bodies
from store.model import Flag, FolderId, MessageId, Role


@dataclass(frozen=True, slots=True)
class Row:
    """A message with its place."""

    id: MessageId
    account: str
    """The account's name."""
    path: str
    """The folder's, decoded."""
    role: Role | None
    received: int
    flags: Flag
    sender: str
    """The address alone."""
    subject: str
    raw: bytes | None
    """None when the whole of it is not on this disk."""


def rows(connection: sqlite3.Connection, ids: Sequence[MessageId], octets: int) -> tuple[list[Row], int]:
    """Messages in the order of `ids` until their bytes exceed `octets`, at least one, and how many ids these cover.

    Messages that are gone are left out.
    """
    found = {
        row[0]: row[1:]
        for row in connection.execute(
            "SELECT m.id, a.name, f.path, f.role, m.received, m.flags, m.from_address, m.subject FROM messages m"
            " JOIN folders f ON f.id = m.folder_id JOIN accounts a ON a.id = m.account_id"
            " WHERE m.id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
    }
    read: list[Row] = []
    for covered, message in enumerate(ids, 1):
        if message not in found:
            continue
        account, path, role, received, flags, sender, subject = found[message]
        raw = bodies.raw(connection, message)
        place = Role(role) if role else None
        read.append(Row(message, account, path, place, received, Flag(flags), sender, subject, raw))
        octets -= len(raw or b"")
        if octets < 0:
            return read, covered
    return read, len(ids)


def ids(connection: sqlite3.Connection, folders: Sequence[FolderId]) -> list[MessageId]:
    """All messages of some folders, oldest first."""
    rows = connection.execute(
        "SELECT id FROM messages WHERE folder_id IN (SELECT value FROM json_each(?)) ORDER BY received, id",
        (json.dumps(folders),),
    )
    return [MessageId(row[0]) for row in rows]
