"""The messages table: what a sync writes into it, from first arrival to removal."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from store import labels, locations, parts, rematching, storable, threads, transfers, twins
from store.database import Transaction
from store.erasing import erased
from store.fold import refold
from store.model import AccountId, Digest, Flag, FolderId, MessageId, ThreadId
from store.search import index
from store.search.prepared import Prepared, prepared


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that a server has and the store has not."""

    digest: Digest
    received: int
    """Unix seconds."""
    size: int
    flags: Flag = Flag.NONE
    labels: tuple[str, ...] = ()
    uid: int | None = None
    uidl: str | None = None
    server_id: str | None = None
    """The server's name for the message in whatever folder (see store/twins.py), None when it gives none."""
    raw: bytes | None = None
    """The whole message exactly as received, None when only its headers are here."""


_Known = TypeVar("_Known", tuple[MessageId, bytes, Digest], tuple[MessageId, Digest])

_GONE = "The message is no longer on the server."

_INSERT = (
    "INSERT INTO messages (id, account_id, server_folder_id, uid, server_flags, server_labels, folder_id, flags,"
    " labels, thread_id, message_id, from_name, from_address, recipients, copies, subject, date, received, size,"
    " attachments, preview, uidl, server_id, cached, topic)"
    " (VALUES)"
)


def reserve(tx: Transaction, count: int) -> MessageId:
    """Set aside `count` ids in a row and answer the first.

    A first sync brings the newest mail first.  Lists sort by (received, id), so where a migrated mailbox has one
    INTERNALDATE for all, only ids in the order of UIDs keep the newest on top.
    """
    first = _next_id(tx)
    if tx.execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'messages'", (count,)).rowcount == 0:
        tx.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('messages', ?)", (count,))
    return MessageId(first)


def add(
    tx: Transaction,
    account: AccountId,
    folder: FolderId,
    arrivals: Sequence[Arrival],
    numbers: Mapping[int, MessageId] | None = None,
) -> list[MessageId]:
    """Add messages to a folder and to the search index; answers their ids, in order.

    An arrival whose UID is known already only updates flags.  One that is the far end of a move whose UID the server
    did not tell (same folder, no UID, same Message-ID and size) takes over that row, so nothing is doubled.
    `numbers` gives reserved ids by UID; whoever is not named there gets the next one.
    """
    known = locations.uid_map(tx.connection, folder, [a.uid for a in arrivals if a.uid is not None])
    _adopt(tx, folder, [a for a in arrivals if a.uid is not None and a.uid not in known], known)
    next_id = _next_id(tx)
    ids: list[MessageId] = []
    again: list[tuple[int, Flag, tuple[str, ...]]] = []
    new: list[tuple[MessageId, Arrival]] = []
    for arrival in arrivals:
        if arrival.uid is not None and arrival.uid in known:
            again.append((arrival.uid, arrival.flags, arrival.labels))
            ids.append(known[arrival.uid])
            continue
        message = (numbers or {}).get(arrival.uid or 0)
        if message is None:
            message = MessageId(next_id)
            next_id += 1
        if arrival.uid is not None:
            known[arrival.uid] = message
        new.append((message, arrival))
        ids.append(message)
    _insert(tx, account, folder, new)
    set_server_flags(tx, folder, again)
    return ids


def store_bodies(tx: Transaction, bodies: Iterable[tuple[MessageId, bytes, Digest]]) -> None:
    """Keep the raw bytes of messages whose headers are known, and make their text searchable.

    Messages that were removed while their bodies came are left out.  The size stays what the server says: it is half
    of the key by which a message is found again, and Exchange's differs from the number of bytes.
    """
    rows = _present(tx, bodies)
    tx.with_rows("INSERT OR REPLACE INTO bodies (message_id, raw) (VALUES)", [(m, raw) for m, raw, _ in rows])
    tx.with_rows(
        "UPDATE messages SET cached = 2, attachments = new.column2, preview = new.column3 FROM ((VALUES)) AS new"
        " WHERE id = new.column1",
        [(message, *_contents(digest)) for message, _, digest in rows],
    )
    index.add_bodies(tx, [(message, digest) for message, _, digest in rows])
    parts.forget(tx, [message for message, _, _ in rows])
    twins.share_contents(tx, [message for message, _, _ in rows])
    tx.changed(messages=[message for message, _, _ in rows])


def exists(connection: sqlite3.Connection, message: MessageId) -> bool:
    """Whether a message is in the store."""
    return connection.execute("SELECT 1 FROM messages WHERE id = ?", (message,)).fetchone() is not None


