"""Asks for one line of text: Enter answers with it, Escape leaves it."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from protocols.mime.safe import SafeText
from tui.screens.dialog import Dialog


class AskLine(Dialog[str | None]):
    """Answers with what was typed, None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", priority=True)]

    def __init__(
        self, title: SafeText, keys: str, *, value: str = "", placeholder: str = "", password: bool = False
    ) -> None:
        """`keys` tells what the keys do; `value` stands in the line already; a password is not shown."""
        super().__init__()
        self._title, self._keys = title, keys
        self._line = Input(value, placeholder=placeholder, password=password, select_on_focus=False)

    def compose(self) -> ComposeResult:
        """The question, a line to type into, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            yield self._line
            yield Static(Content(self._keys), classes="dialog-keys")

    def on_mount(self) -> None:
        """Ready to type."""
        self._line.focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(self.answer(event.value) or None)

    def answer(self, typed: str) -> str:
        """What is answered when this was typed."""
        return typed.strip()

    def action_leave(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)
