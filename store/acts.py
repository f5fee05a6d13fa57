"""Carries out what a person did: writes the act into the journal, folds, and knows how to take it back."""

import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store import folders, messages
from store.database import Transaction
from store.errors import NotFound, NotPossible
from store.fold import refold
from store.model import AccountId, ActId, Flag, FolderId, MessageId, Role
from store.operations import Act, Archive, Delete, Kind, Move, Operation, SetFlags, State


@dataclass(frozen=True, slots=True)
class _Target:
    """A message as an act finds it: its effective state, and whether a server is behind it."""

    id: MessageId
    account: AccountId
    flags: Flag
    folder: FolderId | None
    local: bool
    """POP3: the store is the only truth, an act is done as soon as it is written."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One journal row to be."""

    target: _Target
    kind: Kind
    add: Flag = Flag.NONE
    remove: Flag = Flag.NONE
    folder: FolderId | None = None


_LAST = (
    "SELECT a.id FROM acts a WHERE NOT a.undone AND a.undoes IS NULL AND EXISTS ("
    # what changed nothing, or whose messages are all gone, is passed over; what was removed for good says so
    " SELECT 1 FROM journal j WHERE j.act_id = a.id AND j.state NOT IN ('undone', 'dropped')"
    " AND (j.kind = 'expunge' OR j.message_id IN (SELECT id FROM messages))) ORDER BY a.id DESC LIMIT 1"
)


def perform(tx: Transaction, operation: Operation) -> Act:
    """Write one act into the journal and fold it in; answers what the status line says.

    Raises NotFound when a message is not in the store, NotPossible when the operation does not fit; nothing is
    written then.
    """
    targets = _targets(tx.connection, operation.messages)
    steps = _steps(tx, operation, targets)
    return _write(tx, _title(tx, operation, steps), steps)


def undo(tx: Transaction, act: ActId | None = None) -> Act:
    """Take back an act (the last one that still can be): what was not sent is forgotten, what was sent is reversed."""
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
    steps, forgotten = _reverse(tx, act)
    tx.execute("UPDATE acts SET undone = 1 WHERE id = ?", (act,))
    refold(tx, forgotten)
    undoing = _write(tx, f"Undid: {row[0]}", steps, undoes=act)
    return Act(undoing.id, undoing.title, tuple({*forgotten, *undoing.messages}))


def _targets(connection: sqlite3.Connection, wanted: Sequence[MessageId]) -> list[_Target]:
    rows = connection.execute(
        "SELECT m.id, m.account_id, m.flags, m.folder_id, a.protocol = 'pop3' FROM messages m"
        " JOIN accounts a ON a.id = m.account_id WHERE m.id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(wanted)),),
    )
    found = {
        row[0]: _Target(
            MessageId(row[0]),
            AccountId(row[1]),
            Flag(row[2]),
            None if row[3] is None else FolderId(row[3]),
            bool(row[4]),
        )
        for row in rows
    }
    missing = [message for message in wanted if message not in found or found[message].folder is None]
    if missing:
        names = ", ".join(map(str, missing[:10])) + (" …" if len(missing) > 10 else "")
        raise NotFound(f"No such message: {names}.", "It may have been removed on the server; nothing was done.")
    return [found[message] for message in dict.fromkeys(wanted)]


def _steps(tx: Transaction, operation: Operation, targets: list[_Target]) -> list[_Step]:
    match operation:
        case SetFlags(add=add, remove=remove):
            return [
                _Step(target, Kind.FLAGS, add & ~target.flags, remove & target.flags)
                for target in targets
                if (target.flags | add) & ~remove != target.flags
            ]
        case Move(folder=folder_id):
            folder = folders.get(tx.connection, folder_id)
            if not folder.selectable:
                raise NotPossible("That folder holds other folders only, no messages.")
            if any(target.account != folder.account for target in targets):
                raise NotPossible("A message can only be moved within its own account.")
            return [_Step(t, Kind.MOVE, folder=folder_id) for t in targets if t.folder != folder_id]
        case Archive():
            return _into_role(tx, targets, Role.ARCHIVE)
        case Delete():
            return _into_role(tx, targets, Role.TRASH)


def _into_role(tx: Transaction, targets: list[_Target], role: Role) -> list[_Step]:
    places: dict[AccountId, FolderId] = {}
    steps = []
    for target in targets:
        if target.account not in places:
            places[target.account] = folders.ensure_role(tx, target.account, role).id
        place = places[target.account]
        if target.folder != place:
            steps.append(_Step(target, Kind.MOVE, folder=place))
        elif role is Role.TRASH:
            steps.append(_Step(target, Kind.EXPUNGE))
    return steps


