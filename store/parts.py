"""Parts of messages that are not here whole: their structure, the sections that are here, slices on their way."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from store import structure, twins
from store.database import Transaction
from store.model import FolderId, MessageId
from store.structure import Structure

WHOLE = ""
"""The name of the section that is the whole message (`BODY[]`)."""
READABLE = "text"
"""In the place of a section, when a message is asked for: what the reader shows of it; of a large one its texts."""
READ_BYTES = 8 << 20
"""Octets of text and headers that are read of one message at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server holds a message; what came from another place is never joined with what comes from here."""

    folder: FolderId
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What is here of one message."""

    structure: Structure
    place: Place
    texts: Mapping[str, bytes]
    """Headers (`HEADER`, `1.MIME`) and text parts by section, as transferred; of some perhaps only the beginning."""
    complete: frozenset[str]
    """The sections that are here to their end, whatever they hold."""
    begun: Mapping[str, int]
    """Octets that are here of sections that are on their way, or were when the connection ended."""


def keep_structure(tx: Transaction, message: MessageId, place: Place, tree: Structure) -> None:
    """Keep what the server says of a message's parts; of another structure sections and slices are dropped with it."""
    said = structure.written(tree)
    row = tx.execute("SELECT tree FROM structures WHERE message_id = ?", (message,)).fetchone()
    if row is None or row[0] != said:
        forget(tx, [message])
    tx.execute(
        "INSERT OR REPLACE INTO structures (message_id, folder_id, uidvalidity, uid, tree)"
        " SELECT id, ?, ?, ?, ? FROM messages WHERE id = ?",
        (place.folder, place.uidvalidity, place.uid, said, message),
    )
    tx.changed(messages=[message])


def keep_sections(tx: Transaction, message: MessageId, sections: Mapping[str, tuple[bytes, bool]]) -> None:
    """Keep sections as (content, whether it is complete); nothing when the message is gone."""
    tx.executemany(
        "INSERT OR REPLACE INTO sections (message_id, section, content, complete)"
        " SELECT id, ?, ?, ? FROM messages WHERE id = ?",
        [(name, content, complete, message) for name, (content, complete) in sections.items()],
    )
    tx.changed(messages=[message])


def stored(connection: sqlite3.Connection, message: MessageId) -> Stored | None:
    """What is here of a message itself, None when its structure is not; attachments are told, not read."""
    row = connection.execute(
        "SELECT tree, folder_id, uidvalidity, uid FROM structures WHERE message_id = ?", (message,)
    ).fetchone()
    if row is None:
        return None
    tree = structure.read(row[0])
    texty = {part.section for part in tree.walk() if part.type.startswith(("text/", "message/"))}
    texts: dict[str, bytes] = {}
    complete: set[str] = set()
    room = READ_BYTES
    for name, whole, size in connection.execute(
        "SELECT section, complete, length(content) FROM sections WHERE message_id = ? ORDER BY id", (message,)
    ).fetchall():
        if whole:
            complete.add(name)
        if size <= room and (name in texty or name.endswith(("HEADER", "MIME"))):
            room -= size
            texts[name] = content(connection, message, name) or b""
    begun = connection.execute(
        "SELECT section, max(start + length(content)) FROM slices WHERE message_id = ? GROUP BY section", (message,)
    )
    return Stored(tree, Place(FolderId(row[1]), row[2], row[3]), texts, frozenset(complete), dict(begun))


def readable(connection: sqlite3.Connection, message: MessageId) -> Stored | None:
    """What is here of a message, or else of a twin of it, which holds the same."""
    found = stored(connection, message)
    if found is None:
        others = twins.of(connection, [message]).get(message, [])
        found = next((held for twin in others if (held := stored(connection, twin))), None)
    return found


def content(connection: sqlite3.Connection, message: MessageId, section: str) -> bytes | None:
    """One section as transferred, from a twin where one holds it; None when it is not here."""
    for holder in (message, *twins.of(connection, [message]).get(message, ())):
        row = connection.execute(
            "SELECT content FROM sections WHERE message_id = ? AND section = ?", (holder, section)
        ).fetchone()
        if row is not None:
            return bytes(row[0])
    return None


def is_complete(connection: sqlite3.Connection, message: MessageId, section: str) -> bool:
    """Whether a section, or the whole message (WHOLE), is here to its end."""
    if section == WHOLE:
        found = connection.execute("SELECT 1 FROM messages WHERE id = ? AND cached = 2", (message,))
    else:
        found = connection.execute(
            "SELECT 1 FROM sections WHERE message_id = ? AND section = ? AND complete", (message, section)
        )
    return found.fetchone() is not None


