"""effective row = fold(pending operations, server truth): the one place where it is computed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from store import labels
from store.database import Transaction
from store.model import FolderId, MessageId

_PENDING = "state IN ('queued', 'running', 'unknown')"


@dataclass(slots=True)
class _Effective:
    """The state of one message while operations are folded in."""

    flags: int
    labels: str
    folder: int | None
    pending: int = 0


def refold(tx: Transaction, messages: Iterable[MessageId]) -> None:
    """Compute flags, labels, folder and pending count of these messages anew, and name what changed.

    Called in the same transaction after every local operation and after every write of server truth, so that a sync
    never overwrites what waits, and undo or refusal is only "take the operation away and fold again".
    """
    ids = json.dumps(sorted(messages))
    truth = {
        row[0]: row[1:]
        for row in tx.execute(
            "SELECT id, server_flags, server_labels, server_folder_id, flags, labels, folder_id, pending FROM messages"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (ids,),
        )
    }
    folded = {message: _Effective(*row[:3]) for message, row in truth.items()}
    operations = tx.execute(
        "SELECT message_id, kind, add_flags, remove_flags, add_labels, remove_labels, folder_id FROM journal"
        f" WHERE {_PENDING} AND message_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (ids,),
    )
    for message, kind, add, remove, add_labels, remove_labels, folder in operations:
        if message in folded:
            effective = folded[message]
            effective.pending += 1
            if kind == "flags":
                effective.flags = (effective.flags | add) & ~remove
                effective.labels = labels.changed(effective.labels, add_labels, remove_labels)
            elif kind != "copy":  # a move, or an expunge, whose folder is NULL
                effective.folder = folder
    _store(tx, truth, folded)


def _store(
    tx: Transaction, truth: dict[int, tuple[int, str, int, int, str, int, int]], folded: dict[int, "_Effective"]
) -> None:
    changed: list[tuple[int, str, int | None, int, int]] = []
    touched: set[int | None] = set()
    for message, now in folded.items():
        _, _, _, old_flags, old_labels, old_folder, old_pending = truth[message]
        if (now.flags, now.labels, now.folder, now.pending) != (old_flags, old_labels, old_folder, old_pending):
            changed.append((now.flags, now.labels, now.folder, now.pending, message))
            touched.update((now.folder, old_folder))
    tx.with_rows(
        "UPDATE messages SET flags = new.column1, labels = new.column2, folder_id = new.column3, pending = new.column4"
        " FROM ((VALUES)) AS new WHERE id = new.column5",
        changed,
    )
    tx.changed(
        messages=[MessageId(row[4]) for row in changed],
        folders=[FolderId(folder) for folder in touched if folder is not None],
    )
