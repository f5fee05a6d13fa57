"""Where configuration, data and log are, and private creation of folders and files there.

Locations follow the first that is set: option, environment variable, XDG base directory, the system's own place.
Whatever the umask, folders made here are 0700 and files 0600, and modes that are looser are repaired.
"""

import errno
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from store.errors import DiskFull, StoreError

PROGRAM = "bocau"
_LOOSE = stat.S_IRWXG | stat.S_IRWXO
_OWNER = "Check the path and who owns it; --data names another folder."
_HINTS = {
    errno.EROFS: "This disk can only be read; mail has to be written: --data names another folder.",
    errno.EACCES: _OWNER,
    errno.EPERM: _OWNER,
    errno.ELOOP: "A symbolic link stands in its place: give the real place with --data.",
    errno.EISDIR: "A folder stands in its place: move that away.",
    errno.ENOTDIR: "A file stands where a folder is needed.",
    errno.EMFILE: "Too many files are open: raise `ulimit -n`.",
    errno.EIO: "The disk does not work as it should: check it, and your backup.",
}
"""What to do, by the number of the system's error."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The configuration file and the data folder of one run; both absolute, neither need exist."""

    config: Path
    data: Path

    @property
    def log(self) -> Path:
        """The rotated log of the program."""
        return self.data / "bocau.log"

    @property
    def engine_lock(self) -> Path:
        """The file that the one running engine of this store holds locked."""
        return self.data / "engine.lock"


def locate(config: str | Path | None, data: str | Path | None, environment: Mapping[str, str] = os.environ) -> Paths:
    """Find both places.  `config` and `data` are the values of `--config` and `--data`, None when not given."""
    return Paths(config_file(config, environment), data_folder(data, environment))


def config_file(option: str | Path | None, environment: Mapping[str, str]) -> Path:
    """The configuration file: `option`, $BOCAU_CONFIG, $XDG_CONFIG_HOME/bocau/config.toml, or the system's place."""
    if given := option or environment.get("BOCAU_CONFIG"):
        return _absolute(given)
    folder = _xdg(environment, "XDG_CONFIG_HOME") or platformdirs.user_config_path(PROGRAM, appauthor=False)
    return _absolute(folder / "config.toml")


def data_folder(option: str | Path | None, environment: Mapping[str, str]) -> Path:
    """The data folder: `option`, $BOCAU_DATA, $XDG_DATA_HOME/bocau, or the system's place."""
    if given := option or environment.get("BOCAU_DATA"):
        return _absolute(given)
    return _absolute(_xdg(environment, "XDG_DATA_HOME") or platformdirs.user_data_path(PROGRAM, appauthor=False))


def make_private_folder(folder: Path) -> None:
    """Make `folder` and its parents, itself 0700 whatever the umask; an existing one loses every right of others.

    Raises StoreError when it cannot be made, is not a folder, or belongs to another user; DiskFull.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.stat()
        if found.st_uid != os.geteuid():
            raise StoreError(f"{folder} belongs to another user.", "Choose a folder of your own with --data.")
        if found.st_mode & _LOOSE or not found.st_mode & stat.S_IWUSR:
            folder.chmod(0o700)
    except OSError as error:
        raise file_error("make the folder", folder, error) from error


def open_private(file: Path) -> int:
    """Open `file` for reading and writing, made 0600 when missing, repaired to 0600 when looser; a descriptor.

    It does not follow a symbolic link in the last place.  Raises StoreError, DiskFull.
    """
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise file_error("open", file, error) from error
    try:
        # The umask may also take rights away from ourselves, hence the comparison with all of 0600.
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != 0o600:
            os.fchmod(descriptor, 0o600)
    except OSError as error:
        os.close(descriptor)
        raise file_error("make private", file, error) from error
    return descriptor


def make_private_file(file: Path) -> None:
    """Make sure that `file` exists and is 0600, before a library (SQLite, logging) opens it by name."""
    os.close(open_private(file))


def write_private(file: Path, content: bytes) -> None:
    """Replace `file` by `content` in one step, 0600, synced to the disk: after a crash the old or the new is there.

    A symbolic link stays one (people keep their configuration in a repository): its target is replaced.
    Raises StoreError, DiskFull; the old file is then untouched.
    """
    target = Path(os.path.realpath(file))
    try:
        target.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise file_error("write", target, error) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, 0o600)
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        os.replace(name, target)  # noqa: PTH105 (descriptor and name come from mkstemp)
        sync_folder(target.parent)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise file_error("write", target, error) from error


def file_error(action: str, file: Path, error: OSError) -> StoreError:
    """The StoreError for an OSError: `action` is a verb phrase such as "open"."""
    reason = (error.strerror or str(error)).lower()
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull(f"Cannot {action} {file}: {reason}.", "Free some space, then try again.")
    return StoreError(f"Cannot {action} {file}: {reason}.", _HINTS.get(error.errno or 0, "Check the path."))


def sync_folder(folder: Path) -> None:
    """Have what was renamed in a folder reach the disk: a power cut might take it back.  Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _absolute(path: str | Path) -> Path:
    return Path(path).expanduser().absolute()


def _xdg(environment: Mapping[str, str], variable: str) -> Path | None:
    # The base directory specification: a relative path is invalid and must be ignored.
    base = environment.get(variable, "")
    return Path(base) / PROGRAM if os.path.isabs(base) else None  # noqa: PTH117
