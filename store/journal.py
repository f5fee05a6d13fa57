"""The journal: the durable list of operations that wait for a server, and what became of them."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from store import locations, messages, storable
from store.database import Transaction
from store.errors import NotFound, NotPossible
from store.fold import refold
from store.model import AccountId, ActId, Flag, FolderId, MessageId, OperationId
from store.operations import JournalEntry, Kind, State

_ENTRY = (
    "SELECT id, act_id, account_id, message_id, kind, add_flags, remove_flags, folder_id, state, attempts, created,"
    " error, probe_uidnext FROM journal"
)
_WAITING = "state IN ('queued', 'running', 'unknown')"


def waiting(connection: sqlite3.Connection, account: AccountId) -> list[JournalEntry]:
    """What an account still has to send, oldest first."""
    rows = connection.execute(f"{_ENTRY} WHERE {_WAITING} AND account_id = ? ORDER BY id", (account,))
    return [_entry(row) for row in rows]


def waiting_counts(connection: sqlite3.Connection) -> dict[AccountId, int]:
    """Account -> operations that wait for its server."""
    rows = connection.execute(f"SELECT account_id, count(*) FROM journal WHERE {_WAITING} GROUP BY account_id")
    return {AccountId(row[0]): row[1] for row in rows}


def unfinished(connection: sqlite3.Connection) -> list[JournalEntry]:
    """What waits and what was refused, of every account, oldest first."""
    rows = connection.execute(f"{_ENTRY} WHERE {_WAITING} OR state = 'refused' ORDER BY id")
    return [_entry(row) for row in rows]


def history(connection: sqlite3.Connection, limit: int = 100) -> list[tuple[ActId, str, int, bool]]:
    """(act, title, Unix seconds, whether it was undone), newest first."""
    rows = connection.execute("SELECT id, title, created, undone FROM acts ORDER BY id DESC LIMIT ?", (limit,))
    return [(ActId(row[0]), row[1], row[2], bool(row[3])) for row in rows]


def recover(tx: Transaction, account: AccountId) -> None:
    """What was being sent when its process died is unknown: the replay looks before it sends again."""
    tx.execute("UPDATE journal SET state = 'unknown' WHERE state = 'running' AND account_id = ?", (account,))


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
    """The server surely did not do these: they wait again."""
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


def finish_flags(tx: Transaction, operations: Sequence[OperationId]) -> None:
    """The server stored these flags: they become its truth."""
    rows = _rows(tx, operations)
    tx.executemany(
        "UPDATE messages SET server_flags = (server_flags | ?) & ~? WHERE id = ?", [(r[2], r[3], r[1]) for r in rows]
    )
    _settle(tx, operations, State.DONE)


def finish_move(tx: Transaction, moved: Iterable[tuple[OperationId, int | None]], folder: FolderId) -> None:
    """The server moved these into `folder`, under that UID (None: not told; the next sync of the folder finds it).

    When a sync of the target was faster and has stored the same UID as a new message, that newcomer goes: the row the
    user acted on keeps its id.
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
        message, probe = MessageId(entries[operation][1]), entries[operation][5]
        if uid is None and probe is not None:
            uid = locations.arrived_as(tx, message, folder, probe)
        newcomer = None if uid is None else locations.uid_map(tx.connection, folder, [uid]).get(uid)
        if newcomer is not None and newcomer != message and locations.location(tx.connection, message) is not None:
            messages.absorb(tx, message, newcomer)
        tx.execute("UPDATE messages SET server_folder_id = ?, uid = ? WHERE id = ?", (folder, uid, message))
        tx.changed(messages=[message], folders=[folder])
    _settle(tx, list(entries), State.DONE)


def finish_expunge(tx: Transaction, operations: Sequence[OperationId]) -> None:
    """The server removed these for good."""
    gone = [MessageId(row[1]) for row in _rows(tx, operations)]
    _settle(tx, operations, State.DONE)
    messages.remove(tx, gone, reason="The message was removed for good.")


def finish_gone(tx: Transaction, operations: Sequence[OperationId]) -> None:
    """The server no longer has these messages where they were: the operations have lost their object."""
    _settle(tx, operations, State.DROPPED, "The message is no longer on the server.")


def refuse(tx: Transaction, operations: Sequence[OperationId], reason: str) -> None:
    """The server said no: parked with its words; the message shows the server's truth again."""
    _settle(tx, operations, State.REFUSED, reason)


def retry(tx: Transaction, operation: OperationId) -> None:
    """Let a refused operation wait again.  Raises NotFound, NotPossible."""
    _parked(tx, operation)
    gone = tx.execute(
        "SELECT 1 FROM journal WHERE id = ? AND kind = 'move' AND folder_id NOT IN (SELECT id FROM folders)",
        (operation,),
    ).fetchone()
    if gone is not None:
        raise NotPossible("The folder it was to be moved to is gone.", "Give the operation up, then move it elsewhere.")
    _settle(tx, [operation], State.QUEUED)


def drop(tx: Transaction, operation: OperationId) -> None:
    """Give up an operation that was refused or has not been sent.  Raises NotFound, NotPossible."""
    _parked(tx, operation, also=State.QUEUED)
    _settle(tx, [operation], State.DROPPED, "Given up.")


def _parked(tx: Transaction, operation: OperationId, also: State = State.REFUSED) -> None:
    row = tx.execute("SELECT state FROM journal WHERE id = ?", (operation,)).fetchone()
    if row is None:
        raise NotFound(f"There is no operation {operation}.", "`bocau journal` lists them.")
    if row[0] not in (State.REFUSED, also):
        raise NotPossible(f"Operation {operation} is {row[0]}; only what was refused can be changed.")


def _settle(tx: Transaction, operations: Sequence[OperationId], state: State, error: str = "") -> None:
    tx.executemany(
        "UPDATE journal SET state = ?, error = ? WHERE id = ?",
        [(state.value, storable.text(error), operation) for operation in operations],
    )
    rows = _rows(tx, operations)
    refold(tx, {MessageId(row[1]) for row in rows})
    tx.changed(journal={AccountId(row[4]) for row in rows})


def _rows(tx: Transaction, operations: Iterable[OperationId]) -> list[tuple[int, int, int, int, int, int | None]]:
    return tx.execute(
        "SELECT id, message_id, add_flags, remove_flags, account_id, probe_uidnext FROM journal"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(operations)),),
    ).fetchall()


def _entry(row: tuple[int, int, int, int, str, int, int, int | None, str, int, int, str, int | None]) -> JournalEntry:
    return JournalEntry(
        id=OperationId(row[0]),
        act=ActId(row[1]),
        account=AccountId(row[2]),
        message=MessageId(row[3]),
        kind=Kind(row[4]),
        add=Flag(row[5]),
        remove=Flag(row[6]),
        folder=None if row[7] is None else FolderId(row[7]),
        state=State(row[8]),
        attempts=row[9],
        created=row[10],
        error=row[11],
        probe_uidnext=row[12],
    )
