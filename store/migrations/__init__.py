"""Moves a database forward, one numbered .sql file and one transaction at a time."""

import re
import sqlite3
from importlib.resources import files

from store.errors import StoreDamaged

_NAME = re.compile(r"(\d{4})_\w+\.sql")


def available() -> list[tuple[int, str]]:
    """Every migration as (version, SQL text), in order."""
    return sorted(
        (int(match[1]), entry.read_text(encoding="utf-8"))
        for entry in files("store.migrations").iterdir()
        if (match := _NAME.fullmatch(entry.name))
    )


def migrate(connection: sqlite3.Connection, upto: int | None = None) -> int:
    """Apply what is missing (up to version `upto`) and return the version reached.

    Each file runs in one transaction together with the record that it ran (`PRAGMA user_version`), so a kill
    in the middle leaves the earlier version whole.  Raises StoreDamaged for a database of a newer bocau.
    """
    current: int = connection.execute("PRAGMA user_version").fetchone()[0]
    migrations = available()
    newest = migrations[-1][0]
    if current > newest:
        raise StoreDamaged(
            f"The store was written by a newer bocau (version {current}; this one knows {newest}).",
            "Update bocau; nothing was changed.",
        )
    for version, sql in migrations:
        if current < version and (upto is None or version <= upto):
            _apply(connection, version, sql)
            current = version
    return current


def _apply(connection: sqlite3.Connection, version: int, sql: str) -> None:
    try:
        # executescript commits what is open and then runs as it stands, so the transaction is spelled in the text
        connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {version:d};\nCOMMIT;")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.rollback()
        raise
