"""The parked table: messages that the server does not give out, why, and when they are asked for again."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from store.database import Transaction
from store.model import FolderId, MessageId
from store.storable import text

DELAYS = (600, 7200)
"""Seconds from one automatic try to the next; after the last one only the user tries again, by opening it."""
CUTS = 3
"""Connections in a row that end over one message before it is held to be the reason."""
_REASON = 500
_COLUMNS = "p.message_id, p.attempts, p.cuts, p.reason, p.next_at"


@dataclass(frozen=True, slots=True)
class Parked:
    """What is remembered of one message."""

    attempts: int
    """How often the server did not give it out; 0: only connections ended over it so far."""
    cuts: int
    """Connections in a row that ended while it was asked for, alone or among others."""
    reason: str
    """A sentence, with the server's own words in it: clean it before showing."""
    next_at: int | None
    """Unix seconds of the next automatic try, None when there is none."""

    def rests(self, now: float) -> bool:
        """Whether it is left alone at that time (Unix seconds)."""
        return self.attempts > 0 and (self.next_at is None or now < self.next_at)


def of_folder(connection: sqlite3.Connection, folder: FolderId) -> dict[MessageId, Parked]:
    """What is remembered of the messages that the server has in one folder."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM parked p JOIN messages m ON m.id = p.message_id WHERE m.server_folder_id = ?",
        (folder,),
    )
    return {MessageId(row[0]): Parked(*row[1:]) for row in rows}


def of_message(connection: sqlite3.Connection, message: MessageId) -> Parked | None:
    """What is remembered of one message, None when all is well with it."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM parked p WHERE p.message_id = ?", (message,)).fetchone()
    return None if row is None else Parked(*row[1:])


def every(connection: sqlite3.Connection) -> dict[MessageId, Parked]:
    """Every message that the server did not give out when it was asked for last, by id."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM parked p WHERE attempts > 0 ORDER BY message_id")
    return {MessageId(row[0]): Parked(*row[1:]) for row in rows}


def park(tx: Transaction, reasons: Mapping[MessageId, str], now: float, *, always_again: bool = False) -> None:
    """Record that the server did not give these messages out, each with its reason.

    `always_again`: it is tried after the longest delay for ever, because the network may have been the reason.
    """
    for message, reason in reasons.items():
        known = of_message(tx.connection, message)
        attempts = (known.attempts if known else 0) + 1
        delay = DELAYS[min(attempts, len(DELAYS)) - 1] if always_again or attempts <= len(DELAYS) else None
        next_at = None if delay is None else int(now) + delay
        tx.execute(
            "INSERT OR REPLACE INTO parked (message_id, attempts, cuts, reason, next_at)"
            " SELECT id, ?, 0, ?, ? FROM messages WHERE id = ?",
            (attempts, text(reason)[:_REASON], next_at, message),
        )
    tx.changed(messages=reasons)


def note_cut(tx: Transaction, messages: Iterable[MessageId], now: float) -> None:
    """Record that a connection ended while these messages were asked for: one of them may be the reason.

    One that was asked for alone is parked when that has happened CUTS times in a row, or when it was parked before.
    """
    ids = list(messages)
    tx.execute(
        "INSERT INTO parked (message_id, cuts) SELECT id, 1 FROM messages"
        " WHERE id IN (SELECT value FROM json_each(?)) ON CONFLICT (message_id) DO UPDATE SET cuts = cuts + 1",
        (json.dumps(ids),),
    )
    known = of_message(tx.connection, ids[0]) if len(ids) == 1 else None
    if known is not None and (known.attempts or known.cuts >= CUTS):
        park(tx, {ids[0]: "The connection ends when it is asked for."}, now, always_again=True)


def forget_cuts(tx: Transaction, message: MessageId) -> None:
    """Record that something of a message came: it is the network that breaks, not this message that breaks it."""
    tx.execute("UPDATE parked SET cuts = 0 WHERE message_id = ?", (message,))


def release(tx: Transaction, messages: Iterable[MessageId]) -> None:
    """Forget what was wrong with these messages: they came."""
    ids = list(messages)
    tx.execute("DELETE FROM parked WHERE message_id IN (SELECT value FROM json_each(?))", (json.dumps(ids),))
    tx.changed(messages=ids)