def arrived(connection: sqlite3.Connection, message: MessageId, section: str, place: Place | None = None) -> int:
    """Octets of a section that are here in slices; with `place` only what came from there counts."""
    sql = "SELECT max(start + length(content)) FROM slices WHERE message_id = ? AND section = ?"
    if place is None:
        row = connection.execute(sql, (message, section)).fetchone()
    else:
        row = connection.execute(
            f"{sql} AND folder_id = ? AND uidvalidity = ? AND uid = ?",
            (message, section, place.folder, place.uidvalidity, place.uid),
        ).fetchone()
    return int(row[0] or 0)


def first_slice(connection: sqlite3.Connection, message: MessageId, section: str) -> bytes:
    """The first slice of a section, empty when there is none."""
    row = connection.execute(
        "SELECT content FROM slices WHERE message_id = ? AND section = ? AND start = 0", (message, section)
    ).fetchone()
    return b"" if row is None else row[0]


def add_slice(tx: Transaction, message: MessageId, section: str, place: Place, start: int, octets: bytes) -> bool:
    """Keep the next slice; False, and nothing is kept, when it does not follow on what is here from that place.

    That is so when the message is gone, or when somebody else has brought or finished the section meanwhile.
    A slice that starts at 0 takes the place of all that was here.
    """
    if start == 0:
        drop_slices(tx, message, section)
    elif arrived(tx.connection, message, section, place) != start:
        return False
    added = tx.execute(
        "INSERT INTO slices (message_id, section, start, folder_id, uidvalidity, uid, content)"
        " SELECT id, ?, ?, ?, ?, ?, ? FROM messages WHERE id = ?",
        (section, start, place.folder, place.uidvalidity, place.uid, octets, message),
    )
    tx.changed(messages=[message])
    return added.rowcount == 1


def drop_slices(tx: Transaction, message: MessageId, section: str) -> None:
    """Drop what has arrived of a section."""
    tx.execute("DELETE FROM slices WHERE message_id = ? AND section = ?", (message, section))


def join(tx: Transaction, message: MessageId, section: str, place: Place) -> bool:
    """Make the slices of a section one: a complete section, or the message's raw bytes (WHOLE).

    False when there are none, or not all from `place`.  One slice is in memory at a time, however long the whole is.
    """
    size = arrived(tx.connection, message, section, place)
    if not size or size != arrived(tx.connection, message, section):
        return False
    if section == WHOLE:
        tx.execute("INSERT OR REPLACE INTO bodies (message_id, raw) VALUES (?, zeroblob(?))", (message, size))
        _fill(tx.connection, "bodies", "raw", message, slices(tx.connection, message, section))
        tx.execute("UPDATE messages SET cached = 2 WHERE id = ?", (message,))
        twins.share_contents(tx, [message])
        forget(tx, [message])
    else:
        row = tx.execute(
            "INSERT OR REPLACE INTO sections (message_id, section, complete, content) VALUES (?, ?, 1, zeroblob(?))"
            " RETURNING id",
            (message, section, size),
        ).fetchone()
        _fill(tx.connection, "sections", "content", row[0], slices(tx.connection, message, section))
        drop_slices(tx, message, section)
    tx.changed(messages=[message])
    return True


def slices(connection: sqlite3.Connection, message: MessageId, section: str) -> Iterator[bytes]:
    """The slices of a section in order, one in memory at a time."""
    rows = connection.execute(
        "SELECT content FROM slices WHERE message_id = ? AND section = ? ORDER BY start", (message, section)
    )
    return (row[0] for row in rows)


def _fill(connection: sqlite3.Connection, table: str, column: str, row: int, pieces: Iterable[bytes]) -> None:
    with connection.blobopen(table, column, row) as blob:
        for piece in pieces:
            blob.write(piece)


def forget(tx: Transaction, messages: Iterable[MessageId]) -> None:
    """Drop structures, sections and slices of messages: they are here whole, or have to be asked for again."""
    ids = json.dumps(list(messages))
    for table in ("structures", "sections", "slices"):
        tx.execute(f"DELETE FROM {table} WHERE message_id IN (SELECT value FROM json_each(?))", (ids,))


def adopt(tx: Transaction, message: MessageId, newcomer: MessageId) -> None:
    """Give one message what is here of another row of the same message."""
    forget(tx, [message])
    for table in ("structures", "sections", "slices"):
        tx.execute(f"UPDATE {table} SET message_id = ? WHERE message_id = ?", (message, newcomer))