def _title(tx: Transaction, operation: Operation, steps: list[_Step]) -> str:
    count = len(steps)
    match operation:
        case SetFlags(add=add, remove=remove):
            words = {
                (Flag.SEEN, Flag.NONE): "as read",
                (Flag.NONE, Flag.SEEN): "as unread",
                (Flag.FLAGGED, Flag.NONE): "with a star",
                (Flag.NONE, Flag.FLAGGED): "without star",
            }.get((add, remove), "anew")
            return f"Marked {count} {words}"
        case Move(folder=folder):
            role = folders.get(tx.connection, folder).role
            return f"Moved {count}" + (f" to {folders.DEFAULT_PATHS[role]}" if role else "")
        case Archive():
            return f"Archived {count}"
        case Delete():
            removed = sum(step.kind is Kind.EXPUNGE for step in steps)
            return f"Removed {count} for good" if removed and removed == count else f"Deleted {count}"


def _write(tx: Transaction, title: str, steps: list[_Step], undoes: ActId | None = None) -> Act:
    now = int(time.time())
    cursor = tx.execute("INSERT INTO acts (title, created, undoes) VALUES (?, ?, ?)", (title, now, undoes))
    act = ActId(cursor.lastrowid or 0)
    tx.executemany(
        "INSERT INTO journal (act_id, account_id, message_id, kind, add_flags, remove_flags, folder_id, prior_flags,"
        " prior_folder_id, state, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                act, step.target.account, step.target.id, step.kind.value, int(step.add), int(step.remove), step.folder,
                int(step.target.flags), step.target.folder,
                (State.DONE if step.target.local else State.QUEUED).value, now,
            )
            for step in steps
        ],
    )  # fmt: skip
    _apply_locally(tx, [step for step in steps if step.target.local])
    waiting = [step for step in steps if not step.target.local]
    refold(tx, [step.target.id for step in waiting])
    tx.changed(journal={step.target.account for step in waiting})
    return Act(act, title, tuple(step.target.id for step in steps))


def _apply_locally(tx: Transaction, steps: list[_Step]) -> None:
    """Local accounts: the store is the truth, so the truth itself changes."""
    kinds = defaultdict(list)
    for step in steps:
        kinds[step.kind].append(step)
    tx.executemany(
        "UPDATE messages SET server_flags = (server_flags | ?) & ~? WHERE id = ?",
        [(int(step.add), int(step.remove), step.target.id) for step in kinds[Kind.FLAGS]],
    )
    tx.executemany(
        "UPDATE messages SET server_folder_id = ? WHERE id = ?",
        [(step.folder, step.target.id) for step in kinds[Kind.MOVE]],
    )
    refold(tx, [step.target.id for step in (*kinds[Kind.FLAGS], *kinds[Kind.MOVE])])
    messages.remove(tx, [step.target.id for step in kinds[Kind.EXPUNGE]], reason="Removed for good.")


def _reverse(tx: Transaction, act: ActId) -> tuple[list[_Step], list[MessageId]]:
    """(steps that reverse what was sent, messages whose operations were simply forgotten)."""
    rows = tx.execute(
        "SELECT id, message_id, kind, add_flags, remove_flags, prior_folder_id, state, account_id FROM journal"
        " WHERE act_id = ? ORDER BY id DESC",
        (act,),
    ).fetchall()
    forgotten = [row for row in rows if row[6] in (State.QUEUED, State.REFUSED)]
    tx.executemany("UPDATE journal SET state = 'undone' WHERE id = ?", [(row[0],) for row in forgotten])
    tx.changed(journal={AccountId(row[7]) for row in forgotten})
    sent = [row for row in rows if row[6] in (State.RUNNING, State.UNKNOWN, State.DONE)]
    if any(row[2] == Kind.EXPUNGE for row in sent):
        raise NotPossible("What was removed for good cannot come back.")
    present = {target.id: target for target in _present(tx.connection, [MessageId(row[1]) for row in sent])}
    steps = []
    for _, message, kind, add, remove, prior_folder, _, _ in sent:
        if target := present.get(message):
            if kind == Kind.FLAGS:
                steps.append(_Step(target, Kind.FLAGS, Flag(remove), Flag(add)))
            elif tx.execute("SELECT 1 FROM folders WHERE id = ?", (prior_folder,)).fetchone() is None:
                raise NotPossible("The folder it was in is gone.")
            else:
                steps.append(_Step(target, Kind.MOVE, folder=prior_folder))
    return steps, [MessageId(row[1]) for row in forgotten]


def _present(connection: sqlite3.Connection, wanted: Iterable[MessageId]) -> list[_Target]:
    """Those of `wanted` that are still in the store."""
    ids = list(wanted)
    known = connection.execute(
        "SELECT id FROM messages WHERE folder_id IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    )
    return _targets(connection, [MessageId(row[0]) for row in known])
