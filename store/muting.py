"""The muted_threads table: threads of which somebody wants to see nothing new in the inbox."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from store.database import Transaction
from store.model import ActId, MessageId, Role, ThreadId

_GIVEN = "IN (SELECT value FROM json_each(?))"


def muted(connection: sqlite3.Connection, threads: Iterable[ThreadId]) -> set[ThreadId]:
    """Those among some threads that are muted."""
    rows = connection.execute(
        f"SELECT thread_id FROM muted_threads WHERE thread_id {_GIVEN}", (json.dumps(list(threads)),)
    )
    return {ThreadId(row[0]) for row in rows}


def threads_of(connection: sqlite3.Connection, messages: Sequence[MessageId]) -> dict[MessageId, ThreadId]:
    """The thread of each message that is in the store."""
    rows = connection.execute(f"SELECT id, thread_id FROM messages WHERE id {_GIVEN}", (json.dumps(messages),))
    return {MessageId(row[0]): ThreadId(row[1]) for row in rows}


def are_muted(connection: sqlite3.Connection, messages: Sequence[MessageId]) -> bool:
    """Whether the thread of every one of these messages is muted."""
    threads = set(threads_of(connection, messages).values())
    return bool(threads) and muted(connection, threads) == threads


def of_threads(connection: sqlite3.Connection, messages: Sequence[MessageId]) -> list[MessageId]:
    """Every message of the threads that some messages are in, oldest first, wherever it shows."""
    rows = connection.execute(
        "SELECT id FROM messages WHERE folder_id IS NOT NULL"
        f" AND thread_id IN (SELECT thread_id FROM messages WHERE id {_GIVEN}) ORDER BY received, id",
        (json.dumps(messages),),
    )
    return [MessageId(row[0]) for row in rows]


def in_inboxes(connection: sqlite3.Connection, threads: Iterable[ThreadId]) -> list[MessageId]:
    """The messages of some threads that are in an inbox."""
    rows = connection.execute(
        f"SELECT m.id FROM messages m JOIN folders f ON f.id = m.folder_id WHERE m.thread_id {_GIVEN} AND f.role = ?"
        " ORDER BY m.id",
        (json.dumps(list(threads)), Role.INBOX.value),
    )
    return [MessageId(row[0]) for row in rows]


def switch(tx: Transaction, act: ActId, message: MessageId, *, on: bool) -> None:
    """Mute the thread that a message is in, or no longer; `act` is what does it."""
    tx.execute(
        "INSERT OR REPLACE INTO muted_threads (thread_id, act_id) SELECT thread_id, ? FROM messages WHERE id = ?"
        if on
        else "DELETE FROM muted_threads WHERE ?1 IS NOT NULL"
        " AND thread_id IN (SELECT thread_id FROM messages WHERE id = ?2)",
        (act, message),
    )
    rows = tx.execute(
        "SELECT id, folder_id FROM messages WHERE thread_id IN (SELECT thread_id FROM messages WHERE id = ?)",
        (message,),
    ).fetchall()
    tx.changed(messages=[MessageId(row[0]) for row in rows], folders=[row[1] for row in rows])
