"""What an act means for each of its messages: the rows of the journal to be, forwards and back, and the title."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store import folders, labels
from store.database import Transaction
from store.errors import NotFound, NotPossible
from store.model import AccountId, ActId, Flag, FolderId, MessageId, Role
from store.operations import (
    Archive,
    Copy,
    Delete,
    FlagChange,
    Kind,
    Move,
    Operation,
    SetFlags,
    SetLabels,
    State,
)

_NO_CHANGE = FlagChange()


@dataclass(frozen=True, slots=True)
class Target:
    """A message as an act finds it: its effective state, and whether a server is behind it."""

    id: MessageId
    account: AccountId
    flags: Flag
    labels: frozenset[str]
    folder: FolderId | None
    local: bool
    """POP3: the store is the only truth, an act is done as soon as it is written."""


@dataclass(frozen=True, slots=True)
class Step:
    """One journal row to be."""

    target: Target
    kind: Kind
    change: FlagChange = _NO_CHANGE
    folder: FolderId | None = None


def targets(connection: sqlite3.Connection, wanted: Sequence[MessageId]) -> list[Target]:
    """The messages, each once, in order.  Raises NotFound that names those that are not in the store."""
    rows = connection.execute(
        "SELECT m.id, m.account_id, m.flags, m.labels, m.folder_id, a.protocol = 'pop3' FROM messages m"
        " JOIN accounts a ON a.id = m.account_id WHERE m.id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(wanted)),),
    )
    found = {
        row[0]: Target(
            MessageId(row[0]),
            AccountId(row[1]),
            Flag(row[2]),
            frozenset(row[3].split()),
            None if row[4] is None else FolderId(row[4]),
            bool(row[5]),
        )
        for row in rows
    }
    missing = [message for message in wanted if message not in found or found[message].folder is None]
    if missing:
        names = ", ".join(map(str, missing[:10])) + (" …" if len(missing) > 10 else "")
        raise NotFound(f"No such message: {names}.", "It may have been removed on the server; nothing was done.")
    return [found[message] for message in dict.fromkeys(wanted)]


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
            _check_place(tx, on, folder, "moved")
            return [Step(target, Kind.MOVE, folder=folder) for target in on if target.folder != folder]
        case Copy(folder=folder):
            _check_place(tx, on, folder, "copied")
            return [Step(target, Kind.COPY, folder=folder) for target in on]
        case Archive():
            return _into_role(tx, on, Role.ARCHIVE)
        case Delete():
            return _into_role(tx, on, Role.TRASH)


def _words(wanted: Iterable[str]) -> frozenset[str]:
    words = frozenset(word.lower() for word in wanted)
    for word in sorted(words):
        if not labels.is_keyword(word):
            raise NotPossible(
                f"{word!r} cannot be a label.",
                "A label is one word of ASCII letters, digits and signs, none of them a quote, a bracket, % or *.",
            )
    return words


def _labelled(on: Sequence[Target], add: frozenset[str], remove: frozenset[str]) -> list[Step]:
    if add & remove:
        raise NotPossible("A label cannot be added and taken off at once.")
    written = []
    for target in on:
        missing, present = sorted(add - target.labels), sorted(remove & target.labels)
        if missing or present:
            change = FlagChange(add_labels=tuple(missing), remove_labels=tuple(present))
            written.append(Step(target, Kind.FLAGS, change))
    return written


def _check_place(tx: Transaction, on: Sequence[Target], folder: FolderId, what: str) -> None:
    place = folders.get(tx.connection, folder)
    if not place.selectable:
        raise NotPossible("That folder holds other folders only, no messages.")
    if any(target.account != place.account for target in on):
        raise NotPossible(f"A message can only be {what} within its own account.")


def _into_role(tx: Transaction, on: Sequence[Target], role: Role) -> list[Step]:
    places: dict[AccountId, FolderId] = {}
    written = []
    for target in on:
        if target.account not in places:
            places[target.account] = folders.ensure_role(tx, target.account, role).id
        place = places[target.account]
        if target.folder != place:
            written.append(Step(target, Kind.MOVE, folder=place))
        elif role is Role.TRASH:
            written.append(Step(target, Kind.EXPUNGE))
    return written


def title(tx: Transaction, operation: Operation, written: Sequence[Step]) -> str:
    """What the status line and the journal say of an act."""
    count = len(written)
    match operation:
        case SetFlags(add=add, remove=remove):
            words = {
                (Flag.SEEN, Flag.NONE): "as read",
                (Flag.NONE, Flag.SEEN): "as unread",
                (Flag.FLAGGED, Flag.NONE): "with a star",
                (Flag.NONE, Flag.FLAGGED): "without star",
            }.get((add, remove), "anew")
            return f"Marked {count} {words}"
        case SetLabels(add=wanted, remove=unwanted):
            if wanted and unwanted:
                return f"Changed the labels of {count}"
            names = ", ".join(sorted({word.lower() for word in (*wanted, *unwanted)}))
            return f"Labelled {count} with {names}" if wanted else f"Took {names} off {count}"
        case Move(folder=folder):
            return f"Moved {count}{_to_role(tx, folder)}"
        case Copy(folder=folder):
            return f"Copied {count}{_to_role(tx, folder)}"
        case Archive():
            return f"Archived {count}"
        case Delete():
            removed = sum(step.kind is Kind.EXPUNGE for step in written)
            return f"Removed {count} for good" if removed and removed == count else f"Deleted {count}"


def _to_role(tx: Transaction, folder: FolderId) -> str:
    role = folders.get(tx.connection, folder).role
    return f" to {folders.DEFAULT_PATHS[role]}" if role else ""


def reverse(tx: Transaction, act: ActId) -> tuple[list[Step], list[MessageId]]:
    """Forget what of an act was not sent; answers the steps that reverse the rest, and the messages of the forgotten.

    Raises NotPossible when something cannot be reversed; the caller's transaction has to end then.
    """
    rows = tx.execute(
        "SELECT id, message_id, kind, add_flags, remove_flags, add_labels, remove_labels, prior_folder_id, copy_id,"
        " state, account_id FROM journal WHERE act_id = ? ORDER BY id DESC",
        (act,),
    ).fetchall()
    forgotten = [row for row in rows if row[9] in (State.QUEUED, State.REFUSED)]
    tx.executemany("UPDATE journal SET state = 'undone' WHERE id = ?", [(row[0],) for row in forgotten])
    tx.changed(journal={AccountId(row[10]) for row in forgotten})
    sent = [row for row in rows if row[9] in (State.RUNNING, State.UNKNOWN, State.DONE)]
    if any(row[2] == Kind.EXPUNGE for row in sent):
        raise NotPossible("What was removed for good cannot come back.")
    present = _present(tx.connection, [MessageId(row[8] if row[2] == Kind.COPY else row[1]) for row in sent])
    written = []
    for _, message, kind, add, remove, add_labels, remove_labels, prior, copy, _, _ in sent:
        if kind == Kind.COPY:
            written += _uncopied(tx, copy, present)
        elif (target := present.get(message)) is None:
            continue
        elif kind == Kind.FLAGS:
            back = FlagChange(Flag(remove), Flag(add), tuple(remove_labels.split()), tuple(add_labels.split()))
            written.append(Step(target, Kind.FLAGS, back))
        elif tx.execute("SELECT 1 FROM folders WHERE id = ?", (prior,)).fetchone() is None:
            raise NotPossible("The folder it was in is gone.")
        else:
            written.append(Step(target, Kind.MOVE, folder=prior))
    return written, [MessageId(row[1]) for row in forgotten]


def _uncopied(tx: Transaction, copy: int | None, present: dict[MessageId, Target]) -> list[Step]:
    """A copy that was made goes to the trash: should the original be gone by now, nothing is lost."""
    if copy is None:
        raise NotPossible("The copy is on the server already.", "Delete it in the folder that it was copied to.")
    target = present.get(MessageId(copy))
    return [] if target is None else [step for step in _into_role(tx, [target], Role.TRASH) if step.kind is Kind.MOVE]


def _present(connection: sqlite3.Connection, wanted: Iterable[MessageId | None]) -> dict[MessageId, Target]:
    """Those of `wanted` that are still in the store."""
    known = connection.execute(
        "SELECT id FROM messages WHERE folder_id IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(wanted)),),
    )
    return {target.id: target for target in targets(connection, [MessageId(row[0]) for row in known])}
