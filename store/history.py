"""The acts of the past: written, listed, and forgotten after a while."""

import sqlite3

from store.database import Transaction
from store.model import ActId

KEPT = 90 * 86_400
"""Seconds for which what was done is remembered."""
ALWAYS = 100
"""So many acts are remembered however old they are: the last ones can still be taken back."""
SLICE = 500
"""Acts looked at in one transaction, for which an act of the user may have to wait."""


def record(tx: Transaction, title: str, now: int, undoes: ActId | None = None) -> ActId:
    """Write an act; `now` in Unix seconds, `undoes` the one that it takes back."""
    cursor = tx.execute("INSERT INTO acts (title, created, undoes) VALUES (?, ?, ?)", (title, now, undoes))
    return ActId(cursor.lastrowid or 0)


def latest(connection: sqlite3.Connection, limit: int = 100) -> list[tuple[ActId, str, int, bool]]:
    """(act, title, Unix seconds, whether it was undone), newest first."""
    rows = connection.execute("SELECT id, title, created, undone FROM acts ORDER BY id DESC LIMIT ?", (limit,))
    return [(ActId(row[0]), row[1], row[2], bool(row[3])) for row in rows]


def forget_old(tx: Transaction, now: int, after: int = 0) -> int | None:
    """Forget acts that ended more than KEPT seconds before `now`, of the SLICE with ids above `after`.

    Answers where to go on, None when that was all.  What waits, what was refused, and what a sync may still need to
    find a message whose UID is not known stays, as do the last ALWAYS acts.
    """
    found = [row[0] for row in tx.execute(
        "SELECT id FROM acts WHERE id > ?1 AND created < ?2"
        " AND id < (SELECT min(id) FROM (SELECT id FROM acts ORDER BY id DESC LIMIT ?3)) ORDER BY id LIMIT ?4",
        (after, now - KEPT, ALWAYS, SLICE),
    )]  # fmt: skip
    if not found:
        return None
    span = (found[0], found[-1], now - KEPT)
    old = [row[0] for row in tx.execute(
        "SELECT id FROM acts a WHERE id BETWEEN ? AND ? AND created < ? AND NOT EXISTS (SELECT 1 FROM journal j"
        " LEFT JOIN messages m ON m.id = j.message_id WHERE j.act_id = a.id"
        " AND (j.state IN ('queued', 'running', 'unknown', 'refused')"
        " OR j.kind IN ('move', 'append') AND j.state = 'done' AND j.probe_uidnext IS NOT NULL"
        " AND m.id IS NOT NULL AND m.uid IS NULL))",
        span,
    )]  # fmt: skip
    undoings = dict(tx.execute("SELECT undoes, id FROM acts WHERE undoes BETWEEN ? AND ?", span[:2]).fetchall())
    going: set[int] = set()
    for act in reversed(old):  # what an act undid goes with it, or after it
        if act not in undoings or undoings[act] in going:
            going.add(act)
    tx.executemany("DELETE FROM journal WHERE act_id = ?", [(act,) for act in going])
    tx.executemany("DELETE FROM acts WHERE id = ?", [(act,) for act in sorted(going, reverse=True)])
    return int(found[-1])
