"""The last step for terminals without Unicode, and for ears: drawing becomes ASCII, or blanks, cell by cell."""

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_SIGNS = {
    **dict.fromkeys("─━┄┅┈┉╌╍═‐‑‒–—―▔▁", "-"),
    **dict.fromkeys("│┃┆┇┊┋╎╏║▌▐▎▏▍▊▋▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬┏┓┗┛", "+"),
    **dict.fromkeys("█▇▆▅▄▃▂▀▉▓▒░■", "#"),
    **dict.fromkeys("●★•", "*"),
    **dict.fromkeys("○◦", "o"),
    **dict.fromkeys("▲↑⇡", "^"),
    **dict.fromkeys("▼▾↓⇣", "v"),
    **dict.fromkeys("▶▸→↪⇢»›❯", ">"),
    **dict.fromkeys("◀◂←↩↰«‹❮", "<"),
    **dict.fromkeys("✗✕✖×☒", "x"),
    **dict.fromkeys("✓✔☑", "v"),
    **dict.fromkeys("‘’‚‛′", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("…·⋅", "."),
    **dict.fromkeys("đð", "d"),
    **dict.fromkeys("ĐÐ", "D"),
    **dict.fromkeys("øœ", "o"),
    **dict.fromkeys("łŁ", "l"),
    **dict.fromkeys("ßſ", "s"),
    **dict.fromkeys("æ", "a"),
    "Ø": "O", "Œ": "O", "Æ": "A", "Þ": "T", "þ": "t", "ı": "i", "€": "E", "£": "L", "\u2800": " ", "\u3000": " ",
}  # fmt: skip


_DRAWN = re.compile("[\u2500-\u259f]")


class AsciiFilter(LineFilter):
    """Replaces every character beyond ASCII by as many ASCII ones as it has cells; letters too if `letters`.

    Without `letters` only what draws the screen is replaced: mail keeps its own alphabet, and the GAP behind it
    (tui/widths.py), which the glass goes by.
    """

    def __init__(self, *, letters: bool) -> None:
        super().__init__()
        self._letters = letters

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, each as wide as before."""
        if all(segment.text.isascii() for segment in segments):
            return segments
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(ascii_text(segment.text, letters=self._letters), segment.style)
            for segment in segments
        ]


class LineEraser(LineFilter):
    """Leaves blanks where lines and blocks are drawn: a screen reader would read each of them out."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, each as wide as before."""
        if all(segment.text.isascii() for segment in segments):
            return segments
        return [
            segment if segment.control else Segment(_DRAWN.sub(" ", segment.text), segment.style)
            for segment in segments
        ]


def ascii_text(text: str, *, letters: bool = True) -> str:
    """`text` in ASCII, exactly as wide: accents are dropped, what has no likeness is a question mark for each cell."""
    if not letters:
        return "".join(_SIGNS.get(char, char) if _is_sign(char) else char for char in text)
    wide = cell_len(text)
    plain = "".join(char if char.isascii() else _likeness(char) for char in text)
    return plain[:wide].ljust(wide)  # joined emoji are narrower than their parts


def _is_sign(char: str) -> bool:
    return "\u2010" <= char <= "\u27bf" or char in "·×«»"


@lru_cache(maxsize=4096)
def _likeness(char: str) -> str:
    """ASCII for one character, as wide as it."""
    if sign := _SIGNS.get(char):
        return sign * cell_len(char)
    cells = cell_len(char)
    base = "".join(one for one in unicodedata.normalize("NFKD", char) if one.isascii() and one.isprintable())
    return base[:cells].ljust(cells) if base else "?" * cells
