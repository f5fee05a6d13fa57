"""Press any key: what it does where, and whether the table, a preset or the person's own keys say so."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.bindings import Binding, Origin
from tui.commands import LAYERS, Situation
from tui.keymap import Keymap
from tui.screens.dialog import Dialog
from tui.strokes import NEVER, Stroke, pressed, told

PLACES: dict[Situation, str] = {
    "list": "in the list",
    "tree": "in the list with threads",
    "reader": "in a message",
    "conversation": "in a conversation",
    "folders": "in the folders",
    "selecting": "while text is selected",
}
MANY = 9
"""Keys that may follow, as many as are named."""


class WhatKey(Dialog[None]):
    """Escape, pressed twice, closes it: once it is a key like any other."""

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self._keymap = keymap
        self._stroke: Stroke = ()

    def compose(self) -> ComposeResult:
        """The key, and what it does."""
        with Vertical(classes="dialog"):
            yield Static(Content("Press any key"), classes="dialog-title")
            yield Static(Content("Nothing happens to your mail."), id="what")
            yield Static(Content("Esc Esc closes"), classes="dialog-keys")

    def on_key(self, event: events.Key) -> None:
        """Say what it does."""
        event.stop()
        event.prevent_default()
        key = pressed(event.key, event.character)
        if key == "Escape" and self._stroke == ("Escape",):
            self.dismiss(None)
            return
        begun = self._stroke if self._more(self._stroke) else ()
        self._stroke = (*begun, key)
        self.query_one(".dialog-title", Static).update(Content(told(self._stroke)))
        self.query_one("#what", Static).update(Content("\n".join(self.explained(self._stroke))))

    def _more(self, stroke: Stroke) -> list[tuple[Stroke, Binding]]:
        """The keys that begin with these."""
        found: dict[Stroke, Binding] = {}
        for table in self._keymap.bindings.tables.values():
            for other, one in table.items():
                if stroke and len(other) > len(stroke) and other[: len(stroke)] == stroke:
                    found.setdefault(other, one)
        return list(found.items())

    def explained(self, stroke: Stroke) -> list[str]:
        """What keys do, a line for each thing and the places where they do it."""
        places: dict[Binding, list[str]] = {}
        for situation, one in self._keymap.where(stroke).items():
            places.setdefault(one, []).append(PLACES[situation])
        lines = []
        for one, where in places.items():
            at = "everywhere" if len(where) == len(LAYERS) else ", ".join(where)
            lines += [f"{one.command.title} ({one.command.id}), {at}", f"  {one.command.help}", f"  {self._says(one)}"]
        if more := self._more(stroke):
            lines += [f"{told(other)}  {one.command.title}" for other, one in more[:MANY]]
            lines += [f"and {len(more) - MANY} more: press what follows"] if len(more) > MANY else []
        elif not lines:
            lines = [_nothing(stroke)]
        return lines

    def _says(self, one: Binding) -> str:
        match one.origin:
            case Origin.OWN:
                return "Your own key, from [keys]."
            case Origin.PRESET:
                return f"From the keys of {self._keymap.preset}."
            case _:
                return "One of the usual keys."


def _nothing(stroke: Stroke) -> str:
    if NEVER & set(stroke):
        return "Nothing, and it cannot be given to anything: terminals confuse Backspace and Ctrl+H."
    if len(stroke) == 1 and stroke[0].isdecimal():
        return "A count: 5j goes five lines down, 12G to the twelfth line."
    return f'Nothing. [keys] COMMAND = "{" ".join(stroke)}" gives it to a command.'
