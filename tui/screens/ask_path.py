"""Asks where to save something: one line, Enter does it, Escape leaves it."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from protocols.mime.safe import SafeText
from tui.screens.dialog import Dialog


class AskPath(Dialog[str | None]):
    """Answers with the path that was typed, None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", priority=True)]

    def __init__(self, title: SafeText, path: SafeText) -> None:
        super().__init__()
        self._title = title
        self._path = path

    def compose(self) -> ComposeResult:
        """What is saved, a line with the path, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            yield Input(self._path, placeholder="a file, or a folder", select_on_focus=False)
            yield Static(Content("Enter save   Esc leave it   no file is ever overwritten"), classes="dialog-keys")

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)

    def action_leave(self) -> None:
        """Save nothing."""
        self.dismiss(None)
