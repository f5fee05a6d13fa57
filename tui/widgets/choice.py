"""One of several choices in a form: which one is chosen can be told without colours too."""

from textual.widgets import RadioButton


class Choice(RadioButton):
    """A radio button that is empty until it is chosen; Textual's differs by its colour alone."""

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]
        """What stands between its brackets now."""
        return "●" if self.value else " "
