"""Messages that go to another account: the copy there, and its source, which waits for the copy to be safe.

A copy that no server has yet is a row without server folder, shown where it is to be by its `append`.  A move has a
`transfer` on the source besides, which hides it; when the copy is in its folder the transfer becomes the removal of
the source, and when the copy cannot be there the source shows again.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from store import copies
from store.database import Transaction
from store.fold import refold
from store.model import AccountId, ActId, FolderId, MessageId
from store.operations import Kind, State

_WAITING = "state IN ('queued', 'running', 'unknown')"
_OPEN = "kind IN ('append', 'transfer') AND state IN ('queued', 'running', 'unknown', 'refused')"
"""As the index journal_crossing says it, word for word: so it is used."""
_GIVEN = "IN (SELECT value FROM json_each(?))"
_LOST = "The message was removed before it was copied."
_ENDED = "The copy was not made."


class Departure(NamedTuple):
    """A message that is to have a copy in a folder of another account."""

    message: MessageId
    account: AccountId
    flags: int
    folder: FolderId | None
    target: FolderId
    leaves: bool
    """Whether it is moved: the source goes when the copy is safe."""


def is_local(connection: sqlite3.Connection, account: AccountId) -> bool:
    """Whether an account's folders are on this disk alone (POP3), so that what is done to its mail is done."""
    row = connection.execute("SELECT protocol = 'pop3' FROM accounts WHERE id = ?", (account,)).fetchone()
    return row is not None and bool(row[0])


def is_lent(connection: sqlite3.Connection, message: MessageId) -> bool:
    """Whether a copy for another account still waits for the bytes of a message."""
    row = connection.execute(
        "SELECT 1 FROM journal j JOIN messages c ON c.id = j.message_id WHERE j.source_id = ? AND j.kind = 'append'"
        f" AND j.{_WAITING} AND c.cached < 2",
        (message,),
    ).fetchone()
    return row is not None


def begin(tx: Transaction, act: ActId, now: int, departures: Sequence[Departure]) -> None:
    """Make the copies and write what waits; a whole message that goes to a local folder is there at once."""
    for one in departures:
        (account,) = tx.execute("SELECT account_id FROM folders WHERE id = ?", (one.target,)).fetchone()
        placed = is_local(tx.connection, account) and copies.is_whole(tx.connection, one.message)
        copy = copies.for_account(tx, one.message, one.target, placed=placed)
        tx.execute(
            "INSERT INTO journal (act_id, account_id, message_id, kind, folder_id, source_id, state, created)"
            " VALUES (?, ?, ?, 'append', ?, ?, ?, ?)",
            (act, account, copy, one.target, one.message, State.DONE if placed else State.QUEUED, now),
        )
        if one.leaves:
            tx.execute(
                "INSERT INTO journal (act_id, account_id, message_id, kind, prior_flags, prior_folder_id, copy_id,"
                " created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    act, one.account, one.message, Kind.EXPUNGE if placed else Kind.TRANSFER,
                    one.flags, one.folder, copy, now,
                ),
            )  # fmt: skip
        refold(tx, [one.message, copy])
        # the source's account too: it may have to bring the message first
        tx.changed(journal=[AccountId(account), one.account])


def leaving(tx: Transaction, copy: MessageId) -> list[MessageId]:
    """The copy is safe: its source is to be removed on its server; answers sources that are on this disk alone.

    Those the caller removes, in the same transaction.
    """
    rows = tx.execute(
        "SELECT j.id, j.message_id, j.account_id FROM journal j"
        " WHERE j.copy_id = ? AND j.kind = 'transfer' AND j.state = 'queued'",
        (copy,),
    ).fetchall()
    here: list[MessageId] = []
    for operation, message, account in rows:
        local = is_local(tx.connection, account)
        state = State.DONE if local else State.QUEUED
        tx.execute("UPDATE journal SET kind = 'expunge', state = ? WHERE id = ?", (state.value, operation))
        here += [MessageId(message)] if local else []
        tx.changed(journal=[AccountId(account)])
    return here


