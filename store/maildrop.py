"""What is known of a POP3 server's maildrop, by UIDL: nothing is fetched twice, nothing deleted too early."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from store.database import Transaction
from store.model import AccountId, MessageId


class Drop(StrEnum):
    """Where a message of the maildrop stands.

    seen (listed, not here whole) -> stored -> delete-pending (DELE is about to be sent) -> deleted-unconfirmed (QUIT's
    answer never came) or deleted (QUIT was answered with +OK, RFC 1939 section 6: only then are messages removed).
    A server may forget a deletion that it has confirmed, so such rows stay for a while: what is listed again is known.
    """

    SEEN = "seen"
    STORED = "stored"
    REMOVED = "removed"
    """Removed here for good before it ever came whole; nothing more is fetched of it."""
    DELETE_PENDING = "delete-pending"
    UNCONFIRMED = "deleted-unconfirmed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Identity:
    """By what a message is recognised when a server calls it by another name."""

    size: int | None
    """Octets as LIST tells."""
    message_key: int | None
    """Of its Message-ID, None when it has none."""
    header_key: int | None
    """Of its whole header block, None when it was never looked at."""


NOBODY = Identity(None, None, None)

_REST = "state, first_seen, last_listed, size, message_key, header_key, failures, retry_at"


@dataclass(frozen=True, slots=True)
class Dropped:
    """One message that the maildrop had: its state, when it was first seen and last listed (Unix seconds)."""

    state: Drop
    first_seen: int
    last_listed: int
    identity: Identity = NOBODY
    failures: int = 0
    """Connections in a row that ended while it was asked for."""
    retry_at: int | None = None
    """Unix seconds before which it is not asked for again."""

    @property
    def whole(self) -> bool:
        """Whether nothing more is to come of it: it was stored whole, or removed without that."""
        return self.state is not Drop.SEEN

    @property
    def shown(self) -> bool:
        """Whether it was put into a folder, whole or by its headers alone; there it may have been removed since."""
        return self.whole or self.identity.header_key is not None


def known(connection: sqlite3.Connection, account: AccountId) -> dict[str, Dropped]:
    """UIDL -> what is known, of one account."""
    rows = connection.execute(f"SELECT uidl, {_REST} FROM pop3_messages WHERE account_id = ?", (account,))
    states = {state.value: state for state in Drop}
    once: dict[int, int] = {}  # of 20,000 messages most came in the same few seconds
    return {
        uidl: Dropped(
            states[state],
            once.setdefault(first, first),
            once.setdefault(last, last),
            Identity(size, message, header),
            failures,
            retry_at,
        )
        for uidl, state, first, last, size, message, header, failures, retry_at in rows
    }


def seen(tx: Transaction, account: AccountId, sizes: Mapping[str, int | None], now: int) -> None:
    """Record that the server lists these (UIDL -> octets), which were unknown: from now on their days are counted."""
    tx.with_rows(
        "INSERT INTO pop3_messages (account_id, uidl, state, first_seen, last_listed, size) (VALUES)"
        " ON CONFLICT DO UPDATE SET last_listed = excluded.last_listed",
        [(account, uidl, "seen", now, now, size) for uidl, size in sizes.items()],
    )


def stored(tx: Transaction, account: AccountId, identities: Mapping[str, Identity], now: int) -> None:
    """Record, in the transaction that stores the messages, that these UIDLs are here whole."""
    tx.with_rows(
        "INSERT INTO pop3_messages"
        " (account_id, uidl, state, first_seen, last_listed, size, message_key, header_key)"
        " (VALUES) ON CONFLICT DO UPDATE SET"
        " state = 'stored', last_listed = excluded.last_listed, size = excluded.size,"
        " message_key = excluded.message_key, header_key = excluded.header_key, failures = 0, retry_at = NULL",
        [(account, uidl, "stored", now, now, i.size, i.message_key, i.header_key) for uidl, i in identities.items()],
    )


def shown(tx: Transaction, account: AccountId, identities: Mapping[str, Identity]) -> None:
    """Record, in the transaction that stores them, that these UIDLs, which were seen, are here by their headers."""
    tx.executemany(
        "UPDATE pop3_messages SET message_key = ?, header_key = ? WHERE account_id = ? AND uidl = ?",
        [(i.message_key, i.header_key, account, uidl) for uidl, i in identities.items()],
    )


def resize(tx: Transaction, account: AccountId, sizes: Mapping[str, int]) -> None:
    """Record what LIST tells of messages that are known."""
    tx.executemany(
        "UPDATE pop3_messages SET size = ? WHERE account_id = ? AND uidl = ?",
        [(size, account, uidl) for uidl, size in sizes.items()],
    )


def failed(tx: Transaction, account: AccountId, uidl: str, failures: int, retry_at: int | None) -> None:
    """Record that a connection ended while this one, which was seen, was asked for, so many times in a row by now."""
    tx.execute(
        "UPDATE pop3_messages SET failures = ?, retry_at = ? WHERE account_id = ? AND uidl = ?",
        (failures, retry_at, account, uidl),
    )


def listed(tx: Transaction, account: AccountId, uidls: Iterable[str], now: int) -> None:
    """Record that the server still listed these."""
    tx.executemany(
        "UPDATE pop3_messages SET last_listed = ? WHERE account_id = ? AND uidl = ?",
        [(now, account, uidl) for uidl in uidls],
    )


def shift(tx: Transaction, account: AccountId, seconds: int) -> None:
    """Move all times along with a clock that was set: what was seen three days ago still was."""
    tx.execute(
        "UPDATE pop3_messages SET first_seen = first_seen + ?1, last_listed = last_listed + ?1 WHERE account_id = ?2",
        (seconds, account),
    )


def set_state(tx: Transaction, account: AccountId, uidls: Iterable[str], state: Drop) -> None:
    """Move these to another state."""
    tx.executemany(
        "UPDATE pop3_messages SET state = ? WHERE account_id = ? AND uidl = ?",
        [(state.value, account, uidl) for uidl in uidls],
    )


def deleted(tx: Transaction, account: AccountId, uidls: Iterable[str]) -> None:
    """Record that the server confirmed the deletion of these.

    What has no header key could not be told from another message of the same name later: it is forgotten.
    """
    keys = list(uidls)
    tx.executemany(
        "DELETE FROM pop3_messages WHERE account_id = ? AND uidl = ? AND header_key IS NULL",
        [(account, uidl) for uidl in keys],
    )
    set_state(tx, account, keys, Drop.DELETED)


def remove(tx: Transaction, messages: Iterable[MessageId]) -> None:
    """Record, before these go from the store for good, which of them are here by their headers only.

    Their rest will not be fetched, and the server need not have them longer than other mail that was seen here.
    """
    tx.execute(
        "UPDATE pop3_messages SET state = 'removed' WHERE state = 'seen' AND (account_id, uidl) IN (SELECT account_id,"
        " uidl FROM messages WHERE cached < 2 AND uidl IS NOT NULL AND id IN (SELECT value FROM json_each(?)))",
        (json.dumps(list(messages)),),
    )


def forget(tx: Transaction, account: AccountId, uidls: Iterable[str]) -> None:
    """Drop what is known of these: they mean other messages by now, or were not listed for a long time."""
    tx.executemany("DELETE FROM pop3_messages WHERE account_id = ? AND uidl = ?", [(account, u) for u in uidls])


def rename(tx: Transaction, account: AccountId, names: Mapping[str, str]) -> None:
    """Give messages that are here the UIDLs by which the server calls them now (old -> new); names may change hands."""
    rows = tx.execute(
        f"SELECT uidl, {_REST} FROM pop3_messages WHERE account_id = ? AND uidl IN (SELECT value FROM json_each(?))",
        (account, json.dumps(list(names))),
    ).fetchall()
    messages = [
        (names[row[1]], row[0])
        for row in tx.execute(
            "SELECT id, uidl FROM messages WHERE uidl IN (SELECT value FROM json_each(?)) AND account_id = ?",
            (json.dumps(list(names)), account),
        )
    ]
    forget(tx, account, {*names, *names.values()})  # under its new name it may have been seen already, as a stranger
    tx.executemany(
        f"INSERT INTO pop3_messages (account_id, uidl, {_REST}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(account, names[row[0]], *row[1:]) for row in rows],
    )
    tx.executemany("UPDATE messages SET uidl = ? WHERE id = ?", messages)


def by_content(connection: sqlite3.Connection, account: AccountId) -> dict[str, tuple[str, int]]:
    """UIDL -> (Message-ID, octets) of messages that are here and were stored by a bocau that kept no identities."""
    rows = connection.execute(
        "SELECT p.uidl, m.message_id, m.size FROM pop3_messages p"
        " JOIN messages m ON m.uidl = p.uidl AND m.account_id = p.account_id"
        " WHERE p.account_id = ? AND p.header_key IS NULL AND p.state <> 'seen' AND m.message_id <> ''",
        (account,),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def without_body(connection: sqlite3.Connection, account: AccountId) -> dict[str, MessageId]:
    """UIDL -> message of those that are shown by their headers only, because they are too large to come by themselves.

    A message that was put into a folder of another account is not among them.
    """
    rows = connection.execute(
        "SELECT m.uidl, m.id FROM pop3_messages p JOIN messages m ON m.uidl = p.uidl AND m.account_id = p.account_id"
        " WHERE p.account_id = ? AND p.state = 'seen' AND m.cached < 2",
        (account,),
    )
    return {row[0]: MessageId(row[1]) for row in rows}


def of_message(connection: sqlite3.Connection, message: MessageId) -> str | None:
    """The UIDL of a message that is in the store, None when it has none."""
    row = connection.execute("SELECT uidl FROM messages WHERE id = ?", (message,)).fetchone()
    return None if row is None else row[0]
