"""Taking an act back: what was not sent is forgotten, the rest is reversed by steps of their own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from store import entries
from store.database import Transaction
from store.entries import SENT, WAITING, Entry
from store.errors import NotPossible, NotYet
from store.filing import Step, taken_back, uncopied
from store.later import NOBODY, Later
from store.model import ActId, Flag, MessageId
from store.operations import FlagChange, Kind
from store.returning import Return, bring_back
from store.targets import Target, present


@dataclass(slots=True)
class Reversal:
    """What taking an act back comes to."""

    steps: list[Step] = field(default_factory=list)
    forgotten: list[MessageId] = field(default_factory=list)
    """The messages of what was not sent, to be folded anew."""
    leftovers: list[Step] = field(default_factory=list)
    """What clears away copies in other accounts whose sources had not left yet."""
    reasons: list[NotPossible] = field(default_factory=list)
    """Why something of it cannot be reversed."""
    overruled: list[ActId] = field(default_factory=list)
    """Later acts that decided what this one had done, so that nothing of it was left to be taken back.

    NOBODY where that was by the way: then it counts as taken back, and nothing changes.
    """

    def __bool__(self) -> bool:
        return bool(self.steps or self.leftovers or self.forgotten)

    @property
    def lost(self) -> int:
        """How many messages cannot be as they were."""
        return len(self.reasons)


def reverse(tx: Transaction, act: ActId) -> Reversal:
    """Forget what of an act was not sent, and work out the steps that reverse the rest.

    Raises NotPossible when nothing of it can be reversed, NotYet when it can be soon; the caller's transaction, or its
    savepoint, has to end then.
    """
    back = reversal(tx, act)
    if not back and back.reasons:
        raise back.reasons[0]
    if back.overruled and not back.steps and not back.leftovers and not _shows(tx, back):
        by = max(back.overruled)
        if by == NOBODY:
            return back
        (title,) = tx.execute("SELECT title FROM acts WHERE id = ?", (by,)).fetchone()
        raise NotPossible(
            f"What was done to the same messages later decides how they are now (act {by}: {title}).",
            f"Undo that first: `bocau undo {by}`.",
        )
    return back


def reversal(tx: Transaction, act: ActId) -> Reversal:
    """As `reverse`, also when nothing can be reversed; raises NotYet."""
    acts = entries.whole(tx.connection, act)
    rows = entries.of(tx.connection, acts)
    later = Later(tx.connection, acts, rows)
    rows = later.read_aright(rows)
    leaving = {row.copy: row for row in rows if row.is_leaving}
    there = present(tx.connection, [id for row in rows if row.kind != Kind.APPEND for id in _ids(row, later)])
    back = Reversal()
    forgotten: list[Entry] = []
    returns: list[Return] = []
    for row in rows:
        try:
            if row.kind == Kind.APPEND:
                returns.append(bring_back(tx, row, leaving.get(row.message), later))
                (back.leftovers if returns[-1].is_half_done else back.steps).extend(returns[-1].steps)
                forgotten += returns[-1].forgotten
                back.overruled += returns[-1].overruled
            elif not row.is_leaving:
                _take_back(tx, back, forgotten, row, later, there)
        except NotYet:
            raise
        except NotPossible as error:
            back.reasons.append(error)
    _forget(tx, back, forgotten)
    for one in returns:
        back.steps += one.with_later_marks(tx)
    return back


def _ids(row: Entry, later: Later) -> tuple[MessageId, ...]:
    if row.kind == Kind.COPY:
        return () if row.copy is None else (later.heir(row.copy),)
    return (later.heir(row.message),)


def _forget(tx: Transaction, back: Reversal, rows: list[Entry]) -> None:
    ids = json.dumps([row.id for row in rows])
    tx.execute("UPDATE journal SET state = 'undone' WHERE id IN (SELECT value FROM json_each(?))", (ids,))
    tx.changed(journal={row.account for row in rows})
    back.forgotten += [row.message for row in rows]


def _take_back(
    tx: Transaction,
    back: Reversal,
    forgotten: list[Entry],
    row: Entry,
    later: Later,
    there: Mapping[MessageId, Target],
) -> None:
    """One row that is not about a message of another account."""
    waits = row.state in WAITING
    if waits:
        forgotten.append(row)
    if row.state not in SENT and not waits:
        return
    target = next((there[id] for id in _ids(row, later) if id in there), None)
    match row.kind:
        case Kind.FLAGS:
            crossed = waits and later.heir(row.message) != row.message
            _unmark(back, row, later, target, sends=not waits or crossed)
        case Kind.MOVE:
            if later.of(row.message).placed:
                _overrule(back, row, later, there=waits or target is not None)
            elif not waits and target is not None:
                back.steps.append(taken_back(tx, target, later.origin(row)))
        case Kind.COPY if not waits:
            back.steps += uncopied(tx, row.copy, target)
        case Kind.EXPUNGE if not waits:
            raise NotPossible("What was removed for good cannot come back.")
        case Kind.KEEP | Kind.MUTE:
            _switch_back(back, row, later, target)


def _unmark(back: Reversal, row: Entry, later: Later, target: Target | None, *, sends: bool) -> None:
    words = tuple(row.remove_labels.split()), tuple(row.add_labels.split())
    change = FlagChange(Flag(row.remove), Flag(row.add), *words)
    left = later.of(row.message).without(change)
    if change and not left:
        _overrule(back, row, later, there=target is not None or not sends)
    elif target is not None and sends:
        back.steps.append(Step(target, Kind.FLAGS, left))


def _switch_back(back: Reversal, row: Entry, later: Later, target: Target | None) -> None:
    decided = later.of(row.message)
    if decided.kept if row.kind == Kind.KEEP else decided.muted:
        _overrule(back, row, later, there=target is not None)
    elif target is not None:
        back.steps.append(Step(target, Kind(row.kind), on=not row.add))


def _overrule(back: Reversal, row: Entry, later: Later, *, there: bool) -> None:
    """A later act decided; of a message that is gone nobody asks."""
    if there:
        back.overruled.append(later.of(row.message).by)


def _shows(tx: Transaction, back: Reversal) -> bool:
    """Whether anything of what is forgotten was not overruled."""
    return len(back.forgotten) > len(back.overruled)