def sweep(tx: Transaction, touched: Iterable[MessageId] | None = None) -> None:
    """After operations or messages went: end what has lost its other half, so that nothing stays hidden for ever.

    `touched` are the messages that it was about, None for whichever there are.
    """
    if tx.execute(f"SELECT 1 FROM journal WHERE {_OPEN} LIMIT 1").fetchone() is None and not _any_unplaced(tx):
        return
    copies = json.dumps(sorted(_concerned(tx, touched)))
    rows = tx.execute(
        # nothing to append: the copy is gone, or its bytes were not here yet and the source is gone
        f"UPDATE journal SET state = 'dropped', error = ? WHERE kind = 'append' AND {_OPEN} AND message_id {_GIVEN}"
        " AND (message_id NOT IN (SELECT id FROM messages) OR source_id IS NOT NULL"
        " AND source_id NOT IN (SELECT id FROM messages)"
        " AND EXISTS (SELECT 1 FROM messages m"
        " WHERE m.id = journal.message_id AND m.server_folder_id IS NULL AND m.cached < 2)) RETURNING account_id",
        (_LOST, copies),
    ).fetchall()
    _remove_copies(tx, copies)
    released = tx.execute(
        f"UPDATE journal SET state = 'dropped', error = ? WHERE kind = 'transfer' AND {_WAITING} AND copy_id {_GIVEN}"
        f" AND NOT EXISTS (SELECT 1 FROM journal a WHERE a.kind = 'append' AND a.message_id = journal.copy_id"
        f" AND a.{_WAITING}) RETURNING message_id, account_id",
        (_ENDED, copies),
    ).fetchall()
    refold(tx, [MessageId(row[0]) for row in released])
    tx.changed(journal=[AccountId(row[-1]) for row in (*rows, *released)])


def _any_unplaced(tx: Transaction) -> bool:
    return tx.execute("SELECT 1 FROM messages WHERE server_folder_id IS NULL LIMIT 1").fetchone() is not None


def _unplaced(tx: Transaction) -> list[MessageId]:
    """The copies that no server has."""
    rows = tx.execute("SELECT id FROM messages WHERE server_folder_id IS NULL").fetchall()
    return [MessageId(row[0]) for row in rows]


def _concerned(tx: Transaction, touched: Iterable[MessageId] | None) -> set[MessageId]:
    """The copies, there or gone, that messages are, or were to become."""
    if touched is None:
        rows = tx.execute(f"SELECT iif(kind = 'append', message_id, copy_id) FROM journal WHERE {_OPEN}").fetchall()
        return {*_unplaced(tx), *(MessageId(row[0]) for row in rows)}
    ids = set(touched)
    rows = tx.execute(f"SELECT message_id FROM journal WHERE source_id {_GIVEN}", (json.dumps(list(ids)),)).fetchall()
    return ids.union(MessageId(row[0]) for row in rows)


def _remove_copies(tx: Transaction, copies: str) -> None:
    """Remove those of the copies that no server has, and that nothing will bring to one any more."""
    gone = tx.execute(
        f"SELECT id, folder_id FROM messages m WHERE id {_GIVEN} AND +server_folder_id IS NULL AND NOT EXISTS"
        f" (SELECT 1 FROM journal WHERE {_OPEN} AND kind = 'append' AND message_id = m.id)",
        (copies,),
    ).fetchall()
    if not gone:
        return
    ids = json.dumps([row[0] for row in gone])
    tx.execute(
        f"UPDATE journal SET state = 'dropped', error = ? WHERE {_WAITING} AND message_id {_GIVEN}", (_ENDED, ids)
    )
    tx.execute(f"DELETE FROM messages WHERE id {_GIVEN}", (ids,))
    tx.changed(messages=[MessageId(row[0]) for row in gone], folders=[row[1] for row in gone])


def restore(tx: Transaction, copy: MessageId) -> None:
    """The copy waits again: so does its source, where it still is."""
    rows = tx.execute(
        "UPDATE journal SET state = 'queued', error = '' WHERE copy_id = ? AND kind = 'transfer' AND state = 'dropped'"
        " AND message_id IN (SELECT id FROM messages WHERE folder_id IS NOT NULL) RETURNING message_id",
        (copy,),
    ).fetchall()
    refold(tx, [copy, *(MessageId(row[0]) for row in rows)])
