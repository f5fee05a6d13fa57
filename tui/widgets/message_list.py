"""The list of messages: a window of summaries as rows, with a cursor that stays on its message."""

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip

from protocols.mime.safe import SafeText
from store.model import AccountId, FolderId, MessageId, Summary
from store.settings import Column
from tui import format
from tui.arrivals import MOST, Arrivals
from tui.columns import USUAL, Columns
from tui.place import Place
from tui.rows import Besides, Piece, account_room, pieces, spoken, tall_pieces
from tui.widgets.picking_list import PickingList
from tui.widgets.virtual_list import merged
from tui.window import Lead, MessageWindow
from tui.wrap import folded

NEAR = 2
"""Screens, above and below, that are kept in memory: a page leaves the cursor in the middle, so it may show both."""
AHEAD = 5
"""Screens that are read at a time when one of those is missing."""
FEW = 3
"""Up to so many messages are looked for one by one; for more all rows are gone through once."""
MANY = 200
"""Up to so many that are leaving are looked up one by one: most are near the cursor, or known to be gone."""
DRAWN = 1000
"""Rows of which it is remembered what they stood for when they were drawn: more than any screen shows."""


class MessageList(PickingList):
    """Draws a MessageWindow.  Acts bind to `target`: the message that the eye saw under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "list--read", "list--unread", "list--faint", "list--star", "list--mark", "list--label",
        "list--selected", "list--selected-unread", "list--cursor", "list--cursor-unread", "list--empty",
    }  # fmt: skip
    DEFAULT_CSS = """
    MessageList {
        & > .list--read { color: $read; }
        & > .list--unread { color: $unread; text-style: bold; }
        & > .list--faint { color: $faint; }
        & > .list--star { color: $star; }
        & > .list--mark { color: $accent; }
        & > .list--label { color: $label; }
        & > .list--empty { color: $faint; }
        & > .list--selected { background: $accent 22%; color: $unread; }
        & > .list--selected-unread { background: $accent 22%; color: $unread; text-style: bold; }
        & > .list--cursor { background: $cursor-away; color: $cursor-text; }
        & > .list--cursor-unread { background: $cursor-away; color: $cursor-text; text-style: bold; }
        &:focus > .list--cursor { background: $cursor; }
        &:focus > .list--cursor-unread { background: $cursor; }
        &:ansi > .list--faint { text-style: dim; }
        &:ansi > .list--selected { background: ansi_default; color: ansi_magenta; }
        &:ansi > .list--selected-unread { background: ansi_default; color: ansi_magenta; text-style: bold; }
        &:ansi > .list--cursor { text-style: reverse; background: ansi_default; color: ansi_default; }
        &:ansi > .list--cursor-unread { text-style: bold reverse; background: ansi_default; color: ansi_default; }
        &:nocolor > .list--selected { text-style: underline; }
        &:nocolor > .list--selected-unread { text-style: bold underline; }
    }
    """

    clock = staticmethod(time.time)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.empty: tuple[SafeText, ...] = ()
        """What an empty list says, a paragraph each."""
        self._settled = True
        self._filling = False
        """Whether a first sync fills the list and nobody has moved yet: the cursor stays at the top then."""
        self._place: Place | None = None
        self._accounts: Mapping[AccountId, str] = {}
        self._columns: Sequence[Column] = USUAL
        self._spoken = False
        self.folder_names: Mapping[FolderId, str] = {}
        """What a column of folders says."""
        self._doubled = False
        """Whether rows may stand for messages of several accounts: then there is room for two names."""
        self._leaving: set[MessageId] = set()
        self._found_in: dict[MessageId, FolderId] = {}
        """Of results: the folder in which each message was when it was drawn first."""
        self._awaited: frozenset[MessageId] = frozenset()
        """What an undo brings back: the cursor goes there when it comes, unless somebody moves it before."""
        self.arrivals = Arrivals()
        """The mail that came in above what is on the screen."""

    def show(
        self, window: MessageWindow, place: Place, accounts: Mapping[AccountId, str], *, filling: bool = False
    ) -> None:
        """Show another window from its top; `accounts` names the accounts where they are mixed, else is empty.

        `filling`: a first sync is about to bring its mail.
        """
        self.window, self._place, self._accounts = window, place, accounts
        self._leaving.clear()
        self._drawn.clear()
        self._found_in.clear()
        self._awaited = frozenset()
        self.clear_selection()
        self.arrivals.begin(window.ids(0, MOST))
        self.cursor = 0
        self.message = window.id_at(0)
        self._settled = False  # nobody has seen it yet
        self._filling = filling
        self.set_count(len(window))
        self.scroll_to_row(0)
        self.refresh()
        self.post_message(self.Moved(self))

    def exchange(self, window: MessageWindow, place: Place, accounts: Mapping[AccountId, str]) -> None:
        """Go on with another window of the same place, the cursor on its message: an account's folder came or went."""
        self.window, self._place, self._accounts = window, place, accounts
        self.updated()

    def explain(self, paragraphs: Sequence[SafeText]) -> None:
        """Say something else where the list is empty."""
        if self.empty != tuple(paragraphs):
            self.empty = tuple(paragraphs)
            if not self.count:
                self.refresh()

    @property
    def target(self) -> MessageId | None:
        """The message an act is for; None when what stands under the cursor changed and was not drawn yet."""
        return self.message if self._settled and self.message not in self._leaving else None

    def make_room(self, *, doubled: bool) -> None:
        """Whether there may be rows that name two accounts."""
        if doubled != self._doubled:
            self._doubled = doubled
            self.refresh()

    def touch(self) -> None:
        """Somebody uses the list: from now on the cursor stays on its message."""
        self._filling = False

    def keep_up(self) -> None:
        """The window may have changed a moment ago: a key is for the message that was drawn, not for a row."""
        if self.window is not None and self.window.id_at(self.cursor) != self.message:
            self.updated()

    def updated(self) -> None:
        """The window changed: keep the cursor on its message, and rows that are being read where they are."""
        if self.window is None:
            return
        top, old = self.top_row, self.cursor
        if self.message is not None and self.window.id_at(old) == self.message:
            row: int | None = old
        else:
            row = None if self.message is None else self.window.row_standing_for(self.message)
        if self._filling:
            row = None
        if row is None:
            row = max(0, min(old, len(self.window) - 1))
            self._settled = len(self.window) == 0 or self.message == self.window.id_at(row)
        changed = self.message != self.window.id_at(row)
        self._settled = self._settled and not (changed and len(self.window))
        self.message = self.window.id_at(row)
        self.cursor = row
        self._reach = None  # of a range: its rows are others now
        self.set_count(len(self.window))
        if (top or old) and row != old:
            self.scroll_to_row(top + row - old)
        self._leaving = self._here(self._leaving)
        self.arrivals.note(self.window.ids)
        self._look()
        self.refresh()
        if changed:
            self.post_message(self.Moved(self))
        if self._awaited:
            self._come_back()

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, and remember its message."""
        super().move_to(row)
        self.touch()
        self._awaited = frozenset()
        if self.window is not None:
            self._settled = True

    def come_back(self, messages: Iterable[MessageId]) -> None:
        """An act on these was taken back: the cursor goes to the first of them that is here, or will be."""
        self._awaited = frozenset(messages)
        self._come_back()

    def _come_back(self) -> None:
        if self.window is None:
            return
        if len(self._awaited) > FEW:
            rows = [row for row, message in enumerate(self.window.ids()) if message in self._awaited][:1]
        else:
            found = map(self.window.row_standing_for, self._awaited)
            rows = [row for row in found if row is not None]
        if rows:
            is_there = min(rows) == self.cursor and self.window.id_at(self.cursor) == self.message
            is_seen = self._settled and is_there
            self.move_to(min(rows))
            self._settled = is_seen  # else it is drawn first, then acted on

    def _here(self, messages: set[MessageId]) -> set[MessageId]:
        """Those that still have a row."""
        window = self.window
        if window is None or not messages:
            return set()
        if len(messages) > MANY:
            return messages.intersection(window.ids())
        return {message for message in messages if window.row_of(message) is not None}

    def leave(self, messages: Iterable[MessageId]) -> None:
        """The user sends these away: the cursor goes to the next that stays at once, before the store has written."""
        self._leaving.update(messages)
        if self.window is None or self.message not in self._leaving:
            return
        for row in chain(range(self.cursor + 1, self.count), range(self.cursor - 1, -1, -1)):
            if self.window.id_at(row) not in self._leaving:
                self.move_to(row)
                return

    def is_leaving(self, message: MessageId) -> bool:
        """Whether the user has sent it away, and the store is still to say so."""
        return message in self._leaving

    @property
    def leaving(self) -> frozenset[MessageId]:
        """All that the user has sent away."""
        return frozenset(self._leaving)

    def stay(self, messages: Iterable[MessageId]) -> None:
        """These do not go after all."""
        self._leaving.difference_update(messages)

    def _look(self) -> None:
        """New is what stands above the screen: what is on it or below it, or was, is new no longer."""
        if self.arrivals and self.window is not None:
            last = max(self.arrivals.reach, self.top_row + self.rows_seen)
            self.arrivals.saw(self.window.ids(self.top_row, last))

    def missing(self) -> tuple[int, int] | None:
        """The rows on the screen when one of them is not in memory."""
        top = self.top_row
        last = min(self.count, top + self.rows_seen + (self.tall > 1))
        if self.window is None or all(self.window.at(row) for row in range(top, last)):
            return None
        return top, last

    def ahead(self) -> tuple[int, int] | None:
        """Rows above or below the screen, when those near it are not all in memory.

        Read before they are looked at, the next page is drawn once, with its key, and not blank first.
        """
        if self.window is None:
            return None
        top, height = self.top_row, self.rows_seen
        near = NEAR * height
        for first, far in ((top + height, top + height), (top - near, top - AHEAD * height)):
            if not all(self.window.at(row) for row in range(max(0, first), min(self.count, first + near))):
                return max(0, far), min(self.count, far + AHEAD * height)
        return None

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for the rows that come into sight."""
        super().watch_scroll_y(old_value, new_value)
        before = len(self.arrivals)
        self._look()
        if self.missing() or len(self.arrivals) != before:
            self.post_message(self.Moved(self))

    def render_line(self, y: int) -> Strip:
        """One line of the screen; in an empty list those that say why it is empty."""
        if self.count or not y:
            return super().render_line(y)
        width = self.size.width
        told = [text for paragraph in self.empty for text in (*folded(paragraph, max(1, width - 4)), "")]
        text = told[y - 1] if y <= len(told) else ""
        segments = [Segment(f"  {text}", self.style_of("list--empty"))] if text else []
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def show_columns(self, columns: Sequence[Column], *, tall: int, spoken: bool = False) -> None:
        """Show these columns, in rows of so many lines (one or two); `spoken`: a sentence each, for a screen reader."""
        self._columns, self._spoken = tuple(columns), spoken
        self.set_tall(1 if spoken else tall)
        self.refresh()

    def row_lines(self, row: int, width: int, *, at_cursor: bool) -> list[list[Segment]]:
        """One summary, in as many lines as rows have; blank while it is being read."""
        summary = self.window.at(row) if self.window else None
        if summary is None:
            return [[Segment(" " * width, self.style_of("list--cursor" if at_cursor else "list--faint"))]] * self.tall
        if at_cursor:  # the window may be ahead of the cursor
            self._settled = summary.id == self.message
        self._drawn[summary.id] = self.row_ids(summary)
        self._drawn.move_to_end(summary.id)
        if len(self._drawn) > DRAWN:
            self._drawn.popitem(last=False)
        selected = bool(self.selection) and self.is_selected(summary)
        moved = self._moved_to(summary)
        lead = Lead(moved) if moved or self.window is None else self.window.lead(row)
        unread = not summary.flags & 1
        lines = self._pieces(summary, width, lead, selected=selected)
        if at_cursor or selected:
            look = "list--cursor" if at_cursor else "list--selected"
            whole = self.style_of(f"{look}-unread" if unread else look)
            return [merged([(piece.text, whole) for piece in line]) for line in lines]
        text = self.style_of("list--faint" if moved else "list--unread" if unread else "list--read")
        styles = {part: self.style_of(f"list--{part}") for part in ("mark", "star", "faint", "label")} | {"text": text}
        # a blank has no colour of its own: drawn like the text that follows, it costs nothing
        return [
            merged([(piece.text, styles[piece.part] if piece.text.strip() else text) for piece in line])
            for line in lines
        ]

    def _moved_to(self, summary: Summary) -> str:
        """Of results, which stay where they were found: the folder that a message has gone to since, else nothing."""
        if self.window is None or not self.window.is_fixed:
            return ""
        found = self._found_in.setdefault(summary.id, summary.folder)
        name = self.folder_names.get(summary.folder, "")
        return f"in {name}: " if found != summary.folder and name else ""

    def _pieces(self, summary: Summary, width: int, lead: Lead, *, selected: bool) -> list[list[Piece]]:
        """What the lines of a row say; `lead` stands before the subject."""
        place, names = self._place, self._accounts
        besides = Besides(
            accounts=self._owners(summary),
            folder=self.folder_names.get(summary.folder, ""),
            outgoing=place is not None and place.outgoing,
            selected=selected,
            distant=self.window is not None and summary.id in self.window.on_server,
            lead=lead.text,
            repeats=lead.repeats,
        )
        if self._spoken:
            return [[Piece(format.fit(spoken(summary, self.clock(), besides, width), width), "text")]]
        room = account_room(names.values(), doubled=self._doubled)
        if self.tall > 1:
            return tall_pieces(summary, width, room, self._columns, self.clock(), besides)
        return [pieces(summary, Columns.of(width, room, self._columns), self.clock(), besides)]

    def _owners(self, summary: Summary) -> list[str]:
        """The names of the accounts that a row stands for, each once; none where there is nothing to tell apart."""
        accounts = dict.fromkeys(one.account for one in summary.everywhere)
        return [self._accounts[account] for account in accounts if account in self._accounts]
