"""A list of any length with a cursor: draws only what is seen, and repaints two rows for a step."""

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollTo
from textual.strip import Strip

WHEEL = 3
"""Rows for one step of the wheel."""


class VirtualList(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows 0 to `count` - 1, `tall` lines each; a subclass draws a row.  Keys come from the screen's command table."""

    DEFAULT_CSS = """
    VirtualList {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $line;
        scrollbar-color-hover: $secondary;
        scrollbar-color-active: $primary;
    }
    """

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, sender: "VirtualList") -> None:
            super().__init__()
            self.sender = sender

        @property
        def control(self) -> "VirtualList":
            """The list whose cursor moved."""
            return self.sender

    class Chosen(Message):
        """A row was opened with the mouse."""

        def __init__(self, sender: "VirtualList") -> None:
            super().__init__()
            self.sender = sender

        @property
        def control(self) -> "VirtualList":
            """The list whose row was opened."""
            return self.sender

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.count = 0
        self.cursor = 0
        self.tall = 1
        """Lines of the screen that a row takes."""
        self.leads = False
        """Whether the keys of somebody who types into a field beside it moved it last."""
        self._styles_of: dict[str, Style] = {}

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """The segments of one row, exactly `width` cells."""
        raise NotImplementedError

    def row_lines(self, row: int, width: int, *, at_cursor: bool) -> list[list[Segment]]:
        """The segments of each of the `tall` lines of a row."""
        return [self.row_segments(row, width, at_cursor=at_cursor)]

    @property
    def top_row(self) -> int:
        """The first row that is seen."""
        return self.scroll_offset.y // self.tall

    @property
    def rows_seen(self) -> int:
        """How many rows there is room for, at least one."""
        return max(1, self.size.height // self.tall)

    def scroll_to_row(self, row: int) -> None:
        """Let a row be the first that is seen."""
        self.scroll_to(y=max(0, row) * self.tall, animate=False, force=True)

    def refresh_row(self, row: int) -> None:
        """Draw one row again."""
        self.refresh_lines(row * self.tall, self.tall)

    def set_tall(self, lines: int) -> None:
        """Give each row so many lines; the first row that is seen stays."""
        if lines != self.tall:
            top = self.top_row
            self.tall = lines
            self.virtual_size = Size(0, self.count * lines)
            self.scroll_to_row(top)
            self.refresh()

    def set_count(self, count: int) -> None:
        """Say how many rows there are; the cursor stays inside."""
        self.count = count
        self.cursor = max(0, min(self.cursor, count - 1))
        self.virtual_size = Size(0, count * self.tall)

    def move_to(self, row: int) -> None:
        """Put the cursor on a row; when it is not to be seen, scroll by half a page or to it."""
        row = max(0, min(row, self.count - 1))
        old, self.cursor = self.cursor, row
        top, height = self.top_row, self.rows_seen
        if top <= row < top + height:
            if row != old:
                self.refresh_row(old)
                self.refresh_row(row)
        else:
            # half a page at once: a line at a time would repaint the pane with every step
            place = row - height // 2
            if abs(row - old) > 1:
                place = row - height // 3
            self.scroll_to_row(place)
            self.refresh()
        if row != old:
            self.post_message(self.Moved(self))

    def move_by(self, rows: int) -> None:
        """Move the cursor some rows down, or up."""
        self.move_to(self.cursor + rows)

    def page(self, pages: float) -> None:
        """Move the cursor by some pages."""
        self.move_by(round(pages * max(1, self.rows_seen - 1)))

    def style_of(self, *names: str) -> Style:
        """The style of component classes, one over the other; kept until the theme changes."""
        key = " ".join(names)
        style = self._styles_of.get(key)
        if style is None:
            style = self._styles_of[key] = self.get_component_rich_style(*names)
        return style

    def notify_style_update(self) -> None:
        """Forget the styles that the last theme, focus or size gave."""
        self._styles_of.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.size.width
        row, line = divmod(y + self.scroll_offset.y, self.tall)
        if row >= self.count:
            return Strip.blank(width, self.rich_style)
        return Strip(self.row_lines(row, width, at_cursor=row == self.cursor)[line], width)

    def watch_has_focus(self, value: bool) -> None:
        """The cursor looks different without the focus."""
        super().watch_has_focus(value)
        self._styles_of.clear()
        self.refresh_row(self.cursor)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel takes the cursor along: no key may act on a row that cannot be seen."""
        self._roll(event, WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """See on_mouse_scroll_down."""
        self._roll(event, -WHEEL)

    def _roll(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_to_row(max(0, min(self.top_row + rows, self.count - self.rows_seen)))
        self.call_after_refresh(self._keep_cursor_in_sight)

    def on_scroll_to(self, _: ScrollTo) -> None:
        """The scroll bar is dragged: see on_mouse_scroll_down."""
        self.call_after_refresh(self._keep_cursor_in_sight)

    def _keep_cursor_in_sight(self) -> None:
        top = self.top_row
        self.move_to(max(top, min(self.cursor, top + self.rows_seen - 1)))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a click on its row, or a double click, opens."""
        row = (event.y + self.scroll_offset.y) // self.tall
        if row >= self.count:
            return
        again = row == self.cursor
        self.move_to(row)
        if again or event.chain > 1:
            self.post_message(self.Chosen(self))


def merged(pieces: list[tuple[str, Style]]) -> list[Segment]:
    """Segments from (text, style), neighbours of one style joined: each segment costs a terminal some forty bytes."""
    segments: list[Segment] = []
    held, style = "", Style.null()
    for text, wanted in pieces:
        if text:
            if wanted != style and held:
                segments.append(Segment(held, style))
                held = ""
            held, style = held + text, wanted
    if held:
        segments.append(Segment(held, style))
    return segments
