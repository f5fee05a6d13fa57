"""Writes messages in each of the three forms; an interruption leaves nothing, or whole files that are kept."""

import hashlib
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from protocols.backup import disk, maildir, mbox, plain_names
from protocols.backup.saved import INBOX, Saved
from store.errors import NotPossible
from store.paths import file_error, sync_folder


class Form(StrEnum):
    """In what mail is kept."""

    MBOX = "mbox"
    MAILDIR = "maildir"
    EML = "eml"


class Writer(ABC):
    """Takes messages until `finish`, or `abandon` for whatever reason; both wait for an `add` in another thread.

    Every method works on the disk: call it in a thread.  All raise NotPossible, StoreError and DiskFull.
    """

    def __init__(self) -> None:
        self.written = 0
        self.there = 0
        """Messages that an earlier run had written already."""
        self._turn = threading.Lock()

    def add(self, messages: Sequence[Saved]) -> None:
        """Write some more messages."""
        with self._turn:
            self._add(messages)

    def finish(self) -> None:
        """Everything is on the disk under its name when this returns."""
        with self._turn:
            self._finish()

    def abandon(self) -> None:
        """Remove what has no name yet.  Never raises."""
        with self._turn:
            self._abandon()

    @abstractmethod
    def _add(self, messages: Sequence[Saved]) -> None: ...

    @abstractmethod
    def _finish(self) -> None: ...

    @abstractmethod
    def _abandon(self) -> None: ...


def writer(form: Form, place: Path) -> Writer:
    """A writer into `place`: a file that is not there yet (mbox), or a folder.  Raises NotPossible, StoreError."""
    match form:
        case Form.MBOX:
            return MboxWriter(place)
        case Form.MAILDIR:
            return MaildirWriter(place)
        case Form.EML:
            return EmlWriter(place)


class MboxWriter(Writer):
    """One file; all or nothing."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = disk.PartialFile(file)

    def _add(self, messages: Sequence[Saved]) -> None:
        self._file.write([piece for saved in messages for piece in mbox.entry(saved)])
        self.written += len(messages)

    def _finish(self) -> None:
        self._file.finish()

    def _abandon(self) -> None:
        self._file.abandon()


AT_ONCE = 4096
"""Files that are synced together before they get their names."""


class FolderWriter(Writer):
    """A file for each message, called by what is in it, so that a message which is there is not written again."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self.place = place
        disk.make_folder(place)
        try:
            self._top = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise file_error("open", place, error) from error
        try:
            disk.lock(self._top, place)
        except BaseException:
            os.close(self._top)
            raise
        self._waiting: list[tuple[Path, Path]] = []
        self._folders: set[Path] = set()
        """Those in which something was written."""
        self._met: dict[bytes, int] = {}
        """How often each message came in this run: equal messages get names of their own."""

    @abstractmethod
    def _names(self, saved: Saved) -> tuple[Path, Path] | None:
        """(name while it is written, final name), None when it is there; makes the folders that it needs."""

    def _add(self, messages: Sequence[Saved]) -> None:
        for saved in messages:
            names = self._names(saved)
            if names is None:
                self.there += 1
                continue
            self._write(names[0], saved)
            self._waiting.append(names)
            if len(self._waiting) >= AT_ONCE:
                self._name_waiting()

    def _fingerprint(self, saved: Saved, folder: Path) -> str:
        """What tells this message from all others that go into the same folder."""
        key = hashlib.sha256(saved.raw)
        fingerprint = key.hexdigest()[:16]
        key.update(os.fsencode(str(folder).casefold()))
        number = self._met[key.digest()[:12]] = self._met.get(key.digest()[:12], 0) + 1
        return fingerprint if number == 1 else f"{fingerprint}-{number}"

    def _write(self, file: Path, saved: Saved) -> None:
        try:
            descriptor = os.open(file, os.O_WRONLY | disk.MADE, 0o600)
            try:
                disk.write_all(descriptor, saved.raw)
                when = max(saved.received or 0, 0)
                with suppress(OverflowError, OSError):  # a time that this file system cannot hold
                    os.utime(descriptor, (when, when))
            except BaseException:
                os.unlink(file)  # noqa: PTH108 (beside os.open)
                raise
            finally:
                os.close(descriptor)
        except OSError as error:
            raise file_error("write", file, error) from error

    def _name_waiting(self) -> None:
        """Sync what was written, then give it its names."""
        if not self._waiting:
            return
        try:
            disk.sync_file_system(self._top)
            for part, file in self._waiting:
                os.rename(part, file)  # noqa: PTH104 (thousands of them: half the time of Path's)
                self._folders.add(file.parent)
                self.written += 1
        except OSError as error:
            raise file_error("write into", self.place, error) from error
        self._waiting = []

    def _finish(self) -> None:
        try:
            self._name_waiting()
            try:
                for folder in self._folders:
                    sync_folder(folder)
            except OSError as error:
                raise file_error("write into", self.place, error) from error
        finally:
            self._abandon()

    def _abandon(self) -> None:
        for part, _ in self._waiting:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        self._waiting = []
        if self._top >= 0:
            os.close(self._top)
            self._top = -1

    def _sweep(self, folder: Path, mark: str) -> None:
        """Remove what a run that was killed has left unfinished: files of ours alone have `mark` in their names."""
        try:
            for entry in os.scandir(folder):
                if mark in entry.name and entry.is_file(follow_symlinks=False):
                    os.unlink(entry.path)  # noqa: PTH108 (beside os.scandir)
        except OSError as error:
            raise file_error("write into", folder, error) from error


