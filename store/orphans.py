"""Replies that name nothing they answer: the message that they answer is told by subject, time and people.

A thread by references alone only grows, so it is found as mail comes.  Which message an orphan answers may change:
the latest one before it with its subject and an author to whom it is addressed, and an older mailbox may bring a later
one.  So such a link stands beside the references, and the few threads that it touches are grouped anew.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from store.database import Transaction
from store.model import MessageId, ThreadId
from store.references import reference_key

SPAN = 45 * 86_400
"""Seconds within which a reply is taken for one by its subject: next month's invoice is another thread."""
TRIED = 50
"""Of so many messages with its subject before it the one is looked for that a reply answers."""

_AMONG = "IN (SELECT value FROM json_each(?))"


class Newcomer(NamedTuple):
    """A message that was just written."""

    message: MessageId
    topic: int
    date: int | None
    thread: ThreadId
    """By references alone."""
    is_orphan: bool
    """Whether it is a reply that names nothing it answers."""


def row_name(message: MessageId) -> str:
    """What a message without a Message-ID is called among the references; no Message-ID looks like it."""
    return f" row {message}"


def settle(tx: Transaction, newcomers: Sequence[Newcomer]) -> None:
    """Find what new replies answer, and whether one of the newcomers is what another reply answers."""
    dated = [one for one in newcomers if one.topic and one.date is not None]
    tx.with_rows(
        "INSERT OR REPLACE INTO orphan_replies (message_id, topic, date, thread) (VALUES)",
        [(one.message, one.topic, one.date, one.thread) for one in dated if one.is_orphan],
    )
    changed = [_Link.found(tx, row) for row in _concerned(tx, dated)]
    touched = {one.thread for one in newcomers}
    joined = component(tx.connection, touched)
    if changed := [one for one in changed if one.is_new]:
        joined |= component(tx.connection, {thread for one in changed for thread in one.threads})
        tx.executemany(
            "UPDATE orphan_replies SET answers = ?, answers_thread = ? WHERE message_id = ?",
            [(one.answers, one.answers_thread, one.message) for one in changed],
        )
        joined |= component(tx.connection, {thread for one in changed for thread in one.threads})
        tx.changed(messages=[one.message for one in changed])
    if joined:
        _regroup(tx, joined)


def renumber(tx: Transaction, into: Mapping[int, int]) -> None:
    """Threads by references became one: they have another number here too."""
    renamed = [(new, old) for old, new in into.items()]
    tx.executemany("UPDATE orphan_replies SET thread = ? WHERE thread = ?", renamed)
    tx.executemany("UPDATE orphan_replies SET answers_thread = ? WHERE answers_thread = ?", renamed)


def component(connection: sqlite3.Connection, threads: Iterable[int]) -> set[int]:
    """Those of some threads by references that subjects join with others, and these others."""
    found: set[int] = set()
    fresh = set(threads)
    while fresh:
        ids = json.dumps(list(fresh))
        rows = connection.execute(
            f"SELECT thread, answers_thread FROM orphan_replies WHERE answers_thread IS NOT NULL AND thread {_AMONG}"
            f" UNION SELECT thread, answers_thread FROM orphan_replies WHERE answers_thread {_AMONG}",
            (ids, ids),
        )
        fresh = {thread for row in rows for thread in row} - found
        found |= fresh
    return found


def answered(connection: sqlite3.Connection, messages: Collection[int]) -> dict[int, int]:
    """Which message each orphan among these answers, as far as one is known."""
    rows = connection.execute(
        f"SELECT message_id, answers FROM orphan_replies WHERE answers IS NOT NULL AND message_id {_AMONG}",
        (json.dumps(list(messages)),),
    )
    return dict(rows.fetchall())


def _concerned(tx: Transaction, newcomers: Sequence[Newcomer]) -> list[tuple[Any, ...]]:
    """The orphans whose link may be another one now, as rows of their table."""
    dates: dict[int, list[int]] = {}
    for one in newcomers:
        if one.date is not None:
            dates.setdefault(one.topic, []).append(one.date)
    rows = tx.execute(
        "SELECT message_id, topic, date, thread, answers, answers_thread FROM orphan_replies"
        f" WHERE topic {_AMONG} ORDER BY message_id",
        (json.dumps(list(dates)),),
    ).fetchall()
    return [row for row in rows if any(0 <= row[2] - date <= SPAN for date in dates[row[1]])]


