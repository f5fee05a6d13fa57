"""Salvages a damaged store: what can be read goes into a new database, the damaged one is kept."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from store.database import Transaction
from store.errors import StoreBusy, StoreDamaged, StoreNewer
from store.failures import explained
from store.lock import EngineLock
from store.mailstore import FILE_NAME
from store.migrations import available
from store.newborn import identify
from store.paths import file_error, make_private_file
from store.preflight import is_foreign_log, log_of
from store.presence import Presence
from store.salvage import aside, pages
from store.salvage.amends import Configured, amend
from store.salvage.report import Report
from store.salvage.rows import Copy, Progress

BUSY = "Close every bocau that has this store open, then try again."


def salvage(
    data: Path, configured: Configured = (), progress: Progress = lambda done: None, now: float | None = None
) -> Report:
    """Save what can be read of the store in folder `data`; it takes a minute or two for a gigabyte.

    Every row of every table is read page by page; the search index is left to be made anew (protocols.mender).
    Raises StoreBusy when somebody has the store open, StoreNewer, StoreDamaged when nothing could be read, DiskFull,
    StoreError; then nothing was changed.
    """
    path = data / FILE_NAME
    lock = EngineLock(data / "engine.lock")
    if not lock.acquire() or Presence(data).look()[0]:
        lock.release()
        raise StoreBusy(f"Another bocau has {path} open.", BUSY)
    unborn = path.with_name(f"{path.name}.salvaged-{os.getpid()}")
    try:
        report = _copy(path, unborn, configured, progress)
        report.put_aside = aside.exchange(path, unborn, now)
        Presence(data).doubt()  # the next to open it looks at it, and makes the search index anew
        return report
    except sqlite3.Error as error:
        raise explained(unborn, error) from error
    except OSError as error:
        raise file_error("salvage", path, error) from error
    finally:
        unborn.unlink(missing_ok=True)
        lock.release()


def _copy(path: Path, unborn: Path, configured: Configured, progress: Callable[[int], None]) -> Report:
    report = Report()
    log = aside.log_beside(path)
    if log == log_of(path) and is_foreign_log(path):
        log = None  # it is put aside with the file, but none of it belongs here
    for left in path.parent.glob(f"{path.name}.salvaged-*"):  # by one that was killed
        left.unlink()
    make_private_file(unborn)
    with (
        pages.opened(path, log) as found,
        closing(sqlite3.connect(unborn, isolation_level=None, cached_statements=256)) as target,
    ):
        if found.version is not None and found.version > available()[-1][0]:
            raise StoreNewer(f"{path} was written by a newer bocau.", "Update bocau; nothing was changed.")
        target.execute("PRAGMA journal_mode = OFF")  # of no use to anybody before it is whole
        target.execute("PRAGMA synchronous = OFF")
        identify(target)
        Copy(found, target, report, progress).run()
        if not sum(report.saved.values()):
            raise StoreDamaged(
                f"Nothing could be read of {path}; it was left as it is.",
                "Put a copy from your backup in its place, or move it away to begin with an empty store.",
            )
        target.execute("BEGIN")
        amend(Transaction(target), configured, report)
        target.execute("COMMIT")
        problems = [row[0] for row in target.execute("PRAGMA quick_check(3)")]
        if problems != ["ok"]:
            raise sqlite3.DatabaseError(f"the copy is not sound: {problems}")
    descriptor = os.open(unborn, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return report
