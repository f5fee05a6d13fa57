"""Asks for a command that gets something on its standard input: one line, Enter runs it, Escape leaves it."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from protocols.mime.safe import SafeText
from tui.screens.dialog import Dialog


class AskCommand(Dialog[str | None]):
    """Answers with the command that was typed, None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", priority=True)]

    def __init__(self, title: SafeText) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        """What is given away, a line for the command, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            yield Input(placeholder="a program and its arguments: wc -l", select_on_focus=False)
            yield Static(Content("Enter run it   Esc leave it   no shell takes part"), classes="dialog-keys")

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)

    def action_leave(self) -> None:
        """Run nothing."""
        self.dismiss(None)
