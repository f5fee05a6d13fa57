"""Lines of a document or of a picture, to be scrolled: what an attachment holds, or what a command printed."""

import asyncio
from itertools import islice
from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events

from protocols.mime.blocks import Document, Kind, Mark
from protocols.mime.picture import Picture
from tui.document_lines import lines
from tui.widgets.virtual_list import VirtualList, merged
from tui.wrap import Line

MOST = 50_000
"""Lines that are shown."""
_GREYS = " .:-=+*#%@"
_LOOKS = {Kind.HEADING: "heading", Kind.NOTICE: "notice", Kind.SIGNATURE: "faint", Kind.RULE: "faint"}


class DocumentLines(VirtualList):
    """Has no cursor that is seen; the lines are wrapped in a thread, again for each width."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "document--text", "document--heading", "document--notice", "document--faint", "document--link",
    }  # fmt: skip
    DEFAULT_CSS = """
    DocumentLines {
        & > .document--text { color: $foreground; background: $surface; }
        & > .document--heading { color: $unread; background: $surface; text-style: bold; }
        & > .document--notice { color: $warning; background: $surface; }
        & > .document--faint { color: $faint; background: $surface; }
        & > .document--link { color: $accent; background: $surface; }
    }
    """

    can_focus = False

    def __init__(self, document: Document, picture: Picture | None, *, coloured: bool) -> None:
        """`coloured`: whether a picture is drawn with colours, else with signs that are as dark as it."""
        super().__init__()
        self._document = document
        self._picture = picture
        self._coloured = coloured
        self._drawn: list[Line] = []
        self._above = 0

    def on_resize(self, event: events.Resize) -> None:
        """Wrap for the new width."""
        self.run_worker(self._wrap(event.size.width), group="wrap", exclusive=True)

    async def _wrap(self, width: int) -> None:
        drawn = await asyncio.to_thread(lambda: list(islice(lines(self._document, max(10, width - 1)), MOST)))
        self._drawn = drawn
        self._above = 0 if self._picture is None else (self._picture.height + 1) // 2
        self.set_count(self._above + len(drawn))
        self.refresh()

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """One line of the picture, or of the text below it."""
        if self._picture is not None and row < self._above:
            pieces = self._pixels(self._picture, row)[:width]
        else:
            pieces = self._text(self._drawn[row - self._above])
        room = width - sum(segment.cell_length for segment in pieces)
        cropped = list(Segment.adjust_line_length(pieces, width, self.style_of("document--text")))
        return cropped if room < 0 else [*pieces, Segment(" " * room, self.style_of("document--text"))]

    def _text(self, drawn: Line) -> list[Segment]:
        base = self.style_of(f"document--{_LOOKS.get(drawn.kind, 'text')}")
        pieces = [(drawn.prefix, base)] if drawn.prefix else []
        for run in drawn.runs:
            style = base
            if run.link is not None:
                style = self.style_of("document--link")
            elif Mark.DIM in run.marks:
                style = self.style_of("document--faint")
            elif Mark.BOLD in run.marks:
                style = base + Style(bold=True)
            pieces.append((run.text, style))
        return merged(pieces)

    def _pixels(self, picture: Picture, row: int) -> list[Segment]:
        """Two rows of pixels as one of cells."""
        upper, lower = (_row(picture, 2 * row + below) for below in (0, 1))
        if self._coloured:
            return merged(
                [
                    ("▀", Style(color=Color.from_rgb(*top), bgcolor=Color.from_rgb(*bottom)))
                    for top, bottom in zip(upper, lower, strict=True)
                ]
            )
        shades = [(sum(top) + sum(bottom)) / (6 * 256) for top, bottom in zip(upper, lower, strict=True)]
        text = "".join(_GREYS[int(shade * len(_GREYS))] for shade in shades)
        return [Segment(text, self.style_of("document--text"))]


def _row(picture: Picture, number: int) -> list[tuple[int, int, int]]:
    start = 3 * picture.width * number
    data = picture.pixels[start : start + 3 * picture.width] or bytes(3 * picture.width)
    return [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]
