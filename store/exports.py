"""Reads messages for a backup: whole, in slices that bound the memory they take."""

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from store import twins
from store.model import Flag, FolderId, MessageId


class Row(NamedTuple):
    """A message with its place."""

    id: MessageId
    account: str
    """The account's name."""
    path: str
    """The folder's, decoded."""
    role: str | None
    """The folder's."""
    received: int
    flags: int
    """Bits of Flag."""
    sender: str
    """The address alone."""
    subject: str
    raw: bytes | None
    """None when the whole of it is not on this disk."""


_PLACES = "SELECT f.id, a.name, f.path, f.role FROM folders f JOIN accounts a ON a.id = f.account_id"
_ROWS = (
    "SELECT id, size, folder_id, received, flags, from_address, subject FROM messages"
    " WHERE id IN (SELECT value FROM json_each(?)) AND folder_id IS NOT NULL"
)
_BODIES = "SELECT message_id, raw FROM bodies WHERE message_id IN (SELECT value FROM json_each(?))"


def rows(connection: sqlite3.Connection, ids: Sequence[MessageId], octets: int) -> tuple[list[Row], int]:
    """Messages in the order of `ids` until their sizes exceed `octets`, at least one, and how many ids these cover.

    Messages that are gone are left out.
    """
    places = {row[0]: row[1:] for row in connection.execute(_PLACES)}
    found = {row[0]: row for row in connection.execute(_ROWS, (json.dumps(ids),))}
    covered = 0
    for covered, message in enumerate(ids, 1):  # noqa: B007 (used behind the loop)
        octets -= found[message][1] if message in found else 0
        if octets < 0:
            break
    # all bodies in one statement: with one for each message, a third more time goes into calls
    raws = dict(connection.execute(_BODIES, (json.dumps(ids[:covered]),)))
    read = []
    for message in ids[:covered]:
        if message in found:
            raw = raws.get(message)
            raw = twins.raw(connection, message) if raw is None else raw
            _, _, folder, *rest = found[message]
            read.append(Row._make((message, *places[folder], *rest, raw)))
    return read, covered


def ids(connection: sqlite3.Connection, folders: Sequence[FolderId], *, starred: bool = False) -> list[MessageId]:
    """All messages of some folders, or those with a star, oldest first."""
    rows = connection.execute(
        "SELECT id FROM messages WHERE folder_id IN (SELECT value FROM json_each(?1)) AND flags & ?2 = ?2"
        " ORDER BY received, id",
        (json.dumps(folders), int(Flag.FLAGGED if starred else Flag.NONE)),
    )
    return [MessageId(row[0]) for row in rows]
