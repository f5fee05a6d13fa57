"""Moves a database forward, one numbered .sql file and one transaction at a time."""

import re
import sqlite3
from collections.abc import Iterator
from importlib.resources import files

from store.errors import StoreNewer

_NAME = re.compile(r"(\d{4})_\w+\.sql")


def available() -> list[tuple[int, str]]:
    """Every migration as (version, SQL text), in order."""
    return sorted(
        (int(match[1]), entry.read_text(encoding="utf-8"))
        for entry in files("store.migrations").iterdir()
        if (match := _NAME.fullmatch(entry.name))
    )


def refuse_newer(connection: sqlite3.Connection) -> None:
    """Raise StoreNewer for a database of a newer bocau, before anything is written to it."""
    current, newest = _version(connection), available()[-1][0]
    if current > newest:
        raise StoreNewer(
            f"The store was written by a newer bocau (version {current}; this one knows {newest}).",
            "Update bocau; nothing was changed.",
        )


def migrate(connection: sqlite3.Connection, upto: int | None = None) -> int:
    """Apply what is missing (up to version `upto`) and return the version reached.

    Each file runs in one transaction together with the record that it ran (`PRAGMA user_version`), so a kill
    in the middle leaves the earlier version whole.  Raises StoreNewer for a database of a newer bocau.
    """
    refuse_newer(connection)
    current = _version(connection)
    for version, sql in available():
        if current < version and (upto is None or version <= upto):
            apply(connection, version, sql)
            current = version
    return current


def apply(connection: sqlite3.Connection, version: int, sql: str) -> None:
    """Run one migration whole or not at all; nothing happens when another process was faster."""
    # statement by statement: executescript would commit the transaction that it finds open
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection) < version:
            for statement in _statements(sql):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version:d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(sql: str) -> Iterator[str]:
    """The statements of a script, each ending with a line; a trigger is one of them, with all that it holds."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
