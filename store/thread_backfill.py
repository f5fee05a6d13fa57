"""Works out, a slice at a time, what mail of before has no record of: what it is about, and what it answers."""

import re
import sqlite3
from collections.abc import Sequence

from store import orphans, threads
from store.database import Transaction
from store.model import MessageId, ThreadId
from store.references import reference_key, reference_keys
from store.search.prepared import folded
from store.subjects import topic

SLICE = 200
"""Messages at a time: some 20 ms."""
_HEADERS = 64 * 1024
_FIELD = re.compile(rb"^(references|in-reply-to):((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(rb"<[^<>\s]+>")


def is_needed(connection: sqlite3.Connection) -> bool:
    """Whether there is mail of before that has no topic yet."""
    return connection.execute("SELECT 1 FROM unthreaded").fetchone() is not None


def step(tx: Transaction) -> bool:
    """Work on the next messages, the newest first; False when there are none."""
    row = tx.execute("SELECT min(below) FROM unthreaded").fetchone()
    if row[0] is None:
        return False
    rows = tx.execute(
        "SELECT m.id, m.message_id, m.subject, m.date, substr(b.raw, 1, ?) FROM messages m"
        " LEFT JOIN bodies b ON b.message_id = m.id WHERE m.id < ? ORDER BY m.id DESC LIMIT ?",
        (_HEADERS, row[0], SLICE),
    ).fetchall()
    if rows:
        _thread(tx, rows)
        tx.execute("UPDATE unthreaded SET below = ?", (rows[-1][0],))
    else:
        tx.execute("DELETE FROM unthreaded")
    return bool(rows)


def _thread(tx: Transaction, rows: Sequence[tuple[int, str, str, int | None, bytes | None]]) -> None:
    own = orphans.reference_threads(tx.connection, [row[:2] for row in rows])
    newcomers: list[orphans.Newcomer] = []
    links: list[threads.Newcomer] = []
    topics: list[tuple[int, int]] = []
    for id, message_id, subject, date, raw in rows:
        about = topic(folded(subject))
        chain = () if raw is None else reference_keys(_mentioned(raw))
        topics.append((about.key, id))
        if message_id and chain:
            links.append(threads.Newcomer(MessageId(id), reference_key(message_id), chain))
        is_orphan = about.is_reply and not chain and (raw is not None or _is_alone(tx, own[id]))
        newcomers.append(orphans.Newcomer(MessageId(id), about.key, date, ThreadId(own[id]), is_orphan))
    tx.executemany("UPDATE messages SET topic = ? WHERE id = ?", topics)
    threads.link(tx, links)
    orphans.settle(tx, newcomers)
    tx.changed(messages=[one.message for one in links])


def _is_alone(tx: Transaction, thread: int) -> bool:
    """Whether a thread by references is one message that mentions no other, as far as is known without its headers."""
    return len(tx.execute("SELECT 1 FROM thread_references WHERE thread_id = ? LIMIT 2", (thread,)).fetchall()) < 2


def _mentioned(raw: bytes) -> tuple[str, ...]:
    """The Message-IDs of References, then of In-Reply-To, each once."""
    end = re.search(rb"\r?\n\r?\n", raw)
    found: dict[str, list[bytes]] = {"references": [], "in-reply-to": []}
    for field in _FIELD.finditer(raw[: end.start() if end else len(raw)]):
        found[field[1].decode().lower()] += _MESSAGE_ID.findall(field[2])
    ids = [*found["references"], *found["in-reply-to"]]
    return tuple(dict.fromkeys(one.decode("utf-8", "replace") for one in ids))
