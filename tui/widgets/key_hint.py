"""What may follow an unfinished sequence of keys: some lines above the bottom line, drawn once."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui import format
from tui.keymap import Continuation
from tui.strokes import Stroke, told

_GAP = 2
_WIDEST = 24


class KeyHint(Widget):
    """Covers the last lines of the list while it is shown, and moves nothing."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"hint--key", "hint--name"}
    DEFAULT_CSS = """
    KeyHint {
        layer: over;
        dock: bottom;
        height: auto;
        margin-bottom: 1;
        background: $surface;
        & > .hint--key { color: $accent; background: $surface; text-style: bold; }
        & > .hint--name { color: $foreground; background: $surface; }
    }
    """

    can_focus = False

    def __init__(self) -> None:
        super().__init__()
        self._told: list[tuple[str, str]] = []
        self._columns = 1

    def show(self, waiting: Stroke, following: Sequence[Continuation]) -> None:
        """Show what may follow the keys that wait."""
        keys: dict[str, list[str]] = {}
        for one in following:
            keys.setdefault(_name(one), []).append(told((*waiting, one.key)))
        self._told = [(some[0] if len(some) == 1 else f"{some[0]}…{some[-1]}", name) for name, some in keys.items()]
        self._columns = self._fitting(self.screen.size.width)
        self.styles.height = -(-len(self._told) // self._columns) or 1
        self.display = True
        self.refresh(layout=True)

    def _fitting(self, width: int) -> int:
        return max(1, (width - 1) // (self._cell() + _GAP))

    def _cell(self) -> int:
        longest = max((cell_len(key) + 1 + cell_len(name) for key, name in self._told), default=1)
        return min(_WIDEST, longest)

    def render_line(self, y: int) -> Strip:
        """One line: as many keys as fit beside each other, read from top to bottom."""
        key_style = self.get_component_rich_style("hint--key")
        style = self.get_component_rich_style("hint--name")
        rows = -(-len(self._told) // self._columns) or 1
        segments = [Segment(" ", style)]
        for key, name in self._told[y::rows]:
            room = self._cell() - cell_len(key) - 1 + _GAP
            segments += [
                Segment(key, key_style),
                Segment(" " + format.fit(format.clip(name, room - _GAP), room), style),
            ]
        return Strip(segments).adjust_cell_length(self.size.width, style)


def _name(one: Continuation) -> str:
    return f"{one.command.title} …" if one.more else one.command.title
