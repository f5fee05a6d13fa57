"""Looks at the database file before SQLite does: what must not be opened is refused, and left as it is."""

import stat
from pathlib import Path

from store.errors import StoreDamaged, StoreError
from store.paths import file_error

SALVAGE = "`bocau doctor --salvage` saves what can be read and keeps the damaged file; nothing was changed."
IDENTITY = slice(68, 72)
"""Where a database says which one it is (`PRAGMA application_id`): so does each log that belongs to it."""

_HEADER = 100
_FRAME = 24
_LOG_HEADER = 32
_MAGIC = b"SQLite format 3\0"


def log_of(path: Path) -> Path:
    """The write-ahead log of a database."""
    return path.with_name(f"{path.name}-wal")


def verdict_of(path: Path) -> Path:
    """Where it is written down that a check found the database damaged."""
    return path.with_name(f"{path.name}.verdict")


def inspect(path: Path, *, alone: bool) -> None:
    """Refuse what SQLite would take for an empty database, or would damage.

    `alone`: no other process has it open, so that what the log says must fit.  Raises StoreDamaged, StoreError.
    """
    try:
        # in this order: another process may be writing its log into the file, which grows, and removing the log
        log = _size(log_of(path))
        if _size(path) is None:
            if log:
                raise StoreDamaged(f"{path} is gone, though its journal is there.", SALVAGE)
            return
        with path.open("rb") as file:
            header = file.read(_HEADER)
        size = _size(path)
        if not size:
            raise StoreDamaged(f"{path} is empty.", SALVAGE)
        _look_at_header(path, header, size, log or _size(log_of(path)) or 0)
        if alone and log and is_foreign_log(path):
            raise StoreDamaged(f"The journal {log_of(path)} belongs to another database.", SALVAGE)
        _look_at_verdict(path)
    except OSError as error:
        raise file_error("read", path, error) from error


def _size(path: Path) -> int | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{path} is no file.", "The mail belongs there: move what is in its place away.")
    return found.st_size


def _look_at_header(path: Path, header: bytes, size: int, log: int) -> None:
    if not header.startswith(_MAGIC):
        raise StoreDamaged(f"{path} is damaged: it does not begin as a database does.", SALVAGE)
    page = _page_size(header)
    if page < 512 or page & (page - 1):
        raise StoreDamaged(f"{path} is damaged: its header makes no sense.", SALVAGE)
    # the count is kept only by writers that know it (file format 1.3.9); a log may hold what is missing
    told = int.from_bytes(header[28:32], "big") * page if header[24:28] == header[92:96] else 0
    if size < told and not log:
        raise StoreDamaged(f"{path} is cut off: {size:,} of {told:,} bytes are left.", SALVAGE)


def is_foreign_log(path: Path) -> bool:
    """Whether the log beside a database is another database's; SQLite would put it into this one.  Raises OSError."""
    with path.open("rb") as file:
        header = file.read(_HEADER)
    if not header.startswith(_MAGIC):
        return False  # nobody knows: it may hold all that is left
    size = _page_size(header)
    with log_of(path).open("rb") as log:
        beginning = log.read(_LOG_HEADER)
        if len(beginning) < _LOG_HEADER or int.from_bytes(beginning[:4], "big") & ~1 != 0x377F0682:
            return False  # SQLite does not look at it either
        if int.from_bytes(beginning[8:12], "big") != size:
            return True
        while len(frame := log.read(_FRAME)) == _FRAME and frame[8:16] == beginning[16:24]:
            if frame[:4] == b"\0\0\0\1":
                first = log.read(_HEADER)
                return bytes(4) not in (first[IDENTITY], header[IDENTITY]) and first[IDENTITY] != header[IDENTITY]
            log.seek(size, 1)
    return False


def _page_size(header: bytes) -> int:
    size = int.from_bytes(header[16:18], "big")
    return 65536 if size == 1 else size


def _look_at_verdict(path: Path) -> None:
    verdict = verdict_of(path)
    if verdict.exists():
        found = verdict.read_text(encoding="utf-8", errors="replace").strip()
        raise StoreDamaged(
            f"{path} is damaged: {found or 'a check found it so'}",
            f"{SALVAGE} If you have put a backup in its place since then, remove {verdict}.",
        )
