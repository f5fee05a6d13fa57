"""The second wall against control characters: whatever a widget draws passes here on its way to the terminal."""

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_LINK = re.compile(r"(?:https?://|mailto:)[A-Za-z0-9\-._~:/?#@!$&()*+,;=%\[\]]{1,2075}")
"""What an address looks like that protocols.mime.safe.url has made; nothing else is put between OSC 8's marks."""
# What the first wall (protocols.mime.safe) removes from foreign text; nothing of ours contains it.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


class TerminalFilter(LineFilter):
    """Drops control characters and bidirectional controls from every segment; a correct screen has none."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments without what a terminal would act on (they have no width: no cell moves)."""
        if not any(_is_bad(segment) for segment in segments):
            return segments
        return [_cleaned(segment) if _is_bad(segment) else segment for segment in segments]


def _is_bad(segment: Segment) -> bool:
    text, style, control = segment
    if control:
        return False
    if style is not None and style.link and not _LINK.fullmatch(style.link):
        return True
    return _UNWANTED.search(text) is not None


def _cleaned(segment: Segment) -> Segment:
    style = segment.style
    if style is not None and style.link and not _LINK.fullmatch(style.link):
        style = style.update_link(None)
    return Segment(_UNWANTED.sub("", segment.text), style)
