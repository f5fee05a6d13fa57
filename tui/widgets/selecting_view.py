"""What the reader shows can be selected with the mouse, and is copied as it stands there."""

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

from protocols.mime.safe import block
from tui.widgets.made_rows import MadeRows

if TYPE_CHECKING:
    from textual.scroll_view import ScrollView as _Base
else:
    _Base = object

MOST = 5000
"""Lines of a selection that are copied."""


class SelectingView(_Base):
    """Mixed into MessageView, whose lines begin with one blank."""

    _lines: MadeRows

    if TYPE_CHECKING:

        def _style(self, name: str) -> Style: ...

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text that is selected, and what follows it."""
        first = 0 if selection.start is None else max(0, selection.start.y)
        last = len(self._lines) - 1 if selection.end is None else min(selection.end.y, len(self._lines) - 1)
        texts = []
        for row in range(first, min(last + 1, first + MOST)):
            text = " " + "".join(text for text, _ in self._lines[row])
            start, end = selection.get_span(row) or (0, 0)
            texts.append(text[max(1, start) :] if end < 0 else text[max(1, start) : end])
        return block("\n".join(text.rstrip() for text in texts)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is selected, or no longer."""
        self.refresh()

    def selectable(self, strip: Strip, row: int) -> Strip:
        """A line that knows its place in the text, with what is selected of it set off."""
        selection = self.text_selection
        span = None if selection is None else selection.get_span(row)
        if span is not None:
            strip = set_off(strip, span, self._style("selection"))
        return strip.apply_offsets(0, row)


def set_off(strip: Strip, span: tuple[int, int], style: Style) -> Strip:
    """Part of a line in another style; `span` is in characters, -1 is its end."""
    start, end = max(1, span[0]), len(strip.text.rstrip()) if span[1] < 0 else span[1]
    segments, place = list[Segment](), 0
    for text, look, _ in strip:
        first, last = (min(max(0, at - place), len(text)) for at in (start, max(start, end)))
        inside = look + style if look else style
        pieces = ((text[:first], look), (text[first:last], inside), (text[last:], look))
        segments += [Segment(piece, its) for piece, its in pieces if piece]
        place += len(text)
    return Strip(segments, strip.cell_length)
