"""A mark in the data folder for each process that has the store open: one left over tells of an unclean end."""

import errno
import fcntl
import os
from pathlib import Path

_PREFIX = "open."
_DOUBT = f"{_PREFIX}doubt"
"""A mark that nobody holds: somebody saw something odd, and the next one is to look."""


class Presence:
    """Marks are files that their process holds locked; the kernel lets go of them with the process, however it ends.

    A file system that cannot lock leaves nobody marked, and nothing is ever checked by itself.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._descriptor: int | None = None
        self._mark = data / f"{_PREFIX}{os.getpid()}.{id(self):x}"

    def enter(self) -> None:
        """Put up the mark of this process.  Never raises: a disk without room for it has worse troubles."""
        hidden = self._mark.with_name(f".{self._mark.name}")
        try:
            descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            hidden.rename(self._mark)  # only now others can see it: unlocked it would be taken for a left-over one
        except OSError:
            os.close(descriptor)
            hidden.unlink(missing_ok=True)
            return
        self._descriptor = descriptor

    def leave(self) -> None:
        """Take the mark down: this process closed the store as it should."""
        if self._descriptor is not None:
            self._mark.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def look(self) -> tuple[int, list[Path]]:
        """How many other processes have the store open, and the marks that nobody holds any more."""
        others = 0
        left: list[Path] = []
        for mark in self._data.glob(f"{_PREFIX}*"):
            if mark == self._mark and self._descriptor is not None:
                continue
            if _is_held(mark):
                others += 1
            elif mark.exists():
                left.append(mark)
        return others, left

    def doubt(self) -> None:
        """Have the next start look at the store, whatever becomes of this process."""
        try:
            os.close(os.open(self._data / _DOUBT, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        except OSError:
            return  # no room: then this process alone knows

    def forgive(self) -> None:
        """Take down what is left over: the store was looked at."""
        for mark in self.look()[1]:
            mark.unlink(missing_ok=True)


def _is_held(mark: Path) -> bool:
    try:
        descriptor = os.open(mark, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # a file system that cannot lock lets nobody hold anything
        return error.errno in (errno.EWOULDBLOCK, errno.EACCES)
    finally:
        os.close(descriptor)
    return False
