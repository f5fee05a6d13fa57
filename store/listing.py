"""Reads the lists that people see: pages by keyset, id vectors, summaries by id."""

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from store import twins
from store.model import AccountId, Address, Cached, Double, Flag, FolderId, MessageId, Summary, ThreadId

_CACHED = (Cached.NONE, Cached.TEXT, Cached.FULL)

_MERGED_FOLDERS = 100
"""SQLite merges at most 500 lists; with this many, sorting is no dearer."""

_SUMMARY = (
    "SELECT id, account_id, folder_id, thread_id, uid, uidl, message_id, from_name, from_address, recipients, copies,"
    " subject, date, received, flags, labels, size, attachments, preview, cached, pending, kept"
    " FROM messages"
)

_PLACE = "SELECT m.received, m.id{} FROM messages m"
_AMONG = "IN (SELECT value FROM json_each(?))"
_RANK = "(SELECT CASE f.role WHEN 'inbox' THEN 0 WHEN 'all' THEN 2 ELSE 1 END FROM folders f WHERE f.id = {}.folder_id)"


class Position(NamedTuple):
    """A place in a list: lists are ordered by (received, id), newest first."""

    received: int
    id: MessageId


def page(
    connection: sqlite3.Connection,
    folders: Sequence[FolderId],
    before: Position | None,
    limit: int,
    *,
    starred: bool = False,
) -> list[Summary]:
    """The next `limit` summaries of some folders merged, newest first, older than `before` (keyset, no OFFSET).

    `starred`: only those with a star.  Of rows that are one message (store/unified.py, store/twins.py) one is shown.
    """
    if not folders:
        return []
    sql, arguments = _merged(connection, folders, before or Position(1 << 62, MessageId(0)), starred=starred)
    rows = connection.execute(f"{sql} LIMIT ?", (*arguments, limit)).fetchall()
    ids = [MessageId(row[1]) for row in rows]
    found = _with_doubles(connection, summaries(connection, ids), folders, starred=starred)
    return [found[message] for message in ids if message in found]


def vector(connection: sqlite3.Connection, folders: Sequence[FolderId], *, starred: bool = False) -> "array[int]":
    """Every message id of some folders merged, newest first, 8 bytes each."""
    ids = array("q")
    if not folders:
        return ids
    sql, arguments = _merged(connection, folders, Position(1 << 62, MessageId(0)), starred=starred)
    cursor = connection.execute(sql, arguments)
    while rows := cursor.fetchmany(2000):  # in slices: the interpreter is free for the screen in between
        ids.extend(row[1] for row in rows)
    return ids


def newest_threads(
    connection: sqlite3.Connection, folders: Sequence[FolderId], limit: int, *, starred: bool = False
) -> list[ThreadId]:
    """The threads of the newest `limit` messages of some folders, message by message."""
    if not folders:
        return []
    sql, arguments = _merged(connection, folders, Position(1 << 62, MessageId(0)), starred=starred, threads=True)
    return [ThreadId(row[2]) for row in connection.execute(f"{sql} LIMIT ?", (*arguments, limit))]


def threads(connection: sqlite3.Connection, ids: Iterable[MessageId]) -> dict[MessageId, ThreadId]:
    """The thread of each message that is in the store."""
    rows = connection.execute(f"SELECT id, thread_id FROM messages WHERE id {_AMONG}", (json.dumps(list(ids)),))
    return {MessageId(row[0]): ThreadId(row[1]) for row in rows}


def positions(
    connection: sqlite3.Connection, folders: Sequence[FolderId], *, starred: bool = False
) -> Iterator[list[tuple[int, int, int]]]:
    """Every (received, id, thread) of some folders merged, newest first, some thousand at a time."""
    if folders:
        sql, arguments = _merged(connection, folders, Position(1 << 62, MessageId(0)), starred=starred, threads=True)
        cursor = connection.execute(sql, arguments)
        while rows := cursor.fetchmany(2000):
            yield rows


