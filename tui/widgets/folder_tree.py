"""The folder pane: all inboxes on top, then each account's folders with what is unread in them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment

from protocols.mime.safe import line
from store.model import Account, AccountId, Folder, FolderId, Role
from tui import format
from tui.place import ROLE_ORDER, Place, of_folder
from tui.widgets.virtual_list import VirtualList, merged

_WARNING = "▲"
"""As in the status line: something is wrong; opening the folder says what."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the pane: a place to open, or (without a place) a title."""

    text: str
    level: int
    place: Place | None = None
    unread: int = 0
    mark: str = ""
    """What is wrong with the account of a title, or with a folder: one sign, empty when all is well."""
    used: str = ""
    """What the account of a title uses on this disk; empty when it is not known."""


def entries(
    accounts: Sequence[Account],
    folders: Sequence[Folder],
    marks: Mapping[str, str] | None = None,
    unified: Sequence[tuple[Place, int]] = (),
    stars: Mapping[AccountId, Place] | None = None,
    kept: Collection[FolderId] = (),
    used: Mapping[str, str] | None = None,
) -> list[Entry]:
    """The rows of the pane.  `marks`: account name -> sign; `unified`: what joins accounts, with what is unread there.

    The first of these, all inboxes, stands at the edge, the others are below it.  `stars`: what has a star in an
    account that is not joined with others; it follows the inbox.  `kept`: the folders that stay on this disk by hand;
    `used`: account name -> what it uses there.
    """
    rows = [Entry(place.title, min(number, 1), place, unread) for number, (place, unread) in enumerate(unified)]
    rows += [Entry("", 0)] if rows else []
    for account in accounts:
        mark, size = (marks or {}).get(account.name, ""), (used or {}).get(account.name, "")
        rows.append(Entry(line(account.name, 100), 0, mark=mark, used=size))
        mine = sorted((folder for folder in folders if folder.account == account.id), key=_order)
        there = {folder.path for folder in mine}
        for folder in mine:
            level = 1 + (0 if folder.role else folder.path.count("/"))
            if not folder.role:  # one whose parent the server does not list would seem to be in the folder above it
                rows += [
                    Entry(line(path.rpartition("/")[2], 100), path.count("/") + 1)
                    for path in _above(folder.path, there)
                ]
            place = of_folder(folder, account)
            mark = _WARNING if folder.notice else ""
            title = f"{place.title} +" if folder.id in kept else place.title
            rows.append(Entry(title, level, place if folder.selectable else None, folder.unread, mark))
            if folder.role is Role.INBOX and stars is not None and account.id in stars:
                rows.append(Entry(stars[account.id].title, level, stars[account.id]))
        rows.append(Entry("", 0))
    return rows[:-1]


def _above(path: str, there: set[str]) -> list[str]:
    """The folders above one that are not `there`, the highest first; from now on they are."""
    names = path.split("/")
    missing = [above for depth in range(1, len(names)) if (above := "/".join(names[:depth])) not in there]
    there.update(missing)
    return missing


def _order(folder: Folder) -> tuple[int, list[str]]:
    rank = ROLE_ORDER.index(folder.role) if folder.role in ROLE_ORDER else len(ROLE_ORDER)
    return rank, [part.casefold() for part in folder.path.split("/")]


class FolderTree(VirtualList):
    """Draws the entries; the cursor passes over titles."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "folders--name", "folders--unread", "folders--title", "folders--count", "folders--cursor", "folders--open",
        "folders--error",
    }  # fmt: skip
    DEFAULT_CSS = """
    FolderTree {
        & > .folders--name { color: $read; }
        & > .folders--unread { color: $unread; text-style: bold; }
        & > .folders--title { color: $faint; }
        & > .folders--count { color: $accent; }
        & > .folders--error { color: $error; }
        & > .folders--open { background: $cursor-away; color: $cursor-text; }
        & > .folders--cursor { background: $cursor; color: $cursor-text; }
        &:ansi > .folders--open { text-style: bold; background: ansi_default; color: ansi_default; }
        &:ansi > .folders--cursor { text-style: reverse; background: ansi_default; color: ansi_default; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries: list[Entry] = []
        self._open: Place | None = None

    @property
    def place(self) -> Place | None:
        """The place under the cursor."""
        return self._entries[self.cursor].place if self.cursor < len(self._entries) else None

    @property
    def places(self) -> list[Place]:
        """Every place, from top to bottom."""
        return [entry.place for entry in self._entries if entry.place is not None]

    def show(self, rows: Sequence[Entry], open_place: Place | None) -> None:
        """Show other entries; repaints only when they are different."""
        if list(rows) == self._entries and open_place == self._open:
            return
        moved = open_place != self._open
        under = self.place
        self._entries, self._open = list(rows), open_place
        self.set_count(len(rows))
        wanted = open_place if moved or under is None else under
        for number, entry in enumerate(rows):
            if entry.place is not None and wanted is not None and entry.place.key == wanted.key:
                self.move_to(number)
                break
        else:
            self._settle(1)
        self.refresh()

    def move_to(self, row: int) -> None:
        """Put the cursor on a place, passing over titles in the direction of travel."""
        step = 1 if row >= self.cursor else -1
        row = max(0, min(row, self.count - 1))
        for way in (step, -step):
            place = row
            while 0 <= place < len(self._entries):
                if self._entries[place].place is not None:
                    super().move_to(place)
                    return
                place += way

    def _settle(self, step: int) -> None:
        if self.place is None:
            self.move_to(self.cursor)

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """One entry: its name, indented, and how many are unread."""
        entry = self._entries[row]
        beside = f"{entry.unread:,}" if entry.unread else entry.used
        count = f"{entry.mark} {beside} ".lstrip() if beside else f"{entry.mark} "
        name = format.fit(" " + "  " * min(entry.level, 6) + entry.text, max(1, width - len(count)))
        here = self._open is not None and entry.place is not None and entry.place.key == self._open.key
        if at_cursor and self.has_focus:
            return [Segment(name + count, self.style_of("folders--cursor"))]
        if here:
            return [Segment(name + count, self.style_of("folders--open"))]
        look = "title" if entry.place is None else "unread" if entry.unread else "name"
        shade = "error" if entry.mark else "title" if entry.used else "count"
        return merged([(name, self.style_of(f"folders--{look}")), (count, self.style_of(f"folders--{shade}"))])
