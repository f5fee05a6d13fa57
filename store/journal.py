"""The journal: the durable list of operations that wait for a server, and what became of them."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from store import copies, labels, locations, messages, relocation, storable, transfers, twins
from store.collapse import Truth
from store.database import Transaction
from store.errors import NotFound, NotPossible
from store.fold import refold
from store.model import AccountId, ActId, Flag, FolderId, MessageId, OperationId
from store.operations import FlagChange, JournalEntry, Kind, State

_ENTRY = (
    "SELECT id, act_id, account_id, message_id, kind, add_flags, remove_flags, add_labels, remove_labels, folder_id,"
    " state, attempts, created, error, probe_uidnext, source_id, copy_id FROM journal"
)
_WAITING = "state IN ('queued', 'running', 'unknown')"
_FOR_SERVERS = "kind <> 'transfer'"
"""A transfer waits for its copy, not for a server; it is part of the append."""


def waiting(connection: sqlite3.Connection, account: AccountId) -> list[JournalEntry]:
    """What an account still has to send, oldest first."""
    rows = connection.execute(
        f"{_ENTRY} WHERE {_WAITING} AND {_FOR_SERVERS} AND account_id = ? ORDER BY id", (account,)
    )
    return [_entry(row) for row in rows]


def truths(connection: sqlite3.Connection, wanted: Iterable[MessageId]) -> dict[MessageId, Truth]:
    """What the servers have of these messages, as far as we know; those that are gone are left out."""
    rows = connection.execute(
        "SELECT id, server_folder_id, uid, server_flags, server_labels, cached = 2 FROM messages"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(wanted)),),
    )
    return {
        MessageId(row[0]): Truth(row[1], row[2], Flag(row[3]), frozenset(row[4].split()), whole=bool(row[5]))
        for row in rows
    }


def waiting_counts(connection: sqlite3.Connection) -> dict[AccountId, int]:
    """Account -> operations that wait for its server."""
    rows = connection.execute(
        f"SELECT account_id, count(*) FROM journal WHERE {_WAITING} AND {_FOR_SERVERS} GROUP BY account_id"
    )
    return {AccountId(row[0]): row[1] for row in rows}


def servers_of(connection: sqlite3.Connection, act: ActId) -> list[AccountId]:
    """The accounts whose servers an act waits for: what goes from one to another is fetched, appended and removed."""
    rows = connection.execute(
        f"SELECT account_id FROM journal WHERE act_id = ?1 AND {_WAITING} AND account_id NOT IN"
        " (SELECT id FROM accounts WHERE protocol = 'pop3') UNION SELECT s.account_id FROM journal j"
        " JOIN messages c ON c.id = j.message_id JOIN messages s ON s.id = j.source_id"
        f" WHERE j.act_id = ?1 AND j.{_WAITING} AND c.cached < 2",
        (act,),
    )
    return [AccountId(row[0]) for row in rows]


def unfinished(connection: sqlite3.Connection) -> list[JournalEntry]:
    """What waits and what was refused, of every account, oldest first."""
    rows = connection.execute(f"{_ENTRY} WHERE ({_WAITING} OR state = 'refused') AND {_FOR_SERVERS} ORDER BY id")
    return [_entry(row) for row in rows]


def recover(tx: Transaction, account: AccountId) -> None:
    """What was being sent when its process died is unknown: the replay looks before it sends again."""
    tx.execute("UPDATE journal SET state = 'unknown' WHERE state = 'running' AND account_id = ?", (account,))


def resume(tx: Transaction, account: AccountId) -> None:
    """Make ready what an interrupted replay left: what makes messages is looked for first, all else may be repeated."""
    recover(tx, account)
    tx.execute(
        "UPDATE journal SET state = 'queued' WHERE state = 'unknown' AND account_id = ?1 AND message_id NOT IN"
        " (SELECT message_id FROM journal WHERE state = 'unknown' AND kind IN ('move', 'copy', 'append')"
        " AND account_id = ?1)",
        (account,),
    )


def start_together(
    tx: Transaction, groups: Iterable[Sequence[OperationId]], *, probe_uidnext: int | None = None
) -> set[OperationId]:
    """As `start`, of operations that were taken together for one command: a group starts whole or not at all."""
    wanted = [tuple(group) for group in groups]
    rows = tx.execute(
        f"SELECT id FROM journal WHERE {_WAITING} AND id IN (SELECT value FROM json_each(?))",
        (json.dumps([operation for group in wanted for operation in group]),),
    )
    still = {row[0] for row in rows}
    whole = [operation for group in wanted if still.issuperset(group) for operation in group]
    return set(start(tx, whole, probe_uidnext=probe_uidnext))


def start(tx: Transaction, operations: Iterable[OperationId], *, probe_uidnext: int | None = None) -> list[OperationId]:
    """Record, before the command is written to the socket, that these are being sent; answers those to send.

    What the user took back since it was read from the journal is not among them, and must not be sent.
    """
    rows = tx.execute(
        "UPDATE journal SET state = 'running', attempts = attempts + 1, probe_uidnext = coalesce(?, probe_uidnext)"
        f" WHERE {_WAITING} AND id IN (SELECT value FROM json_each(?)) RETURNING id",
        (probe_uidnext, json.dumps(list(operations))),
    )
    return [OperationId(row[0]) for row in rows.fetchall()]


def requeue(tx: Transaction, operations: Iterable[OperationId]) -> None:
    """The server surely did not do these that were being sent: they wait again."""
    tx.executemany(
        "UPDATE journal SET state = 'queued' WHERE id = ? AND state = 'running'",
        [(operation,) for operation in operations],
    )


def unsure(tx: Transaction, operations: Iterable[OperationId]) -> None:
    """The connection broke before the answer: the server may have done these or not."""
    tx.executemany(
        "UPDATE journal SET state = 'unknown' WHERE id = ? AND state = 'running'",
        [(operation,) for operation in operations],
    )


def absent(tx: Transaction, operations: Iterable[OperationId]) -> None:
    """We looked: the server did not do these of which we were not sure.  They wait again."""
    tx.executemany(
        "UPDATE journal SET state = 'queued' WHERE id = ? AND state IN ('running', 'unknown')",
        [(operation,) for operation in operations],
    )


def finish_flags(tx: Transaction, operations: Sequence[OperationId], change: FlagChange | None = None) -> None:
    """The server stored these flags and labels: they become its truth.

    `change` is what was sent to each of the messages for all of its operations; None: each operation's own.
    """
    rows = _rows(tx, operations)
    made = dict.fromkeys((row[1], _change(*row[2:6]) if change is None else change) for row in rows)
    alike = twins.alike(tx.connection, [MessageId(message) for message, _ in made])
    made |= dict.fromkeys((twin, one) for message, one in made for twin in alike.get(MessageId(message), ()))
    tx.executemany(
        "UPDATE messages SET server_flags = (server_flags | ?) & ~? WHERE id = ?",
        [(int(one.add), int(one.remove), message) for message, one in made],
    )
    for message, one in made:
        if one.add_labels or one.remove_labels:
            (text,) = tx.execute("SELECT server_labels FROM messages WHERE id = ?", (message,)).fetchone() or ("",)
            text = labels.changed(text, labels.written(one.add_labels), labels.written(one.remove_labels))
            tx.execute("UPDATE messages SET server_labels = ? WHERE id = ?", (text, message))
    refold(tx, {twin for others in alike.values() for twin in others})
    settle(tx, operations, State.DONE)


def finish_move(
    tx: Transaction,
    moved: Iterable[tuple[OperationId, int | None]],
    folder: FolderId,
    along: Iterable[OperationId] = (),
) -> None:
    """The server moved these into `folder`, under that UID (None: not told; the next sync of the folder finds it).

    `along` are earlier moves of the same messages that this one made needless.
    """
    moved = list(moved)
    entries = {OperationId(row[0]): row for row in _rows(tx, [operation for operation, _ in moved])}
    if not tx.execute("SELECT 1 FROM folders WHERE id = ?", (folder,)).fetchone():
        # forgotten while the command ran: the folder and what is in it come with the next listing
        messages.remove(tx, [MessageId(row[1]) for row in entries.values()], reason="The folder is gone.")
        moved = []
    for operation, uid in moved:
        if operation not in entries:
            continue
        message, probe = MessageId(entries[operation][1]), entries[operation][7]
        if uid is None and probe is not None:
            uid = locations.arrived_as(tx, message, folder, probe)
        relocation.arrive(tx, message, folder, uid)
    settle(tx, [*along, *entries], State.DONE)


def finish_copy(tx: Transaction, copied: Iterable[tuple[OperationId, int | None]], folder: FolderId) -> None:
    """The server copied these into `folder`, under that UID (None: not told; the copy comes with its next sync)."""
    copied = list(copied)
    there = tx.execute("SELECT 1 FROM folders WHERE id = ?", (folder,)).fetchone() is not None
    entries = {row[0]: row for row in _rows(tx, [operation for operation, _ in copied])}
    for operation, uid in copied:
        if uid is not None and there and operation in entries:
            message = MessageId(entries[operation][1])
            known = locations.uid_map(tx.connection, folder, [uid]).get(uid)
            if known is None and locations.location(tx.connection, message) is not None:
                known = copies.duplicate(tx, message, folder, uid)
            tx.execute("UPDATE journal SET copy_id = ? WHERE id = ?", (known, operation))
    settle(tx, [OperationId(operation) for operation in entries], State.DONE)


def finish_needless(tx: Transaction, operations: Sequence[OperationId]) -> None:
    """These cancel each other: they are done without a word to the server."""
    settle(tx, operations, State.DONE)


def finish_expunge(tx: Transaction, operations: Sequence[OperationId]) -> None:
    """The server removed these for good."""
    gone = [MessageId(row[1]) for row in _rows(tx, operations)]
    settle(tx, operations, State.DONE)
    messages.remove(tx, gone, reason="The message was removed for good.")


def finish_gone(tx: Transaction, operations: Sequence[OperationId]) -> None:
    """The server no longer has these messages where they were: the operations have lost their object."""
    settle(tx, operations, State.DROPPED, "The message is no longer on the server.")


def finish_lost(tx: Transaction, lost: Sequence[MessageId]) -> None:
    """The server no longer has these messages anywhere: everything that waits for them has lost its object."""
    rows = tx.execute(
        f"SELECT id FROM journal WHERE {_WAITING} AND message_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(lost)),),
    )
    finish_gone(tx, [OperationId(row[0]) for row in rows.fetchall()])


def refuse(tx: Transaction, operations: Sequence[OperationId], reason: str) -> None:
    """The server said no: parked with its words; the message shows the server's truth again.

    A copy for another account that was to be appended is not shown any more, and its source shows again.
    """
    settle(tx, operations, State.REFUSED, reason)
    copies = [MessageId(row[0]) for row in tx.execute(
        "SELECT message_id FROM journal WHERE kind = 'append' AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(operations)),),
    )]  # fmt: skip
    if copies:
        tx.execute(
            f"UPDATE journal SET state = 'dropped', error = ? WHERE {_WAITING}"
            " AND message_id IN (SELECT value FROM json_each(?))",
            (storable.text(reason), json.dumps(copies)),
        )
        refold(tx, copies)
        transfers.sweep(tx, copies)


def retry(tx: Transaction, operation: OperationId) -> None:
    """Let a refused operation wait again.  Raises NotFound, NotPossible."""
    _parked(tx, operation)
    if not tx.execute(
        "SELECT 1 FROM journal j JOIN messages m ON m.id = j.message_id WHERE j.id = ?", (operation,)
    ).fetchone():
        raise NotPossible("The message is gone: there is nothing to be done any more.", "Give the operation up.")
    gone = tx.execute(
        "SELECT 1 FROM journal WHERE id = ? AND kind IN ('move', 'copy', 'append')"
        " AND folder_id NOT IN (SELECT id FROM folders)",
        (operation,),
    ).fetchone()
    if gone is not None:
        raise NotPossible("The folder it was to go to is gone.", "Give the operation up, then choose another folder.")
    # a move may have been done by half before it was refused (copied, not removed): it is looked for first
    sent = tx.execute(
        "SELECT 1 FROM journal WHERE id = ? AND kind IN ('move', 'copy') AND probe_uidnext IS NOT NULL", (operation,)
    ).fetchone()
    settle(tx, [operation], State.QUEUED if sent is None else State.UNKNOWN)
    for (copy,) in tx.execute(
        "SELECT message_id FROM journal WHERE id = ? AND kind = 'append'", (operation,)
    ).fetchall():
        transfers.restore(tx, MessageId(copy))


def drop(tx: Transaction, operation: OperationId) -> None:
    """Give up an operation that was refused or has not been sent.  Raises NotFound, NotPossible."""
    _parked(tx, operation, also=State.QUEUED)
    settle(tx, [operation], State.DROPPED, "Given up.")
    transfers.sweep(tx)


def _parked(tx: Transaction, operation: OperationId, also: State = State.REFUSED) -> None:
    row = tx.execute("SELECT state FROM journal WHERE id = ?", (operation,)).fetchone()
    if row is None:
        raise NotFound(f"There is no operation {operation}.", "`bocau journal` lists them.")
    if row[0] not in (State.REFUSED, also):
        raise NotPossible(f"Operation {operation} is {row[0]}; only what was refused can be changed.")


def settle(tx: Transaction, operations: Sequence[OperationId], state: State, error: str = "") -> None:
    """Give operations another state, and their messages what follows from it."""
    tx.executemany(
        "UPDATE journal SET state = ?, error = ? WHERE id = ?",
        [(state.value, storable.text(error), operation) for operation in operations],
    )
    rows = _rows(tx, operations)
    refold(tx, {MessageId(row[1]) for row in rows})
    tx.changed(journal={AccountId(row[6]) for row in rows})


Row = tuple[int, int, int, int, str, str, int, int | None]
"""Operation, message, flags and labels added and removed, account, probe."""


def _rows(tx: Transaction, operations: Iterable[OperationId]) -> list[Row]:
    return tx.execute(
        "SELECT id, message_id, add_flags, remove_flags, add_labels, remove_labels, account_id, probe_uidnext"
        " FROM journal WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(operations)),),
    ).fetchall()


@lru_cache(maxsize=1024)  # one act on many messages is one change
def _change(add: int, remove: int, add_labels: str, remove_labels: str) -> FlagChange:
    """Flags added and removed, labels added and removed, as the table holds them."""
    return FlagChange(Flag(add), Flag(remove), tuple(add_labels.split()), tuple(remove_labels.split()))


def _entry(row: tuple[Any, ...]) -> JournalEntry:
    return JournalEntry(
        id=OperationId(row[0]),
        act=ActId(row[1]),
        account=AccountId(row[2]),
        message=MessageId(row[3]),
        kind=Kind(row[4]),
        change=_change(*row[5:9]),
        folder=None if row[9] is None else FolderId(row[9]),
        state=State(row[10]),
        attempts=row[11],
        created=row[12],
        error=row[13],
        probe_uidnext=row[14],
        source=None if row[15] is None else MessageId(row[15]),
        copy=None if row[16] is None else MessageId(row[16]),
    )
