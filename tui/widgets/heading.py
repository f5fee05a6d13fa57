"""The line above the list: what is shown, and how many messages are in it."""

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui import format
from tui.widths import cells


class Heading(Widget):
    """Draws a title on the left and a detail on the right; repaints only when they are different."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"heading--title", "heading--detail"}
    DEFAULT_CSS = """
    Heading {
        height: 1;
        & > .heading--title { color: $accent; text-style: bold; }
        & > .heading--detail { color: $faint; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = ("", "")

    @property
    def text(self) -> str:
        """What the line says."""
        return " ".join(self._text)

    def show(self, title: str, detail: str) -> None:
        """Say something else; both are safe text."""
        if (title, detail) != self._text:
            self._text = (title, detail)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        width, (title, detail) = self.size.width, self._text
        room = max(1, width - cells(detail) - 2)
        left = Segment(format.fit(f" {title}", room), self.get_component_rich_style("heading--title"))
        right = Segment(f" {detail} ", self.get_component_rich_style("heading--detail"))
        return Strip([left, right]).adjust_cell_length(width, self.rich_style)
