"""What an act means for each of its messages: the rows of the journal to be."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from store import folders, labels, muting
from store.database import Transaction
from store.errors import NotPossible
from store.filing import Step, into, into_role, place
from store.model import AccountId, FolderId, Role
from store.operations import (
    Archive,
    Copy,
    Delete,
    FlagChange,
    Junk,
    Keep,
    Kind,
    Move,
    Mute,
    Operation,
    SetFlags,
    SetLabels,
)
from store.targets import Target, targets


def meant(tx: Transaction, operation: Operation, on: Sequence[Target]) -> Operation:
    """The operation, with what it turns on or off decided by how its messages are now."""
    match operation:
        case Junk(junk=None):
            places = _in_role(tx, on, Role.JUNK)
            return replace(operation, junk=not on or any(target.folder != places[target.account] for target in on))
        case Mute(muted=None):
            return replace(operation, muted=not on or not muting.are_muted(tx.connection, operation.messages))
    return operation


def steps(tx: Transaction, operation: Operation, on: Sequence[Target]) -> list[Step]:
    """What is to be written for each message; nothing for those that are so already.  Raises NotPossible, NotFound."""
    match operation:
        case SetFlags(add=add, remove=remove):
            return [
                Step(target, Kind.FLAGS, FlagChange(add & ~target.flags, remove & target.flags))
                for target in on
                if (target.flags | add) & ~remove != target.flags
            ]
        case SetLabels(add=wanted, remove=unwanted):
            return _labelled(on, _words(wanted), _words(unwanted))
        case Move(folder=folder):
            where = place(tx, folder)
            return [into(tx, target, where, Kind.MOVE) for target in on if target.folder != folder]
        case Copy(folder=folder):
            where = place(tx, folder)
            return [into(tx, target, where, Kind.COPY) for target in on]
        case Archive():
            return into_role(tx, on, Role.ARCHIVE)
        case Delete():
            return into_role(tx, on, Role.TRASH)
        case Junk(junk=junk):
            return _junk(tx, on) if junk else _no_junk(tx, on)
        case Mute(muted=muted):
            return _muted(tx, on) if muted else _unmuted(tx, on)
        case Keep(kept=kept):
            return [Step(target, Kind.KEEP, on=kept) for target in on if target.kept is not kept]


def _words(wanted: Iterable[str]) -> frozenset[str]:
    words = frozenset(word.lower() for word in wanted)
    for word in sorted(words):
        if not labels.is_keyword(word):
            raise NotPossible(
                f'"{word}" cannot be a label.',
                "A label is one word of ASCII letters, digits and signs, none of them a quote, a bracket, % or *.",
            )
    return words


def _labelled(on: Iterable[Target], add: frozenset[str], remove: frozenset[str]) -> list[Step]:
    if add & remove:
        raise NotPossible("A label cannot be added and taken off at once.")
    written = []
    for target in on:
        missing, present = sorted(add - target.labels), sorted(remove & target.labels)
        if missing or present:
            change = FlagChange(add_labels=tuple(missing), remove_labels=tuple(present))
            written.append(Step(target, Kind.FLAGS, change))
    return written


def _in_role(tx: Transaction, on: Iterable[Target], role: Role) -> dict[AccountId, FolderId | None]:
    """Each account's folder of a role, None where there is none."""
    found = {account: folders.by_role(tx.connection, account, role) for account in {target.account for target in on}}
    return {account: None if folder is None else folder.id for account, folder in found.items()}


def _junk(tx: Transaction, on: Sequence[Target]) -> list[Step]:
    moves = into_role(tx, on, Role.JUNK)
    return [*_named(moves, labels.JUNK, labels.NOT_JUNK), *moves]


def _no_junk(tx: Transaction, on: Sequence[Target]) -> list[Step]:
    places = _in_role(tx, on, Role.JUNK)
    moves = into_role(tx, [target for target in on if target.folder == places[target.account]], Role.INBOX)
    return [*_named(moves, labels.NOT_JUNK, labels.JUNK), *moves]


def _named(moves: Iterable[Step], name: str, opposite: str) -> list[Step]:
    """The keywords by which servers and other programs learn (RFC 9051 section 2.3.2); no POP3 server would."""
    elsewhere = [step.target for step in moves if not step.target.local]
    return _labelled(elsewhere, frozenset({name}), frozenset({opposite}))


def _muted(tx: Transaction, on: Sequence[Target]) -> list[Step]:
    """One mark for each thread, and the way to the archive for what of it is in an inbox."""
    marks = _marks(tx, on, muted=True)
    threads = muting.threads_of(tx.connection, [step.target.id for step in marks]).values()
    inbox = muting.in_inboxes(tx.connection, threads)
    return [*marks, *into_role(tx, targets(tx.connection, inbox), Role.ARCHIVE)]


def _unmuted(tx: Transaction, on: Sequence[Target]) -> list[Step]:
    return _marks(tx, on, muted=False)


def _marks(tx: Transaction, on: Sequence[Target], *, muted: bool) -> list[Step]:
    """For each thread that is not so yet one message that stands for it."""
    threads = muting.threads_of(tx.connection, [target.id for target in on])
    already = muting.muted(tx.connection, threads.values())
    first = {threads[target.id]: target for target in reversed(on)}
    return [Step(target, Kind.MUTE, on=muted) for thread, target in first.items() if (thread in already) is not muted]
