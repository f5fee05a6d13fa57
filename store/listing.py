"""Reads the lists that people see: pages by keyset, id vectors, summaries by id."""

import json
import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from store import twins
from store.model import AccountId, Address, Cached, Flag, FolderId, MessageId, Summary, ThreadId

_CACHED = (Cached.NONE, Cached.TEXT, Cached.FULL)

_MERGED_FOLDERS = 100
"""SQLite merges at most 500 lists; with this many, sorting is no dearer."""

_SUMMARY = (
    "SELECT id, account_id, folder_id, thread_id, uid, uidl, message_id, from_name, from_address, recipients, copies,"
    " subject, date, received, flags, labels, size, attachments, preview, cached, pending FROM messages"
)

_PLACE = "SELECT m.received, m.id FROM messages m"
_RANK = "(SELECT CASE f.role WHEN 'inbox' THEN 0 WHEN 'all' THEN 2 ELSE 1 END FROM folders f WHERE f.id = {}.folder_id)"
_ONCE = (
    "(m.server_id IS NULL OR NOT EXISTS (SELECT 1 FROM messages t WHERE t.server_id = m.server_id"
    " AND t.account_id = m.account_id AND t.folder_id <> m.folder_id"
    " AND t.folder_id IN (SELECT value FROM json_each(?))"
    f" AND ({_RANK.format('t')}, t.id) < ({_RANK.format('m')}, m.id)))"
)
"""Of rows that are one message (store/twins.py) a merged list shows the best: in the inbox, else not in All Mail."""


class Position(NamedTuple):
    """A place in a list: lists are ordered by (received, id), newest first."""

    received: int
    id: MessageId


def page(
    connection: sqlite3.Connection, folders: Sequence[FolderId], before: Position | None, limit: int
) -> list[Summary]:
    """The next `limit` summaries of some folders merged, newest first, older than `before` (keyset, no OFFSET)."""
    if not folders:
        return []
    sql, arguments = _merged(connection, folders, before or Position(1 << 62, MessageId(0)))
    rows = connection.execute(f"{sql} LIMIT ?", (*arguments, limit)).fetchall()
    ids = [MessageId(row[1]) for row in rows]
    found = summaries(connection, ids)
    return [found[message] for message in ids if message in found]


def vector(connection: sqlite3.Connection, folders: Sequence[FolderId]) -> "array[int]":
    """Every message id of some folders merged, newest first, 8 bytes each."""
    ids = array("q")
    if not folders:
        return ids
    sql, arguments = _merged(connection, folders, Position(1 << 62, MessageId(0)))
    cursor = connection.execute(sql, arguments)
    while rows := cursor.fetchmany(2000):  # in slices: the interpreter is free for the screen in between
        ids.extend(row[1] for row in rows)
    return ids


def summaries(connection: sqlite3.Connection, ids: Iterable[MessageId]) -> dict[MessageId, Summary]:
    """Summaries by id; messages that are gone, or hidden by a pending removal, are left out."""
    rows = connection.execute(
        f"{_SUMMARY} WHERE id IN (SELECT value FROM json_each(?)) AND folder_id IS NOT NULL", (json.dumps(list(ids)),)
    )
    return {MessageId(row[0]): _summary(row) for row in rows}


def latest(connection: sqlite3.Connection, folders: Sequence[FolderId]) -> Position | None:
    """The newest position in some folders, None when they are empty."""
    rows = page(connection, folders, None, 1)
    return Position(rows[0].received, rows[0].id) if rows else None


def _merged(
    connection: sqlite3.Connection, folders: Sequence[FolderId], before: Position
) -> tuple[str, list[int | str]]:
    """The SQL of (received, id) in some folders, newest first, older than `before`, and its arguments."""
    older, order = "(m.received, m.id) < (?, ?)", "ORDER BY 1 DESC, 2 DESC"
    several: tuple[str, ...] = ()
    if len(folders) > 1 and twins.any_known(connection):
        older, several = f"{older} AND {_ONCE}", (json.dumps(list(folders)),)
    if len(folders) > _MERGED_FOLDERS:
        part = f"{_PLACE} WHERE m.folder_id IN (SELECT value FROM json_each(?)) AND {older}"
        return f"{part} {order}", [json.dumps(list(folders)), *before, *several]
    # each folder's part is read in index order and SQLite merges them: the cost is the page, not the folders
    part = f"{_PLACE} WHERE m.folder_id = ? AND {older}"
    arguments: list[int | str] = []
    for folder in folders:
        arguments += [folder, *before, *several]
    return f"{' UNION ALL '.join([part] * len(folders))} {order}", arguments


def _people(text: str) -> tuple[Address, ...]:
    return () if text == "[]" else tuple(Address(name, address) for name, address in json.loads(text))


def _summary(row: tuple[Any, ...]) -> Summary:
    return Summary(
        id=MessageId(row[0]),
        account=AccountId(row[1]),
        folder=FolderId(row[2]),
        thread=ThreadId(row[3]),
        uid=row[4],
        uidl=row[5],
        message_id=row[6],
        sender=Address(row[7], row[8]),
        to=_people(row[9]),
        cc=_people(row[10]),
        subject=row[11],
        date=row[12],
        received=row[13],
        flags=Flag(row[14]),
        labels=tuple(row[15].split()),
        size=row[16],
        attachments=row[17],
        preview=row[18],
        cached=_CACHED[row[19]],
        pending=row[20],
    )
