"""Recognises what mail is kept in, and reads it: mbox files, Maildirs, eml files, and trees of these."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from protocols.backup import maildir, plain_names
from protocols.backup.mbox_reader import LARGEST, looks_like_mbox, read_mbox
from protocols.backup.saved import INBOX, Broken, Saved
from store.errors import NotFound, NotPossible
from store.paths import file_error

_PEEK = 65_536
_FIELD = re.compile(rb"^[!-9;-~]{1,998}[ \t]*:", re.MULTILINE)
_NAMES_OF_LETTERS = re.compile(r"\d+")
"""MH and its kin number their letters."""
_NOT_MAIL = re.compile(
    r"\..*|.*\.(?:msf|lock|dat|json|log|index|cache|map)|(?:dovecot|courier|maildirfolder|subscriptions).*",
    re.IGNORECASE,
)
"""What mail programs keep beside mail."""
_MAILDIR = ("cur", "new")


class Kind(Enum):
    """What a file is."""

    MBOX = "mbox"
    LETTER = "letter"
    """One message."""
    IN_MAILDIR = "in-maildir"
    """One message, with flags in its name."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a source, and the folder for which its place stands."""

    file: Path
    kind: Kind
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Mail somewhere on the disk; each walk reads the folders anew and holds the names of one at a time."""

    path: Path
    doubled: bool = True
    """Whether `>>From ` was quoted too; see protocols.backup.mbox.unquoted."""

    def octets(self) -> int:
        """The size of all files that will be read."""
        return sum(_size(found.file) for found in self.files())

    def files(self) -> Iterator[Found]:
        """The files in the order of their names.  Raises NotFound, NotPossible, StoreError for the path itself."""
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            raise NotFound(f"There is nothing at {self.path}.", "Name an mbox file, a Maildir or eml files.") from None
        except OSError as error:
            raise file_error("read", self.path, error) from error
        if stat.S_ISDIR(mode):
            yield from _in_folder(self.path, Path())
            return
        kind = _kind(self.path, named=True) if stat.S_ISREG(mode) else Kind.UNKNOWN
        if kind is Kind.UNKNOWN:
            raise NotPossible(
                f"{self.path} is no mail that bocau knows.", "Known are mbox, Maildir, eml files and folders of them."
            )
        yield Found(self.path, kind)

    def messages(self) -> Iterator[Saved | Broken]:
        """Every message; what cannot be read is told in between.  Raises as `files` does."""
        for found in self.files():
            try:
                if found.kind is Kind.MBOX:
                    with found.file.open("rb") as stream:
                        for one in read_mbox(stream, str(found.file), doubled=self.doubled):
                            yield _in(found.folder, one)
                elif found.kind is Kind.UNKNOWN:
                    yield Broken(str(found.file), "is no mail")
                else:
                    yield _letter(found)
            except OSError as error:
                yield Broken(str(found.file), f"cannot be read: {(error.strerror or str(error)).lower()}")


def _in(folder: str, one: Saved | Broken) -> Saved | Broken:
    """A message of an mbox, which says itself where it was when we wrote it."""
    if isinstance(one, Broken) or one.folder:
        return one
    return Saved(one.raw, one.received, one.flags, folder)


def _letter(found: Found) -> Saved | Broken:
    with found.file.open("rb") as stream:
        state = os.fstat(stream.fileno())
        if state.st_size > LARGEST:
            return Broken(str(found.file), f"is larger than {LARGEST >> 20} MiB")
        raw = stream.read()
    if not raw:
        return Broken(str(found.file), "is empty")
    if found.kind is Kind.LETTER:
        # others' files may have been copied, which makes them new: the message says itself when it was sent
        written = int(state.st_mtime)
        return Saved(raw, written if plain_names.is_ours(found.file.name, written) else None, folder=found.folder)
    # whoever copies a Maildir may lose the times of its files, but never makes them older
    stamps = [int(state.st_mtime), maildir.stamp_in(found.file.name)]
    received = min(stamp for stamp in stamps if stamp is not None)
    return Saved(raw, received, maildir.flags_in(found.file.name), found.folder)


def _in_folder(folder: Path, place: Path) -> Iterator[Found]:
    """What is in a folder, which stands at `place` below the source's top."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        if not place.parts:
            raise file_error("read the folder", folder, error) from error
        yield Found(folder, Kind.UNKNOWN)
        return
    inside = [entry.name for entry in entries if _is_folder(entry)]
    is_maildir = all(name in inside for name in _MAILDIR)
    if is_maildir:
        yield from _in_maildir(folder, _maildir_path(place))
    for entry in entries:
        if is_maildir and entry.name in ("cur", "new", "tmp"):
            continue
        if entry.name in inside:
            if not entry.name.startswith(".") or (folder / entry.name / "cur").is_dir():
                yield from _in_folder(folder / entry.name, place / entry.name)
        elif not is_maildir and not _NOT_MAIL.fullmatch(entry.name) and not _is_empty_mbox(entry):
            yield _in_tree(folder / entry.name, place)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    # links to folders are left alone: they may lead round in a circle
    return entry.is_dir(follow_symlinks=False)


def _is_empty_mbox(entry: "os.DirEntry[str]") -> bool:
    # a folder of Thunderbird without mail
    return entry.is_file() and not entry.stat().st_size and not entry.name.lower().endswith(plain_names.SUFFIX)


def _in_tree(file: Path, place: Path) -> Found:
    kind = _kind(file, named=False)
    if kind is not Kind.MBOX:
        return Found(file, kind, plain_names.path_of(place))
    # Thunderbird keeps what is inside the folder `Work` in `Work.sbd`
    parts = [part.removesuffix(".sbd") for part in (*place.parts, file.name)]
    return Found(file, kind, "/".join((*parts[:-1], parts[-1].removesuffix(".mbox"))))


def _in_maildir(folder: Path, path: str) -> Iterator[Found]:
    for name in _MAILDIR:
        try:
            files = sorted(entry.name for entry in os.scandir(folder / name) if entry.is_file())
        except OSError:
            yield Found(folder / name, Kind.UNKNOWN)
            continue
        for file in files:
            if not file.startswith("."):
                yield Found(folder / name / file, Kind.IN_MAILDIR, path)


def _maildir_path(place: Path) -> str:
    """The folder for which a Maildir stands: Maildir++ names begin with a dot, others are taken as they are."""
    levels = (maildir.folder_path(part) if part.startswith(".") else part for part in place.parts)
    return "/".join(level for level in levels if level) or INBOX


def _kind(file: Path, *, named: bool) -> Kind:
    """What a file is, by its first octets; one that cannot be read or is empty counts as what its name says.

    `named`: a person named this very file, so that its name need not end in .eml.
    """
    is_letter = named or file.name.lower().endswith(plain_names.SUFFIX) or _NAMES_OF_LETTERS.fullmatch(file.name)
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return Kind.UNKNOWN
        with file.open("rb") as stream:
            beginning = stream.read(_PEEK)
    except OSError:
        return Kind.LETTER  # reading it tells why
    if plain_names.is_ours(file.name):
        return Kind.LETTER  # whatever is in it: it was mail when it was written
    if looks_like_mbox(beginning) and not file.name.lower().endswith(plain_names.SUFFIX):
        return Kind.MBOX
    return Kind.LETTER if is_letter and (not beginning or _FIELD.search(beginning)) else Kind.UNKNOWN


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
