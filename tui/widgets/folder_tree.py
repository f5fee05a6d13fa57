"""The folder pane: all inboxes on top, then each account's folders, with what is unread and how much there is."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message

from tui import format, marks
from tui.folder_rows import Entry, Key
from tui.place import Place
from tui.widgets.virtual_list import VirtualList, merged

_DEEPEST = 6
"""Levels that are indented."""


class FolderTree(VirtualList):
    """Draws the entries; the cursor passes over titles that nothing is folded into."""

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

    class Folded(Message):
        """A click asks to fold or unfold."""

        def __init__(self, sender: "FolderTree", key: Key, *, fold: bool) -> None:
            super().__init__()
            self.sender, self.key, self.fold = sender, key, fold

        @property
        def control(self) -> "FolderTree":
            """The pane that was clicked."""
            return self.sender

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries: list[Entry] = []
        self._open: Place | None = None

    @property
    def entry(self) -> Entry | None:
        """The row under the cursor."""
        return self._entries[self.cursor] if self.cursor < len(self._entries) else None

    @property
    def place(self) -> Place | None:
        """The place under the cursor."""
        return self.entry.place if self.entry is not None else None

    @property
    def places(self) -> list[Place]:
        """Every place that is shown, from top to bottom."""
        return [entry.place for entry in self._entries if entry.place is not None]

    def show(self, rows: Sequence[Entry], open_place: Place | None) -> None:
        """Show other entries; repaints only when they are different."""
        if list(rows) == self._entries and open_place == self._open:
            return
        moved = open_place != self._open
        under = self.entry
        self._entries, self._open = list(rows), open_place
        self.set_count(len(rows))
        row = self._row_of(under) if under is not None and not moved else None
        if row is None:
            row = self._row_of_place(open_place)
        if row is not None:
            self.move_to(row)
        else:
            self._settle()
        self.refresh()

    def _row_of(self, wanted: Entry) -> int | None:
        """Where the row that the cursor stood on is now."""
        if wanted.place is not None:
            return self._row_of_place(wanted.place)
        return next((n for n, one in enumerate(self._entries) if wanted.key and one.key == wanted.key), None)

    def _row_of_place(self, place: Place | None) -> int | None:
        """The row of a place, or of what it is folded into."""
        if place is None:
            return None
        for number, entry in enumerate(self._entries):
            if entry.place is not None and entry.place.key == place.key:
                return number
        if not place.account or len(place.folders) != 1:
            return None
        return next((n for n, one in enumerate(self._entries) if one.folded and place.folders[0] in one.inside), None)

    def row_above(self) -> int | None:
        """The row of the folder, or account, that the one under the cursor is in."""
        level = self._entries[self.cursor].level if self._entries else 0
        for row in range(self.cursor - 1, -1, -1):
            one = self._entries[row]
            if one.level < level and (one.key is not None or one.place is not None):
                return row
            if not one.text:
                break
        return None

    def entry_at(self, row: int) -> Entry:
        """The row of that number."""
        return self._entries[row]

    @property
    def entries(self) -> list[Entry]:
        """Every row, from top to bottom."""
        return list(self._entries)

    def _can_stand(self, row: int) -> bool:
        one = self._entries[row]
        return one.place is not None or (one.key is not None and (one.folded or bool(one.key[1])))

    def move_to(self, row: int) -> None:
        """Put the cursor on a place, passing over titles in the direction of travel."""
        step = 1 if row >= self.cursor else -1
        row = max(0, min(row, self.count - 1))
        for way in (step, -step):
            place = row
            while 0 <= place < len(self._entries):
                if self._can_stand(place):
                    super().move_to(place)
                    return
                place += way

    def _settle(self) -> None:
        if self._entries and not self._can_stand(self.cursor):
            self.move_to(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """A click in front of a name that folds, or on an account, folds or unfolds it; else it moves and opens."""
        row = event.y + self.scroll_offset.y
        entry = self._entries[row] if row < len(self._entries) else None
        if entry is not None and entry.key is not None and (not entry.level or event.x < 2 + 2 * entry.level):
            self.post_message(self.Folded(self, entry.key, fold=not entry.folded))
        else:
            super().on_click(event)

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """One entry: its name, indented, what is unread, and how much there is."""
        entry = self._entries[row]
        unread = f"{entry.unread:,}" if entry.unread else ""
        total = short(entry.total) if entry.total else ""
        beside = f"{entry.mark} " if entry.mark else ""
        behind = f"{'/' if unread and total else ''}{total or (entry.used if not unread else '')} ".lstrip()
        behind = behind or (" " if beside or unread else "")
        count = f"{beside}{unread}"
        name = f"{_indent(entry)}{entry.text}"
        name = format.fit(middle(name, room := max(1, width - cell_len(count) - cell_len(behind))), room)
        whole = name + count + behind
        if at_cursor and self.has_focus:
            return [Segment(whole, self.style_of("folders--cursor"))]
        if self._is_open(entry):
            return [Segment(whole, self.style_of("folders--open"))]
        look = "title" if entry.place is None and not entry.unread else "unread" if entry.unread else "name"
        wrong = entry.mark not in ("", marks.now().plain)
        return merged(
            [
                (name, self.style_of(f"folders--{look}")),
                (beside, self.style_of("folders--error" if wrong else "folders--title")),
                (unread, self.style_of("folders--count")),
                (behind, self.style_of("folders--title")),
            ]
        )

    def _is_open(self, entry: Entry) -> bool:
        if self._open is None:
            return False
        if entry.place is not None and entry.place.key == self._open.key:
            return True
        return entry.folded and bool(self._open.account) and bool(set(self._open.folders) & set(entry.inside))


def _indent(entry: Entry) -> str:
    depth = min(entry.level, _DEEPEST)
    signs: Mapping[bool, str] = {True: marks.now().folded, False: marks.now().unfolded}
    if entry.key is None or (not entry.level and not entry.folded):
        return " " + "  " * depth
    return " " + "  " * max(0, depth - 1) + f"{signs[entry.folded]} "


def short(number: int) -> str:
    """A number in at most five cells: `9,999`, `12k`, `1.2M`."""
    if number < 10_000:
        return f"{number:,}"
    return f"{number // 1000}k" if number < 1_000_000 else f"{number / 1_000_000:.1f}M"


def middle(text: str, width: int) -> str:
    """`text` in at most `width` cells; what is too long loses its middle: names of folders differ at both ends."""
    if cell_len(text) <= width or width < 8:
        return format.clip(text, width)
    end, used = len(text), 0
    wanted = (width - 1) // 3
    while end > 0 and used < wanted:
        step = end - 1
        while step > 0 and (unicodedata.combining(text[step]) or text[step] == "\u200d" or text[step - 1] == "\u200d"):
            step -= 1
        if used + (cells := cell_len(text[step:end])) > wanted:
            break
        used, end = used + cells, step
    return format.clip(text[:end], width - used) + text[end:]
