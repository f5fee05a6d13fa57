"""Searches with a name: table `searches`."""

import sqlite3
from dataclasses import dataclass
from datetime import date

from store.database import Transaction
from store.errors import NotFound, NotPossible

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A query that stands in the folder pane."""

    id: int
    name: str
    query: str
    """As it was typed: relative dates count from the day on which it is run."""


def every(connection: sqlite3.Connection) -> list[SavedSearch]:
    """All of them, in the order of their names."""
    rows = connection.execute("SELECT id, name, query FROM searches")
    return sorted((SavedSearch(*row) for row in rows), key=lambda one: (one.name.casefold(), one.id))


def by_name(connection: sqlite3.Connection, name: str) -> SavedSearch:
    """The one of that name, capital or small.  Raises NotFound."""
    found = every(connection)
    exact = [one for one in found if one.name == name] or [
        one for one in found if one.name.casefold() == name.casefold()
    ]
    if not exact:
        names = ", ".join(one.name for one in found)
        raise NotFound(
            f"No saved search is called {name!r}.", f"There are: {names}." if found else "There is none yet."
        )
    return exact[0]


def save(tx: Transaction, name: str, query: str) -> SavedSearch:
    """Save a query under a name, in place of what had it.  Raises QueryError, NotPossible."""
    name = _checked(name)
    from store.search.query import parse  # here: a list of saved searches needs none of it

    parse(query, date.today())
    tx.execute(
        "INSERT INTO searches (name, query) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET query = excluded.query",
        (name, query.strip()),
    )
    tx.changed(everything=True)
    return by_name(tx.connection, name)


def rename(tx: Transaction, search: int, name: str) -> None:
    """Give a saved search another name.  Raises NotFound, NotPossible."""
    name = _checked(name)
    if tx.execute("SELECT 1 FROM searches WHERE name = ? AND id <> ?", (name, search)).fetchone():
        raise NotPossible(f"Another search is called {name!r} already.", "Choose another name, or remove that one.")
    if not tx.execute("UPDATE searches SET name = ? WHERE id = ?", (name, search)).rowcount:
        raise NotFound("That search was removed.")
    tx.changed(everything=True)


def remove(tx: Transaction, search: int) -> None:
    """Forget a saved search; no mail is touched.  Raises NotFound."""
    if not tx.execute("DELETE FROM searches WHERE id = ?", (search,)).rowcount:
        raise NotFound("That search was removed already.")
    tx.changed(everything=True)


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise NotPossible(
            "A saved search needs a name.", f"At most {LONGEST_NAME} letters, without control characters."
        )
    return name
