"""Writes the steps of an act into the journal, does what is to be done on this disk, and folds."""

import time
from collections.abc import Iterable, Sequence

from store import keeping, labels, local, muting, transfers
from store.database import Transaction
from store.filing import CROSSING, Step
from store.fold import refold
from store.model import ActId, MessageId
from store.operations import HERE, Act, Kind, State

_INSERT = (
    "INSERT INTO journal (act_id, account_id, message_id, kind, add_flags, remove_flags, add_labels, remove_labels,"
    " folder_id, prior_flags, prior_folder_id, state, created) (VALUES)"
)


def write(tx: Transaction, act: ActId, what: str, written: Sequence[Step], also: Iterable[int] = ()) -> Act:
    """Write the steps of an act that is recorded; `also` are messages that it changed otherwise."""
    now = int(time.time())
    staying = [step for step in written if step.kind not in CROSSING]
    tx.with_rows(_INSERT, [_row(act, step, now) for step in staying])
    _apply_here(tx, act, staying)
    local.apply(tx, act, [step for step in staying if step.target.local])
    waiting = [step for step in staying if _waits(step)]
    refold(tx, {step.target.id for step in waiting})
    tx.changed(journal={step.target.account for step in waiting})
    transfers.begin(tx, act, now, [_departure(step) for step in written if step.kind in CROSSING])
    messages = tuple(dict.fromkeys([*(step.target.id for step in written), *map(MessageId, also)]))
    tx.execute("UPDATE acts SET messages = max(messages, ?) WHERE id = ?", (len(messages), act))
    lasting = any(step.kind is Kind.EXPUNGE and step.target.local for step in staying)
    return Act(act, what, messages, lasting)


def _waits(step: Step) -> bool:
    """Whether a server has to be told."""
    return not step.target.local and step.kind not in HERE


def _row(act: ActId, step: Step, now: int) -> tuple[object, ...]:
    target, change = step.target, step.change
    here = step.kind in HERE
    return (
        act, target.account, target.id, step.kind.value,
        int(step.on) if here else int(change.add), int(not step.on) if here else int(change.remove),
        labels.written(change.add_labels), labels.written(change.remove_labels),
        step.folder, int(target.flags), target.folder, (State.QUEUED if _waits(step) else State.DONE).value, now,
    )  # fmt: skip


def _apply_here(tx: Transaction, act: ActId, written: Sequence[Step]) -> None:
    """What no server is told of."""
    for kept in (True, False):
        if ids := [step.target.id for step in written if step.kind is Kind.KEEP and step.on is kept]:
            keeping.keep_messages(tx, ids, kept)
    for step in written:
        if step.kind is Kind.MUTE:
            muting.switch(tx, act, step.target.id, on=step.on)


def _departure(step: Step) -> transfers.Departure:
    assert step.folder is not None
    target = step.target
    return transfers.Departure(
        target.id, target.account, int(target.flags), target.folder, step.folder, step.kind is Kind.TRANSFER
    )
