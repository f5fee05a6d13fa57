"""Which folder of an account comes when: what push announced, what the user looks at, then the rest by role."""

import asyncio
import fnmatch
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from protocols.backend import Round
from store import folders, journal
from store.model import AccountId, Folder, FolderId, Role

_ORDER = {role: place for place, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with the name under which the server knows it."""

    folder: Folder
    name: bytes


class Agenda:
    """What one account has to do next; in memory, and shared by its rounds and its push."""

    def __init__(self, account: AccountId, patterns: Sequence[str]) -> None:
        """`patterns` are the account's `folders` of the configuration."""
        self._account = account
        self._patterns = tuple(patterns)
        self._pushed: dict[FolderId, bool] = {}
        self.focus: tuple[FolderId, ...] = ()
        """What the user looks at; may hold folders of other accounts."""
        self.focus_moved = asyncio.Event()
        """Set by each new focus; cleared by whoever follows it."""
        self.ready = asyncio.Event()
        """Set once the inbox shows something: until then nothing may compete with its first page."""
        self.news = asyncio.Event()
        """Set whenever push or poll has something to do; cleared by whoever attends to it."""
        self.resting = asyncio.Event()
        """Set while no round is running."""
        self.resting.set()

    def look_at(self, wanted: tuple[FolderId, ...]) -> None:
        """The user looks at these folders from now on."""
        if wanted != self.focus:
            self.focus = wanted
            self.focus_moved.set()

    def push(self, folder: FolderId, *, flags: bool = False) -> None:
        """The server has news of a folder; `flags`: some of its flags may have changed."""
        self._pushed[folder] = flags or self._pushed.get(folder, False)
        self.news.set()

    def take_pushed(self, some: Collection[FolderId] | None = None) -> dict[FolderId, bool]:
        """The folders (among `some`) with news, and whether flags are in them; they are forgotten here."""
        taken = [folder for folder in self._pushed if some is None or folder in some]
        return {folder: self._pushed.pop(folder) for folder in taken}

    def chosen(self, connection: sqlite3.Connection, what: Round) -> list[Place]:
        """The folders of a round: the focus first, then the inbox, those with a role, the rest by path."""
        places = self.places(connection, folders.every(connection, self._account))
        wanted = [place for place in places if self.is_wanted(place.folder, what)]
        return sorted(wanted, key=self._rank)

    def _rank(self, place: Place) -> tuple[bool, int, str]:
        folder = place.folder
        return folder.id not in self.focus, _ORDER.get(folder.role, len(_ORDER)) if folder.role else 99, folder.path

    def places(self, connection: sqlite3.Connection, some: Iterable[Folder]) -> list[Place]:
        """Those folders of `some` that the server knows and that can be opened."""
        named = ((folder, folders.wire_name(connection, folder.id)) for folder in some if folder.selectable)
        return [Place(folder, name) for folder, name in named if name is not None]

    def left_out(self, connection: sqlite3.Connection) -> list[Place]:
        """The folders that are not synchronised, but hold mail for which acts wait."""
        waiting = {entry.message for entry in journal.waiting(connection, self._account)}
        held = {truth.folder for truth in journal.truths(connection, waiting).values()}
        some = [one for one in folders.every(connection, self._account) if one.id in held]
        return self.places(connection, [one for one in some if not self.is_followed(one.path)])

    def inbox(self, connection: sqlite3.Connection) -> Place | None:
        """The inbox, None before the server's folders are known."""
        inbox = folders.by_role(connection, self._account, Role.INBOX)
        return next(iter(self.places(connection, [inbox] if inbox else [])), None)

    def focused(self, connection: sqlite3.Connection) -> Place | None:
        """What the user looks at in this account beside the inbox, which is followed anyway."""
        known = [one for one in folders.every(connection, self._account) if one.id in self.focus]
        return next(iter(self.places(connection, [one for one in known if one.role is not Role.INBOX])), None)

    def is_wanted(self, folder: Folder, what: Round) -> bool:
        """Whether a round covers a folder: by its own list, else by the account's patterns."""
        if what.folders:
            return folder.path in what.folders or (folder.role is not None and folder.role.value in what.folders)
        return self.is_followed(folder.path)

    def is_followed(self, path: str) -> bool:
        """Whether the account's patterns allow a folder."""
        includes = [pattern for pattern in self._patterns if not pattern.startswith("!")] or ["*"]
        excludes = [pattern[1:] for pattern in self._patterns if pattern.startswith("!")]
        return _matches(path, includes) and not _matches(path, excludes)


def _matches(path: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(path.casefold(), pattern.casefold()) for pattern in patterns)
