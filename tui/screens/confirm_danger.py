"""Asks before something dangerous is opened: only the word, typed, is a yes."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from protocols.mime.safe import SafeText
from tui.screens.dialog import Dialog

WORD = "open"


class ConfirmDanger(Dialog[bool]):
    """Answers True when the word was typed; everything else leaves things as they are."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", priority=True)]

    def __init__(self, question: str, danger: SafeText, detail: str) -> None:
        super().__init__()
        self._question, self._danger, self._detail = question, danger, detail

    def compose(self) -> ComposeResult:
        """The question, the danger, what would be done, and a line for the word."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._question), classes="dialog-title")
            yield Static(Content(self._danger), classes="dialog-error")
            yield Static(Content(self._detail))
            yield Input(placeholder=f"type {WORD} to do it all the same")
            yield Static(Content("Esc cancel"), classes="dialog-keys")

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip().lower() == WORD)

    def action_leave(self) -> None:
        """Open nothing."""
        self.dismiss(False)
