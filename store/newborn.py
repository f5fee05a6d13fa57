"""Makes a new database in one step: whoever finds an empty file knows that it was not always empty."""

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from store.failures import explained
from store.migrations import migrate
from store.paths import file_error, make_private_file


def create(path: Path) -> None:
    """Make the database unless there is one; nothing happens when another process was faster.

    Raises StoreError, DiskFull; nothing is left behind then.
    """
    if path.exists():
        return
    unborn = path.with_name(f"{path.name}.new-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        make_private_file(unborn)
        with closing(sqlite3.connect(unborn, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")  # whatever happens, this file is nobody's yet
            # only now can it be had: room that is free can go back to the disk (store/shrinking.py)
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            identify(connection)
            migrate(connection)
        _give_name(unborn, path)
    except sqlite3.Error as error:
        raise explained(path, error) from error
    except OSError as error:
        raise file_error("make", path, error) from error
    finally:
        unborn.unlink(missing_ok=True)


def identify(connection: sqlite3.Connection) -> None:
    """Give a database a number of its own, unless it has one: so a journal of another file is recognised."""
    if not connection.execute("PRAGMA application_id").fetchone()[0]:
        connection.execute("BEGIN IMMEDIATE")
        if not connection.execute("PRAGMA application_id").fetchone()[0]:  # two may come here at once
            connection.execute(f"PRAGMA application_id = {secrets.randbelow(0x7FFFFFFE) + 1}")
        connection.execute("COMMIT")


def _give_name(unborn: Path, path: Path) -> None:
    try:
        os.link(unborn, path)
    except FileExistsError:
        return
    except OSError as error:  # a file system without hard links
        if path.exists():
            return
        try:
            unborn.rename(path)
        except OSError:
            raise error from None
