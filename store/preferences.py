"""What somebody chose by key on the screen, remembered by name: layout, density, folded folders."""

import json
import sqlite3
from collections.abc import Mapping, Sequence

from store.database import Transaction

Value = str | int | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]
"""What JSON can hold.  Never a secret: the file is backed up and shown to helpers."""


def get(connection: sqlite3.Connection, name: str, default: Value = None) -> Value:
    """What is remembered under `name`, else `default`; sequences come back as lists.

    The caller checks what it gets: an older or newer bocau may have written something else.
    """
    row = connection.execute("SELECT value FROM preferences WHERE name = ?", (name,)).fetchone()
    if row is None:
        return default
    try:
        value: Value = json.loads(row[0])
    except ValueError:  # saved from a damaged file: a preference is never worth an error
        return default
    return value


def every(connection: sqlite3.Connection) -> dict[str, Value]:
    """All that is remembered, by name."""
    names = [row[0] for row in connection.execute("SELECT name FROM preferences ORDER BY name")]
    return {name: get(connection, name) for name in names}


def set(tx: Transaction, name: str, value: Value) -> None:
    """Remember `value` under `name`, in place of what was there; nobody is told."""
    tx.execute(
        "INSERT INTO preferences (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, json.dumps(value)),  # ASCII: what was pasted may hold what is no UTF-8
    )


def forget(tx: Transaction, name: str) -> None:
    """Remember nothing under `name`: what the configuration says holds again."""
    tx.execute("DELETE FROM preferences WHERE name = ?", (name,))
