"""Answers which of a list's messages are unread, read or starred, and which of several an act is for."""

import json
import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple, cast

from store import listing
from store.model import Flag, FolderId, MessageId, Role

_AMONG = "IN (SELECT value FROM json_each(?))"


class Which(StrEnum):
    """What to pick of a list."""

    ALL = "all"
    UNREAD = "unread"
    READ = "read"
    STARRED = "starred"


class Picked(NamedTuple):
    """The rows that were wanted, and the doubles that they stand for besides (store/unified.py)."""

    rows: set[MessageId]
    also: set[MessageId]


def pick(
    connection: sqlite3.Connection,
    folders: Sequence[FolderId],
    rows: Iterable[int],
    which: Which,
    *,
    starred: bool = False,
) -> Picked:
    """Those `rows` (ids) of the list of these folders that are so; a row is unread or starred as one of all is."""
    ids = array("q", rows)
    doubles = listing.doubled(connection, folders, ids, starred=starred)
    wanted = set(cast(Iterable[MessageId], ids))
    if which is not Which.ALL:
        every = [*ids, *(double[0] for several in doubles.values() for double in several)]
        condition = "flags & 4 <> 0" if which is Which.STARRED else "flags & 1 = 0"
        found = connection.execute(f"SELECT id FROM messages WHERE id {_AMONG} AND {condition}", (json.dumps(every),))
        having = {MessageId(row[0]) for row in found}
        having |= {row for row, several in doubles.items() if any(double[0] in having for double in several)}
        wanted = wanted - having if which is Which.READ else wanted & having
    return Picked(wanted, {MessageId(one[0]) for row, several in doubles.items() if row in wanted for one in several})


def still_there(
    connection: sqlite3.Connection, folders: Sequence[FolderId], messages: Iterable[MessageId], *, starred: bool = False
) -> set[MessageId]:
    """Those of `messages` that are in these folders, without any in whatever folder; `starred`: and have a star."""
    sql = f"SELECT id FROM messages WHERE id {_AMONG} AND folder_id IS NOT NULL"
    arguments = [json.dumps(list(messages))]
    if folders:
        sql, arguments = f"{sql} AND folder_id {_AMONG}", [*arguments, json.dumps(list(folders))]
    if starred:
        sql = f"{sql} AND flags & 4 <> 0"
    return {MessageId(row[0]) for row in connection.execute(sql, arguments)}


def having(connection: sqlite3.Connection, messages: Iterable[MessageId], flag: Flag) -> set[MessageId]:
    """Those of `messages` that have a flag."""
    rows = connection.execute(
        f"SELECT id FROM messages WHERE id {_AMONG} AND flags & ? <> 0", (json.dumps(list(messages)), int(flag))
    )
    return {MessageId(row[0]) for row in rows}


def labels_of(connection: sqlite3.Connection, messages: Iterable[MessageId]) -> dict[str, int]:
    """Label -> how many of `messages` have it, in the order of the alphabet."""
    rows = connection.execute(
        f"SELECT labels, count(*) FROM messages WHERE id {_AMONG} AND labels <> '' GROUP BY labels",
        (json.dumps(list(messages)),),
    )
    found: Counter[str] = Counter()
    for text, count in rows:
        found.update(dict.fromkeys(text.split(), count))
    return dict(sorted(found.items()))


def in_role(connection: sqlite3.Connection, messages: Iterable[MessageId], role: Role) -> set[MessageId]:
    """Those of `messages` that are in a folder of that role."""
    rows = connection.execute(
        f"SELECT m.id FROM messages m JOIN folders f ON f.id = m.folder_id WHERE f.role = ? AND m.id {_AMONG}",
        (role.value, json.dumps(list(messages))),
    )
    return {MessageId(row[0]) for row in rows}


def one_of_each(
    connection: sqlite3.Connection, messages: Sequence[MessageId], also: frozenset[MessageId], folder: FolderId
) -> tuple[MessageId, ...]:
    """What goes to `folder` of rows that stand for several messages: its account's own, while the others stay.

    `also` are the doubles among `messages`.  Where the account has none of a row's, the row's own message goes.
    """
    if not also:
        return tuple(messages)
    rows = connection.execute(
        "SELECT id, likeness, account_id = (SELECT account_id FROM folders WHERE id = ?) FROM messages"
        f" WHERE likeness IS NOT NULL AND id {_AMONG}",
        (folder, json.dumps(list(messages))),
    ).fetchall()
    alike = {likeness for message, likeness, _ in rows if message in also}
    chosen: dict[int, tuple[bool, bool, int]] = {}
    for message, likeness, own in rows:  # the account's own first, then the row's
        if likeness in alike:
            chosen[likeness] = max(
                chosen.get(likeness, (False, False, -(1 << 62))), (bool(own), message not in also, -message)
            )
    taken = {-best[-1] for best in chosen.values()}
    left = {row[0] for row in rows if row[1] in alike} - taken
    return tuple(one for one in messages if one not in left)


def thread_of(
    connection: sqlite3.Connection, messages: Iterable[MessageId], folders: Sequence[FolderId]
) -> list[MessageId]:
    """Every message of the threads of `messages`, in these folders, without any in the folders that those are in."""
    wanted = json.dumps(list(messages))
    among = (
        (f"folder_id {_AMONG}", json.dumps(list(folders)))
        if folders
        else (f"folder_id IN (SELECT folder_id FROM messages WHERE id {_AMONG})", wanted)
    )
    rows = connection.execute(
        f"SELECT id FROM messages WHERE thread_id IN (SELECT thread_id FROM messages WHERE id {_AMONG})"
        f" AND {among[0]} ORDER BY received DESC, id DESC",
        (wanted, among[1]),
    )
    return [MessageId(row[0]) for row in rows]
