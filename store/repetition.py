"""Doing again what was undone: its undoing is reversed, and what was forgotten unsent is written anew."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from store import entries, reversal
from store.database import Transaction
from store.entries import SENT, WAITING, Entry
from store.errors import NotFound, NotPossible, NotYet
from store.filing import Step, into, place
from store.fold import refold
from store.later import Later
from store.model import ActId, Flag, Folder, FolderId, MessageId
from store.operations import FlagChange, Kind, State
from store.reversal import Reversal
from store.targets import Target, present


@dataclass(slots=True)
class Repetition:
    """What doing an act again comes to."""

    back: Reversal
    """The reversal of its undoing, with the steps that were forgotten before."""
    adopted: list[Entry] = field(default_factory=list)
    """What of the act is in force again as it was, its undoing being forgotten unsent."""
    restored: list[Entry] = field(default_factory=list)
    """Sources in another account that are to leave again."""

    def __bool__(self) -> bool:
        return bool(self.back or self.adopted or self.restored)

    @property
    def adopted_messages(self) -> list[MessageId]:
        """The messages of what is in force again."""
        return [entry.message for entry in self.adopted]


def repeat(tx: Transaction, act: ActId, undoing: ActId) -> Repetition:
    """Work out how an act is done again, on exactly the messages that it was done to.  Raises NotPossible, NotYet."""
    acts = entries.whole(tx.connection, act)
    rows = entries.of(tx.connection, acts)
    later = Later(tx.connection, acts, rows)
    rows = later.read_aright(rows)
    undone = _Undoing(entries.of(tx.connection, [undoing]), later)
    again = Repetition(reversal.reversal(tx, undoing))
    leaving = {row.copy: row for row in rows if row.is_leaving}
    anew: list[tuple[Entry, Entry | None]] = []
    given_up: list[tuple[Entry, Entry | None]] = []
    for row in reversed(rows):
        if row.is_leaving:
            continue
        leave = leaving.get(row.message) if row.kind == Kind.APPEND else None
        reversing = undone.of(row)
        if row.state == State.UNDONE or (reversing is not None and _sort(reversing) == "gone"):
            anew.append((row, leave))
        elif row.state not in SENT:
            continue
        elif leave is not None and leave.state == State.UNDONE and later.heir(leave.message) != leave.message:
            anew.append((row, leave))  # under the id with which its source went on
            given_up.append((row, reversing))
        else:
            kept = reversing is None or reversing.state in WAITING or reversing.state == State.UNDONE
            if leave is not None and leave.state == State.UNDONE:
                again.restored.append(leave)
                kept = True
            again.adopted += [row, *([leave] if leave is not None else [])] if kept else []
    again.back.reasons = [] if anew or again.adopted else again.back.reasons
    _leave_given_up(tx, again, given_up, later)
    _write_anew(tx, again, anew, later)
    if not again and again.back.reasons:
        raise again.back.reasons[0]
    return again


def adopt(tx: Transaction, act: ActId, again: Repetition) -> None:
    """What is in force again belongs to the act that did it again."""
    ids = json.dumps([entry.id for entry in again.adopted])
    tx.execute("UPDATE journal SET act_id = ? WHERE id IN (SELECT value FROM json_each(?))", (act, ids))
    for leave in again.restored:
        tx.execute("UPDATE journal SET state = 'queued', error = '' WHERE id = ?", (leave.id,))
        again.back.forgotten.append(leave.message)
    tx.changed(journal={entry.account for entry in again.adopted})


def _leave_given_up(
    tx: Transaction, again: Repetition, given_up: Iterable[tuple[Entry, Entry | None]], later: Later
) -> None:
    """Copies that the undoing put into the trash stay there: another one is made."""
    copies = {later.heir(row.message) for row, _ in given_up}
    again.back.steps = [step for step in again.back.steps if step.target.id not in copies]
    waiting = [
        (undoing.state, undoing.id) for _, undoing in given_up if undoing is not None and undoing.state in WAITING
    ]
    tx.executemany("UPDATE journal SET state = ? WHERE id = ?", waiting)


class _Undoing:
    """The rows of an undoing, found by what they reversed."""

    def __init__(self, rows: Sequence[Entry], later: Later) -> None:
        self._later = later
        self._rows = {(row.message, _sort(row)): row for row in rows if row.kind != Kind.APPEND}

    def of(self, row: Entry) -> Entry | None:
        subject = row.copy if row.kind == Kind.COPY else row.message
        if subject is None:
            return None
        sorts = ("place", "gone") if row.kind in (Kind.COPY, Kind.APPEND) else (_sort(row),)
        for member in self._later.chain.get(subject, (subject,)):
            for sort in sorts:
                if (found := self._rows.get((member, sort))) is not None:
                    return found
        return None


def _sort(row: Entry) -> str:
    if row.kind == Kind.MOVE or row.is_leaving:
        return "place"
    return "gone" if row.kind == Kind.EXPUNGE else row.kind


def _write_anew(tx: Transaction, again: Repetition, anew: Iterable[tuple[Entry, Entry | None]], later: Later) -> None:
    """The steps of what was forgotten unsent; what cannot be is told with the rest."""
    rows = list(anew)
    wanted = [row.source if row.kind == Kind.APPEND else row.message for row, _ in rows]
    heirs = {one: later.heir(one) for one in wanted if one is not None}
    refold(tx, again.back.forgotten)
    there = present(tx.connection, heirs.values())
    where = _Places(tx)
    for (row, leave), one in zip(rows, wanted, strict=True):
        target = None if one is None else there.get(heirs[one])
        if target is None:
            again.back.reasons.append(NotPossible("What it was done to is gone."))
            continue
        try:
            again.back.steps += _anew(where, row, leave, target)
        except NotYet:
            raise
        except NotFound as error:
            again.back.reasons.append(NotPossible(error.title, error.hint))
        except NotPossible as error:
            again.back.reasons.append(error)


class _Places:
    """Folders, each read once."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self._known: dict[FolderId, Folder] = {}

    def of(self, folder: FolderId) -> Folder:
        """A folder that takes messages.  Raises NotFound, NotPossible."""
        if folder not in self._known:
            self._known[folder] = place(self.tx, folder)
        return self._known[folder]


def _anew(where: _Places, row: Entry, leave: Entry | None, target: Target) -> list[Step]:
    """The steps of one row, for the message as it is now; none when it is so already.  Raises NotFound, NotPossible."""
    if row.kind == Kind.FLAGS:
        change = FlagChange(
            Flag(row.add) & ~target.flags,
            Flag(row.remove) & target.flags,
            tuple(word for word in row.add_labels.split() if word not in target.labels),
            tuple(word for word in row.remove_labels.split() if word in target.labels),
        )
        return [Step(target, Kind.FLAGS, change)] if change else []
    if row.kind == Kind.EXPUNGE:
        return [Step(target, Kind.EXPUNGE)] if target.folder == row.prior else []
    if row.folder is None or (row.kind == Kind.MOVE and target.folder == row.folder):
        return []
    moves = row.kind == Kind.MOVE or leave is not None
    return [into(where.tx, target, where.of(row.folder), Kind.MOVE if moves else Kind.COPY)]
