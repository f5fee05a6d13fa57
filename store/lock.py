"""The lock that makes one engine per store: held by the process that synchronises, gone when that process dies."""

import errno
import fcntl
import os
from pathlib import Path

from store.paths import file_error, open_private


class EngineLock:
    """An exclusive flock(2) on one file.  The kernel drops it with the process, also after `kill -9`.

    The file stays: removing it would let two processes lock two files of the same name.
    """

    def __init__(self, file: Path) -> None:
        """`file` is `Paths.engine_lock`; its folder must exist."""
        self._file = file
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def acquire(self) -> bool:
        """Take the lock without waiting; False when another process (or object) holds it, True also when held already.

        Raises StoreError when the file cannot be made or its file system cannot lock.
        """
        if self._descriptor is not None:
            return True
        descriptor = open_private(self._file)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            os.close(descriptor)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return False
            raise file_error("lock", self._file, error) from error
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> int | None:
        """The process id that the last holder wrote, for people to read; None when there is none.  Never trust it."""
        try:
            text = self._file.read_text(encoding="ascii", errors="replace")
        except OSError:
            return None
        return int(text) if text.strip().isascii() and text.strip().isdigit() else None
