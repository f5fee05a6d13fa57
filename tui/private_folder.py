"""A private folder for files that other programs open: removed when bocau ends, after a crash when it starts."""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from store.paths import file_error, make_private_folder
from tui.new_file import write_new

_LOCK = ".lock"


class PrivateFolder:
    """One for each running program, below `parent`; made when the first file is written.  Its methods block."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._folder: Path | None = None
        self._lock = -1
        self._files = 0

    def write(self, name: str, content: bytes) -> Path:
        """Write a file called `name`, which has to be clean, 0600 in a folder of its own, 0700.

        Raises StoreError, DiskFull.
        """
        folder = self._folder or self._made()
        self._files += 1
        inside = folder / str(self._files)
        make_private_folder(inside)
        return write_new(inside / name, content)

    def sweep(self) -> None:
        """Remove what programs have left that ended without removing it; never raises."""
        with suppress(OSError):
            for folder in self._parent.iterdir():
                with suppress(OSError):  # held: its program runs
                    os.close(_locked(folder))
                    shutil.rmtree(folder, ignore_errors=True)

    def end(self) -> None:
        """Remove everything."""
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(self._lock)
            with suppress(OSError):  # another program's folder stands there too
                self._parent.rmdir()

    def _made(self) -> Path:
        make_private_folder(self._parent)
        self.sweep()
        try:
            folder = Path(tempfile.mkdtemp(dir=self._parent))
            self._lock = _locked(folder)
        except OSError as error:
            raise file_error("make a folder in", self._parent, error) from error
        self._folder = folder
        return folder


def _locked(folder: Path) -> int:
    """The descriptor of its lock.  Raises BlockingIOError when another program holds it, OSError."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
