"""How wide text is on a terminal, and how columns stay in line where terminals do not agree about that.

Textual counts cells as rich does.  Terminals count differently: a vowel sign that takes room (category Mc: Devanagari,
Tamil, Khmer) is 1 cell in xterm, VTE and tmux, 0 in kitty; joined emoji, flags, skin tones and keycaps are anything
from 1 to 8.  So text is cut by its `widest` reading and filled up by the one that Textual uses (`cells`); after a part
of which a terminal may think otherwise, the glass says where to go on (tui/glass.py).

Right-to-left text: a terminal that orders it by itself (VTE, Konsole, mlterm) would join two columns of it, with all
that is neutral in between, and exchange them.  Controls against that are forbidden on this screen; GAP, a blank whose
direction is left to right, stands between the columns of such a row and keeps them apart.
"""

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len as cells
from rich.cells import split_graphemes

GAP = "\u2800"
"""BRAILLE PATTERN BLANK: drawn as a blank, one cell, and of class L (UAX 9)."""

_INDIC = (
    "\u0900-\u0dff\u0f00-\u109f\u1700-\u17ff\u1900-\u1c7f\u1cd0-\u1cff\u302e\u302f\ua800-\ua8ff\ua926-\ua95f\ua980-\uaaff"
    "\uabc0-\uabff\U00010a00-\U00010a5f\U00011000-\U00011fff\U00016f00-\U00016f9f\U0001d165-\U0001d172"
)
_EMOJI = "\u200d\u20e3\ufe0e\ufe0f\U0001f000-\U0001ffff\U000e0000-\U000e007f"
_JAMO = "\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff"
_UNSURE = re.compile(f"[{_INDIC}{_EMOJI}{_JAMO}]")
_TO_LEFT = re.compile(
    "[\u0590-\u05ff\u0600-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_PLAIN = re.compile(
    "[\x00-\u058f\u1e00-\u200c\u2010-\u20e2\u20e4-\u302d\u3030-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f"
    "\uff00-\uffef\ufffd]*"
)
"""What every terminal draws alike, from left to right: most mail is nothing else, and this is quickly seen."""
_SELECTORS = "\ufe0e\ufe0f"
_TONES = "\U0001f3fb-\U0001f3ff"
_JOINED = re.compile(f"(?<=[^\x00-\x7f])\u200d.[{_SELECTORS}{_TONES}]*")
_DRESS = re.compile(f"[{_SELECTORS}\u20e3\U000e0020-\U000e007f]|(?<=[\u2600-\u27bf\U0001f000-\U0001faff])[{_TONES}]")

__all__ = ["GAP", "cells", "has_vowel_sign", "head", "is_unsure", "needs_gap", "simple", "widest"]


def is_unsure(text: str) -> bool:
    """Whether terminals may disagree about how wide `text` is."""
    return not (text.isascii() or _PLAIN.fullmatch(text)) and _UNSURE.search(text) is not None


def has_vowel_sign(text: str) -> bool:
    """Whether there is a sign in it that takes a cell of its own on some terminals (category Mc)."""
    return any(unicodedata.category(char) == "Mc" for char in text)


def needs_gap(text: str) -> bool:
    """Whether a GAP must follow a column with `text`: its width is unsure, or it runs from right to left."""
    if text.isascii() or _PLAIN.fullmatch(text):
        return False
    return _UNSURE.search(text) is not None or _TO_LEFT.search(text) is not None


def widest(text: str) -> int:
    """The cells that `text` takes on the terminal that counts most of them, never fewer than `cells`."""
    return max(cells(text), sum(map(_most, text))) if is_unsure(text) else cells(text)


def head(text: str, width: int) -> str:
    """The longest beginning of `text` that takes at most `width` cells on any terminal; no character is parted."""
    if text.isascii():
        return text[: max(0, width)]
    left, end = width, 0
    if _PLAIN.fullmatch(text):
        for place, char in enumerate(text):
            left -= _most(char)
            if left < 0:
                return text[:place]
        return text
    # no character is wider than two cells or, with its marks, worth looking at beyond this
    part = text[: max(0, width) * 9]
    for start, after, size in split_graphemes(part)[0]:
        left -= max(size, sum(map(_most, part[start:after])))
        if left < 0:
            break
        end = after
    return text[:end]


def simple(text: str) -> str:
    """`text` for a row of a list: of joined emoji only the first one, no skin tones, selectors and keycaps."""
    if not is_unsure(text):
        return text
    return _DRESS.sub("", _JOINED.sub("", text))


@lru_cache(maxsize=4096)
def _most(char: str) -> int:
    if "\U0001f1e6" <= char <= "\U0001f1ff" or "\U0001f3fb" <= char <= "\U0001f3ff":
        return 2
    if char == "\ufe0f":  # makes a narrow sign before it wide
        return 1
    if "\u1160" <= char <= "\u11ff":
        return 1
    return max(cells(char), 1 if unicodedata.category(char) == "Mc" else 0)