class _Link(NamedTuple):
    """What an orphan answers."""

    message: MessageId
    answers: int | None
    answers_thread: int | None
    threads: frozenset[int]
    """Those that it joins now, and that it joined before."""
    is_new: bool

    @classmethod
    def found(cls, tx: Transaction, row: tuple[Any, ...]) -> "_Link":
        message, topic, date, thread, before, before_thread = row
        if before is not None and not tx.execute("SELECT 1 FROM messages WHERE id = ?", (before,)).fetchone():
            # it was removed: what answered it stays in its thread
            return cls(MessageId(message), before, before_thread, frozenset(), is_new=False)
        answers = _answered(tx.connection, message, topic, date)
        its_thread = None if answers is None else reference_threads(tx.connection, [answers])[answers[0]]
        threads = frozenset(one for one in (thread, before_thread, its_thread) if one is not None)
        id = None if answers is None else answers[0]
        return cls(MessageId(message), id, its_thread, threads, is_new=id != before)


def _answered(connection: sqlite3.Connection, message: int, topic: int, date: int) -> tuple[int, str] | None:
    """(row, Message-ID) of what a reply answers: the latest before it whose author it is addressed to."""
    own = connection.execute(
        "SELECT message_id, from_address, recipients, copies FROM messages WHERE id = ?", (message,)
    ).fetchone()
    if own is None:
        return None
    message_id, sender, others = own[0], own[1].lower(), _addresses(own[2]) | _addresses(own[3])
    rows = connection.execute(
        "SELECT id, message_id, from_address, recipients, copies FROM messages WHERE topic = ? AND topic > 0"
        " AND date BETWEEN ? AND ? AND (date, message_id) < (?, ?) AND id <> ?"
        " ORDER BY date DESC, message_id DESC, id LIMIT ?",
        (topic, date - SPAN, date, date, message_id, message, TRIED),
    )
    for id, its_message_id, author, to, cc in rows:
        if author.lower() in others - {sender} or (
            author.lower() == sender and others & (_addresses(to) | _addresses(cc))
        ):
            return id, its_message_id
    return None


def _addresses(column: str) -> set[str]:
    return set() if column == "[]" else {address.lower() for _, address in json.loads(column) if address}


def reference_threads(connection: sqlite3.Connection, rows: Sequence[tuple[int, str]]) -> dict[int, int]:
    """The threads by references of (row, Message-ID); a message that no reference names is a thread of its own."""
    keys = {id: reference_key(message_id or row_name(MessageId(id))) for id, message_id in rows}
    found = dict(
        connection.execute(
            f"SELECT reference, thread_id FROM thread_references WHERE reference {_AMONG}",
            (json.dumps(list(keys.values())),),
        ).fetchall()
    )
    return {id: found.get(key, id) for id, key in keys.items()}


def _regroup(tx: Transaction, joined: set[int]) -> None:
    """Give the messages of threads that subjects join, or joined before, the number of the group they are in now."""
    names = json.dumps(sorted(joined))
    root = {thread: thread for thread in joined}

    def smallest(thread: int) -> int:
        while root[thread] != thread:
            thread = root[thread]
        return thread

    for one, other in tx.execute(
        f"SELECT thread, answers_thread FROM orphan_replies WHERE answers_thread IS NOT NULL AND thread {_AMONG}",
        (names,),
    ):
        first, second = sorted((smallest(one), smallest(other)))
        root[second] = first
    rows = tx.execute(f"SELECT id, message_id, thread_id FROM messages WHERE thread_id {_AMONG}", (names,)).fetchall()
    own = reference_threads(tx.connection, [row[:2] for row in rows])
    # a copy of a message without any id stays with its original
    wanted = {id: smallest(own[id] if own[id] in root else thread) for id, _, thread in rows}
    changed = [(wanted[id], id) for id, _, thread in rows if wanted[id] != thread]
    tx.executemany("UPDATE messages SET thread_id = ? WHERE id = ?", changed)
    tx.changed(messages=[MessageId(id) for _, id in changed])
