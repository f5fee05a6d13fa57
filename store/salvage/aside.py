"""Puts a damaged database aside under a name of its own, and another file in its place."""

import os
import time
from pathlib import Path

from store.paths import sync_folder
from store.preflight import log_of, verdict_of

DAMAGED = "damaged"


def log_beside(path: Path) -> Path | None:
    """The log that belongs to a damaged database: beside it, or with its twin where it was put aside already."""
    if log_of(path).exists():
        return log_of(path)
    for other in sorted(path.parent.glob(f"{path.name}.{DAMAGED}-*")):
        if not other.name.endswith(("-wal", "-shm")) and path.exists() and other.samefile(path):
            return log_of(other) if log_of(other).exists() else None
    return None


def exchange(path: Path, salvaged: Path, now: float | None = None) -> Path | None:
    """Put the file `salvaged` in the place of the database, which is kept with its log; where it is now.

    None when there was no database.  Raises OSError; at every moment the old or the new file has the name.
    """
    aside = _free_name(path, time.strftime("%Y-%m-%d-%H%M%S", time.localtime(now)))
    log, shared = log_of(path), path.with_name(f"{path.name}-shm")
    kept, logged = path.exists(), log.exists()
    if kept:
        _second_name(path, aside)
    if logged:
        _second_name(log, log_of(aside))
        log.unlink(missing_ok=True)  # SQLite would put it into the new file
    try:
        salvaged.replace(path)
    except OSError:
        for there, before in ((aside, path), (log_of(aside), log)):
            if there.exists():
                there.rename(before)  # of two names for one file both stay: the one aside goes
                there.unlink(missing_ok=True)
        raise
    shared.unlink(missing_ok=True)  # an index of the log, made anew whenever it is missing
    verdict_of(path).unlink(missing_ok=True)
    sync_folder(path.parent)
    return aside if kept else None


def _free_name(path: Path, date: str) -> Path:
    names = (path.with_name(f"{path.name}.{DAMAGED}-{date}{more}") for more in ("", *(f".{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists() and not log_of(name).exists())


def _second_name(file: Path, name: Path) -> None:
    try:
        os.link(file, name)
    except OSError:
        file.rename(name)  # no hard links here (FAT): for a moment nobody has the name
