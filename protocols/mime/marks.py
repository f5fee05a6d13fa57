"""Carries looks and literal characters through html2text, as private characters that it leaves alone."""

import re
from dataclasses import replace
from functools import lru_cache

from protocols.mime.blocks import LINKS, LinkList, Mark, Span
from protocols.mime.safe import SafeText, block

# Private use area: what a sender puts there is replaced first, so these signs are ours alone.
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_ESCAPED = "\\`*_{}[]()#+-.!|<>&=~^"
_ESCAPES = {char: chr(0xE100 + ord(char)) for char in _ESCAPED}
_LITERALS = {chr(0xE100 + ord(char)): char for char in _ESCAPED + " "}
# few characters of a text are such: finding them is quicker than translating every one
_TO_ESCAPE = re.compile(f"[{re.escape(_ESCAPED)}]")
_LITERAL = re.compile(f"[{''.join(_LITERALS)}]")

ROW = "\ue040"
CELL = "\ue041"
PREFORMATTED = "\ue042"
_LINK_END = "\ue043"
_LINK_FIRST = 0xF0000
_OPEN = {mark: chr(0xE000 + number) for number, mark in enumerate(Mark)}
_CLOSE = {mark: chr(0xE020 + number) for number, mark in enumerate(Mark)}
_OPENED = {sign: mark for mark, sign in _OPEN.items()}
_CLOSED = {sign: mark for mark, sign in _CLOSE.items()}
_SIGN = re.compile("([\ue000-\ue043\U000f0000-\U000fffff])")


def literal(text: str) -> str:
    """Return text in which nothing is markup any more, for HTML or for Markdown."""
    if not text.isascii():
        text = _PRIVATE.sub("\N{REPLACEMENT CHARACTER}", text)
    return _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], text)


def kept_blanks(text: str) -> str:
    """Return literal text whose blanks will not be folded."""
    return literal(text.expandtabs(8)).replace(" ", "\ue120")


def unsigned(text: str) -> str:
    """Undo `literal` and `kept_blanks`."""
    return _LITERAL.sub(lambda found: _LITERALS[found[0]], text)


def opening(mark: Mark) -> str:
    """Return the sign that begins a look."""
    return _OPEN[mark]


def closing(mark: Mark) -> str:
    """Return the sign that ends a look."""
    return _CLOSE[mark]


def link_opening(number: int) -> str:
    """Return the sign that begins link `number`."""
    return chr(_LINK_FIRST + min(number, LINKS))


LINK_CLOSING = _LINK_END


class SpanReader:
    """Turns signed text back into spans; looks stay open from line to line, as elements do."""

    def __init__(self, links: LinkList) -> None:
        self._links = links
        self._open: dict[Mark, int] = {}
        self._link: int | None = None
        self._marks = Mark.NONE

    def read(self, text: str) -> tuple[Span, ...]:
        """Return the spans of one line."""
        spans: list[Span] = []
        for place, piece in enumerate(_SIGN.split(unsigned(text))):
            if not piece:
                continue
            if place % 2:
                self._sign(piece)
                if piece == CELL:
                    spans.append(Span(SafeText(" │ "), Mark.DIM))
                continue
            clean = block(piece)
            if "\n" in clean:
                clean = SafeText(clean.replace("\n", " "))
            if clean:
                spans.append(Span(clean, self._marks, self._link))
        return _trimmed(spans)

    def _sign(self, sign: str) -> None:
        if (mark := _OPENED.get(sign)) is not None:
            self._open[mark] = self._open.get(mark, 0) + 1
        elif (mark := _CLOSED.get(sign)) is not None:
            self._open[mark] = max(0, self._open.get(mark, 0) - 1)
        elif sign == _LINK_END:
            self._link = None
        elif ord(sign) >= _LINK_FIRST and ord(sign) - _LINK_FIRST < len(self._links.links):
            self._link = ord(sign) - _LINK_FIRST
        marks = 0 if self._link is None else Mark.LINK.value
        for mark, count in self._open.items():
            if count:
                marks |= mark.value
        self._marks = looks(marks)


@lru_cache(maxsize=1024)
def looks(value: int) -> Mark:
    """The marks of a number: `Mark(value)`, which is made anew each time, in a fifth of its time."""
    return Mark(value)


def _trimmed(spans: list[Span]) -> tuple[Span, ...]:
    """Return spans without blank ends: none at all when there is nothing but blanks."""
    while spans and not spans[-1].text.strip():
        spans.pop()
    while spans and not spans[0].text.strip() and not spans[0].marks:
        del spans[0]
    if spans:
        last = spans[-1]
        if last.text[-1].isspace():
            spans[-1] = replace(last, text=SafeText(last.text.rstrip()))
    return tuple(spans)
