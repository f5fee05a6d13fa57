"""The folder picker: type a few letters, Enter moves."""

from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from protocols.mime.safe import SafeText
from store.model import FolderId
from store.search.fold import fold
from tui import format
from tui.screens.dialog import Dialog
from tui.widgets.virtual_list import VirtualList

Choice = tuple[SafeText, FolderId]


def matching(choices: list[Choice], typed: str) -> list[Choice]:
    """The choices that hold every typed word, marks and case ignored; those that begin with the first one come first.

    A folder begins behind its account's name, and a choice may begin with that.
    """
    words = fold(typed).split()
    found = [choice for choice in choices if all(word in fold(choice[0]) for word in words)]
    return sorted(found, key=lambda choice: not (words and begins(fold(choice[0]), words[0])))


def begins(name: str, word: str) -> bool:
    """Whether a folder's name begins with a word, before or behind its account's name."""
    return name.startswith(word) or name.partition(": ")[2].startswith(word)


class ChoiceList(VirtualList):
    """The folders that fit."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choices--name", "choices--cursor"}
    DEFAULT_CSS = """
    ChoiceList {
        & > .choices--name { color: $foreground; background: $surface; }
        & > .choices--cursor { background: $cursor; color: $cursor-text; }
        &:ansi > .choices--cursor { text-style: reverse; background: ansi_default; color: ansi_default; }
    }
    """

    can_focus = False
    choices: list[Choice]

    def show(self, choices: list[Choice]) -> None:
        """Show other choices, the cursor on the first."""
        self.choices = choices
        self.cursor = 0
        self.set_count(len(choices))
        self.scroll_to(y=0, animate=False, force=True)
        self.refresh()

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """One folder."""
        look = "choices--cursor" if at_cursor else "choices--name"
        return [Segment(format.fit(f" {self.choices[row][0]}", width), self.style_of(look))]


class PickFolder(Dialog[FolderId | None]):
    """Answers with a folder, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", priority=True),
        Binding("down,ctrl+n", "step(1)", priority=True),
        Binding("up,ctrl+p", "step(-1)", priority=True),
    ]

    def __init__(self, title: str, choices: list[Choice]) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._list = ChoiceList()

    def compose(self) -> ComposeResult:
        """A line to type into, and what fits."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            yield Input(placeholder="a few letters of the folder's name", select_on_focus=False)
            yield self._list

    def on_mount(self) -> None:
        """Everything fits at first."""
        self._list.show(self._choices)
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._list.show(matching(self._choices, event.value))

    @on(Input.Submitted)
    @on(VirtualList.Chosen)
    def _chosen(self) -> None:
        if self._list.count:
            self.dismiss(self._list.choices[self._list.cursor][1])

    def action_step(self, lines: int) -> None:
        """Move the cursor while the letters stay."""
        self._list.move_by(lines)

    def action_leave(self) -> None:
        """Move nothing."""
        self.dismiss(None)
