"""Asks for a password; nobody sees it, and nothing keeps it but whoever asked."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from protocols.mime.safe import SafeText
from tui.screens.dialog import Dialog


class AskPassword(Dialog[str | None]):
    """Answers with what was typed, None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", priority=True)]

    def __init__(self, title: SafeText) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        """The question, and a line to type into."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            yield Input(password=True, select_on_focus=False)
            yield Static("It goes into the system's keyring.   Enter keep it   Esc leave it", classes="dialog-keys")

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value or None)

    def action_leave(self) -> None:
        """Keep what there is."""
        self.dismiss(None)
