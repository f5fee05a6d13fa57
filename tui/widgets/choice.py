"""One of several choices in a form: which one is chosen can be told without colours too."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import RadioButton, RadioSet

from tui import marks


class Choice(RadioButton):
    """A radio button that is empty until it is chosen; Textual's differs by its colour alone."""

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]
        """What stands between its brackets now."""
        return marks.now().chosen if self.value else " "


class ChoiceRow(RadioSet):
    """Choices side by side, one of them chosen: left and right choose another, up and down go to other fields.

    In Textual's they only move a mark, which looks as if it had been the choice.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "previous_button", show=False),
        Binding("right", "next_button", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def action_previous_button(self) -> None:
        """Choose what is to the left."""
        super().action_previous_button()
        self._choose()

    def action_next_button(self) -> None:
        """Choose what is to the right."""
        super().action_next_button()
        self._choose()

    def _choose(self) -> None:
        if self.pressed_button is not None:  # None: it is being mounted
            self.query_one(".-selected", Choice).value = True
