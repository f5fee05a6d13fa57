"""What is known of a POP3 server's maildrop, by UIDL: nothing is fetched twice, nothing deleted too early."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from store.database import Transaction
from store.model import AccountId


class Drop(StrEnum):
    """Where a message of the maildrop stands.

    stored -> delete-pending (DELE is about to be sent) -> deleted-unconfirmed (QUIT's answer never came); rows go
    once QUIT was answered with +OK (RFC 1939 section 6: only then are messages removed).
    """

    STORED = "stored"
    DELETE_PENDING = "delete-pending"
    UNCONFIRMED = "deleted-unconfirmed"


@dataclass(frozen=True, slots=True)
class Dropped:
    """One message that the maildrop had: its state, when it was first seen and last listed (Unix seconds)."""

    state: Drop
    first_seen: int
    last_listed: int


def known(connection: sqlite3.Connection, account: AccountId) -> dict[str, Dropped]:
    """UIDL -> what is known, of one account."""
    rows = connection.execute(
        "SELECT uidl, state, first_seen, last_listed FROM pop3_messages WHERE account_id = ?", (account,)
    )
    return {row[0]: Dropped(Drop(row[1]), row[2], row[3]) for row in rows}


def stored(tx: Transaction, account: AccountId, uidls: Iterable[str], now: int) -> None:
    """Record, in the transaction that stores the messages, that these UIDLs are here."""
    tx.executemany(
        "INSERT INTO pop3_messages (account_id, uidl, state, first_seen, last_listed) VALUES (?, ?, 'stored', ?, ?)"
        " ON CONFLICT DO UPDATE SET last_listed = excluded.last_listed",
        [(account, uidl, now, now) for uidl in uidls],
    )


def listed(tx: Transaction, account: AccountId, uidls: Iterable[str], now: int) -> None:
    """Record that the server still listed these."""
    tx.executemany(
        "UPDATE pop3_messages SET last_listed = ? WHERE account_id = ? AND uidl = ?",
        [(now, account, uidl) for uidl in uidls],
    )


def set_state(tx: Transaction, account: AccountId, uidls: Iterable[str], state: Drop) -> None:
    """Move these to another state."""
    tx.executemany(
        "UPDATE pop3_messages SET state = ? WHERE account_id = ? AND uidl = ?",
        [(state.value, account, uidl) for uidl in uidls],
    )


def forget(tx: Transaction, account: AccountId, uidls: Iterable[str]) -> None:
    """The server confirmed that these are gone."""
    tx.executemany("DELETE FROM pop3_messages WHERE account_id = ? AND uidl = ?", [(account, u) for u in uidls])


def by_content(connection: sqlite3.Connection, account: AccountId) -> dict[tuple[str, int], str]:
    """(Message-ID, octets) -> UIDL of the messages that are here, to recognise them under other names."""
    rows = connection.execute(
        "SELECT m.message_id, m.size, p.uidl FROM pop3_messages p"
        " JOIN messages m ON m.account_id = p.account_id AND m.uidl = p.uidl"
        " WHERE p.account_id = ? AND m.message_id <> ''",
        (account,),
    )
    return {(row[0], row[1]): row[2] for row in rows}


def rename(tx: Transaction, account: AccountId, names: Mapping[str, str]) -> None:
    """Give messages that are here the UIDLs by which the server calls them now (old -> new)."""
    rows = [(new, account, old) for old, new in names.items()]
    tx.executemany("UPDATE pop3_messages SET uidl = ? WHERE account_id = ? AND uidl = ?", rows)
    tx.executemany("UPDATE messages SET uidl = ? WHERE account_id = ? AND uidl = ?", rows)
