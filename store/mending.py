"""Makes the rows of the store agree with each other again: counters, contents, and the journal."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields

from store import folders, messages, storable, transfers
from store.database import Transaction
from store.fold import refold
from store.messages import Arrival
from store.model import AccountId, Digest, MessageId, Role

_WAITING = "state IN ('queued', 'running', 'unknown')"
_COUNTED = (
    "SELECT folder_id, count(*) AS total, sum(flags & 1 = 0) AS unread FROM messages"
    " WHERE folder_id IS NOT NULL GROUP BY folder_id"
)
_WRONG_COUNTERS = (
    f"SELECT f.id FROM folders f LEFT JOIN ({_COUNTED}) m ON m.folder_id = f.id"
    " WHERE f.total <> coalesce(m.total, 0) OR f.unread <> coalesce(m.unread, 0)"
)
_HELD = (
    "(m.id IN (SELECT message_id FROM bodies) OR (m.server_id IS NOT NULL AND EXISTS (SELECT 1 FROM messages t"
    " JOIN bodies b ON b.message_id = t.id WHERE t.server_id = m.server_id AND t.account_id = m.account_id)))"
)
_HOLLOW = f"SELECT m.id FROM messages m WHERE m.cached = 2 AND NOT {_HELD}"
_UNTOLD = "SELECT m.id FROM messages m JOIN bodies b ON b.message_id = m.id WHERE m.cached < 2"
_AIMLESS = f"SELECT id FROM journal WHERE {_WAITING} AND message_id NOT IN (SELECT id FROM messages)"
_MISCOUNTED = (
    f"SELECT id FROM messages WHERE (pending > 0) <> (id IN (SELECT message_id FROM journal WHERE {_WAITING}))"
)
_LOCAL = "m.account_id IN (SELECT id FROM accounts WHERE protocol = 'pop3')"
_HOMELESS = "SELECT message_id FROM bodies WHERE message_id NOT IN (SELECT id FROM messages)"


@dataclass(frozen=True, slots=True)
class Disagreements:
    """How many rows do not agree with the others; all 0 when the store is in order."""

    counters: int = 0
    """Folders whose counters differ from a recount."""
    hollow: int = 0
    """IMAP messages that are said to be here whole, and are not."""
    lost: int = 0
    """The same of POP3 accounts."""
    untold: int = 0
    """Messages that are here whole, and are not said to be."""
    aimless: int = 0
    """Operations that wait for a server although their message is gone."""
    miscounted: int = 0
    """Messages that do not know whether operations wait for them."""
    homeless: int = 0
    """Contents without a message."""

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def disagreements(connection: sqlite3.Connection) -> Disagreements:
    """Look for them all: some dozens of milliseconds for 100,000 messages."""

    def count(sql: str) -> int:
        return int(connection.execute(f"SELECT count(*) FROM ({sql})").fetchone()[0])

    return Disagreements(
        count(_WRONG_COUNTERS), count(f"{_HOLLOW} AND NOT {_LOCAL}"), count(f"{_HOLLOW} AND {_LOCAL}"),
        count(_UNTOLD), count(_AIMLESS), count(_MISCOUNTED), count(_HOMELESS),
    )  # fmt: skip


def mend(tx: Transaction) -> Disagreements:
    """Mend what can be mended without anything but the store itself; answers what there was.

    Contents that are not here are fetched again: from IMAP, and from a POP3 server that still lists the message.
    Contents without a message stay, until somebody reads them (`homeless`).
    """
    found = disagreements(tx.connection)
    if found.aimless:
        tx.execute(f"UPDATE journal SET state = 'dropped', error = 'The message is gone.' WHERE id IN ({_AIMLESS})")
        transfers.sweep(tx)
    if found.miscounted:
        refold(tx, [MessageId(row[0]) for row in tx.execute(_MISCOUNTED).fetchall()])
    if found.lost:
        tx.execute(
            "UPDATE pop3_messages SET state = 'seen' WHERE state = 'stored' AND (account_id, uidl) IN"
            f" (SELECT account_id, uidl FROM messages WHERE uidl IS NOT NULL AND id IN ({_HOLLOW}))"
        )
    if found.hollow or found.lost:
        tx.execute(f"UPDATE messages SET cached = 0 WHERE id IN ({_HOLLOW})")
    if found.untold:
        tx.execute(f"UPDATE messages SET cached = 2 WHERE id IN ({_UNTOLD})")
    if found.counters:
        recount(tx)
    if found:
        tx.changed(everything=True)
    return found


def recount(tx: Transaction) -> None:
    """Count the messages of every folder anew."""
    tx.execute(
        f"WITH counted AS MATERIALIZED ({_COUNTED}) UPDATE folders SET"
        " total = coalesce((SELECT total FROM counted WHERE folder_id = folders.id), 0),"
        " unread = coalesce((SELECT unread FROM counted WHERE folder_id = folders.id), 0)"
    )
    tx.changed(everything=True)


def homeless(connection: sqlite3.Connection, limit: int) -> list[tuple[MessageId, bytes]]:
    """Contents whose message is lost, at most so many."""
    rows = connection.execute(
        "SELECT message_id, raw FROM bodies WHERE message_id NOT IN (SELECT id FROM messages) LIMIT ?", (limit,)
    )
    return [(MessageId(row[0]), bytes(row[1])) for row in rows]


def adopt(tx: Transaction, found: Sequence[tuple[MessageId, bytes, Digest]]) -> None:
    """Give contents whose message is lost a message again.

    Where it is one whose contents were missing, that one gets them; where they are here twice, one goes.  Otherwise
    they are new mail in the inbox of the first POP3 account; without one, their IMAP server brings them again.
    """
    for id, raw, digest in found:
        owner = _owner(tx, raw, digest)
        if owner is not None:
            if not tx.execute("SELECT 1 FROM bodies WHERE message_id = ?", (owner,)).fetchone():
                tx.execute("UPDATE bodies SET message_id = ? WHERE message_id = ?", (owner, id))
                messages.store_bodies(tx, [(owner, raw, digest)])
        else:
            _deliver(tx, raw, digest)
        tx.execute("DELETE FROM bodies WHERE message_id = ? AND message_id NOT IN (SELECT id FROM messages)", (id,))


def _owner(tx: Transaction, raw: bytes, digest: Digest) -> MessageId | None:
    """The message that has, or should have, these very contents."""
    rows = tx.execute(
        "SELECT m.id, b.raw IS NULL AND m.cached = 0 AND m.subject = ?3, b.raw = ?2 FROM messages m"
        " LEFT JOIN bodies b ON b.message_id = m.id WHERE m.message_id = ?1 AND m.message_id <> '' ORDER BY m.id",
        (digest.message_id, raw, storable.text(digest.subject)),
    ).fetchall()
    return next((MessageId(row[0]) for row in rows if row[1] or row[2]), None)


def _deliver(tx: Transaction, raw: bytes, digest: Digest) -> None:
    local = tx.execute("SELECT id FROM accounts WHERE protocol = 'pop3' ORDER BY id LIMIT 1").fetchone()
    if local is not None:
        inbox = folders.ensure_role(tx, AccountId(local[0]), Role.INBOX)
        arrival = Arrival(digest, received=digest.date or 0, size=len(raw), raw=raw)
        messages.add(tx, inbox.account, inbox.id, [arrival])
