"""Gives room that nothing in the file uses back to the disk, a few pages at a time."""

import sqlite3

from store import usage
from store.database import Transaction

WORTH = 64 << 20
"""Octets: less than this is left in the file, for new mail; and less than a quarter of the file, too."""
SPARE = 16 << 20
"""Octets that stay free in any case: they will be needed soon."""
PAGES = 128
"""Pages that one transaction gives back: half a megabyte, a few milliseconds."""


def is_worth_it(connection: sqlite3.Connection) -> bool:
    """Whether so much is free that it should go back; False for a file that cannot shrink.

    Those are the ones made before there was `auto_vacuum`: SQLite can only turn it on by writing the file anew.
    """
    if connection.execute("PRAGMA auto_vacuum").fetchone()[0] != 2:
        return False
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return bool(usage.free_octets(connection) > max(WORTH, pages * size // 4))


def shrink(tx: Transaction) -> bool:
    """Give some pages back; whether there are more."""
    before = usage.free_octets(tx.connection)
    for _ in range(PAGES):
        tx.execute("PRAGMA incremental_vacuum(1)")  # a step of it is a page, and Python's sqlite3 takes one step
    return SPARE < usage.free_octets(tx.connection) < before