def store_headers(tx: Transaction, wholes: Iterable[tuple[MessageId, bytes, Digest]]) -> None:
    """Fill in the headers of messages that a server gave out whole, but without a summary before."""
    rows = [(message, raw, digest, prepared(digest)) for message, raw, digest in _present(tx, wholes)]
    found = threads.assign(tx, [threads.newcomer(message, known) for message, _, _, known in rows])
    tx.executemany(
        "UPDATE messages SET thread_id = ?, message_id = ?, from_name = ?, from_address = ?, recipients = ?,"
        " copies = ?, subject = ?, date = ?, size = ?, topic = ? WHERE id = ?",
        [
            (
                thread, one.message_id, one.from_name, one.from_address, one.recipients, one.copies, one.subject,
                one.date, storable.count(len(raw)), one.topic, message,
            )
            for (message, raw, _, one), thread in zip(rows, found, strict=True)
        ],
    )  # fmt: skip
    threads.settle(tx, [(message, one, thread) for (message, _, _, one), thread in zip(rows, found, strict=True)])
    index.replace(tx, [(message, digest, known) for message, _, digest, known in rows])
    tx.changed(messages=[message for message, _, _, _ in rows])


def store_texts(tx: Transaction, texts: Iterable[tuple[MessageId, Digest]]) -> None:
    """Make the text of messages searchable whose whole stays on the server; those that are gone are left out."""
    rows = _present(tx, texts)
    tx.executemany(
        "UPDATE messages SET cached = max(cached, 1), attachments = ?, preview = ? WHERE id = ?",
        [(*_contents(digest), message) for message, digest in rows],
    )
    index.add_bodies(tx, rows)
    twins.share_contents(tx, [message for message, _ in rows])
    tx.changed(messages=[message for message, _ in rows])


def set_server_flags(
    tx: Transaction, folder: FolderId, flags: Iterable[tuple[int, Flag, tuple[str, ...] | None]]
) -> None:
    """Record what the server says of (uid, flags, labels) in a folder; unknown UIDs and equal flags cost nothing.

    `labels` None leaves the labels as they are.
    """
    wanted = {uid: (int(value), None if words is None else labels.written(words)) for uid, value, words in flags}
    if not wanted:
        return
    rows = tx.execute(
        "SELECT id, uid, server_flags, server_labels FROM messages WHERE server_folder_id = ?"
        " AND uid IN (SELECT value FROM json_each(?))",
        (folder, json.dumps(list(wanted))),
    ).fetchall()
    changed = []
    for message, uid, old_flags, old_labels in rows:
        new_flags, new_labels = wanted[uid]
        new_labels = old_labels if new_labels is None else new_labels
        if (new_flags, new_labels) != (old_flags, old_labels):
            changed.append((new_flags, new_labels, message))
    tx.executemany("UPDATE messages SET server_flags = ?, server_labels = ? WHERE id = ?", changed)
    tx.changed(messages=[MessageId(row[2]) for row in changed])
    if changed:
        refold(tx, [MessageId(row[2]) for row in changed])


def remove_uids(tx: Transaction, folder: FolderId, uids: Iterable[int]) -> list[MessageId]:
    """Remove messages that the server no longer has in this folder; what waited for them is dropped, with a reason.

    A message that is just being moved by us stays: the replay of that move learns where it went.
    """
    gone = _not_moving(tx, locations.uid_map(tx.connection, folder, uids).values())
    remove(tx, gone, reason=_GONE)
    return gone


def remove(tx: Transaction, messages: Iterable[MessageId], *, reason: str) -> None:
    """Remove messages with bodies and search entries; operations that wait for them are dropped with `reason`."""
    ids = json.dumps(list(messages))
    folders = [row[0] for row in tx.execute(
        "SELECT DISTINCT folder_id FROM messages WHERE id IN (SELECT value FROM json_each(?))", (ids,)
    )]  # fmt: skip
    tx.execute(
        "UPDATE journal SET state = 'dropped', error = ? WHERE state IN ('queued', 'running', 'unknown', 'refused')"
        " AND message_id IN (SELECT value FROM json_each(?))",
        (reason, ids),
    )
    twins.hand_over(tx, json.loads(ids))
    with erased(tx, json.loads(ids)):
        tx.execute("DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?))", (ids,))
    tx.changed(messages=[MessageId(i) for i in json.loads(ids)], folders=folders)
    transfers.sweep(tx, json.loads(ids))


