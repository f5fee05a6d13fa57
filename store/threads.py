"""Which thread a message belongs to: told by the Message-IDs it mentions, else by its subject, batch by batch."""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from store import orphans
from store.database import Transaction
from store.model import MessageId, ThreadId
from store.references import packed, reference_key
from store.search.prepared import Prepared


class Newcomer(NamedTuple):
    """What links a message to others."""

    message: MessageId
    own: int | None
    """The key of its Message-ID (see store.references)."""
    references: Sequence[int]
    """Those it mentions, the one it answers last."""


def newcomer(message: MessageId, known: Prepared) -> Newcomer:
    """What links a message that was prepared."""
    return Newcomer(message, known.own, known.references)


def assign(tx: Transaction, newcomers: Iterable[Newcomer]) -> list[ThreadId]:
    """The thread of each newcomer, in order (RFC 5256, JWZ's linking step); call it before their rows are written.

    Threads that a newcomer connects become one, under the smallest number, so the order of arrival does not matter.
    A message without any id is a thread of its own, numbered like its row, as is the first of every thread.  A
    removed message leaves its references here on purpose: its answers still belong together.

    `settle` has to follow when the rows are written: it joins what belongs together by subject alone.
    """
    mentioned = [_named(one) for one in newcomers]
    known = _known(tx, set().union(*((*one.references, one.own) for one in mentioned if one.own is not None)))
    groups = Groups()
    thread_of = dict(known)
    assigned: list[int] = []
    for one in mentioned:
        keys = () if one.own is None else (one.own, *one.references)
        found = {groups.root(thread_of[key]) for key in keys if key in thread_of}
        thread = min(found) if found else int(one.message)
        for other in found:
            groups.join(other, thread)
        for key in keys:
            thread_of[key] = thread
        assigned.append(thread)
    _merge(tx, {old: groups.root(old) for old in set(known.values()) if groups.root(old) != old})
    fresh = [(key, groups.root(thread)) for key, thread in thread_of.items() if key not in known]
    tx.with_rows("INSERT INTO thread_references (reference, thread_id) (VALUES)", fresh)
    link(tx, mentioned)
    return [ThreadId(groups.root(thread)) for thread in assigned]


def settle(tx: Transaction, messages: Sequence[tuple[MessageId, Prepared, ThreadId]]) -> None:
    """Join what belongs together by subject alone, now that the rows of `messages` are written (store/orphans.py)."""
    orphans.settle(
        tx,
        [
            orphans.Newcomer(message, known.topic, known.date, thread, known.is_reply and not known.references)
            for message, known, thread in messages
        ],
    )


def link(tx: Transaction, newcomers: Iterable[Newcomer]) -> None:
    """Remember what each message answers.

    Of several messages with one Message-ID the longest chain counts: whichever comes first must not matter.
    """
    tx.executemany(
        "UPDATE thread_references SET chain = ?1 WHERE reference = ?2 AND (chain IS NULL"
        " OR length(chain) < length(?1) OR (length(chain) = length(?1) AND chain < ?1))",
        [(packed(one.references), one.own) for one in newcomers if one.references],
    )


class Groups:
    """Threads that turned out to be one: each points to a smaller one, the smallest to nothing."""

    def __init__(self) -> None:
        self._smaller: dict[int, int] = {}

    def root(self, thread: int) -> int:
        """The number of the thread that this one is part of."""
        while (smaller := self._smaller.get(thread)) is not None:
            thread = smaller
        return thread

    def join(self, thread: int, smallest: int) -> None:
        """Make `thread` part of a smaller one."""
        if thread != smallest:
            self._smaller[thread] = smallest


def _named(one: Newcomer) -> Newcomer:
    """With a key by which it is found again, also where it mentions others and has no Message-ID."""
    if one.own is None and one.references:
        return one._replace(own=reference_key(orphans.row_name(one.message)))
    return one


def _known(tx: Transaction, keys: set[int]) -> dict[int, int]:
    rows = tx.execute(
        "SELECT reference, thread_id FROM thread_references WHERE reference IN (SELECT value FROM json_each(?))",
        (json.dumps(list(keys)),),
    )
    return {row[0]: row[1] for row in rows}


def _merge(tx: Transaction, into: dict[int, int]) -> None:
    for old, thread in into.items():
        moved = tx.execute("UPDATE messages SET thread_id = ? WHERE thread_id = ? RETURNING id", (thread, old))
        tx.changed(messages=[MessageId(row[0]) for row in moved.fetchall()])
        tx.execute("UPDATE thread_references SET thread_id = ? WHERE thread_id = ?", (thread, old))
    orphans.renumber(tx, into)
