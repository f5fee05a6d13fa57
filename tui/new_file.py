"""Writes what came in a mail into a new file: readable by its owner alone, never over a file that is there."""

import os
from pathlib import Path

import platformdirs

from protocols.mime.safe import SafeText, file_name, line
from store.errors import StoreError
from store.paths import file_error

_TRIES = 1000
_EXTENSIONS = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "message/rfc822": ".eml",
    "application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif",
}  # fmt: skip
_NAME = 255
"""Octets of a file's name, by what Linux and macOS allow."""


def downloads() -> Path:
    """Where files go when nothing else is said: the system's folder for downloads, else the user's own."""
    folder = platformdirs.user_downloads_path()
    return folder if folder.is_dir() else Path.home()


def suggested(name: str, type: str, index: str) -> SafeText:
    """What to call the file of a part that the sender called `name`, or gave no name at all."""
    if name.strip():
        return file_name(name)
    return file_name(f"part-{index}{_EXTENSIONS.get(type, '')}")


def target(typed: str, name: str) -> Path:
    """The absolute path that somebody typed; when that is a folder, the file `name` in it.  Raises StoreError."""
    try:
        path = Path(typed).expanduser().absolute()
    except RuntimeError as error:
        raise StoreError(f"Cannot save as {typed}: there is no such user.", "Begin with ~/ or with /.") from error
    return path / name if path.is_dir() or typed.endswith(os.sep) else path


def shown(path: Path) -> SafeText:
    """A path for the screen, with ~ for the user's own folder."""
    home = str(Path.home())
    text = str(path)
    return line(f"~{text[len(home) :]}" if text.startswith(home + os.sep) else text, 300)


def write_new(path: Path, content: bytes) -> Path:
    """Write `content` into a file that was not there before, 0600; its path, with a number when the name was taken.

    Blocks: call it in a thread.  Raises StoreError, DiskFull; nothing is left behind then.
    """
    for number in range(1, _TRIES):
        file = _numbered(path, number)
        try:
            # neither over a file nor through a link, whatever is put there in this moment
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            continue
        except (OSError, ValueError) as error:  # a ValueError is a name with a NUL in it
            raise _unwritten(path, error) from error
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
        except OSError as error:
            file.unlink(missing_ok=True)
            raise file_error("write", file, error) from error
        return file
    raise StoreError(f"There are too many files called {path.name} in {path.parent}.", "Choose another name.")


def _unwritten(path: Path, error: OSError | ValueError) -> StoreError:
    if isinstance(error, ValueError):
        return StoreError(f"Cannot write {path}: that is no name for a file.", "Choose another name.")
    return file_error("write", path, error)


def _numbered(path: Path, number: int) -> Path:
    """The path itself, then `name (2).pdf` and so on."""
    if number == 1:
        return path
    tail = f" ({number}){path.suffix}"
    stem = path.stem.encode("utf-8", "surrogateescape")[: max(1, _NAME - len(tail.encode("utf-8", "surrogateescape")))]
    return path.with_name(stem.decode("utf-8", "ignore") + tail)
