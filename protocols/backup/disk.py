"""Writes files so that a name means a whole file: made under another name, synced to the disk, then renamed."""

import ctypes
import errno
import fcntl
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from store.errors import NotPossible, StoreError
from store.paths import file_error, sync_folder

MADE = os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


_AT_ONCE = 512
"""Pieces in one call; POSIX systems take at least 1024, but for small ones."""


class PartialFile:
    """A file that gets its name when it is whole; until then it is hidden beside it.

    What a run that was killed has left is removed by the next one.  An existing file is never written over.
    """

    def __init__(self, file: Path) -> None:
        """Raises NotPossible when there is such a file, or another run writes it now; StoreError, DiskFull."""
        self.file = file
        self._part = file.with_name(f".{file.name}.part")
        self._refuse_existing()
        try:
            self._descriptor = _exclusive(self._part)
        except OSError as error:
            raise file_error("write", file, error) from error

    def write(self, pieces: Sequence[bytes]) -> None:
        """Append.  Raises StoreError, DiskFull."""
        try:
            for first in range(0, len(pieces), _AT_ONCE):
                some = pieces[first : first + _AT_ONCE]
                written = os.writev(self._descriptor, some)  # from where they lie: joining them is one more copy
                if written < sum(map(len, some)):
                    write_all(self._descriptor, b"".join(some)[written:])
        except OSError as error:
            raise file_error("write", self.file, error) from error

    def finish(self) -> None:
        """Sync it and give it its name.  Raises NotPossible, StoreError, DiskFull; nothing is left then."""
        try:
            os.fsync(self._descriptor)
            self._name()
            sync_folder(self.file.parent)
        except OSError as error:
            raise file_error("write", self.file, error) from error
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Remove what is unfinished; nothing when it is finished."""
        if self._descriptor >= 0:
            with suppress(OSError):
                self._part.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    def _name(self) -> None:
        try:
            os.link(self._part, self.file)  # unlike a rename it fails where there is a file by now
        except FileExistsError:
            self._refuse_existing()
            raise
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):
                raise
            self._refuse_existing()  # a file system without links
            self._part.rename(self.file)

    def _refuse_existing(self) -> None:
        if os.path.lexists(self.file):
            raise NotPossible(f"{self.file} is there already.", "Choose another name: nothing is written over.")


def _exclusive(part: Path) -> int:
    """A new file that is ours alone, locked; a leftover that nobody holds goes first.  Raises NotPossible, OSError."""
    while True:
        try:
            descriptor = os.open(part, os.O_WRONLY | MADE, 0o600)
        except FileExistsError:
            _remove_leftover(part)
            continue
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is(part, descriptor):
            return descriptor
        os.close(descriptor)  # another run took it for a leftover before it was locked


def _remove_leftover(part: Path) -> None:
    try:
        descriptor = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        lock(descriptor, part)
        if _is(part, descriptor):
            part.unlink()
    finally:
        os.close(descriptor)


def _is(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def lock(descriptor: int, path: Path) -> None:
    """Hold an open file or folder until it is closed.  Raises NotPossible when another process does."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise NotPossible(f"Another export writes to {path} now.", "Wait for it to end, or stop it.") from None
    except OSError as error:
        if error.errno not in (errno.ENOTSUP, errno.ENOLCK, errno.ENOSYS):
            raise


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`, which one call need not do.  Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def make_folder(folder: Path) -> None:
    """Make one folder, 0700, unless it is there.  Raises StoreError, DiskFull."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError as error:
        raise StoreError(f"There is no folder {folder.parent}.", "Make it first, or choose another path.") from error
    except OSError as error:
        if isinstance(error, FileExistsError):
            raise NotPossible(f"{folder} is no folder.", "Choose another path.") from error
        raise file_error("make the folder", folder, error) from error


def sync_file_system(descriptor: int) -> None:
    """Have all that was written below an open folder on the disk.  Raises OSError.

    One call for thousands of small files: an fsync for each takes fifty times as long.
    """
    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if call is None:
        os.sync()  # not Linux
    elif call(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
