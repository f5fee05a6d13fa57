"""What waits for one message comes down to its next step: later acts override or cancel earlier ones unsent."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.model import Flag, FolderId
from store.operations import FlagChange, JournalEntry, Kind, State

_NO_CHANGE = FlagChange()


@dataclass(frozen=True, slots=True)
class Step:
    """One command for one message, and every operation that is done with it."""

    kind: Kind
    entries: tuple[JournalEntry, ...]
    """In the order of the acts; the last one says where to."""
    change: FlagChange = _NO_CHANGE
    needless: bool = False
    """Whether the operations cancel each other, or the server has the result already: there is nothing to send."""
    unknown: bool = False
    """Whether it was sent before, and its answer never came."""

    @property
    def folder(self) -> FolderId | None:
        """The target of a move, a copy or an append."""
        return self.entries[-1].folder if self.kind in (Kind.MOVE, Kind.COPY, Kind.APPEND) else None


@dataclass(frozen=True, slots=True)
class Truth:
    """A message as its server has it."""

    folder: FolderId | None
    """None: it has none of it yet."""
    uid: int | None
    """None while it is not known."""
    flags: Flag
    labels: frozenset[str]
    whole: bool = False
    """Whether the message is whole on this disk."""


def next_step(waiting: Sequence[JournalEntry], truth: Truth) -> Step:
    """The next step for a message for which `waiting`, oldest first and not empty, is all that waits.

    What was sent comes first: its outcome has to be known.  Of what was not sent, up to the next copy, flags go before
    moves, which they travel along with (RFC 9051 section 6.4.7); of a chain of moves only the last target counts.
    Flags of a message that is about to be removed are not sent at all.
    """
    if appends := tuple(entry for entry in waiting if entry.kind is Kind.APPEND):  # before that there is no message
        return Step(Kind.APPEND, appends, unknown=appends[0].state is not State.QUEUED)
    sent = tuple(entry for entry in waiting if entry.state is not State.QUEUED)
    if sent:
        return _sent(sent)
    if waiting[0].kind is Kind.COPY:
        return Step(Kind.COPY, (waiting[0],))
    first_copy = next((place for place, entry in enumerate(waiting) if entry.kind is Kind.COPY), len(waiting))
    run = waiting[:first_copy]
    marks = tuple(entry for entry in run if entry.kind is Kind.FLAGS)
    moves = tuple(entry for entry in run if entry.kind is Kind.MOVE)
    removal = tuple(entry for entry in run if entry.kind is Kind.EXPUNGE)
    if marks and not removal:
        change = _combined(marks, truth)
        return Step(Kind.FLAGS, marks, change, needless=not change)
    if moves:
        return Step(Kind.MOVE, moves, needless=moves[-1].folder == truth.folder)
    return Step(Kind.EXPUNGE, (*marks, *removal))


def _sent(entries: tuple[JournalEntry, ...]) -> Step:
    """What is on its way, or may be: only one step of a message ever is."""
    for kind in (Kind.EXPUNGE, Kind.MOVE, Kind.COPY):
        if any(entry.kind is kind for entry in entries):
            return Step(kind, entries, unknown=True)
    return Step(Kind.FLAGS, entries, _last_words(entries), unknown=True)


def _combined(entries: Sequence[JournalEntry], truth: Truth) -> FlagChange:
    """What several changes of flags come to: the last word on each, unless it only takes an earlier one back.

    A change that stands alone is sent even where the server seems to have it: what we know may be old.
    """
    if len(entries) == 1:
        return entries[0].change
    last = _last_words(entries)
    flags, labels = _wavering(entries)
    return FlagChange(
        last.add & ~(flags & truth.flags),
        last.remove & ~(flags & ~truth.flags),
        tuple(word for word in last.add_labels if word not in labels or word not in truth.labels),
        tuple(word for word in last.remove_labels if word not in labels or word in truth.labels),
    )


def _last_words(entries: Sequence[JournalEntry]) -> FlagChange:
    add = remove = Flag.NONE
    labels: dict[str, bool] = {}
    for entry in entries:
        change = entry.change
        add = (add | change.add) & ~change.remove
        remove = (remove | change.remove) & ~(change.add & ~change.remove)
        labels.update(dict.fromkeys(change.add_labels, True))
        labels.update(dict.fromkeys(change.remove_labels, False))
    wanted = sorted(word for word, there in labels.items() if there)
    unwanted = sorted(word for word, there in labels.items() if not there)
    return FlagChange(add, remove, tuple(wanted), tuple(unwanted))


def _wavering(entries: Sequence[JournalEntry]) -> tuple[Flag, frozenset[str]]:
    """The flags and labels that were both added and taken off."""
    added = removed = Flag.NONE
    gained: set[str] = set()
    lost: set[str] = set()
    for entry in entries:
        added |= entry.change.add
        removed |= entry.change.remove
        gained.update(entry.change.add_labels)
        lost.update(entry.change.remove_labels)
    return added & removed, frozenset(gained & lost)
