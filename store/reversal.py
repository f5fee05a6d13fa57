"""Taking an act back: what was not sent is forgotten, the rest is reversed by steps of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from store.database import Transaction
from store.errors import NotPossible
from store.model import AccountId, ActId, Flag, FolderId, MessageId, Role
from store.operations import FlagChange, Kind, State
from store.steps import Step, Target, into_role, present, taken_back

_SENT = (State.RUNNING, State.UNKNOWN, State.DONE)


class _Row(NamedTuple):
    """One row of the journal."""

    id: int
    message: MessageId
    kind: str
    add: int
    remove: int
    add_labels: str
    remove_labels: str
    prior: FolderId | None
    copy: MessageId | None
    source: MessageId | None
    state: str
    account: AccountId


@dataclass(slots=True)
class Reversal:
    """What taking an act back comes to."""

    steps: list[Step] = field(default_factory=list)
    forgotten: list[MessageId] = field(default_factory=list)
    """The messages of what was not sent, to be folded anew."""


def reverse(tx: Transaction, act: ActId) -> Reversal:
    """Forget what of an act was not sent, and work out the steps that reverse the rest.

    Raises NotPossible when something cannot be reversed; the caller's transaction has to end then.
    """
    rows = [_Row(*row) for row in tx.execute(
        "SELECT id, message_id, kind, add_flags, remove_flags, add_labels, remove_labels, prior_folder_id, copy_id,"
        " source_id, state, account_id FROM journal WHERE act_id = ? ORDER BY id DESC",
        (act,),
    )]  # fmt: skip
    leaving = {row.copy: row for row in rows if row.kind in (Kind.TRANSFER, Kind.EXPUNGE) and row.copy is not None}
    staying = [row for row in rows if row.kind != Kind.APPEND and row not in leaving.values()]
    back = Reversal()
    _forget(tx, back, [row for row in staying if row.state in (State.QUEUED, State.REFUSED)])
    sent = [row for row in staying if row.state in _SENT]
    if any(row.kind == Kind.EXPUNGE for row in sent):
        raise NotPossible("What was removed for good cannot come back.")
    there = present(tx.connection, [row.copy if row.kind == Kind.COPY else row.message for row in sent])
    for row in sent:
        back.steps += _reversed(tx, row, there)
    for row in rows:
        if row.kind == Kind.APPEND:
            _bring_back(tx, back, row, leaving.get(row.message))
    return back


def _forget(tx: Transaction, back: Reversal, rows: Iterable[_Row]) -> None:
    for row in rows:
        tx.execute("UPDATE journal SET state = 'undone' WHERE id = ?", (row.id,))
        tx.changed(journal=[row.account])
        back.forgotten.append(row.message)


def _reversed(tx: Transaction, row: _Row, there: Mapping[MessageId, Target]) -> list[Step]:
    if row.kind == Kind.COPY:
        return _uncopied(tx, row.copy, there)
    if (target := there.get(row.message)) is None:
        return []
    if row.kind == Kind.FLAGS:
        words = tuple(row.remove_labels.split()), tuple(row.add_labels.split())
        return [Step(target, Kind.FLAGS, FlagChange(Flag(row.remove), Flag(row.add), *words))]
    return [_to_prior(tx, target, row.prior)]


def _to_prior(tx: Transaction, target: Target, prior: FolderId | None) -> Step:
    if prior is None or tx.execute("SELECT 1 FROM folders WHERE id = ?", (prior,)).fetchone() is None:
        raise NotPossible("The folder it was in is gone.")
    return taken_back(tx, target, prior)


def _uncopied(tx: Transaction, copy: MessageId | None, there: Mapping[MessageId, Target]) -> list[Step]:
    """A copy that was made goes to the trash: should the original be gone by now, nothing is lost."""
    if copy is None:
        raise NotPossible("The copy is on the server already.", "Delete it in the folder that it was copied to.")
    target = there.get(copy)
    return [] if target is None else [step for step in into_role(tx, [target], Role.TRASH) if step.kind is Kind.MOVE]


def _bring_back(tx: Transaction, back: Reversal, append: _Row, leave: _Row | None) -> None:
    """A message that was copied to another account, and left its own when `leave` says so."""
    if State.UNKNOWN in (append.state, leave and leave.state) or State.RUNNING in (append.state, leave and leave.state):
        raise NotPossible("It is being sent to its server just now.", "Try again when that is over.")
    if append.state in (State.DROPPED, State.UNDONE):
        return
    source = present(tx.connection, [append.source]).get(append.source) if append.source is not None else None
    stays = source is not None or (leave is not None and leave.state in (State.QUEUED, State.REFUSED))
    there = present(tx.connection, [append.message])
    if append.state != State.DONE:
        if append.source is not None and not stays:
            raise NotPossible("The message that was copied is gone: its copy is the only one now.")
        _forget(tx, back, [append, *([leave] if leave is not None else [])])
        return
    if leave is None or stays:
        _forget(tx, back, [leave] if leave is not None and leave.state in (State.QUEUED, State.REFUSED) else [])
        target = there.get(append.message)
        # of a source on a server nobody knows: another client, or a removal that was cut, may have taken it away
        if target is not None and target.local and source is not None and source.local and source.whole:
            back.steps.append(Step(target, Kind.EXPUNGE))
        else:
            back.steps += _uncopied(tx, append.message, there)
        return
    if (target := there.get(append.message)) is None:
        raise NotPossible("The message is not where it was moved to any more.")
    back.steps.append(_to_prior(tx, target, leave.prior))
