"""The second wall against control characters: whatever a widget draws passes here on its way to the terminal."""

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# What the first wall (protocols.mime.safe) removes from foreign text; nothing of ours contains it.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


class TerminalFilter(LineFilter):
    """Drops control characters and bidirectional controls from every segment; a correct screen has none."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments without what a terminal would act on (they have no width: no cell moves)."""
        if not any(_UNWANTED.search(segment.text) for segment in segments if not segment.control):
            return segments
        return [
            segment if segment.control else Segment(_UNWANTED.sub("", segment.text), segment.style)
            for segment in segments
        ]
