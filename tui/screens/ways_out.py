"""How a mailing list can be left: the ways that its message names, one of them to be chosen."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from protocols.mime.safe import SafeText, line
from protocols.unsubscribing.ways import Method, Way
from tui import format
from tui.screens.dialog import Dialog
from tui.widgets.virtual_list import VirtualList

_TOLD = {
    Method.POST: "At once: bocau sends {} one request",
    Method.MAIL: "By a message to {}",
    Method.PAGE: "On a page of {}, in a browser",
}


def told(way: Way) -> SafeText:
    """A way in a few words, with the host that it leads to."""
    whom = way.target.removeprefix("mailto:").partition("?")[0] if way.method is Method.MAIL else way.host
    return line(_TOLD[way.method].format(whom), 300)


class WayRows(VirtualList):
    """One way a row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"ways--name", "ways--cursor"}
    DEFAULT_CSS = """
    WayRows {
        & > .ways--name { color: $foreground; background: $surface; }
        & > .ways--cursor { background: $cursor; color: $cursor-text; }
        &:ansi > .ways--cursor { text-style: reverse; background: ansi_default; color: ansi_default; }
    }
    """

    can_focus = False

    def __init__(self, ways: Sequence[Way]) -> None:
        super().__init__()
        self._ways = ways

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """What would be done."""
        style = self.style_of("ways--cursor" if at_cursor else "ways--name")
        return [Segment(format.fit(f" {told(self._ways[row])}", width), style)]


class WaysOut(Dialog[Way | None]):
    """Answers with the way that was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,n", "leave"),
        Binding("enter,y", "choose"),
        Binding("down,j", "step(1)"),
        Binding("up,k", "step(-1)"),
    ]

    def __init__(self, whose: SafeText, ways: Sequence[Way]) -> None:
        """`whose`: the sender or the list."""
        super().__init__()
        self._whose, self._ways = whose, ways
        self._list = WayRows(ways)

    def compose(self) -> ComposeResult:
        """The question, the ways, the address of the one under the cursor, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content(line(f"Unsubscribe from {self._whose}?", 200)), classes="dialog-title")
            yield self._list
            yield Static(id="about")
            yield Static(Content("Enter do it   j k move   Esc cancel"), classes="dialog-keys")

    def on_mount(self) -> None:
        """As high as it has to be."""
        self._list.styles.height = len(self._ways)
        self._list.set_count(len(self._ways))
        self._tell()

    @on(VirtualList.Moved)
    def _tell(self) -> None:
        self.query_one("#about", Static).update(Content(line(self._ways[self._list.cursor].target, 300)))

    def action_step(self, rows: int) -> None:
        """Move the cursor."""
        self._list.move_by(rows)

    @on(VirtualList.Chosen)
    def action_choose(self) -> None:
        """Take the way under the cursor."""
        self.dismiss(self._ways[self._list.cursor])

    def action_leave(self) -> None:
        """Stay on the list."""
        self.dismiss(None)
