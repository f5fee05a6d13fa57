"""Carries out what a person did: writes the act into the journal, folds, and knows how to take it back."""

import time
from collections.abc import Sequence

from store import history, labels, local, transfers
from store.database import Transaction
from store.errors import NotFound, NotPossible
from store.fold import refold
from store.model import ActId
from store.operations import Act, Kind, Operation, State
from store.reversal import reverse
from store.steps import CROSSING, Step, steps, targets, title

_LAST = (
    "SELECT a.id FROM acts a WHERE NOT a.undone AND a.undoes IS NULL AND EXISTS ("
    # what changed nothing, or whose messages are all gone, is passed over; what was removed for good says so
    " SELECT 1 FROM journal j WHERE j.act_id = a.id AND j.state NOT IN ('undone', 'dropped')"
    " AND (j.kind = 'expunge' AND j.copy_id IS NULL OR j.message_id IN (SELECT id FROM messages)))"
    " ORDER BY a.id DESC LIMIT 1"
)


def perform(tx: Transaction, operation: Operation) -> Act:
    """Write one act into the journal and fold it in; answers what the status line says.

    Raises NotFound when a message is not in the store, NotPossible when the operation does not fit; nothing is
    written then.
    """
    written = steps(tx, operation, targets(tx.connection, operation.messages))
    return _write(tx, title(tx, operation, written), written)


def undo(tx: Transaction, act: ActId | None = None) -> Act:
    """Take back an act (the last one that still can be): what was not sent is forgotten, what was sent is reversed.

    Raises NotFound, NotPossible.
    """
    named = act is not None
    if act is None:
        row = tx.execute(_LAST).fetchone()
        if row is None:
            raise NotFound("There is nothing to undo.")
        act = ActId(row[0])
    row = tx.execute("SELECT title, undone FROM acts WHERE id = ?", (act,)).fetchone()
    if row is None:
        raise NotFound(f"There is no act {act}.", "`bocau journal` lists them.")
    if row[1]:
        raise NotPossible(f"Act {act} ({row[0]}) was undone already.")
    back = reverse(tx, act)
    if named and not back.steps and not back.forgotten and _changed_anything(tx, act):
        raise NotPossible(f"{row[0]}: that cannot be taken back, its messages are gone.")
    tx.execute("UPDATE acts SET undone = 1 WHERE id = ?", (act,))
    transfers.sweep(tx)
    refold(tx, back.forgotten)
    undoing = _write(tx, f"Undid: {row[0]}", back.steps, undoes=act)
    return Act(undoing.id, undoing.title, tuple({*back.forgotten, *undoing.messages}))


def _changed_anything(tx: Transaction, act: ActId) -> bool:
    return tx.execute("SELECT 1 FROM journal WHERE act_id = ? LIMIT 1", (act,)).fetchone() is not None


def _write(tx: Transaction, what: str, written: Sequence[Step], undoes: ActId | None = None) -> Act:
    now = int(time.time())
    act = history.record(tx, what, now, undoes)
    staying = [step for step in written if step.kind not in CROSSING]
    tx.executemany(
        "INSERT INTO journal (act_id, account_id, message_id, kind, add_flags, remove_flags, add_labels, remove_labels,"
        " folder_id, prior_flags, prior_folder_id, state, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                act, step.target.account, step.target.id, step.kind.value,
                int(step.change.add), int(step.change.remove),
                labels.written(step.change.add_labels), labels.written(step.change.remove_labels),
                step.folder, int(step.target.flags), step.target.folder,
                (State.DONE if step.target.local else State.QUEUED).value, now,
            )
            for step in staying
        ],
    )  # fmt: skip
    local.apply(tx, act, [step for step in staying if step.target.local])
    waiting = [step for step in staying if not step.target.local]
    refold(tx, [step.target.id for step in waiting])
    tx.changed(journal={step.target.account for step in waiting})
    transfers.begin(tx, act, now, [_departure(step) for step in written if step.kind in CROSSING])
    lasting = any(step.kind is Kind.EXPUNGE and step.target.local for step in staying)
    return Act(act, what, tuple(step.target.id for step in written), lasting)


def _departure(step: Step) -> transfers.Departure:
    assert step.folder is not None
    target = step.target
    return transfers.Departure(
        target.id, target.account, int(target.flags), target.folder, step.folder, step.kind is Kind.TRANSFER
    )
