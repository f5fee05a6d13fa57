"""Folds text for search: without case, diacritics and compatibility forms, so that `hoa don` finds `hóa đơn`.

The index and the query fold with the same function, so a word always meets itself.
"""

import unicodedata

_LETTERS = {
    # Letters whose stroke or shape is no combining mark to Unicode, so that no decomposition removes it.
    "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "œ": "oe", "æ": "ae", "þ": "th", "ŧ": "t", "ŋ": "n",
}  # fmt: skip

_NO_BLANKS = (
    # Scripts written without blanks between words: every character is a word of its own to the index, and the query
    # asks for the sequence.  Thai, Lao, Myanmar, Khmer, kana, bopomofo, ideographs, Hangul, the supplementary planes.
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3041, 0x312F), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0x1B000, 0x1B16F), (0x20000, 0x3FFFF),
)  # fmt: skip

_DROPPED = ("Mn", "Me", "Cf", "Cs")
"""Combining marks; invisible characters (soft hyphens inside words); lone surrogates, which SQLite refuses."""

_REMEMBERED = 30_000


class _Table(dict[int, str]):
    """A table for str.translate that works out a character when it first meets it."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        # Bounded: a hostile message may hold every character there is.
        if len(self) < _REMEMBERED:
            self[code] = folded
        return folded


def fold(text: str) -> str:
    """The form of `text` that is indexed and asked for; never an error, also for lone surrogates.

    ASCII is only lowered (bodies are folded in bulk).  Kana and Hangul keep their marks, which are letters there.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).translate(_TABLE)


def is_searchable(folded: str) -> bool:
    """Whether the index finds anything in `folded` text: letters, digits or private characters (unicode61)."""
    return any(category[0] in "LN" or category == "Co" for category in map(unicodedata.category, folded))


def _fold_character(character: str) -> str:
    code = ord(character)
    if unicodedata.category(character) in _DROPPED:
        return ""
    if any(first <= code <= last for first, last in _NO_BLANKS):
        return f" {character} "
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    bare = "".join(part for part in decomposed if unicodedata.category(part) not in _DROPPED)
    return "".join(_LETTERS.get(part, part) for part in bare)


_TABLE = _Table()
