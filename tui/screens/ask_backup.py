"""Asks for a path, and one of a few choices beside it: where to export to, and what to import."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, RadioSet, Static

from protocols.mime.safe import SafeText
from tui.screens.dialog import Dialog
from tui.widgets.choice import Choice


class AskBackup(Dialog[tuple[str, str] | None]):
    """Answers with (the path that was typed, the value that was chosen), None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", priority=True)]

    def __init__(
        self, title: SafeText, path: SafeText, choices: Sequence[tuple[str, SafeText]], does: str, ending: str = ""
    ) -> None:
        """`choices` are (value, label), the first one is chosen; `does` says what Enter does.

        `ending` of the path goes with the first choice alone.
        """
        super().__init__()
        self._ending = ending
        self._title = title
        self._path = path
        self._choices = choices
        self._does = does

    def compose(self) -> ComposeResult:
        """What it is about, a line with the path, the choices, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            yield Input(self._path, placeholder="a path", select_on_focus=False)
            with RadioSet():
                for value, label in self._choices:
                    yield Choice(Content(label), value=value == self._choices[0][0], name=value)
            yield Static(Content(f"Enter {self._does}   Tab choose   Esc cancel"), classes="dialog-keys")

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        pressed = self.query_one(RadioSet).pressed_button
        path = event.value.strip()
        chosen = self._choices[0][0] if pressed is None else pressed.name or ""
        self.dismiss((path, chosen) if path else None)

    @on(RadioSet.Changed)
    def _changed(self) -> None:
        """Enter does it from here too; a path that nobody touched suits what was chosen."""
        field = self.query_one(Input)
        bare = self._path.removesuffix(self._ending)
        if field.value in (self._path, bare):
            pressed = self.query_one(RadioSet).pressed_button
            field.value = self._path if pressed is None or pressed.name == self._choices[0][0] else bare
        field.focus()

    def action_leave(self) -> None:
        """Do nothing."""
        self.dismiss(None)
