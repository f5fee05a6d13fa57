"""The links of a message by number, each with the place where it really leads; what lies about it is marked."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from protocols.mime.blocks import Link
from protocols.mime.deceit import link_warning
from protocols.mime.safe import line
from tui import format
from tui.screens.dialog import Dialog
from tui.widgets.virtual_list import VirtualList

Wish = Literal["open", "copy"]
_KEYS = "Enter open   y copy   a number goes there   j k move   Esc close"


class LinkRows(VirtualList):
    """One link a row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"links--name", "links--warning", "links--cursor"}
    DEFAULT_CSS = """
    LinkRows {
        & > .links--name { color: $foreground; background: $surface; }
        & > .links--warning { color: $warning; background: $surface; }
        & > .links--cursor { background: $cursor; color: $cursor-text; }
        &:ansi > .links--cursor { text-style: reverse; background: ansi_default; color: ansi_default; }
    }
    """

    can_focus = False

    def __init__(self, links: Sequence[Link]) -> None:
        super().__init__()
        self._links = links
        self._digits = len(str(len(links)))

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """Number, a mark when its text lies, the host, the text."""
        link = self._links[row]
        host_room = max(10, min(36, width // 3))
        mark = "!" if link.suspicious else " "
        text = f" {row + 1:>{self._digits}} {mark} {format.fit(link.host, host_room)} {link.text}"
        look = "links--cursor" if at_cursor else "links--warning" if link.suspicious else "links--name"
        return [Segment(format.fit(text, width), self.style_of(look))]


class Links(Dialog[tuple[Wish, int] | None]):
    """Answers with what to do and which link (from 0), or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave"),
        Binding("enter,o", "choose('open')"),
        Binding("y", "choose('copy')"),
        Binding("down,j", "step(1)"),
        Binding("up,k", "step(-1)"),
        Binding("pagedown,space", "step(10)"),
        Binding("pageup", "step(-10)"),
        Binding("home,g", "step(-10000)"),
        Binding("end,G", "step(10000)"),
    ]

    def __init__(self, links: Sequence[Link], first: int = 0) -> None:
        super().__init__()
        self._links = links
        self._first = first
        self._list = LinkRows(links)
        self._typed = ""

    def compose(self) -> ComposeResult:
        """The links, all of the one under the cursor, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content(format.count(len(self._links), "link")), classes="dialog-title")
            yield self._list
            yield Static(id="about")
            yield Static(Content(_KEYS), classes="dialog-keys")

    def on_mount(self) -> None:
        """As high as it has to be."""
        self._list.set_count(len(self._links))
        self._list.move_to(self._first)
        self._tell()

    def on_resize(self, event: events.Resize) -> None:
        """Leave what is told of a link in sight."""
        self._list.styles.height = max(1, min(len(self._links), 14, event.size.height - 13))

    def on_key(self, event: events.Key) -> None:
        """Digits are a number in the making."""
        if event.character is not None and event.character in "0123456789":
            number = self._typed + event.character
            self._typed = number if 1 <= int(number) <= len(self._links) else event.character
            if 1 <= int(self._typed) <= len(self._links):
                self._list.move_to(int(self._typed) - 1)
            else:
                self._typed = ""
            event.stop()
        else:
            self._typed = ""

    @on(VirtualList.Moved)
    def _tell(self) -> None:
        link = self._links[self._list.cursor]
        warning = f"{link_warning(link)}\n" if link.suspicious else ""
        self.query_one("#about", Static).update(Content(f"{warning}{line(link.url, 300)}"))

    def action_step(self, rows: int) -> None:
        """Move the cursor."""
        self._list.move_by(rows)

    @on(VirtualList.Chosen)
    def _clicked(self) -> None:
        self.action_choose("open")

    def action_choose(self, wish: Wish) -> None:
        """Take the link under the cursor."""
        self.dismiss((wish, self._list.cursor))

    def action_leave(self) -> None:
        """Open nothing."""
        self.dismiss(None)
