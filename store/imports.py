"""What an import asks of the store: which messages are there already, and the folders that they go into."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from store import bodies, folder_changes, folders, storable
from store.database import Transaction
from store.errors import NotFound, NotPossible
from store.folder_changes import CreateFolder
from store.model import AccountId, FolderId, MessageId


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that may be there already."""

    message_id: str
    """With its angle brackets, empty when it has none."""
    raw: bytes


def latest(connection: sqlite3.Connection) -> MessageId:
    """The highest id that any message ever had."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'messages'").fetchone()
    return MessageId(0 if row is None else row[0])


def ensure_folder(tx: Transaction, account: AccountId, path: str) -> FolderId:
    """The folder of that path or role, made when there is none.  Raises NotPossible when it can hold no messages."""
    try:
        folder = folders.by_path(tx.connection, account, path)
    except NotFound:
        folder_changes.check(tx.connection, account, CreateFolder(path))
        return folders.add_local(tx, account, path, None)
    if not folder.selectable:
        raise NotPossible(f"The folder {path!r} only holds other folders, no messages.")
    return folder.id


def copies(
    connection: sqlite3.Connection, folder: FolderId, candidates: Sequence[Candidate], upto: MessageId, *, exact: bool
) -> list[int]:
    """How many copies of each candidate a folder holds, among messages whose ids are not above `upto`.

    `exact` compares byte for byte.  Otherwise the ends of lines do not count, since servers make them CRLF, and a
    message whose bytes are not on this disk is a copy when Message-ID and size are the same.
    """
    rows = _rows(connection, folder, candidates, upto)
    return [
        sum(_same(connection, one, *row, exact=exact) for row in rows.get(_key(one), ())) if rows else 0
        for one in candidates
    ]


Row = tuple[MessageId, int]
"""(id, size)."""


def _rows(
    connection: sqlite3.Connection, folder: FolderId, candidates: Sequence[Candidate], upto: MessageId
) -> dict[str, list[Row]]:
    """The messages of the folder with the candidates' Message-IDs; of those without, all."""
    found: dict[str, list[Row]] = defaultdict(list)
    names = {_key(one) for one in candidates}
    for message_id, message, size in connection.execute(
        # left to itself SQLite walks through the whole folder, for each batch
        "SELECT message_id, id, size FROM messages INDEXED BY messages_by_message_id"
        " WHERE message_id <> '' AND folder_id = ? AND id <= ?"
        " AND message_id IN (SELECT value FROM json_each(?))",
        (folder, upto, json.dumps([name for name in names if name])),
    ):
        found[message_id].append((message, size))
    if "" in names:
        sizes = {size for one in candidates if not one.message_id for size in _sizes(one.raw)}
        rows = connection.execute(
            "SELECT id, size FROM messages WHERE folder_id = ? AND id <= ? AND message_id = ''"
            " AND size IN (SELECT value FROM json_each(?))",
            (folder, upto, json.dumps(list(sizes))),
        )
        found[""] = list(rows)
    return found


def _key(one: Candidate) -> str:
    return storable.text(one.message_id)


def _sizes(raw: bytes) -> tuple[int, int]:
    """The octets of a message as it is, and with CRLF at the end of every line."""
    return len(raw), len(raw) + raw.count(b"\n") - raw.count(b"\r\n")


def _same(connection: sqlite3.Connection, one: Candidate, message: MessageId, size: int, *, exact: bool) -> bool:
    if exact and size != len(one.raw):
        return False
    raw = bodies.raw(connection, message)
    if raw is None:
        return bool(one.message_id) and size in _sizes(one.raw)
    return raw == one.raw or (not exact and raw.replace(b"\r\n", b"\n") == one.raw.replace(b"\r\n", b"\n"))
