"""From one part of a message to the next: its texts, enclosed messages, the list of links."""

from typing import TYPE_CHECKING, NamedTuple

from protocols.mime.safe import SafeText
from tui.widgets.made_rows import MadeRows

if TYPE_CHECKING:
    from textual.scroll_view import ScrollView

    class _Base(ScrollView):
        """What it needs of the view."""

        _lines: MadeRows
        line: int
        is_spoken: bool

        def _ensure(self, number: int | None) -> None: ...
        def _go(self, row: int) -> None: ...
        def _stood(self) -> None: ...
else:
    _Base = object


class Arrived(NamedTuple):
    """Where somebody is now."""

    number: int
    """From 1."""
    total: int
    name: SafeText


class PartView(_Base):
    """Mixed into MessageView."""

    _landed: tuple[int, int] = (-1, 0)
    """The line on top of the screen when a part was gone to last, and where that part begins: perhaps below it."""

    @property
    def has_parts(self) -> bool:
        """Whether there is more than one part to go to."""
        self._ensure(None)
        return len(self._lines.landmarks) > 1

    def to_part(self, step: int) -> Arrived | None:
        """Go so many parts on, or back; None where there is none."""
        self._ensure(None)
        marks = self._lines.landmarks
        top = self.line if self.is_spoken else self.scroll_offset.y
        here = self._landed[1] if self._landed[0] == top else top
        if step > 0:
            wanted = [number for number, (row, _) in enumerate(marks) if row > here][step - 1 : step]
        else:
            wanted = [number for number, (row, _) in enumerate(marks) if row < here][step:][:1]
        if not wanted:
            return None
        row, name = marks[wanted[0]]
        self._go(row)
        self.line = row
        self._stood()
        self._landed = (row if self.is_spoken else self.scroll_offset.y, row)
        self.refresh()
        return Arrived(wanted[0] + 1, len(marks), name)