def summaries(connection: sqlite3.Connection, ids: Iterable[MessageId]) -> dict[MessageId, Summary]:
    """Summaries by id; messages that are gone, or hidden by a pending removal, are left out."""
    rows = connection.execute(f"{_SUMMARY} WHERE id {_AMONG} AND folder_id IS NOT NULL", (json.dumps(list(ids)),))
    return {MessageId(row[0]): _summary(row) for row in rows}


def shown(
    connection: sqlite3.Connection, folders: Sequence[FolderId], ids: Iterable[MessageId], *, starred: bool = False
) -> dict[MessageId, Summary]:
    """Summaries of those of `ids` that have a row in the list of these folders, with what the row stands for."""
    found = summaries(connection, placed(connection, folders, ids, starred=starred))
    return _with_doubles(connection, found, folders, starred=starred)


def placed(
    connection: sqlite3.Connection, folders: Sequence[FolderId], ids: Iterable[MessageId], *, starred: bool = False
) -> set[MessageId]:
    """Those of `ids` that have a row in the list of these folders."""
    once = _once(connection, folders, starred=starred)
    rows = connection.execute(
        f"SELECT m.id FROM messages m WHERE m.id {_AMONG} AND +m.folder_id {_AMONG}{_starred('m', starred=starred)}"
        f"{once.sql}",
        (json.dumps(list(ids)), json.dumps(list(folders)), *once.arguments),
    )
    return {MessageId(row[0]) for row in rows}


def latest(connection: sqlite3.Connection, folders: Sequence[FolderId]) -> Position | None:
    """The newest position in some folders, None when they are empty."""
    rows = page(connection, folders, None, 1)
    return Position(rows[0].received, rows[0].id) if rows else None


def _merged(
    connection: sqlite3.Connection,
    folders: Sequence[FolderId],
    before: Position,
    *,
    starred: bool,
    threads: bool = False,
) -> tuple[str, list[int | str]]:
    """The SQL of (received, id) in some folders, newest first, older than `before`, and its arguments.

    `threads`: of (received, id, thread).
    """
    place = _PLACE.format(", m.thread_id" if threads else "")
    older, order = "(m.received, m.id) < (?, ?)", "ORDER BY 1 DESC, 2 DESC"
    once, several, *_ = _once(connection, folders, starred=starred)
    if starred:
        part = f"{place} INDEXED BY messages_starred WHERE m.flags & 4 <> 0 AND m.folder_id {_AMONG} AND {older}"
        return f"{part}{once} {order}", [json.dumps(list(folders)), *before, *several]
    if len(folders) > _MERGED_FOLDERS:
        part = f"{place} WHERE m.folder_id {_AMONG} AND {older}{once}"
        return f"{part} {order}", [json.dumps(list(folders)), *before, *several]
    # each folder's part is read in index order and SQLite merges them: the cost is the page, not the folders
    part = f"{place} WHERE m.folder_id = ? AND {older}{once}"
    arguments: list[int | str] = []
    for folder in folders:
        arguments += [folder, *before, *several]
    return f"{' UNION ALL '.join([part] * len(folders))} {order}", arguments


class _Once(NamedTuple):
    """What a row has to be besides, so that a message is in a merged list once: SQL that begins with AND."""

    sql: str
    arguments: tuple[str, ...]
    best: str
    """The part of it that is about twins, for a row `t`; with `best_arguments`."""
    best_arguments: tuple[str, ...]


