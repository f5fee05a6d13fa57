"""Reads lists of threads: all rows of a place grouped by thread, and the trees of those that are looked at."""

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

from store import listing, thread_trees
from store.listing import Position
from store.model import Double, Flag, FolderId, MessageId, Summary, ThreadId
from store.thread_trees import Member, Placed

_SPARSE = 16
"""With so many times more numbers than messages, threads are counted in a dictionary."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A thread as one place shows it."""

    placed: tuple[Placed, ...]
    """Its messages there, from top to bottom."""
    also: tuple[Member, ...]
    """Messages there that are one with some of these, in other accounts."""

    @property
    def newest(self) -> Position:
        """What the thread is sorted by."""
        received, id = max((one.member.received, one.member.id) for one in self.placed)
        return Position(received, id)

    @property
    def unread(self) -> int:
        """How many of its messages are unread."""
        return sum(not one.member.flags & Flag.SEEN for one in self.placed)

    def folded(self, first: Summary) -> Summary:
        """One row for all: the first message's, as new as the newest, unread and starred as one of all is."""
        members = [one.member for one in self.placed if one.member.id != first.id]
        if not members:
            return first
        rows = [(one.id, one.account, one.folder, one.flags, one.pending) for one in (*members, *self.also)]
        others = [Double(one.id, one.account, one.folder, is_member=True) for one in members]
        others += [Double(one.id, one.account, one.folder) for one in self.also]
        return replace(listing.standing_for(first, rows, self.newest.received), doubles=tuple(others))


class Vector(NamedTuple):
    """All rows of a place: the threads with the newest message first, of each thread all rows or, folded, one."""

    ids: "array[int]"
    threads: "array[int]"
    """The thread of each row."""


class Place(NamedTuple):
    """What a list shows."""

    folders: Sequence[FolderId]
    starred: bool = False


def shown(connection: sqlite3.Connection, place: Place, threads: Iterable[ThreadId]) -> dict[ThreadId, Shown]:
    """How a place shows some threads; those that have no message there are left out."""
    members = thread_trees.members(connection, threads)
    folders = set(place.folders)
    near = {t: [one for one in every if one.folder in folders] for t, every in members.items()}
    here = {one.id for every in near.values() for one in every}
    if len(folders) > 1 or place.starred:
        here = listing.placed(connection, place.folders, here, starred=place.starred)
    trees = thread_trees.trees(connection, {t: members[t] for t, every in near.items() if every}, here)
    return {
        thread: Shown(tuple(placed), tuple(_also(near[thread], here, starred=place.starred)))
        for thread, placed in trees.items()
    }


def page(
    connection: sqlite3.Connection, place: Place, limit: int
) -> tuple[list[ThreadId], dict[ThreadId, Shown], bool]:
    """The threads of the newest `limit` messages of a place, how they are shown, and whether there are no others."""
    newest = listing.newest_threads(connection, place.folders, limit, starred=place.starred)
    found = shown(connection, place, set(newest))
    return [thread for thread in dict.fromkeys(newest) if thread in found], found, len(newest) < limit


def vector(connection: sqlite3.Connection, place: Place, is_folded: Callable[[int], bool] | bool) -> Vector:
    """Every row of a place, 16 bytes each; within a thread the oldest first, which is not yet the tree's order.

    `is_folded` says of a thread whether it is one row.  Of a folded one the oldest message stands for all.
    """
    ids, threads, owners = array("q"), array("q"), array("i")
    numbers = _numbers(connection)
    for rows in listing.positions(connection, place.folders, starred=place.starred):
        _, some, of = zip(*rows, strict=True)
        for thread in of:
            if not numbers[thread]:
                threads.append(thread)
                numbers[thread] = len(threads)
        ids.extend(some)
        owners.extend([numbers[thread] - 1 for thread in of])
    if len(threads) == len(ids):
        return Vector(ids, threads)
    if is_folded is True:
        found = array("q", bytes(8 * len(threads)))
        for number, id in zip(owners, ids, strict=True):  # the newest first, so the oldest is written last
            found[number] = id
        return Vector(found, threads)
    return _grouped(ids, owners, threads, is_folded)


def _grouped(
    ids: "array[int]", owners: "array[int]", threads: "array[int]", is_folded: Callable[[int], bool] | bool
) -> Vector:
    """`owners` says of each message of `ids` which of `threads` it belongs to."""
    sizes = array("i", bytes(4 * len(threads)))
    for number in owners:
        sizes[number] += 1
    folded = array("b", bytes(len(threads)))
    if not isinstance(is_folded, bool):
        for number, thread in enumerate(threads):
            if is_folded(thread):
                folded[number] = sizes[number] = 1
    ends = array("i", accumulate(sizes))
    found = array("q", bytes(8 * ends[-1]))
    for number, id in zip(owners, ids, strict=True):
        row = ends[number] - 1
        found[row] = id
        if not folded[number]:
            ends[number] = row
    of = array("q")
    for thread, size in zip(threads, sizes, strict=True):
        if size == 1:
            of.append(thread)
        else:
            of.extend([thread] * size)
    return Vector(found, of)


class _Sparse(dict[int, int]):
    def __missing__(self, thread: int) -> int:
        return 0


def _numbers(connection: sqlite3.Connection) -> "array[int] | _Sparse":
    """Zero for every thread: threads are numbered like messages, so an array does where there are no great gaps."""
    lowest, highest, number = connection.execute(
        "SELECT (SELECT min(thread_id) FROM messages), (SELECT max(thread_id) FROM messages),"
        " (SELECT sum(total) FROM folders)"
    ).fetchone()
    if (lowest or 0) < 0 or (highest or 0) > _SPARSE * ((number or 0) + 10_000):
        return _Sparse()
    return array("i", bytes(4 * ((highest or 0) + 1)))


def _also(near: Sequence[Member], here: Iterable[MessageId], *, starred: bool) -> Iterator[Member]:
    """Those without a row of their own that are one with some that have one."""
    rows = set(here)
    alike = {one.likeness for one in near if one.id in rows} - {None}
    return (
        one
        for one in near
        if one.id not in rows and one.likeness in alike and (not starred or one.flags & Flag.FLAGGED)
    )
