"""Carries out what a person did: writes the act into the journal, folds, takes it back, and does it again."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from store import history, repetition, transfers, writing
from store.database import Transaction
from store.errors import NotFound, NotPossible, NotYet
from store.fold import refold
from store.model import ActId
from store.operations import Act, Operation
from store.reversal import Reversal, reverse
from store.steps import meant, steps
from store.targets import targets
from store.titles import title

_ACT = "SELECT id, title, undone, undoes FROM acts"
_LAST = (
    f"{_ACT} a WHERE id < ? AND NOT undone AND undoes IS NULL AND NOT aside AND NOT passed AND part_of IS NULL"
    " AND EXISTS (SELECT 1 FROM journal j WHERE j.act_id = a.id AND (j.state NOT IN ('undone', 'dropped')"
    # of a message that left for another account before its server was told: it was done there
    " OR j.state = 'dropped' AND EXISTS (SELECT 1 FROM journal h WHERE h.message_id = j.message_id"
    " AND h.copy_id IS NOT NULL AND h.kind IN ('transfer', 'expunge') AND h.state <> 'undone')))"
    " ORDER BY id DESC LIMIT 1"
)
_LAST_UNDOING = (
    # what was done since then has made another future of it, as in an editor
    f"{_ACT} WHERE id < ?1 AND undoes IS NOT NULL AND NOT undone AND NOT passed AND id > coalesce((SELECT id FROM acts"
    " WHERE undoes IS NULL AND redoes IS NULL AND part_of IS NULL AND NOT aside ORDER BY id DESC LIMIT 1), 0)"
    " ORDER BY id DESC LIMIT 1"
)
_ABOVE_ALL = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class _Past:
    """An act as the table has it."""

    id: ActId
    title: str
    undone: bool
    undoes: ActId | None


def perform(tx: Transaction, operation: Operation, *, aside: bool = False) -> Act:
    """Write one act into the journal and fold it in; answers what the status line says.

    `aside`: it is done by the way (a message that is opened is read): undo and redo do not mind it.  Raises NotFound
    when a message is not in the store, NotPossible when the operation does not fit; nothing is written then.
    """
    on = targets(tx.connection, operation.messages)
    operation = meant(tx, operation, on)
    written = steps(tx, operation, on)
    what = title(tx, operation, written)
    if not written:
        return Act(ActId(0), what, ())
    return writing.write(tx, history.record(tx, what, int(time.time()), aside=aside), what, written)


def undo(tx: Transaction, act: ActId | None = None) -> Act:
    """Take back an act (the last one that can be): what was not sent is forgotten, what was sent is reversed.

    What later acts decided stays as they did.  An undoing that is named is taken back by doing the act again.  Raises
    NotFound, NotPossible; of acts that are not named those that cannot be taken back are passed over, with a word.
    """
    if act is not None:
        past = _past(tx.connection, act)
        if past.undoes is not None:
            return redo(tx, act)
        if past.undone:
            raise NotPossible(f"Act {act} ({past.title}) was undone already.")
        back = reverse(tx, act)
        if not (back or back.overruled) and _changed_anything(tx, act):
            raise NotPossible(f"{past.title}: that cannot be taken back, its messages are gone.")
        return _undone(tx, past, back)
    passed: list[tuple[_Past, NotPossible]] = []
    for past in _candidates(tx, _LAST):
        if (back_or_error := _try_to_reverse(tx, past)) is None:
            tx.execute("UPDATE acts SET passed = 1 WHERE id = ?", (past.id,))
        elif isinstance(back_or_error, NotPossible):
            passed.append((past, back_or_error))
        else:
            return _passing(tx, passed, _undone(tx, past, back_or_error))
    if passed:
        raise passed[0][1]
    raise NotFound("There is nothing to undo.")


def redo(tx: Transaction, act: ActId | None = None) -> Act:
    """Do again what was undone last and not yet redone, until something else is done; or what a given act was.

    `act` is the one that was undone, or its undoing.  Raises NotFound, NotPossible.
    """
    if act is not None:
        return _redone(tx, _undoing_of(tx, act))
    passed: list[tuple[_Past, NotPossible]] = []
    for undoing in _candidates(tx, _LAST_UNDOING):
        tx.execute("SAVEPOINT redoing")
        try:
            done = _redone(tx, undoing)
        except NotPossible as error:
            tx.execute("ROLLBACK TO redoing")
            if isinstance(error, NotYet):
                raise
            passed.append((undoing, error))
        else:
            return _passing(tx, passed, done)
        finally:
            tx.execute("RELEASE redoing")
    if passed:
        raise passed[0][1]
    raise NotFound("There is nothing to redo.")


def _past(connection: sqlite3.Connection, act: ActId) -> _Past:
    row = connection.execute(f"{_ACT} WHERE id = ?", (act,)).fetchone()
    if row is None:
        raise NotFound(f"There is no act {act}.", "`bocau journal` lists them.")
    return _Past(ActId(row[0]), row[1], bool(row[2]), row[3])


def _candidates(tx: Transaction, which: str) -> Iterator[_Past]:
    """Acts from the last one on, one at a time."""
    below = _ABOVE_ALL
    while (row := tx.execute(which, (below,)).fetchone()) is not None:
        below = row[0]
        yield _Past(ActId(row[0]), row[1], bool(row[2]), row[3])


def _try_to_reverse(tx: Transaction, past: _Past) -> Reversal | NotPossible | None:
    """None: its messages are gone, and there is nothing to be said of it."""
    tx.execute("SAVEPOINT undoing")
    try:
        back = reverse(tx, past.id)
        return back if back or back.overruled else None
    except NotPossible as error:
        tx.execute("ROLLBACK TO undoing")
        if isinstance(error, NotYet):
            raise
        return error
    finally:
        tx.execute("RELEASE undoing")


def _undone(tx: Transaction, past: _Past, back: Reversal) -> Act:
    tx.execute("UPDATE acts SET undone = 1 WHERE id = ?1 OR part_of = ?1", (past.id,))
    back.steps += back.leftovers
    what = f"Undid: {past.title}"
    return _settled(tx, what, back, history.record(tx, what, int(time.time()), undoes=past.id))


def _redone(tx: Transaction, undoing: _Past) -> Act:
    assert undoing.undoes is not None
    done = _past(tx.connection, undoing.undoes)
    again = repetition.repeat(tx, done.id, undoing.id)
    if not again:
        raise NotPossible(f"{done.title}: that cannot be done again, its messages are gone.")
    act = history.record(tx, done.title, int(time.time()), redoes=done.id)
    repetition.adopt(tx, act, again)
    tx.execute("UPDATE acts SET undone = 1 WHERE id = ?", (undoing.id,))
    writing.write(tx, undoing.id, undoing.title, again.back.leftovers)  # of the undoing: the act has no part in it
    return _settled(tx, f"Redid: {done.title}", again.back, act, again.adopted_messages)


def _settled(tx: Transaction, what: str, back: Reversal, act: ActId, also: Sequence[int] = ()) -> Act:
    """Let go of what was not sent, and write what reverses the rest."""
    transfers.sweep(tx)
    refold(tx, back.forgotten)
    written = writing.write(tx, act, what, back.steps, also=[*back.forgotten, *also])
    lost = f"; {back.lost} of them cannot come back" if back.lost else ""
    return Act(act, f"{what}{lost}", written.messages, written.lasting)


def _undoing_of(tx: Transaction, act: ActId) -> _Past:
    past = _past(tx.connection, act)
    if past.undoes is None:
        row = tx.execute(f"{_ACT} WHERE undoes = ? AND NOT undone ORDER BY id DESC LIMIT 1", (act,)).fetchone()
        if row is None:
            raise NotPossible(f"Act {act} ({past.title}) is not undone, so there is nothing to redo.")
        return _Past(ActId(row[0]), row[1], bool(row[2]), row[3])
    if past.undone:
        raise NotPossible(f"Act {act} ({past.title}) was undone already.")
    return past


def _passing(tx: Transaction, passed: Sequence[tuple[_Past, NotPossible]], act: Act) -> Act:
    """Remember what cannot be, so that nobody is told of it again, and say so once."""
    if not passed:
        return act
    tx.executemany("UPDATE acts SET passed = 1 WHERE id = ?", [(past.id,) for past, _ in passed])
    first, error = passed[0]
    more = f" (and {len(passed) - 1} more)" if len(passed) > 1 else ""
    return Act(act.id, f"{act.title}; passed over{more}: {first.title}. {error.title}", act.messages, act.lasting)


def _changed_anything(tx: Transaction, act: ActId) -> bool:
    return tx.execute("SELECT 1 FROM journal WHERE act_id = ? LIMIT 1", (act,)).fetchone() is not None
