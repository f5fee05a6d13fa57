"""Which thread a message belongs to: found by every Message-ID it mentions, a batch at a time."""

import json
from collections.abc import Collection, Iterable

from store.database import Transaction
from store.model import MessageId, ThreadId

Newcomer = tuple[MessageId, Collection[int]]
"""(row id, keys of its Message-ID and of those it mentions: see store.references)."""


def assign(tx: Transaction, newcomers: Iterable[Newcomer]) -> list[ThreadId]:
    """The thread of each newcomer, in order (RFC 5256, JWZ's linking step); call it before their rows are written.

    Threads that a newcomer connects become one, under the smallest number, so the order of arrival does not matter.
    A message without any id is a thread of its own, numbered like its row, as is the first of every thread.  A
    removed message leaves its references here on purpose: its answers still belong together.
    """
    mentioned = list(newcomers)
    known = _known(tx, set().union(*(keys for _, keys in mentioned)))
    groups = _Groups()
    thread_of = dict(known)
    assigned: list[int] = []
    for row, keys in mentioned:
        found = {groups.root(thread_of[key]) for key in keys if key in thread_of}
        thread = min(found) if found else int(row)
        for other in found:
            groups.join(other, thread)
        for key in keys:
            thread_of[key] = thread
        assigned.append(thread)
    _merge(tx, {old: groups.root(old) for old in set(known.values()) if groups.root(old) != old})
    fresh = [(key, groups.root(thread)) for key, thread in thread_of.items() if key not in known]
    tx.with_rows("INSERT INTO thread_references (reference, thread_id) (VALUES)", fresh)
    return [ThreadId(groups.root(thread)) for thread in assigned]


class _Groups:
    """Threads that turned out to be one: each points to a smaller one, the smallest to nothing."""

    def __init__(self) -> None:
        self._smaller: dict[int, int] = {}

    def root(self, thread: int) -> int:
        while (smaller := self._smaller.get(thread)) is not None:
            thread = smaller
        return thread

    def join(self, thread: int, smallest: int) -> None:
        if thread != smallest:
            self._smaller[thread] = smallest


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