_MARK = ".bocau"
"""Stands for the host in names of Maildir: nobody else writes it."""


class MaildirWriter(FolderWriter):
    """A Maildir with its subfolders (Maildir++); the inbox is the Maildir itself.

    What stands there already keeps the flags that it has: somebody may have read on in it.
    """

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self._there: dict[str, tuple[Path, set[str]]] = {}
        if not (place / "cur").is_dir() and any(place.iterdir()):
            self._abandon()
            raise NotPossible(f"{place} is no Maildir, and not empty.", "Name a new folder, or a Maildir.")

    def _names(self, saved: Saved) -> tuple[Path, Path] | None:
        folder, there = self._there.get(saved.folder) or self._open(saved.folder)
        fingerprint = self._fingerprint(saved, folder)
        name = f"{max(saved.received or 0, 0)}.{fingerprint}{_MARK},S={len(saved.raw)}"
        if name in there:
            return None
        return folder / "tmp" / name, folder / "cur" / f"{name}{maildir.INFO}{maildir.letters_of(saved.flags)}"

    def _open(self, path: str) -> tuple[Path, set[str]]:
        folder = self.place if path in ("", INBOX) else self.place / maildir.folder_name(path)
        there: set[str] = set()
        for one in (folder, folder / "tmp", folder / "new", folder / "cur"):
            disk.make_folder(one)
        self._sweep(folder / "tmp", _MARK)
        try:
            if folder != self.place:
                (folder / "maildirfolder").touch(mode=0o600)  # says that it belongs to the one above
            for inner in ("cur", "new"):
                names = (entry.name for entry in os.scandir(folder / inner) if _MARK in entry.name)
                there.update(name.rpartition(maildir.INFO)[0] or name for name in names)
        except OSError as error:
            raise file_error("read", folder, error) from error
        self._there[path] = folder, there
        return folder, there


_UNFINISHED = ".bocau-unfinished"


class EmlWriter(FolderWriter):
    """A tree of folders with a file for each message; flags have no place in it."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self._made: dict[str, Path] = {}
        self._number = 0
        self._unfinished = place / _UNFINISHED
        try:
            disk.make_folder(self._unfinished)
            self._sweep(self._unfinished, "")
        except BaseException:
            self._abandon()
            raise

    def _names(self, saved: Saved) -> tuple[Path, Path] | None:
        folder = self._made.get(saved.folder) or self._open(saved.folder)
        fingerprint = self._fingerprint(saved, folder)
        file = folder / plain_names.file_name(saved.subject, saved.received or 0, fingerprint)
        if os.path.lexists(file):
            return None
        self._number += 1
        return self._unfinished / str(self._number), file

    def _open(self, path: str) -> Path:
        below = plain_names.folders_of(path)
        folder = self.place
        for level in below.parts:
            folder /= level
            disk.make_folder(folder)
        self._made[path] = folder
        return folder

    def _abandon(self) -> None:
        super()._abandon()
        with suppress(OSError):
            self._unfinished.rmdir()