def _once(connection: sqlite3.Connection, folders: Sequence[FolderId], *, starred: bool) -> _Once:
    """Of twins (store/twins.py) the best is shown: in the inbox, else not in All Mail.

    Of several accounts' rows (store/unified.py) it is the oldest of these, which keeps its place when the same message
    comes by another way later.
    """
    among = json.dumps(list(folders))
    owners = [row[0] for row in connection.execute(f"SELECT account_id FROM folders WHERE id {_AMONG}", (among,))]
    sql, best = "", ""
    arguments: tuple[str, ...] = ()
    best_arguments: tuple[str, ...] = ()
    if len(set(owners)) < len(owners) and twins.any_known(connection):
        sql, best = _best_twin("m", starred=starred), _best_twin("t", starred=starred)
        arguments = best_arguments = (among,)
    if len(set(owners)) > 1:
        # the likeness stands in the index: only rows that have one are looked at
        sql += (
            " AND (m.likeness IS NULL OR NOT EXISTS (SELECT 1 FROM messages t WHERE t.likeness = m.likeness"
            f" AND t.folder_id {_AMONG}{_starred('t', starred=starred)}"
            f" AND (t.received, t.id) < (m.received, m.id){best}))"
        )
        arguments = (*arguments, among, *best_arguments)
    return _Once(sql, arguments, best, best_arguments)


def _best_twin(row: str, *, starred: bool) -> str:
    return (
        f" AND ({row}.server_id IS NULL OR NOT EXISTS (SELECT 1 FROM messages u WHERE u.server_id = {row}.server_id"
        f" AND u.account_id = {row}.account_id AND u.folder_id <> {row}.folder_id AND u.folder_id {_AMONG}"
        f"{_starred('u', starred=starred)} AND ({_RANK.format('u')}, u.id) < ({_RANK.format(row)}, {row}.id)))"
    )


def _starred(row: str, *, starred: bool) -> str:
    """Flag.FLAGGED, word for word as in the index messages_starred."""
    return f" AND {row}.flags & 4 <> 0" if starred else ""


def doubled(
    connection: sqlite3.Connection, folders: Sequence[FolderId], rows: Iterable[int], *, starred: bool = False
) -> dict[MessageId, list[Sequence[int]]]:
    """Row -> (id, account, folder, flags, pending) of each message that it stands for besides its own, oldest first.

    Rows of the list of these folders that stand for one message only are left out.
    """
    found: defaultdict[MessageId, list[Sequence[int]]] = defaultdict(list)
    if len(folders) < 2:
        return found
    once = _once(connection, folders, starred=starred)
    doubles = connection.execute(
        "SELECT m.id, t.id, t.account_id, t.folder_id, t.flags, t.pending FROM messages m JOIN messages t"
        f" ON t.likeness = m.likeness AND t.id <> m.id WHERE m.id {_AMONG} AND m.likeness IS NOT NULL"
        f" AND t.folder_id {_AMONG}{_starred('t', starred=starred)}{once.best} ORDER BY t.received, t.id",
        (json.dumps(list(rows)), json.dumps(list(folders)), *once.best_arguments),
    )
    for message, *double in doubles:
        found[MessageId(message)].append(double)
    return found


def _with_doubles(
    connection: sqlite3.Connection,
    found: Mapping[MessageId, Summary],
    folders: Sequence[FolderId],
    *,
    starred: bool,
) -> dict[MessageId, Summary]:
    """Summaries of rows, each with what else it stands for in the list of these folders."""
    if len(folders) < 2 or not found:
        return dict(found)
    doubles = doubled(connection, folders, found, starred=starred)
    return {
        message: standing_for(summary, doubles[message]) if message in doubles else summary
        for message, summary in found.items()
    }


def standing_for(summary: Summary, doubles: Sequence[Sequence[int]], received: int | None = None) -> Summary:
    """A summary that also stands for others, each given as (row, account, folder, flags, pending).

    `received` is when the newest of them was, None for when the summary's own message was.
    """
    flags, seen, pending = summary.flags, summary.flags & Flag.SEEN, summary.pending
    for *_, its_flags, its_pending in doubles:
        flags, seen, pending = flags | Flag(its_flags), seen & its_flags, pending + its_pending
    return replace(
        summary,
        received=summary.received if received is None else received,
        flags=flags & ~Flag.SEEN | seen,
        pending=pending,
        doubles=tuple(Double(MessageId(one[0]), AccountId(one[1]), FolderId(one[2])) for one in doubles),
    )


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
        kept=bool(row[21]),
    )
