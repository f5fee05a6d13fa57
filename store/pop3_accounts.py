"""What is remembered of a POP3 server between sessions: when it was looked at, and whether it can pipeline."""

import sqlite3
from dataclasses import dataclass

from store.database import Transaction
from store.model import AccountId


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time by both clocks of a machine."""

    now: int
    """Unix seconds; people and servers set this clock."""
    boot: str = ""
    """Which start of the machine it was, empty where it cannot tell."""
    uptime: int | None = None
    """Seconds since that start, sleep included: nobody can set this one."""


def looked_at(connection: sqlite3.Connection, account: AccountId) -> Moment | None:
    """When the maildrop was last listed, None when it never was."""
    row = connection.execute(
        "SELECT looked_at, boot, uptime FROM pop3_accounts WHERE account_id = ?", (account,)
    ).fetchone()
    return None if row is None else Moment(*row)


def look(tx: Transaction, account: AccountId, at: Moment) -> None:
    """Record that the maildrop was listed now."""
    tx.execute(
        "INSERT INTO pop3_accounts (account_id, looked_at, boot, uptime) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " looked_at = excluded.looked_at, boot = excluded.boot, uptime = excluded.uptime",
        (account, at.now, at.boot, at.uptime),
    )


def lock_step_until(connection: sqlite3.Connection, account: AccountId) -> int:
    """Unix seconds up to which one command waits for the answer to the one before; 0: it may be tried otherwise."""
    row = connection.execute("SELECT lock_step_until FROM pop3_accounts WHERE account_id = ?", (account,)).fetchone()
    return 0 if row is None else int(row[0])


def keep_in_step(tx: Transaction, account: AccountId, now: int, until: int) -> None:
    """Record that the server failed when commands came ahead of their answers."""
    tx.execute(
        "INSERT INTO pop3_accounts (account_id, looked_at, lock_step_until) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET lock_step_until = excluded.lock_step_until",
        (account, now, until),
    )
