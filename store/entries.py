"""The rows of an act in the journal, as undo and redo look at them."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from store.model import AccountId, ActId, FolderId, MessageId
from store.operations import Kind

SENT = frozenset({"running", "unknown", "done"})
WAITING = frozenset({"queued", "refused"})
"""The states in which no server has done it: to take it back is to forget it."""
DECIDING = "state IN ('queued', 'running', 'unknown', 'done')"

_COLUMNS = (
    "id, act_id, message_id, kind, add_flags, remove_flags, add_labels, remove_labels, folder_id, prior_folder_id,"
    " copy_id, source_id, state, account_id"
)


class Entry(NamedTuple):
    """One row of the journal."""

    id: int
    act: ActId
    message: MessageId
    kind: str
    add: int
    remove: int
    add_labels: str
    remove_labels: str
    folder: FolderId | None
    prior: FolderId | None
    copy: MessageId | None
    source: MessageId | None
    state: str
    account: AccountId

    @property
    def messages(self) -> list[MessageId]:
        """Every message that it names."""
        return [one for one in (self.message, self.copy, self.source) if one is not None]

    @property
    def is_leaving(self) -> bool:
        """Whether it takes a message away that has a copy in another account."""
        return self.kind in (Kind.TRANSFER, Kind.EXPUNGE) and self.copy is not None


def whole(connection: sqlite3.Connection, act: ActId) -> list[ActId]:
    """An act with those that are undone with it."""
    rows = connection.execute("SELECT id FROM acts WHERE part_of = ? ORDER BY id", (act,))
    return [act, *(ActId(row[0]) for row in rows)]


def of(connection: sqlite3.Connection, acts: Sequence[ActId]) -> list[Entry]:
    """The rows of some acts, the last one first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM journal WHERE act_id IN (SELECT value FROM json_each(?)) ORDER BY id DESC",
        (json.dumps(acts),),
    )
    return [Entry(*row) for row in rows]


def about(connection: sqlite3.Connection, messages: Iterable[MessageId], which: str) -> list[Entry]:
    """The rows about some messages of acts for which the SQL `which` holds, oldest first; `a` is the act."""
    rows = connection.execute(
        f"SELECT {', '.join(f'j.{name}' for name in _COLUMNS.split(', '))} FROM journal j JOIN acts a"
        f" ON a.id = j.act_id WHERE j.message_id IN (SELECT value FROM json_each(?)) AND {which} ORDER BY j.id",
        (json.dumps(list(messages)),),
    )
    return [Entry(*row) for row in rows]