def absorb(tx: Transaction, message: MessageId, newcomer: MessageId) -> None:
    """Make two rows of one message one: `message` keeps its id and takes what `newcomer` knows better.

    That is the server's latest flags and labels, the body when only the newcomer has one, and its operations.
    """
    for column in ("message_id", "copy_id", "source_id"):
        tx.execute(f"UPDATE journal SET {column} = ? WHERE {column} = ?", (message, newcomer))
    rows = tx.execute(
        "SELECT id, server_flags, server_labels, cached, attachments, preview FROM messages WHERE id IN (?, ?)",
        (message, newcomer),
    ).fetchall()
    of = {row[0]: row[1:] for row in rows}
    tx.execute("UPDATE messages SET server_flags = ?, server_labels = ? WHERE id = ?", (*of[newcomer][:2], message))
    if of[newcomer][2] > of[message][2]:
        tx.execute(
            "UPDATE messages SET cached = ?, attachments = ?, preview = ? WHERE id = ?", (*of[newcomer][2:], message)
        )
        tx.execute("DELETE FROM bodies WHERE message_id = ?", (message,))
        tx.execute("DELETE FROM search_bodies WHERE rowid = ?", (message,))
        tx.execute("UPDATE bodies SET message_id = ? WHERE message_id = ?", (message, newcomer))
        tx.execute("UPDATE search_bodies SET rowid = ? WHERE rowid = ?", (message, newcomer))
        parts.adopt(tx, message, newcomer)
    tx.execute(
        "UPDATE messages SET server_id = coalesce(server_id, (SELECT server_id FROM messages WHERE id = ?))"
        " WHERE id = ?",
        (newcomer, message),
    )
    remove(tx, [newcomer], reason="")
    refold(tx, [message])


def _not_moving(tx: Transaction, candidates: Iterable[MessageId]) -> list[MessageId]:
    ids = list(candidates)
    rows = tx.execute(
        "SELECT message_id FROM journal WHERE state IN ('running', 'unknown') AND kind IN ('move', 'expunge')"
        " AND message_id IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    )
    moving = {row[0] for row in rows}
    return [message for message in ids if message not in moving]


def _adopt(tx: Transaction, folder: FolderId, strangers: Sequence[Arrival], known: dict[int, MessageId]) -> None:
    """Give UIDs to rows of this folder that have none and are these messages; adds them to `known`."""
    if strangers and rematching.any_without_uid(tx, folder):
        known |= rematching.adopt(tx, folder, [_identity(arrival) for arrival in strangers])


def _identity(arrival: Arrival) -> rematching.Identity:
    digest, clean = arrival.digest, storable.text
    return rematching.Identity(
        arrival.uid or 0, clean(digest.message_id), storable.count(arrival.size), storable.time(arrival.received),
        clean(digest.sender.address), clean(digest.subject), arrival.server_id,
    )  # fmt: skip


def _insert(tx: Transaction, account: AccountId, folder: FolderId, new: Sequence[tuple[MessageId, Arrival]]) -> None:
    ready = [prepared(arrival.digest) for _, arrival in new]
    found = threads.assign(
        tx, [threads.newcomer(message, known) for (message, _), known in zip(new, ready, strict=True)]
    )
    tx.with_rows(
        _INSERT,
        [
            _row(account, folder, message, thread, arrival, known)
            for (message, arrival), thread, known in zip(new, found, ready, strict=True)
        ],
    )
    threads.settle(tx, [(row[0], known, thread) for row, known, thread in zip(new, ready, found, strict=True)])
    tx.with_rows("INSERT INTO bodies (message_id, raw) (VALUES)", [(m, a.raw) for m, a in new if a.raw is not None])
    index.add(tx, [(message, arrival.digest, known) for (message, arrival), known in zip(new, ready, strict=True)])
    twins.inherit(tx, [message for message, arrival in new if arrival.server_id is not None])
    tx.changed(messages=[message for message, _ in new], folders=[folder] if new else [])


def _present(tx: Transaction, rows: Iterable[_Known]) -> list[_Known]:
    """Those rows whose message, the first value, is still in the store."""
    all_rows = list(rows)
    found = tx.execute(
        "SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?))", (json.dumps([r[0] for r in all_rows]),)
    )
    present = {row[0] for row in found}
    return [row for row in all_rows if row[0] in present]


def _next_id(tx: Transaction) -> int:
    row = tx.execute("SELECT seq FROM sqlite_sequence WHERE name = 'messages'").fetchone()
    return 1 if row is None else row[0] + 1


def _row(
    account: AccountId, folder: FolderId, message: MessageId, thread: ThreadId, arrival: Arrival, known: Prepared
) -> tuple[object, ...]:
    clean = storable.text
    flags, words = int(arrival.flags), labels.written(arrival.labels)
    return (
        message, account, folder, arrival.uid, flags, words, folder, flags, words, thread,
        *known[:7],  # message_id to date
        storable.time(arrival.received), storable.count(arrival.size), *_contents(arrival.digest),
        None if arrival.uidl is None else clean(arrival.uidl),
        None if arrival.server_id is None else clean(arrival.server_id), 0 if arrival.raw is None else 2,
        known.topic,
    )  # fmt: skip


def _contents(digest: Digest) -> tuple[int, str]:
    return storable.count(digest.attachments), storable.text(digest.preview)
