"""What was searched for, the latest last; kept over a restart with the preferences."""

import sqlite3
from collections.abc import Sequence

from store import preferences
from store.database import Transaction

NAME = "search.history"
MOST = 200


def read(connection: sqlite3.Connection) -> list[str]:
    """The queries as they were typed, the latest last."""
    found = preferences.get(connection, NAME, ())
    return [one for one in found if isinstance(one, str)] if isinstance(found, Sequence) else []


def add(tx: Transaction, query: str) -> None:
    """Remember a query as the latest; what was searched for before moves up, the oldest of too many goes."""
    query = query.strip()
    if query:
        known = [one for one in read(tx.connection) if one != query]
        preferences.set(tx, NAME, [*known, query][-MOST:])
