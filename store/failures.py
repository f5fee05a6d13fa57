"""Tells what a failure of SQLite means for the person: no room, a busy file, a damaged one, a disk that fails."""

import shutil
import sqlite3
from pathlib import Path

from store.errors import DiskFull, SearchDamaged, StoreBusy, StoreDamaged, StoreError
from store.preflight import SALVAGE

_NO_ROOM = (
    sqlite3.SQLITE_FULL,
    # a quota or a limit of the process (EDQUOT, EFBIG), which SQLite does not tell from other failures to write
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
)
_PERHAPS_NO_ROOM = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_LITTLE = 256 * 1024
"""Bytes: with less, a file that cannot be made or grown has its reason."""


def explained(path: Path, error: sqlite3.Error) -> StoreError:
    """The error that people can read, for one of the database at `path`."""
    text = str(error)
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _NO_ROOM or (code & 0xFF in _PERHAPS_NO_ROOM and _free(path) < _LITTLE):
        return DiskFull(
            f"No room to write {path}: {text}.",
            "Make room on this disk; nothing was half-written, and what was under way goes on by itself then.",
        )
    if code == sqlite3.SQLITE_CORRUPT_VTAB:
        return SearchDamaged(
            f"The search index in {path} is damaged.",
            "The reader makes it anew from the mail by itself, and so does `bocau doctor --repair`.",
        )
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy(
                f"Another process keeps {path} locked.", "Wait for it to finish, or close it, and try again."
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreDamaged(f"{path} is damaged: {text}.", SALVAGE)
        case sqlite3.SQLITE_IOERR:
            return StoreError(
                f"The disk under {path} failed: {text}.", "Check the disk, and copy the data folder to another one."
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_AUTH:
            return StoreError(
                f"{path} cannot be opened for writing: {text}.",
                "Check that the disk is not read-only, and that file and folder are yours.",
            )
    return StoreError(f"The store {path} failed: {text}.", "Run `bocau doctor`.")


def _free(path: Path) -> int:
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return _LITTLE
