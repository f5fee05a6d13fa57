"""The parts of a message, to save, open, view or pipe one: what it really is, how large, and whether it is here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from protocols.mime.safe import SafeText, line
from protocols.mime.sniff import is_program
from tui import format
from tui.new_file import suggested
from tui.screens.dialog import Dialog
from tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from protocols.mime.part import Part
    from protocols.mime.real_type import RealType

_HERE, _SIZE, _TYPE, _NAME = 12, 8, 24, 24
"""Cells of the last two columns, and the fewest of the first two."""

Action = Literal["save", "save-all", "open", "view", "pipe"]


def whereabouts(part: "Part", begun: int) -> str:
    """Whether a part is here; `begun` octets of it are when it is not here whole."""
    if part.complete:
        return "here"
    if not begun:
        return "not here yet"
    return f"{min(99, 100 * begun // max(1, part.size, begun))} % here"


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part as the list shows it."""

    index: str
    name: SafeText
    kind: SafeText
    """What it is said to be, and what it is when that differs."""
    size: str
    here: str
    about: SafeText
    """What to know before it is opened."""


def part_row(part: "Part", begun: int, found: "RealType | None") -> PartRow:
    """The row of a part; `found` is what its content is, None when it is not here."""
    from protocols.mime.real_type import differs

    real = found.type if found is not None else ""
    lies = differs(part.type, real)
    what = "a program" if is_program(real) else real
    told = [f"It calls itself {part.type}, but it is {what}." if lies else ""]
    told += [
        found.danger if found is not None and not is_program(real) else "",
        "" if found is not None else "What it is shows when it is here.",
    ]
    return PartRow(
        part.index,
        suggested(part.name, part.type, part.index),
        line(f"! {what}, not {part.type}" if lies else part.type, 90),
        format.size(part.carried(part.size)),
        whereabouts(part, begun),
        line(" ".join(one for one in told if one) or f"Part {part.index}, {real or part.type}", 200),
    )


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

    def __init__(self, rows: Sequence[PartRow]) -> None:
        super().__init__()
        self._rows = rows
        self._kind = max((cell_len(row.kind) for row in rows), default=0)

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """Name, type, size, and whether it is here."""
        one = self._rows[row]
        room = width - _HERE - _SIZE - 4
        kind_room = min(max(_TYPE, self._kind), max(0, room - _NAME))
        text = f" {format.fit(one.name, room - kind_room - 1)} {format.fit(one.kind, kind_room)}"
        text += f" {' ' * (_SIZE - cell_len(one.size))}{one.size}  {one.here:<{_HERE}}"
        return [Segment(format.fit(text, width), self.style_of("parts--cursor" if at_cursor else "parts--name"))]


class MessageParts(Dialog[tuple[Action, str] | None]):
    """Answers with what to do and the number of a part, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave"),
        Binding("enter,s", "choose('save')"),
        Binding("a", "choose('save-all')"),
        Binding("o", "choose('open')"),
        Binding("v", "choose('view')"),
        Binding("vertical_line", "choose('pipe')"),
        Binding("down,j", "step(1)"),
        Binding("up,k", "step(-1)"),
        Binding("pagedown,space", "step(10)"),
        Binding("pageup", "step(-10)"),
        Binding("home,g", "step(-10000)"),
        Binding("end,G", "step(10000)"),
    ]

    def __init__(
        self,
        subject: SafeText,
        found: "Sequence[Part]",
        begun: Mapping[str, int],
        real: "Mapping[str, RealType]",
        first: str = "",
    ) -> None:
        """`begun`, in octets, and `real` are by part; the cursor begins at the part `first`."""
        super().__init__()
        self._subject = subject
        self._rows = [part_row(part, begun.get(part.index, 0), real.get(part.index)) for part in found]
        self._list = PartList(self._rows)
        self._first = next((row for row, part in enumerate(found) if part.index == first), 0)

    def compose(self) -> ComposeResult:
        """The message, its parts, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content(line(f"Parts of: {self._subject}", 200)), classes="dialog-title")
            yield self._list
            yield Static(id="about")
            keys = "Enter save  a all of them  o open  v view  | pipe  j k move  Esc close"
            yield Static(Content(keys), classes="dialog-keys")

    def on_mount(self) -> None:
        """As high as it has to be."""
        count = len(self._rows)
        self._list.styles.height = max(1, min(count, 14))
        self._list.set_count(count)
        self._list.move_to(self._first)
        self._tell()

    @on(VirtualList.Moved)
    def _tell(self) -> None:
        if self._rows:
            self.query_one("#about", Static).update(Content(self._rows[self._list.cursor].about))

    def action_step(self, rows: int) -> None:
        """Move the cursor."""
        self._list.move_by(rows)

    @on(VirtualList.Chosen)
    def _clicked(self) -> None:
        self.action_choose("save")

    def action_choose(self, action: Action) -> None:
        """Do something with the part under the cursor."""
        self.dismiss((action, self._rows[self._list.cursor].index) if self._rows else None)

    def action_leave(self) -> None:
        """Do nothing."""
        self.dismiss(None)
