"""Folders that a server built anew: how often lately, and what became of messages not found again."""

import json
import sqlite3
from collections.abc import Sequence

from store import journal, locations, messages, relocation
from store.database import Transaction
from store.model import FolderId, MessageId, OperationId
from store.operations import Kind, State

DAY = 86_400
_GONE = "The message is no longer on the server."
_AWAY = "The message is no longer in that folder on the server: another program may have moved or removed it."
_LOST = "The server rebuilt the folder, and the message could not be found again."


def count(connection: sqlite3.Connection, folder: FolderId, now: int) -> int:
    """How often a folder was built anew in the day before `now` (Unix seconds)."""
    row = connection.execute(
        "SELECT count(*) FROM folder_rebuilds WHERE folder_id = ? AND at > ?", (folder, now - DAY)
    ).fetchone()
    return int(row[0])


def record(tx: Transaction, folder: FolderId, now: int) -> None:
    """Remember that a folder was built anew at `now` (Unix seconds); what is older than a day is forgotten."""
    tx.execute("DELETE FROM folder_rebuilds WHERE folder_id = ? AND at <= ?", (folder, now - DAY))
    tx.execute(
        "INSERT INTO folder_rebuilds (folder_id, at)"
        " SELECT ?1, max(?2, coalesce(max(at) + 1, 0)) FROM folder_rebuilds WHERE folder_id = ?1",
        (folder, now),
    )


def remove_lost(tx: Transaction, folder: FolderId, candidates: Sequence[MessageId]) -> None:
    """Remove those of `candidates` that still have no UID in this folder though it was listed in full.

    What waits for them is refused with a reason, so that the user sees it; a removal has got what it wanted.  Of a
    move that may have been carried out the target's next sync decides; what is on the wire now stays as it is.
    """
    still = set(locations.orphans(tx.connection, folder))
    lost = [message for message in candidates if message in still]
    # a move of ours brought these, and the server did not tell where to: no rebuild is why they are not found
    brought = relocation.probes(tx.connection, lost)
    rows = _waiting(tx, lost)
    running = {row[1] for row in rows if row[3] == State.RUNNING}
    moves = [row for row in rows if row[2] == Kind.MOVE and row[3] == State.UNKNOWN and row[1] not in running]
    _give_to_targets(tx, moves)
    spared = running.union(row[1] for row in moves)
    messages.remove(tx, [message for message in lost if message not in spared], reason=_GONE)
    for reason, mine in ((_AWAY, True), (_LOST, False)):
        refused = [row for row in rows if row[1] not in spared and row[2] not in (Kind.EXPUNGE, Kind.TRANSFER)]
        journal.refuse(tx, [OperationId(row[0]) for row in refused if (row[1] in brought) is mine], reason)


def settle_moves(tx: Transaction, folder: FolderId) -> None:
    """Leave moves out of a folder that is gone, and that may have been carried out, to their targets' next sync.

    That is for messages without UID there; of others the replay looks where they are.
    """
    rows = _waiting(tx, locations.orphans(tx.connection, folder))
    moves = [row for row in rows if row[2] == Kind.MOVE and row[3] == State.UNKNOWN and row[4] != folder]
    _give_to_targets(tx, moves)


Row = tuple[int, int, str, str, int]
"""Operation, message, kind, state, target."""


def _waiting(tx: Transaction, lost: Sequence[MessageId]) -> list[Row]:
    return tx.execute(
        "SELECT id, message_id, kind, state, folder_id FROM journal WHERE state IN ('queued', 'running', 'unknown')"
        " AND message_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(lost)),),
    ).fetchall()


def _give_to_targets(tx: Transaction, moves: Sequence[Row]) -> None:
    for operation, _, _, _, target in moves:
        journal.finish_move(tx, [(OperationId(operation), None)], FolderId(target))
