"""What an act means for each of its messages: the rows of the journal to be, and the title."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store import folders, labels, transfers
from store.database import Transaction
from store.errors import NotFound, NotPossible
from store.model import AccountId, Flag, Folder, FolderId, MessageId, Role
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
)

_NO_CHANGE = FlagChange()
CROSSING = (Kind.APPEND, Kind.TRANSFER)
"""The kinds of steps that make a copy in another account."""

_LONGEST_NAME = 40
"""Characters of a folder's or an account's name in a title."""


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
    placed: bool = True
    """Whether it is where it shows: a copy for another account may be on its way still."""
    whole: bool = False
    """Whether all of it is on this disk."""


@dataclass(frozen=True, slots=True)
class Step:
    """One journal row to be, or two: of a crossing kind it stands for the copy and what becomes of the source."""

    target: Target
    kind: Kind
    change: FlagChange = _NO_CHANGE
    folder: FolderId | None = None


def targets(connection: sqlite3.Connection, wanted: Sequence[MessageId]) -> list[Target]:
    """The messages, each once, in order.  Raises NotFound that names those that are not in the store."""
    rows = connection.execute(
        "SELECT m.id, m.account_id, m.flags, m.labels, m.folder_id, a.protocol = 'pop3',"
        " m.server_folder_id IS NOT NULL, m.cached = 2 FROM messages m"
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
            local=bool(row[5] and row[6]),
            placed=bool(row[6]),
            whole=bool(row[7]),
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
            place = _place(tx, folder)
            return [_into(tx, target, place, Kind.MOVE) for target in on if target.folder != folder]
        case Copy(folder=folder):
            place = _place(tx, folder)
            return [_into(tx, target, place, Kind.COPY) for target in on]
        case Archive():
            return into_role(tx, on, Role.ARCHIVE)
        case Delete():
            return into_role(tx, on, Role.TRASH)


def _words(wanted: Iterable[str]) -> frozenset[str]:
    words = frozenset(word.lower() for word in wanted)
    for word in sorted(words):
        if not labels.is_keyword(word):
            raise NotPossible(
                f'"{word}" cannot be a label.',
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


def _place(tx: Transaction, folder: FolderId) -> Folder:
    place = folders.get(tx.connection, folder)
    if not place.selectable:
        raise NotPossible("That folder holds other folders only, no messages.")
    return place


def _into(tx: Transaction, target: Target, place: Folder, kind: Kind) -> Step:
    """A move or a copy; between accounts it takes a copy of its own, unless all is on this disk alone.

    So it does within a local account, of a message that is here by its headers only.
    """
    if target.account == place.account:
        if kind is Kind.COPY and target.local and not target.whole:  # a copy has no name at the server to come by
            kind = Kind.APPEND
        return Step(target, kind, folder=place.id)
    if not target.placed:
        raise NotPossible(
            "The message is still on its way into its account, so it cannot go on to another one.",
            "Undo what sent it there, or wait until it has arrived.",
        )
    if not (target.local and target.whole and transfers.is_local(tx.connection, place.account)):
        kind = Kind.TRANSFER if kind is Kind.MOVE else Kind.APPEND
    return Step(target, kind, folder=place.id)


def into_role(tx: Transaction, on: Sequence[Target], role: Role) -> list[Step]:
    """Into each account's folder of a role; what is in the trash already is removed for good.

    Raises NotPossible for what is on this disk alone while another account waits for it; a server's is removed later.
    """
    places: dict[AccountId, FolderId] = {}
    written = []
    for target in on:
        if target.account not in places:
            places[target.account] = folders.ensure_role(tx, target.account, role).id
        place = places[target.account]
        if target.folder != place:
            written.append(Step(target, Kind.MOVE, folder=place))
        elif role is Role.TRASH:
            if target.local and not target.whole and transfers.is_lent(tx.connection, target.id):
                raise NotPossible(
                    "A copy for another account is still to be made of the message, which is not whole here yet.",
                    "Synchronise first, or undo the copying.",
                )
            written.append(Step(target, Kind.EXPUNGE))
    return written


def title(tx: Transaction, operation: Operation, written: Sequence[Step]) -> str:
    """What the status line and the journal say of an act."""
    count = _number(tx, written)
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
            return f"Moved {count}{_where(tx, folder, written)}"
        case Copy(folder=folder):
            return f"Copied {count}{_where(tx, folder, written)}"
        case Archive():
            return f"Archived {count}"
        case Delete():
            removed = sum(step.kind is Kind.EXPUNGE for step in written)
            return f"Removed {count} for good" if removed and removed == len(written) else f"Deleted {count}"


def _number(tx: Transaction, written: Sequence[Step]) -> str:
    """How many messages: one that several accounts received was drawn as one, and is told as one."""
    owners = {step.target.account for step in written}
    if len(owners) == len(written) > 1:
        found = tx.execute(
            "SELECT count(DISTINCT likeness), count(likeness) FROM messages"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps([step.target.id for step in written]),),
        ).fetchone()
        if tuple(found) == (1, len(written)):
            return f"1 (in {len(owners)} accounts)"
    return str(len(written))


def _where(tx: Transaction, folder: FolderId, written: Sequence[Step]) -> str:
    """` to Plans`, and whose folder that is when it is another account's; names as the server has them, cut."""
    place = folders.get(tx.connection, folder)
    name = folders.DEFAULT_PATHS[place.role] if place.role in folders.DEFAULT_PATHS else place.path.rsplit("/", 1)[-1]
    where = f" to {name[:_LONGEST_NAME]}"
    if any(step.target.account != place.account for step in written):
        (owner,) = tx.execute("SELECT name FROM accounts WHERE id = ?", (place.account,)).fetchone()
        where += f" of {owner[:_LONGEST_NAME]}"
    return where


def taken_back(tx: Transaction, target: Target, folder: FolderId) -> Step:
    """The move that puts a message back where it was, be it in another account."""
    return _into(tx, target, _place(tx, folder), Kind.MOVE)


def present(connection: sqlite3.Connection, wanted: Iterable[MessageId | None]) -> dict[MessageId, Target]:
    """Those of `wanted` that are still in the store."""
    known = connection.execute(
        "SELECT id FROM messages WHERE folder_id IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(wanted)),),
    )
    return {target.id: target for target in targets(connection, [MessageId(row[0]) for row in known])}
