"""Lines of a document or of a picture, to be scrolled: what an attachment holds, or what a command printed."""

import asyncio
from itertools import islice
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events

from protocols.mime.blocks import Document, Kind, Mark
from tui.document_lines import lines
from tui.widgets.picture_rows import PictureRows
from tui.widgets.virtual_list import VirtualList, merged
from tui.wrap import Line

MOST = 50_000
"""Lines that are shown."""
_SET_OFF = ((Mark.ADDED, "added"), (Mark.REMOVED, "removed"), (Mark.HUNK, "hunk"))
_LOOKS = {Kind.HEADING: "heading", Kind.NOTICE: "notice", Kind.SIGNATURE: "faint", Kind.RULE: "faint"}


class DocumentLines(VirtualList):
    """Has no cursor that is seen; the lines are wrapped in a thread, again for each width."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "document--text", "document--heading", "document--notice", "document--faint", "document--link",
        "document--added", "document--removed", "document--hunk",
    }  # fmt: skip
    DEFAULT_CSS = """
    DocumentLines {
        & > .document--text { color: $foreground; background: $surface; }
        & > .document--heading { color: $unread; background: $surface; text-style: bold; }
        & > .document--notice { color: $warning; background: $surface; }
        & > .document--faint { color: $faint; background: $surface; }
        & > .document--link { color: $accent; background: $surface; }
        & > .document--added { color: $added; background: $surface; }
        & > .document--removed { color: $removed; background: $surface; }
        & > .document--hunk { color: $hunk; background: $surface; }
    }
    """

    can_focus = False

    def __init__(self, document: Document, picture: PictureRows | None = None) -> None:
        """A picture stands above the text."""
        super().__init__()
        self._document = document
        self._picture = picture
        self._drawn: list[Line] = []
        self._above = 0

    def on_resize(self, event: events.Resize) -> None:
        """Wrap for the new width."""
        self.run_worker(self._wrap(event.size.width), group="wrap", exclusive=True)

    def on_unmount(self) -> None:
        """The picture goes from the terminal, too."""
        if self._picture is not None:
            self._picture.end()

    def change(self, document: Document, picture: PictureRows | None) -> None:
        """Show something else: the same picture for another size."""
        if self._picture is not None:
            self._picture.end()
        self._document, self._picture = document, picture
        self.run_worker(self._wrap(self.size.width), group="wrap", exclusive=True)

    async def _wrap(self, width: int) -> None:
        drawn = await asyncio.to_thread(lambda: list(islice(lines(self._document, max(10, width - 1)), MOST)))
        self._drawn = drawn
        self._above = 0 if self._picture is None else self._picture.height
        self.set_count(self._above + len(drawn))
        self.refresh()

    def row_segments(self, row: int, width: int, *, at_cursor: bool) -> list[Segment]:
        """One line of the picture, or of the text below it."""
        if self._picture is not None and row < self._above:
            pieces = self._picture.segments(row, self.style_of("document--text"))
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
            else:
                style = next((self.style_of(f"document--{look}") for mark, look in _SET_OFF if mark in run.marks), base)
                style += Style(bold=Mark.BOLD in run.marks or None)
            pieces.append((run.text, style))
        return merged(pieces)
