"""The parts of a message, to save one: what it is, how large, and whether it is here."""

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from protocols.mime.safe import SafeText, line
from tui import format
from tui.new_file import suggested
from tui.screens.dialog import Dialog
from tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from protocols.mime.part import Part

_HERE, _SIZE, _TYPE = 12, 8, 24
"""Cells of the last three columns; the name has what is left."""


def whereabouts(part: "Part", begun: int) -> str:
    """Whether a part is here; `begun` octets of it are when it is not here whole."""
    if part.complete:
        return "here"
    if not begun:
        return "not here yet"
    return f"{min(99, 100 * begun // max(1, part.size, begun))} % here"


class PartList(VirtualList):
    """One part a row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"parts--name", "parts--cursor"}
    DEFAULT_CSS = """
    PartList {
        & > .parts--name { color: $foreground; background: $surface; }
        & > .parts--cursor { background: $cursor; color: $cursor-text; }
        &:ansi > .parts--cursor { text-style: reverse; background: ansi_default; color: ansi_default; }
    }
    """

    can_focus = False

    def __init__(self, rows: list[tuple[SafeText, SafeText, str, str]]) -> None:
        super().__init__()
        self._rows = rows

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """Name, type, size, and whether it is here."""
        name, kind, size, here = self._rows[row]
        room = width - _HERE - _SIZE - 4
        kind_room = min(_TYPE, max(0, room - 24))
        text = f" {format.fit(name, room - kind_room - 1)} {format.fit(kind, kind_room)}"
        text += f" {' ' * (_SIZE - cell_len(size))}{size}  {here:<{_HERE}}"
        return [Segment(format.fit(text, width), self.style_of("parts--cursor" if at_cursor else "parts--name"))]


class MessageParts(Dialog[str | None]):
    """Answers with the number of a part, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave"),
        Binding("enter,s", "choose"),
        Binding("down,j", "step(1)"),
        Binding("up,k", "step(-1)"),
        Binding("pagedown,space", "step(10)"),
        Binding("pageup", "step(-10)"),
        Binding("home,g", "step(-10000)"),
        Binding("end,G", "step(10000)"),
    ]

    def __init__(self, subject: SafeText, found: "list[Part]", begun: dict[str, int], attached: set[str]) -> None:
        """`begun` is in octets by part; the cursor begins at the first part that is `attached`."""
        super().__init__()
        self._subject = subject
        self._indexes = [part.index for part in found]
        rows = [
            (
                suggested(part.name, part.type, part.index),
                line(part.type, 60),
                format.size(part.carried(part.size)),
                whereabouts(part, begun.get(part.index, 0)),
            )
            for part in found
        ]
        self._list = PartList(rows)
        self._first = next((row for row, part in enumerate(found) if part.index in attached), 0)

    def compose(self) -> ComposeResult:
        """The message, its parts, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content(line(f"Parts of: {self._subject}", 200)), classes="dialog-title")
            yield self._list
            yield Static(Content("Enter save   j k move   Esc leave it"), classes="dialog-keys")

    def on_mount(self) -> None:
        """As high as it has to be."""
        count = len(self._indexes)
        self._list.styles.height = max(1, min(count, 14))
        self._list.set_count(count)
        self._list.move_to(self._first)

    def action_step(self, rows: int) -> None:
        """Move the cursor."""
        self._list.move_by(rows)

    @on(VirtualList.Chosen)
    def action_choose(self) -> None:
        """Take the part under the cursor."""
        self.dismiss(self._indexes[self._list.cursor] if self._indexes else None)

    def action_leave(self) -> None:
        """Save nothing."""
        self.dismiss(None)
