"""Reads the text out of RTF, and the HTML out of RTF that Outlook made of HTML (MS-OXRTFEX)."""

import re

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+"
)
# Groups whose text is no text of the document.
_SKIPPED = frozenset(
    (
        b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"footnote",
        b"listtable", b"listoverridetable", b"rsidtbl", b"generator", b"themedata", b"colorschememapping",
        b"datastore", b"latentstyles", b"mmathPr", b"xmlnstbl", b"filetbl", b"revtbl", b"fldinst", b"htmlbase",
        b"mhtmltag", b"pntext", b"nonshppict", b"shppict",
    )
)  # fmt: skip
_WORDS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t",
    b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“",
    b"rdblquote": "”", b"emspace": " ", b"enspace": " ",
}  # fmt: skip
_SIGNS = {b"~": "\xa0", b"_": "-", b"-": "", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
_CODEPAGES = frozenset(
    (437, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874, 932, 936, 949, 950, 1250,
     1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 1361, 65001)
)  # fmt: skip
_DEPTH = 1000
OCTETS = 4_000_000
"""Of longer RTF the beginning is read."""


class _Group:
    """What holds until the group ends."""

    __slots__ = ("codepage", "hidden", "skipped", "unicode_length")

    def __init__(self, skipped: bool, hidden: bool, unicode_length: int, codepage: str) -> None:
        self.skipped = skipped
        self.hidden = hidden
        """Inside `\\htmlrtf`: for readers of RTF, not of HTML."""
        self.unicode_length = unicode_length
        """Characters that follow `\\u` for readers that do not know it."""
        self.codepage = codepage


def rtf_text(data: bytes) -> tuple[str, bool]:
    """The text of RTF and False, or the HTML that it was made of and True.  Never raises; linear."""
    reader = _Reader(b"\\fromhtml" in data[:4096])
    for token in _TOKEN.finditer(data[:OCTETS]):
        reader.take(*token.groups())
    return "".join(reader.text), reader.from_html


class _Reader:
    """Follows groups and words, and collects the text."""

    def __init__(self, from_html: bool) -> None:
        self.text: list[str] = []
        self.from_html = from_html
        self._groups = [_Group(False, False, 1, "cp1252")]
        self._to_skip = 0
        self._starred = False

    def take(
        self, word: bytes | None, number: bytes | None, byte: bytes | None, sign: bytes | None, brace: bytes | None,
        plain: bytes | None,
    ) -> None:  # fmt: skip
        """Take one token, of which one is not None."""
        here = self._groups[-1]
        if brace:
            self._brace(brace, here)
        elif word is not None:
            self._word(word, None if number is None else int(number), here)
        elif sign == b"*":
            self._starred = True
        elif byte is not None:
            self._add(bytes((int(byte, 16),)).decode(here.codepage, "replace"), here)
        elif sign is not None:
            self._add(_SIGNS.get(sign, ""), here)
        elif plain is not None:
            self._add(plain.decode(here.codepage, "replace"), here)

    def _brace(self, brace: bytes, here: _Group) -> None:
        self._to_skip = 0
        if brace == b"{" and len(self._groups) < _DEPTH:
            self._groups.append(_Group(here.skipped, here.hidden, here.unicode_length, here.codepage))
        elif brace == b"}" and len(self._groups) > 1:
            self._groups.pop()

    def _word(self, word: bytes, number: int | None, here: _Group) -> None:
        starred, self._starred = self._starred, False
        if word == b"htmltag":
            here.skipped, here.hidden = not self.from_html, False
        elif word in _SKIPPED or starred:
            here.skipped = True
        elif word == b"htmlrtf":
            here.hidden = self.from_html and number != 0
        elif word == b"uc":
            here.unicode_length = max(0, min(number or 0, 8))
        elif word == b"ansicpg" and number is not None:
            here.codepage = _codepage(number)
        elif word == b"u" and number is not None:
            code = number % 0x10000
            self._add(chr(code) if not 0xD800 <= code < 0xE000 else "\N{REPLACEMENT CHARACTER}", here)
            self._to_skip = here.unicode_length
        elif word in _WORDS:
            self._add(_WORDS[word], here)

    def _add(self, text: str, here: _Group) -> None:
        if self._to_skip and text:
            dropped = min(self._to_skip, len(text))
            self._to_skip -= dropped
            text = text[dropped:]
        if text and not here.skipped and not here.hidden:
            self.text.append(text)


def _codepage(number: int) -> str:
    """A codec by the number of a code page; not asked of Python, which looks for what it does not know on the disk."""
    return f"cp{number}" if number in _CODEPAGES else "cp1252"
