"""Reads threads as trees: who answers whom, in an order that does not depend on how the mail came."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from store import orphans
from store.model import AccountId, FolderId, MessageId, ThreadId
from store.references import reference_key, unpacked

LARGEST = 2000
"""A thread of more messages is drawn as a list: a tree of them would keep the screen waiting."""
_ROUNDS = 50
"""Through so many removed messages in a row the way to the one that was answered is followed."""
_AMONG = "IN (SELECT value FROM json_each(?))"


class Member(NamedTuple):
    """A message of a thread, as far as lists of threads need it."""

    id: MessageId
    thread: ThreadId
    account: AccountId
    folder: FolderId
    message_id: str
    time: int
    """When it was written (Unix seconds), as far as that can be true: never later than it was received."""
    received: int
    flags: int
    pending: int
    likeness: int | None
    sender: str
    """The address, in small letters."""
    topic: int | None
    """What the subject is about (store/subjects.py)."""


class Placed(NamedTuple):
    """A message at its place in a tree."""

    member: Member
    depth: int
    """0: the thread begins with it."""
    lines: str
    """For each level but the first whether its line goes on below: `|` or a blank; of the own one `+` or `` ` ``."""


Order = tuple[int, str, int]
"""What messages of a thread are ordered by: time, Message-ID, row."""


def members(connection: sqlite3.Connection, threads: Iterable[ThreadId]) -> dict[ThreadId, list[Member]]:
    """The messages of threads in whatever folders, those that a pending removal hides left out, oldest first."""
    rows = connection.execute(
        "SELECT id, thread_id, account_id, folder_id, message_id, min(coalesce(date, received), received), received,"
        " flags, pending, likeness, lower(from_address), topic"
        f" FROM messages WHERE thread_id {_AMONG} AND folder_id IS NOT NULL",
        (json.dumps(list(threads)),),
    )
    found: dict[ThreadId, list[Member]] = defaultdict(list)
    for row in rows:
        found[row[1]].append(Member(*row))
    for every in found.values():
        every.sort(key=_order)
    return found


def trees(
    connection: sqlite3.Connection,
    threads: Mapping[ThreadId, Sequence[Member]],
    shown: Collection[MessageId] | None = None,
) -> dict[ThreadId, list[Placed]]:
    """The `members` of threads from top to bottom, each above its answers; brothers and sisters oldest first.

    `shown`: only these; who answers one that is not among them stands under the nearest that is.  Of several messages
    without anything above them the oldest begins the thread, the others stand under it.
    """
    small = [one for every in threads.values() if 1 < len(every) <= LARGEST for one in every]
    links = _Links(connection, small)
    found = {}
    for thread, every in threads.items():
        wanted = [one for one in every if shown is None or one.id in shown]
        above = links.parents(every) if 1 < len(every) <= LARGEST else {}
        if wanted:
            found[thread] = _laid_out(wanted, above)
    return found


def _order(one: Member) -> Order:
    return one.time, one.message_id, one.id


def _key(one: Member) -> int:
    return reference_key(one.message_id or orphans.row_name(one.id))


class _Links:
    """What messages answer, also by way of messages that are no longer here."""

    def __init__(self, connection: sqlite3.Connection, every: Sequence[Member]) -> None:
        self._keys = {one.id: _key(one) for one in every}
        self._orphans = orphans.answered(connection, self._keys) if every else {}
        self._chains: dict[int, list[int]] = {}
        wanted = set(self._keys.values())
        for _ in range(_ROUNDS):
            if not wanted:
                break
            rows = connection.execute(
                f"SELECT reference, chain FROM thread_references WHERE chain IS NOT NULL AND reference {_AMONG}",
                (json.dumps(list(wanted)),),
            )
            fresh = {key: unpacked(chain) for key, chain in rows}
            self._chains |= {key: [] for key in wanted} | fresh
            wanted = {key for chain in fresh.values() for key in chain} - self._chains.keys()

    def parents(self, every: Sequence[Member]) -> dict[MessageId, MessageId]:
        """What each message answers, itself of the thread; messages that answer nothing here are left out.

        Where mail claims to answer its own answers, the oldest that does is the one that is not believed.
        """
        at: dict[int, MessageId] = {}
        for one in every:  # of several copies the first stands for all
            at.setdefault(self._keys[one.id], one.id)
        above: dict[MessageId, MessageId] = {}
        for one in reversed(every):
            if at[self._keys[one.id]] != one.id:
                continue
            for candidate in self._candidates(one, at):
                if not _is_above(one.id, candidate, above):
                    above[one.id] = candidate
                    break
        for one in every:
            first = at[self._keys[one.id]]
            if first != one.id:  # a copy stands beside the one that it is a copy of, or under it at the top
                above[one.id] = above.get(first, first)
        return above

    def _candidates(self, one: Member, at: Mapping[int, MessageId]) -> Iterator[MessageId]:
        """What it may answer, the most likely first."""
        waiting = self._chains.get(self._keys[one.id], [])[:]
        seen = {self._keys[one.id]}
        while waiting:
            key = waiting.pop()
            if key in seen:
                continue
            seen.add(key)
            if key in at:
                yield at[key]
            else:  # it is not here, but what it answers may be
                waiting += self._chains.get(key, [])
        answered = self._orphans.get(one.id)
        if answered is not None and answered in self._keys:
            yield at.get(self._keys[MessageId(answered)], MessageId(answered))


def _is_above(message: MessageId, of: MessageId, above: Mapping[MessageId, MessageId]) -> bool:
    """Whether `message` is `of` or stands somewhere above it."""
    at: MessageId | None = of
    while at is not None:
        if at == message:
            return True
        at = above.get(at)
    return False


def _laid_out(wanted: Sequence[Member], above: Mapping[MessageId, MessageId]) -> list[Placed]:
    here = {one.id for one in wanted}
    below: dict[MessageId | None, list[Member]] = defaultdict(list)
    for one in wanted:
        parent = above.get(one.id)
        while parent is not None and parent not in here:
            parent = above.get(parent)
        below[parent].append(one)
    first, *others = below[None]
    below[first.id] = sorted([*below[first.id], *others], key=_order)
    placed: list[Placed] = []
    waiting = [Placed(first, 0, "")]
    while waiting:
        placed.append(at := waiting.pop())
        answers = below.get(at.member.id, [])
        before = at.lines[:-1] + ("|" if at.lines[-1] == "+" else " ") if at.lines else ""
        for number in range(len(answers) - 1, -1, -1):
            line = "`" if number == len(answers) - 1 else "+"
            waiting.append(Placed(answers[number], at.depth + 1, before + line))
    return placed
