"""Folds text for search: without case, diacritics and compatibility forms, so that `hoa don` finds `hóa đơn`.

The index and the query fold with the same function, so a word always meets itself.
"""

import codecs
import re
import unicodedata
from typing import Any

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

_VIETNAMESE = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_FREQUENT = "\xa0–—‘’“”•äöüÄÖÜçñïëîûå"
"""Of other languages, as many as a byte has room for; each becomes one character."""

_REMEMBERED = 30_000

_MARKS = "\u0300-\u0344\u0346-\u036f"
"""Combining marks of the Latin kind, without the iota below, which is a letter once its case is folded."""
_ODD = re.compile(f"[^\0-\x7f{_MARKS}]")
_RUN = re.compile(f"[{_MARKS}]+")
_PLAIN = re.compile("[\x80-\u0344\u0346-\u058f\u2010-\u2bff]")
"""Letters of Europe and common signs: what follows or precedes them does not change what they become."""


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

    Signs that the index takes for blanks become blanks.  Kana and Hangul keep their marks, which are letters there.
    """
    if text.isascii():
        return text.lower()
    try:  # in a third of the time of any other way
        return codecs.charmap_encode(text, "strict", _SLOTS)[0].translate(_FOLDED).decode("ascii")
    except UnicodeEncodeError:
        pass  # it has other letters
    return _fold_plain(text) or unicodedata.normalize("NFKC", text).translate(_TABLE)


def _fold_plain(text: str) -> str | None:
    """The same in a third of the time for text of Latin, Greek or Cyrillic letters; None for any other.

    Bodies are folded in bulk: here the marks go in a few passes of C, and each other character in one.
    """
    bare = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "d"))
    odd = set(_ODD.findall(bare))
    if not all(map(_PLAIN.match, odd)):
        return None
    for character in odd:
        bare = bare.replace(character, _TABLE[ord(character)])
    if odd and _ODD.search(bare):
        return _RUN.sub("", bare).lower()
    return bare.encode("ascii", "ignore").decode("ascii").lower()


def is_searchable(folded: str) -> bool:
    """Whether the index finds anything in `folded` text: letters, digits or private characters (unicode61)."""
    return any(category[0] in "LN" or category == "Co" for category in map(unicodedata.category, folded))


def _fold_character(character: str) -> str:
    code = ord(character)
    if unicodedata.category(character) in _DROPPED:
        return ""
    if code > 0x7F and unicodedata.category(character)[0] in "PSZ":
        return " "
    if any(first <= code <= last for first, last in _NO_BLANKS):
        return f" {character} "
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    bare = "".join(part for part in decomposed if unicodedata.category(part) not in _DROPPED)
    return "".join(_LETTERS.get(part, part) for part in bare)


_TABLE = _Table()


def _single_letters() -> tuple[Any, bytes]:
    """A charset of the 256 characters that mail here consists of, and what each of its bytes is folded to."""
    ascii_text = "\0\t\n\r" + "".join(map(chr, range(32, 127)))
    slots = (ascii_text + _VIETNAMESE + _VIETNAMESE.upper() + _FREQUENT)[:256]
    folded = "".join(character.lower() if character.isascii() else _fold_character(character) for character in slots)
    return codecs.charmap_build(slots.ljust(256, "\ufffe")), folded.encode("ascii").ljust(256, b"?")


_SLOTS, _FOLDED = _single_letters()
