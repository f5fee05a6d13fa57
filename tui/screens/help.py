"""Every key of the present pane, from the command table: in groups, found by typing, in as many columns as fit."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from store.search.fold import fold
from tui import marks
from tui.commands import GROUPS, LAYERS, Command, Situation
from tui.keymap import Keymap
from tui.screens.dialog import Dialog
from tui.strokes import parse_stroke, told

_NAMES: dict[Situation, str] = {
    "list": "the list",
    "tree": "the list with threads",
    "reader": "a message",
    "conversation": "a conversation",
    "folders": "the folders",
    "selecting": "text to select",
}
_KEYS = 16
"""Cells for the keys of a command."""
_TWO = 110
"""Cells of the screen from which on there are two columns."""
_MANY = 5
_END = "↓ ↑ PgDn PgUp scroll · Esc closes · Ctrl+P all commands · g? any key"


def told_keys(one: Command, keymap: Keymap) -> str:
    """The keys of a command for people: `j, Down`; of very many the first and the last."""
    keys = [told(parse_stroke(key)) for key in keymap.keys(one.id)]
    return ", ".join(keys) if len(keys) <= _MANY else f"{keys[0]} … {keys[-1]}"


def help_groups(situation: Situation, keymap: Keymap, typed: str = "") -> list[tuple[str, list[tuple[str, str]]]]:
    """(heading, [(keys, what they do)]) of what can be done in a situation and holds every word typed.

    What is of the present pane alone comes first; commands without a key are in the palette.
    """
    layers, words = LAYERS[situation], fold(typed).split()
    groups: dict[str, list[tuple[str, str]]] = {}
    own = [one for group in GROUPS.values() for one in group if one.context == layers[0] != "global"]
    for heading, commands in ((f"Only in {_NAMES[situation]}", own), *GROUPS.items()):
        for one in commands:
            keys = told_keys(one, keymap)
            if not keys or one.context not in layers or (heading in GROUPS and one in own):
                continue
            if all(word in fold(f"{keys} {one.title} {one.help} {one.id}") for word in words):
                groups.setdefault(heading, []).append((keys, one.help))
    return list(groups.items())


def _lines(groups: Sequence[tuple[str, list[tuple[str, str]]]], width: int) -> Iterator[Content]:
    """The lines of a column."""
    for heading, rows in groups:
        yield Content.styled(heading, "bold $unread")
        for keys, help in rows:
            for left, right in zip_longest(wrap(keys, _KEYS), wrap(help, max(20, width - _KEYS - 2)), fillvalue=""):
                yield Content.assemble((left, "$accent"), " " * (_KEYS + 2 - cell_len(left)), right)
        yield Content("")


def _legend() -> Content:
    signs = marks.now()
    told = (
        f"{signs.unread} unread   {signs.star} starred   {signs.attachment} attachments   {signs.answered} answered",
        f"{signs.selected} picked   {signs.pending} waits to be sent to the server   {signs.server} on the server only",
    )
    return Content.styled("\n".join(told), "$faint")


class Help(Dialog[None]):
    """What is typed narrows it down; arrows and pages scroll it; Escape closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "leave", priority=True),
        Binding("down", "scroll_by(1)", priority=True),
        Binding("up", "scroll_by(-1)", priority=True),
        Binding("pagedown", "scroll_by(12)", priority=True),
        Binding("pageup", "scroll_by(-12)", priority=True),
    ]

    def __init__(self, situation: Situation, keymap: Keymap) -> None:
        super().__init__()
        self._situation: Situation = situation
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        """A line to type into, and the keys in one or two columns."""
        with Vertical(classes="dialog"):
            yield Static(Content(f"Keys in {_NAMES[self._situation]}"), classes="dialog-title")
            yield Input(placeholder="type to find: archive, folder, g", select_on_focus=False, max_length=200)
            with VerticalScroll(can_focus=False), Horizontal(id="columns"):
                yield Static(classes="help-column")
                yield Static(classes="help-column")
            yield Static(Content(_END), id="end")

    def on_mount(self) -> None:
        """Everything at first."""
        self.query_one(Input).focus()
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        """Another number of columns may fit."""
        self._fill()

    @on(Input.Changed)
    def _typed(self) -> None:
        self._fill()

    def _fill(self) -> None:
        typed = self.query_one(Input).value
        groups = help_groups(self._situation, self._keymap, typed)
        two = self.app.size.width >= _TWO
        width = min(self.app.size.width - 8, 118 if two else 78) // (2 if two else 1) - 2
        left, right = _halves(groups) if two else (groups, [])
        columns = self.query(".help-column").results(Static)
        texts = [list(_lines(left, width)), list(_lines(right, width))]
        texts[0 if not right else 1].append(_legend())
        if not groups:
            texts[0].insert(0, Content("No key does that; Ctrl+P may find a command without one."))
        for column, text in zip(columns, texts, strict=True):
            column.update(Content("\n").join(text))
            column.display = bool(column is not None and (two or text is texts[0]))
        self.query_one(VerticalScroll).scroll_home(animate=False)

    @on(Input.Submitted)
    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_scroll_by(self, lines: int) -> None:
        """Scroll while the letters stay."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def on_key(self, event: events.Key) -> None:
        """The key that opened it closes it while nothing is typed."""
        if event.character == "?" and not self.query_one(Input).value:
            event.stop()
            event.prevent_default()
            self.dismiss(None)


_Groups = Sequence[tuple[str, list[tuple[str, str]]]]


def _halves(groups: _Groups) -> tuple[_Groups, _Groups]:
    """The groups in two columns of about the same height."""
    sizes = [len(rows) + 2 for _, rows in groups]
    cut = min(range(len(groups) + 1), key=lambda n: abs(sum(sizes[:n]) - sum(sizes[n:])))
    return groups[:cut], groups[cut:]
