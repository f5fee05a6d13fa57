"""The reader: a message's headers and text, wrapped to the pane as far as it is looked at."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from protocols.mime.blocks import Link
from store.model import MessageId, Summary
from tui.widgets.finding_view import FindingView
from tui.widgets.line_view import LineView
from tui.widgets.made_rows import Landmark, MadeRows, Row, Stretch
from tui.widgets.part_view import PartView
from tui.widgets.reading_rows import CLICKED, Reading, ReadingRows
from tui.widgets.selecting_view import SelectingView
from tui.widgets.virtual_list import merged

__all__ = ["MessageView", "Reading"]

_AHEAD = 3
"""Pages wrapped beyond what is seen, so that the scroll bar has something to say."""


class MessageView(
    FindingView, LineView, PartView, SelectingView, ReadingRows, ScrollView, can_focus=True, inherit_bindings=False
):
    """Draws a Reading line by line; nothing in it is markup, everything in it is safe text."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "reader--text", "reader--label", "reader--header", "reader--subject", "reader--notice", "reader--rule",
        "reader--chips", "reader--link", "reader--heading", "reader--signature", "reader--quote1", "reader--quote2",
        "reader--quote3", "reader--hit", "reader--hit-here", "reader--added", "reader--removed", "reader--hunk",
        "reader--selection",
    }  # fmt: skip
    DEFAULT_CSS = """
    MessageView {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $line;
        scrollbar-color-hover: $secondary;
        scrollbar-color-active: $primary;
        & > .reader--text { color: $foreground; }
        & > .reader--label { color: $faint; }
        & > .reader--chips { color: $label; }
        & > .reader--header { color: $foreground; }
        & > .reader--subject { color: $unread; text-style: bold; }
        & > .reader--notice { color: $warning; }
        & > .reader--rule { color: $line; }
        & > .reader--link { color: $accent; text-style: underline; }
        & > .reader--heading { color: $unread; text-style: bold; }
        & > .reader--signature { color: $faint; }
        & > .reader--quote1 { color: $quote1; }
        & > .reader--quote2 { color: $quote2; }
        & > .reader--quote3 { color: $quote3; }
        & > .reader--selection { background: $cursor; color: $cursor-text; }
        & > .reader--added { color: $added; }
        & > .reader--removed { color: $removed; }
        & > .reader--hunk { color: $hunk; }
        & > .reader--hit { background: $warning 35%; color: $unread; }
        & > .reader--hit-here { background: $warning; color: $background; text-style: bold; }
        &:ansi > .reader--selection { background: ansi_default; color: ansi_default; text-style: reverse; }
        &:ansi > .reader--signature { text-style: dim; }
        &:ansi > .reader--hit { background: ansi_default; color: ansi_default; text-style: underline; }
        &:ansi > .reader--hit-here { background: ansi_default; color: ansi_default; text-style: reverse; }
    }
    """

    class Drawn(Message):
        """The message's text has really been on the screen."""

        def __init__(self, message: MessageId) -> None:
            super().__init__()
            self.message = message

    class LinkClicked(Message):
        """Somebody clicked on a link; whether it is opened is for others to decide."""

        def __init__(self, link: Link) -> None:
            super().__init__()
            self.link = link

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.reading: Reading | None = None
        self.origin: MessageId | None = None
        """The row of the list from which it was opened."""
        self.accounts = {}
        self._lines = MadeRows()
        self._styles_of: dict[str, Style] = {}
        self._announced = False
        self.clickable = False
        self.all_headers = False
        self.fold_quotes = True
        self.key_of: Callable[[str], str] = lambda _: ""

    def show(self, reading: Reading | None, origin: MessageId | None = None) -> None:
        """Show a message from its top, or nothing; the same message keeps its place.

        `origin` is the row of the list from which it is opened, when that is another message's.
        """
        same = self.reading is not None and reading is not None and self.reading.summary.id == reading.summary.id
        turned = same and self.reading is not None and reading is not None and self.reading.form != reading.form
        text_came = same and self.reading is not None and self.reading.document is None
        self.reading = reading
        self.origin = origin or (None if reading is None else reading.summary.id)
        self.fold_quotes = self.fold_quotes if same else self.sought is None
        self._announced = self._announced and same and not text_came
        self._wrap()
        if not same or turned:
            self.line = 0
            self.scroll_to(y=0, animate=False, force=True)

    def show_headers(self) -> None:
        """Show all headers, or the usual ones again."""
        self.all_headers = not self.all_headers
        self._wrap()
        self.top()

    def show_quotes(self, on: bool | None = None) -> None:
        """Show quotes in full, or fold those that nobody reads again; None: the other way."""
        fold = not self.fold_quotes if on is None else not on
        if fold != self.fold_quotes:
            self.fold_quotes = fold
            self.make_again()

    def make_again(self) -> None:
        """Make all rows again."""
        self._wrap()
        self._go(self.scroll_offset.y)

    @property
    def drawn(self) -> list[Summary]:
        """The messages whose text has been on the screen."""
        return [self.reading.summary] if self.reading is not None and self._announced else []

    @property
    def at_end(self) -> bool:
        """Whether the last line can be seen."""
        self._ensure(self.scroll_offset.y + self.size.height + 1)
        return self.scroll_offset.y + self.size.height >= len(self._lines)

    def scroll_lines(self, number: int) -> None:
        """Scroll some lines down, or up."""
        if self.is_spoken:
            self.stand_on(self.line + number)
        else:
            self._go(self.scroll_offset.y + number)

    def page(self, pages: float) -> None:
        """Scroll some pages, keeping two lines in sight."""
        self.scroll_lines(round(pages * max(1, self.size.height - 2)))

    def top(self) -> None:
        """Scroll to the first line."""
        self._go(0)
        self.stand_on(0)

    def bottom(self) -> None:
        """Scroll to the last line."""
        self._ensure(None)
        self._go(len(self._lines))
        self.stand_on(len(self._lines) - 1)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width, row = self.size.width, y + self.scroll_offset.y
        if row >= len(self._lines):
            self._ensure(row + 1)
        self._announce()
        if row >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        segments = [Segment(" ", self.rich_style), *merged(self.marked(row, self._lines[row]))]
        return self.selectable(Strip(segments).adjust_cell_length(width, self.rich_style), row)

    def _announce(self) -> None:
        """The text is on the screen: say so once."""
        if self.reading is not None and self.reading.document is not None and not self._announced:
            self._announced = True
            self.post_message(self.Drawn(self.reading.summary.id))

    def on_resize(self, event: events.Resize) -> None:
        """Wrap again, keeping the place in proportion."""
        seen = len(self._lines)
        share = self.scroll_offset.y / seen if seen else 0.0
        line = self.line / seen if seen else 0.0
        self._wrap()
        if share:
            self._ensure(seen)
            self._go(round(share * len(self._lines)))
        self.line = round(line * len(self._lines))
        self._keep_line_in_sight()

    def on_click(self, event: events.Click) -> None:
        """A click on a link is a wish to open it; the end of a selection is none."""
        found = event.style.meta.get(CLICKED)
        if found is not None and not self.screen.selections:
            self.post_message(self.LinkClicked(Link(*found)))

    def notify_style_update(self) -> None:
        """Draw in the colours of another theme; where only the focus came or went nothing is made again."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_after_refresh(self._restyle)

    def _restyle(self) -> None:
        # the style of a link has a blank in its name, and comes from the others
        known = {name: style for name, style in self._styles_of.items() if " " not in name}
        if any(self.get_component_rich_style(f"reader--{name}") != style for name, style in known.items()):
            self._styles_of.clear()
            self.make_again()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Wrap ahead of what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._ensure(round(new_value) + _AHEAD * max(1, self.size.height))
        self._keep_line_in_sight()

    def _go(self, row: int) -> None:
        self._ensure(row + _AHEAD * max(1, self.size.height))
        self.scroll_to(y=max(0, min(row, len(self._lines) - self.size.height)), animate=False, force=True)

    def _wrap(self) -> None:
        if self.is_attached and self.text_selection is not None:
            self.screen.clear_selection()  # its places are those of other lines now
        width = max(10, self.size.width - 2)
        self._lines = MadeRows(self._made(width))
        self._ensure(None if self._is_counted(width) else self.scroll_offset.y + _AHEAD * max(1, self.size.height))
        self.refresh()

    def _is_counted(self, width: int) -> bool:
        """Whether all rows may be counted at once, so that nothing is counted while one scrolls."""
        from tui.document_lines import is_counted

        return (
            self.reading is not None and self.reading.document is not None and is_counted(self.reading.document, width)
        )

    def _ensure(self, number: int | None) -> None:
        self._lines.ensure(number)
        if self.virtual_size.height != len(self._lines):
            self.virtual_size = Size(0, len(self._lines))

    def _made(self, width: int) -> Iterator[Row | Stretch | Landmark]:
        """All lines, made when they are asked for."""
        if self.reading is not None:
            yield from self._headers(self.reading, width)
            yield from self._body(self.reading, width)
