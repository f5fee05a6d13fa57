"""The acts of the past: written, listed with what can be undone or redone, and forgotten after a while."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from store.database import Transaction
from store.model import ActId

KEPT = 90 * 86_400
"""Seconds for which what was done is remembered."""
ALWAYS = 100
"""So many acts are remembered however old they are: the last ones can still be taken back."""
SLICE = 500
"""Acts looked at in one transaction, for which an act of the user may have to wait."""

_ABOVE_ALL = (1 << 63) - 1
_PAST = (
    "SELECT a.id, a.title, a.created, a.messages, a.undone, a.undoes, a.redoes, a.part_of, a.aside,"
    " a.passed OR EXISTS (SELECT 1 FROM journal WHERE act_id = a.id AND kind = 'expunge' AND copy_id IS NULL"
    " AND state = 'done'),"
    " EXISTS (SELECT 1 FROM acts u WHERE u.undoes = a.id AND NOT u.undone)"
    " FROM acts a WHERE a.id < ? ORDER BY a.id DESC LIMIT ?"
)


class Standing(StrEnum):
    """What became of an act."""

    DONE = "done"
    """Every server has it, or none is needed."""
    WAITING = "waiting"
    """Some of it is still to be sent."""
    REFUSED = "refused"
    """A server said no to some of it."""
    UNDONE = "undone"
    """It was taken back."""


@dataclass(frozen=True, slots=True)
class PastAct:
    """One act of the history."""

    act: ActId
    title: str
    """Own words; names of folders, accounts and labels in it are not cleaned for display."""
    created: int
    """Unix seconds."""
    messages: int
    """How many it was about."""
    standing: Standing
    waiting: int
    """Operations of it that wait for a server."""
    refused: int
    """Operations of it that a server refused."""
    undoes: ActId | None
    """The act that it took back."""
    redoes: ActId | None
    """The act that it did again."""
    part_of: ActId | None
    """The act with which it is taken back: what a mute archived later."""
    aside: bool
    """Whether it was done by the way: what was opened is read."""
    can_undo: bool
    """Whether `MailStore.undo(act)` is worth trying: later acts may still be in its way."""
    can_redo: bool
    """Whether `MailStore.redo(act)` is worth trying."""


def record(
    tx: Transaction,
    title: str,
    now: int,
    undoes: ActId | None = None,
    *,
    redoes: ActId | None = None,
    part_of: ActId | None = None,
    aside: bool = False,
) -> ActId:
    """Write an act; `now` in Unix seconds, `undoes` the one that it takes back, `redoes` the one that it does again.

    `part_of` is the act with which it is taken back, `aside` whether undo without a name does not mind it.
    """
    cursor = tx.execute(
        "INSERT INTO acts (title, created, undoes, redoes, part_of, aside) VALUES (?, ?, ?, ?, ?, ?)",
        (title, now, undoes, redoes, part_of, int(aside)),
    )
    return ActId(cursor.lastrowid or 0)


def steps(connection: sqlite3.Connection, before: ActId | None = None, limit: int = 100) -> list[PastAct]:
    """What was done before an act (None: up to now), newest first, at most `limit` acts."""
    rows = connection.execute(_PAST, (_ABOVE_ALL if before is None else before, limit)).fetchall()
    waiting = _counts(connection, "state IN ('queued', 'running', 'unknown')", (row[0] for row in rows))
    refused = _counts(connection, "state = 'refused'", (row[0] for row in rows))
    return [_past(row, waiting.get(row[0], 0), refused.get(row[0], 0)) for row in rows]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server refused of an act."""

    act: ActId
    title: str
    """As in PastAct."""
    operations: int
    reason: str
    """The server's words or ours, not cleaned for display."""


def refusals(connection: sqlite3.Connection) -> list[Refusal]:
    """The acts of which a server refused something that was neither sent again nor given up, newest first."""
    rows = connection.execute(
        "SELECT a.id, a.title, count(*), max(j.error) FROM journal j JOIN acts a ON a.id = j.act_id"
        " WHERE j.state = 'refused' GROUP BY a.id ORDER BY a.id DESC"
    )
    return [Refusal(ActId(row[0]), *row[1:]) for row in rows]


def _counts(connection: sqlite3.Connection, which: str, acts: Iterable[int]) -> dict[int, int]:
    rows = connection.execute(
        # from the partial index of what is open, which as a rule is little
        f"SELECT act_id, count(*) FROM journal WHERE {which} AND kind <> 'transfer'"
        " AND +act_id IN (SELECT value FROM json_each(?)) GROUP BY +act_id",
        (json.dumps(list(acts)),),
    )
    return dict(rows.fetchall())


def _past(row: tuple[int, str, int, int, int, int, int, int, int, int, int], waiting: int, refused: int) -> PastAct:
    act, title, created, messages, undone, undoes, redoes, part_of, aside, lasting, can_redo = row
    standing = Standing.WAITING if waiting else Standing.REFUSED if refused else Standing.DONE
    return PastAct(
        ActId(act),
        f"Redid: {title}" if redoes else title,
        created,
        messages,
        Standing.UNDONE if undone else standing,
        waiting,
        refused,
        ActId(undoes) if undoes else None,
        ActId(redoes) if redoes else None,
        ActId(part_of) if part_of else None,
        bool(aside),
        can_undo=not undone and not lasting and not undoes,
        can_redo=bool(undone and can_redo),
    )


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
    going = _free(tx, old, span[:2])
    tx.executemany("DELETE FROM journal WHERE act_id = ?", [(act,) for act in going])
    tx.executemany("DELETE FROM acts WHERE id = ?", [(act,) for act in sorted(going, reverse=True)])
    return int(found[-1])


def _free(tx: Transaction, old: Sequence[int], span: tuple[int, int]) -> set[int]:
    """Those of old acts that nothing younger is about: what undid an act, or did it again, goes with it or before."""
    about: dict[int, list[int]] = {}
    for column in ("undoes", "redoes", "part_of"):
        for act, other in tx.execute(f"SELECT {column}, id FROM acts WHERE {column} BETWEEN ? AND ?", span):
            about.setdefault(act, []).append(other)
    going: set[int] = set()
    for act in reversed(old):
        if going.issuperset(about.get(act, ())):
            going.add(act)
    return going
