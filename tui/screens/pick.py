"""A line to type into and what fits it: a few letters find a folder, a place, a command; Enter chooses."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar, cast

from rich.cells import cell_len
from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Input, Static

from protocols.mime.safe import SafeText
from tui import format
from tui.fuzzy import Choice
from tui.screens.dialog import Dialog
from tui.widgets.virtual_list import VirtualList, merged

Value = TypeVar("Value")
LINES = 14
"""Lines of choices, where the screen has room for them."""


class ChoiceList(VirtualList):
    """What fits."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choices--name", "choices--detail", "choices--cursor"}
    DEFAULT_CSS = """
    ChoiceList {
        & > .choices--name { color: $foreground; background: $surface; }
        & > .choices--detail { color: $faint; background: $surface; }
        & > .choices--cursor { background: $cursor; color: $cursor-text; }
        &:ansi > .choices--cursor { text-style: reverse; background: ansi_default; color: ansi_default; }
    }
    """

    can_focus = False
    choices: Sequence[Choice[Any]] = ()
    empty = SafeText("")
    """What it says where there is nothing to choose from."""

    def show(self, choices: Sequence[Choice[Any]]) -> None:
        """Show other choices, the cursor on the first."""
        self.choices = choices
        self.cursor = 0
        self.leads = False
        self.set_count(len(choices))
        self.scroll_to(y=0, animate=False, force=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the screen; of an empty list the first says so."""
        if self.count or y:
            return super().render_line(y)
        width = self.size.width
        return Strip([Segment(format.fit(f" {self.empty}", width), self.style_of("choices--detail"))], width)

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """One choice, what belongs to it at the right."""
        one = self.choices[row]
        detail = format.clip(one.detail, width // 2)
        behind = f" {detail} " if detail else ""
        name = format.fit(f" {one.name}", max(1, width - cell_len(behind)))
        if at_cursor:
            return [Segment(name + behind, self.style_of("choices--cursor"))]
        return merged([(name, self.style_of("choices--name")), (behind, self.style_of("choices--detail"))])


class Pick(Dialog[Value | None]):
    """Answers with the value that was chosen, or None."""

    nothing = "Nothing fits."
    """What is said where there is nothing to choose."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", priority=True),
        Binding("down,ctrl+n", "step(1)", priority=True),
        Binding("up,ctrl+p", "step(-1)", priority=True),
        Binding("pagedown", "step(10)", priority=True),
        Binding("pageup", "step(-10)", priority=True),
    ]

    def __init__(
        self, title: str, find: Callable[[str], Sequence[Choice[Value]]], asked: str, *, tells: bool = False
    ) -> None:
        """`find` tells what fits the letters typed; `asked` stands in the line while nothing is.

        `tells`: whether a sentence about the choice under the cursor is shown.
        """
        super().__init__()
        self._title, self._find, self._asked, self._tells = title, find, asked, tells
        self._list = ChoiceList()

    def compose(self) -> ComposeResult:
        """A line to type into, and what fits."""
        with Vertical(classes="dialog"):
            if self._title:
                yield Static(Content(self._title), classes="dialog-title")
            yield Input(placeholder=self._asked, select_on_focus=False, max_length=200)
            yield self._list
            if self._tells:
                yield Static(classes="dialog-keys", id="about")

    def on_resize(self, event: events.Resize) -> None:
        """As many lines as there is room for."""
        self._list.styles.height = max(3, min(LINES, event.size.height - (12 if self._tells else 8)))

    def on_mount(self) -> None:
        """Everything fits at first."""
        self._list.empty = SafeText("" if self._tells else self.nothing)
        self._list.show(self._find(""))
        self._tell()
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._list.show(self._find(event.value))
        self._tell()

    @on(VirtualList.Moved)
    def _moved(self) -> None:
        self._tell()

    def _tell(self) -> None:
        if self._tells:
            one = self._list.choices[self._list.cursor] if self._list.count else None
            self.query_one("#about", Static).update(Content(one.about if one is not None else "Nothing fits."))

    @on(Input.Submitted)
    @on(VirtualList.Chosen)
    def _chosen(self) -> None:
        if self._list.count:
            self.dismiss(cast(Value, self._list.choices[self._list.cursor].value))

    def action_step(self, lines: int) -> None:
        """Move the cursor while the letters stay."""
        self._list.leads = True
        self._list.move_by(lines)

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
