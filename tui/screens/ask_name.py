"""Asks for a name: one line, Enter does it, Escape leaves things as they are."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from protocols.mime.safe import SafeText
from tui.screens.dialog import Dialog


class AskName(Dialog[str | None]):
    """Answers with what was typed, None for nothing or for what stood there already."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", priority=True)]

    def __init__(self, title: SafeText, before: SafeText = SafeText(""), example: str | None = None) -> None:  # noqa: B008 (a str)
        """`example`: of a name that is no folder's, whose levels are divided by slashes."""
        super().__init__()
        self._title = title
        self._before = before
        self._example = "a name, or a path: Projects/2026" if example is None else example
        self._keys = f"{'/ divides levels   ' if example is None else ''}Enter do it   Esc cancel"

    def compose(self) -> ComposeResult:
        """The question, a line to type into, and what may be typed."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            yield Input(self._before, placeholder=self._example, select_on_focus=False)
            yield Static(Content(self._keys), classes="dialog-keys")

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        self.dismiss(text if text and text != self._before else None)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
