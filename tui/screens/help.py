"""Every key of the present pane, made from the command table."""

from collections.abc import Iterator
from itertools import chain, zip_longest
from textwrap import wrap

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.commands import Situation, for_context
from tui.keymap import Keymap
from tui.screens.dialog import Dialog

_NAMES: dict[Situation, str] = {
    "list": "the list",
    "tree": "the list with threads",
    "reader": "a message",
    "conversation": "a conversation",
    "folders": "the folders",
}
_KEYS, _HELP = 20, 44
"""Cells of the two columns: together they fit a screen of 80."""
_MARKS = "● unread  ★ starred  @ has attachments  ↩ answered\n↑ waits to be sent to the server"


def help_lines(context: Situation, keymap: Keymap) -> list[tuple[str, str, str]]:
    """(keys, title, help) of what can be done in a pane; commands without a key are in the palette."""
    return [
        (", ".join(keymap.keys(one.id)), one.title, one.help) for one in for_context(context) if keymap.keys(one.id)
    ]


def _row(keys: str, help: str) -> Iterator[str]:
    for left, right in zip_longest(wrap(keys, _KEYS), wrap(help, _HELP), fillvalue=""):
        yield f"{left:<{_KEYS}}  {right}"


class Help(Dialog[None]):
    """Closes with any key that does not scroll it."""

    def __init__(self, context: Situation, keymap: Keymap) -> None:
        super().__init__()
        self._pane: Situation = context
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        """One line a command."""
        text = "\n".join(
            chain.from_iterable(_row(keys, help) for keys, _, help in help_lines(self._pane, self._keymap))
        )
        with Vertical(classes="dialog"):
            yield Static(Content(f"Keys in {_NAMES[self._pane]}"), classes="dialog-title")
            with VerticalScroll():
                yield Static(Content(text))
                yield Static(Content(_MARKS), classes="dialog-keys")
            yield Static(Content("j k scroll · Esc closes · Ctrl+P finds commands by name"), classes="dialog-keys")

    def on_key(self, event: events.Key) -> None:
        """Scroll, or close."""
        event.stop()
        event.prevent_default()
        scroll = self.query_one(VerticalScroll)
        steps = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": 10, "space": 10, "pageup": -10}
        if event.key in steps:
            scroll.scroll_relative(y=steps[event.key], animate=False)
        elif event.key in ("escape", "q", "question_mark", "enter", "f1"):
            self.dismiss(None)
