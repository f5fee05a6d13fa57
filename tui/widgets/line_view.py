"""A text that is heard line by line: the line on which the terminal's cursor stands, and how it moves."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.scroll_view import ScrollView

    from tui.widgets.made_rows import MadeRows

    class _Base(ScrollView):
        """What it needs of the view."""

        _lines: MadeRows

        def _ensure(self, number: int | None) -> None: ...
        def _go(self, row: int) -> None: ...
else:
    _Base = object


class LineView(_Base):
    """Mixed into MessageView."""

    is_spoken = False
    """Whether somebody listens to it, or feels it: then keys move from line to line, and the text only if it must."""
    line = 0
    """The line that is heard; it can always be seen."""

    def stand_on(self, row: int) -> None:
        """Go to a line; beyond the screen the next one begins with it, or ends with it on the way up."""
        self._ensure(row + 1)
        self.line = max(0, min(row, len(self._lines) - 1))
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if self.line >= top + height:
            self._go(self.line)
        elif self.line < top:
            self._go(self.line - height + 1)
        self._stood()
        self.refresh()

    def _stood(self) -> None:
        """The cursor stands on another line."""

    def _keep_line_in_sight(self) -> None:
        top = self.scroll_offset.y
        last = min(top + max(1, self.size.height), len(self._lines)) - 1
        self.line = max(0, top, min(self.line, last)) if last >= top else 0
