"""Takes back what went to another account: the copy there, and its source, which may be gone by now."""

from dataclasses import dataclass, field

from store import appending, transfers
from store.database import Transaction
from store.entries import WAITING, Entry
from store.errors import NotPossible, NotYet
from store.filing import Step, taken_back, uncopied
from store.fold import refold
from store.later import Later
from store.model import ActId, MessageId
from store.operations import FlagChange, Kind, State
from store.targets import present


@dataclass(slots=True)
class Return:
    """What bringing one message back comes to."""

    append: Entry
    leave: Entry | None
    """The row that took it away from its own account; None when it was copied."""
    steps: list[Step] = field(default_factory=list)
    forgotten: list[Entry] = field(default_factory=list)
    overruled: list[ActId] = field(default_factory=list)

    @property
    def is_half_done(self) -> bool:
        """Whether the copy was made, and the source is still there."""
        return self.leave in self.forgotten and self.append not in self.forgotten

    def with_later_marks(self, tx: Transaction) -> list[Step]:
        """What was done to the copy meanwhile, for its source that shows again; once the rest is forgotten."""
        if self.leave is None or self.leave not in self.forgotten:
            return []
        if self.append in self.forgotten:
            _hand_back(tx, self.append, self.leave)
            return []
        copy = present(tx.connection, [self.append.message]).get(self.append.message)
        _hand_over(tx, self.append.message, self.leave)
        refold(tx, [self.leave.message, self.append.message])
        source = present(tx.connection, [self.leave.message]).get(self.leave.message)
        if source is None or copy is None:
            return []
        change = FlagChange(
            copy.flags & ~source.flags,
            source.flags & ~copy.flags,
            tuple(sorted(copy.labels - source.labels)),
            tuple(sorted(source.labels - copy.labels)),
        )
        return [Step(source, Kind.FLAGS, change)] if change else []


def bring_back(tx: Transaction, append: Entry, leave: Entry | None, later: Later) -> Return:
    """A message that was copied to another account, and left its own when `leave` says so.

    Raises NotYet while it is being sent, NotPossible.
    """
    back = Return(append, leave)
    if {append.state, leave and leave.state} & {State.UNKNOWN, State.RUNNING}:
        raise NotYet("It is being sent to its server just now.", "Try again when that is over.")
    if append.state in (State.DROPPED, State.UNDONE):
        return back
    decided = later.of(append.message)
    if leave is not None and decided.placed:
        back.overruled.append(decided.by)
        return back
    # what was copied may have gone to another account since; what was moved there has its copy for an heir
    origin = later.heir(append.source) if append.source is not None and leave is None else append.source
    source = present(tx.connection, [origin]).get(origin) if origin is not None else None
    stays = source is not None or (leave is not None and leave.state in WAITING)
    if append.state != State.DONE:
        if append.source is not None and not stays:
            raise NotPossible("The message that was copied is gone: its copy is the only one now.")
        back.forgotten += [append, *([leave] if leave is not None else [])]
        return back
    copy = later.heir(append.message)
    target = present(tx.connection, [copy]).get(copy)
    if leave is None or stays:
        back.forgotten += [leave] if leave is not None and leave.state in WAITING else []
        # of a source on a server nobody knows: another client, or a removal that was cut, may have taken it away
        if target is not None and target.local and source is not None and source.local and source.whole:
            back.steps.append(Step(target, Kind.EXPUNGE))
        else:
            back.steps += uncopied(tx, append.message, target)
    elif target is None:
        raise NotPossible("The message is not where it was moved to any more.")
    else:
        back.steps.append(taken_back(tx, target, later.origin(leave)))
    return back


def _hand_over(tx: Transaction, copy: MessageId, leave: Entry) -> None:
    """What was done to a copy that is given up was done to its source, which is the message again."""
    tx.execute(
        "UPDATE journal SET message_id = ?1, account_id = iif(state = 'queued', ?2, account_id)"
        " WHERE message_id = ?3 AND kind = 'flags' AND state NOT IN ('running', 'unknown')",
        (leave.message, leave.account, copy),
    )
    tx.execute(
        # where to, in the copy's account, is no matter of the source's server
        "UPDATE journal SET message_id = ?, state = iif(state = 'queued', 'dropped', state) WHERE message_id = ?"
        " AND kind IN ('move', 'keep', 'mute') AND state NOT IN ('running', 'unknown')",
        (leave.message, copy),
    )


def _hand_back(tx: Transaction, append: Entry, leave: Entry) -> None:
    """What waits for a copy that is not to be waits for its source."""
    tx.execute(
        "UPDATE journal SET message_id = ?, account_id = ? WHERE message_id = ? AND kind = 'flags' AND act_id > ?"
        " AND state = 'queued'",
        (leave.message, leave.account, append.message, append.act),
    )
    if transfers.is_local(tx.connection, leave.account):
        appending.catch_up(tx, leave.message)
