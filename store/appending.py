"""New messages, raw bytes and all, for a folder: there at once in a local one, elsewhere by way of the journal."""

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from store import bodies, copies, folders, history, journal, local, locations, messages, relocation, transfers
from store.database import Transaction
from store.errors import NotPossible
from store.filing import Step
from store.fold import refold
from store.messages import Arrival
from store.model import AccountId, ActId, Flag, FolderId, MessageId, OperationId
from store.operations import FlagChange, Kind, State
from store.targets import targets

_WAITING = "j.kind = 'append' AND j.state IN ('queued', 'running', 'unknown')"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it is to be appended."""

    raw: bytes
    flags: Flag
    labels: tuple[str, ...]
    received: int
    """Unix seconds."""


def stage(tx: Transaction, folder: FolderId, rows: Sequence[Arrival], act: ActId | None = None) -> list[MessageId]:
    """Put new messages, each with its raw bytes, into a folder; answers their ids, in order.

    In a folder of a server they show at once, and each waits in the journal to be appended there: all under one act
    that can be taken back, `act` when it is given (see history.record), else one of their own.  Raises NotFound when
    there is no such folder, NotPossible when it takes no messages.
    """
    place = folders.get(tx.connection, folder)
    if not place.selectable:
        raise NotPossible("That folder holds other folders only, no messages.")
    if any(row.raw is None or row.uid is not None for row in rows):
        raise ValueError("a message that is put into a folder has to be whole, and has no UID yet")
    ids = messages.add(tx, place.account, folder, rows)
    if ids and not transfers.is_local(tx.connection, place.account):
        now = int(time.time())
        act = history.record(tx, f"Put {len(ids)} into a folder", now) if act is None else act
        tx.executemany("UPDATE messages SET server_folder_id = NULL WHERE id = ?", [(message,) for message in ids])
        tx.executemany(
            "INSERT INTO journal (act_id, account_id, message_id, kind, folder_id, created)"
            " VALUES (?, ?, ?, 'append', ?, ?)",
            [(act, place.account, message, folder, now) for message in ids],
        )
        refold(tx, ids)
        tx.execute("UPDATE acts SET messages = messages + ? WHERE id = ?", (len(ids), act))
        tx.changed(journal=[place.account])
    return ids


def letter(connection: sqlite3.Connection, message: MessageId) -> Letter | None:
    """What is to be appended for a message; None while it is not whole on this disk, or gone."""
    row = connection.execute(
        "SELECT server_flags, server_labels, received FROM messages WHERE id = ?", (message,)
    ).fetchone()
    raw = None if row is None else bodies.raw(connection, message)
    return None if raw is None else Letter(raw, Flag(row[0]), tuple(row[1].split()), row[2])


def without_labels(tx: Transaction, message: MessageId) -> None:
    """The folder that a message goes to takes no labels."""
    tx.execute("UPDATE messages SET server_labels = '' WHERE id = ?", (message,))
    refold(tx, [message])


def finish(tx: Transaction, operation: OperationId, uid: int | None, size: int | None = None) -> None:
    """A message is in its folder, on a server under that UID (None: not told; the folder's next sync finds it).

    `size` is how many octets the server was given, where that is another number than the message has here.
    What was moved leaves its old account now.  When the folder is gone meanwhile the message counts as not appended.
    """
    row = tx.execute(
        "SELECT message_id, folder_id, account_id, probe_uidnext, act_id FROM journal WHERE id = ?", (operation,)
    ).fetchone()
    if row is None or not messages.exists(tx.connection, MessageId(row[0])):
        return
    message, folder = MessageId(row[0]), FolderId(row[1])
    if tx.execute("SELECT 1 FROM folders WHERE id = ?", (folder,)).fetchone() is None:
        journal.settle(tx, [operation], State.DROPPED, "The folder is gone.")
        transfers.sweep(tx, [message])
        return
    tx.execute(
        "UPDATE messages SET server_folder_id = ?, size = coalesce(?, size) WHERE id = ?", (folder, size, message)
    )
    if uid is None and row[3] is not None:
        uid = locations.arrived_as(tx, message, folder, row[3])
    relocation.arrive(tx, message, folder, uid)
    gone = transfers.leaving(tx, message)
    journal.settle(tx, [operation], State.DONE)
    if gone:
        messages.remove(tx, gone, reason="It was moved to another account.")
    if transfers.is_local(tx.connection, AccountId(row[2])):
        catch_up(tx, message)


def catch_up(tx: Transaction, message: MessageId) -> None:
    """What was done to a message on its way to a local folder, or from there, is done to it now that it is there."""
    rows = tx.execute(
        "UPDATE journal SET state = 'done' WHERE state = 'queued' AND message_id = ?"
        " RETURNING id, act_id, kind, add_flags, remove_flags, add_labels, remove_labels, folder_id",
        (message,),
    ).fetchall()
    refold(tx, [message])
    for _, act, kind, add, remove, add_labels, remove_labels, folder in sorted(rows):
        for target in targets(tx.connection, [message]):
            change = FlagChange(Flag(add), Flag(remove), tuple(add_labels.split()), tuple(remove_labels.split()))
            local.apply(tx, ActId(act), [Step(target, Kind(kind), change, folder)])


def wanted(connection: sqlite3.Connection, account: AccountId) -> list[tuple[MessageId, list[MessageId]]]:
    """Messages of an account that are to be copied to others and not known to be whole here: (message, its copies)."""
    rows = connection.execute(
        f"SELECT j.source_id, j.message_id FROM journal j JOIN messages c ON c.id = j.message_id"
        f" JOIN messages s ON s.id = j.source_id WHERE {_WAITING} AND c.cached < 2 AND s.account_id = ? ORDER BY j.id",
        (account,),
    )
    found: dict[MessageId, list[MessageId]] = {}
    for source, copy in rows:
        found.setdefault(MessageId(source), []).append(MessageId(copy))
    return list(found.items())


def lenders(connection: sqlite3.Connection) -> set[AccountId]:
    """The accounts that have to bring messages to this disk before those can go to others."""
    rows = connection.execute(
        "SELECT DISTINCT s.account_id FROM journal j JOIN messages c ON c.id = j.message_id"
        f" JOIN messages s ON s.id = j.source_id WHERE {_WAITING} AND c.cached < 2"
    )
    return {AccountId(row[0]) for row in rows}


def ready(connection: sqlite3.Connection) -> set[AccountId]:
    """The accounts that can do the next step with mail that goes to another account, and have not tried to."""
    rows = connection.execute(
        "SELECT DISTINCT j.account_id FROM journal j LEFT JOIN messages m ON m.id = j.message_id"
        " WHERE j.state = 'queued' AND j.attempts = 0"
        " AND (j.kind = 'append' AND m.cached = 2 OR j.kind = 'expunge' AND (j.copy_id IS NOT NULL"
        " OR EXISTS (SELECT 1 FROM journal a WHERE a.source_id = j.message_id)))"
    )
    return lenders(connection).union(AccountId(row[0]) for row in rows)


def source(connection: sqlite3.Connection, message: MessageId) -> MessageId | None:
    """The message whose bytes a copy is still waiting for; None for all others."""
    row = connection.execute(
        f"SELECT j.source_id FROM journal j JOIN messages c ON c.id = j.message_id WHERE {_WAITING} AND c.cached < 2"
        " AND j.message_id = ?",
        (message,),
    ).fetchone()
    return None if row is None or row[0] is None else MessageId(row[0])


def supply(tx: Transaction, message: MessageId, made: Sequence[MessageId]) -> bool:
    """A message may be whole here now: give its copies the bytes, so that they can go; whether it was."""
    found = False
    for copy in made:
        row = tx.execute(
            f"SELECT j.id, j.account_id FROM journal j WHERE {_WAITING} AND j.message_id = ?", (copy,)
        ).fetchone()
        if row is None or not copies.fill(tx, message, copy):
            continue
        found = True
        if transfers.is_local(tx.connection, AccountId(row[1])):
            finish(tx, OperationId(row[0]), None)
        # the message's own account too: a removal may have waited for this
        tx.changed(journal=[AccountId(row[1]), *_account_of(tx, message)])
    return found


def _account_of(tx: Transaction, message: MessageId) -> list[AccountId]:
    return [AccountId(row[0]) for row in tx.execute("SELECT account_id FROM messages WHERE id = ?", (message,))]


def withheld(tx: Transaction, made: Sequence[MessageId], reason: str) -> None:
    """The server of a message does not give it out: its copies cannot be made, and it stays where it is."""
    rows = tx.execute(
        f"SELECT j.id FROM journal j WHERE {_WAITING} AND j.message_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(made)),),
    ).fetchall()
    journal.refuse(tx, [OperationId(row[0]) for row in rows], reason)
