"""Turns text/enriched (RFC 1896) and its ancestor text/richtext (RFC 1341) into blocks."""

import re
from itertools import groupby

from protocols.mime.blocks import Block, Kind, LinkList, Mark, Span
from protocols.mime.links import spans
from protocols.mime.safe import block

_TOKEN = re.compile(r"<(<)|<(/?)([a-zA-Z0-9-]{1,60})>|([^<]+)|(<)")
_MARKS = {
    "bold": Mark.BOLD, "italic": Mark.ITALIC, "underline": Mark.UNDERLINE, "fixed": Mark.CODE,
}  # fmt: skip
_BREAKS = frozenset(("nl", "np", "paragraph"))
"""Commands of text/richtext that end a line."""
_SILENT = frozenset(("param", "comment"))
_NEWLINES = re.compile(r"\n+")
_DEPTH = 200
LIMIT = 1_000_000
"""Characters that are read."""


def enriched_blocks(text: str, links: LinkList, *, rich: bool = False) -> list[Block]:
    """Return the blocks of an enriched text (`rich`: of text/richtext, where line ends mean nothing).  Linear."""
    reader = _Reader(rich)
    for token in _TOKEN.finditer(text.replace("\r\n", "\n")[:LIMIT]):
        doubled, closing, command, plain, lone = token.groups()
        if command:
            reader.command(command.lower(), closing=bool(closing))
        else:
            reader.add("<" if doubled or lone else plain)
    return _blocks(reader.pieces, links)


class _Reader:
    """Follows the commands, and collects (text, marks, quote)."""

    def __init__(self, rich: bool) -> None:
        self.pieces: list[tuple[str, Mark, int]] = []
        self._rich = rich
        self._open: list[str] = []

    def command(self, name: str, *, closing: bool) -> None:
        """Begin or end what a command says; ends without a beginning mean nothing."""
        if self._rich and name in _BREAKS:
            if not (closing and name == "nl"):
                self._put("\n")
        elif self._rich and name == "lt":
            self._put("<")
        elif not closing:
            if len(self._open) < _DEPTH:
                self._open.append(name)
        elif name in self._open:
            while self._open.pop() != name:
                pass

    def add(self, text: str) -> None:
        """Add text: one line end is a blank, of several all but one count (RFC 1896 section 2)."""
        if "nofill" in self._open:
            self._put(text)
        elif self._rich:
            self._put(text.replace("\n", " "))
        else:
            self._put(_NEWLINES.sub(lambda found: "\n" * (len(found[0]) - 1) or " ", text))

    def _put(self, text: str) -> None:
        if _SILENT.isdisjoint(self._open):
            marks = Mark.NONE
            for name in self._open:
                marks |= _MARKS.get(name, Mark.NONE)
            self.pieces.append((text, marks, self._open.count("excerpt")))


def _blocks(pieces: list[tuple[str, Mark, int]], links: LinkList) -> list[Block]:
    found: list[Block] = []
    for quote, run in groupby(pieces, key=lambda piece: piece[2]):
        line: list[Span] = []
        for text, marks, _ in run:
            first, *more = block(text).split("\n")
            line += spans(first, links, marks) if first else []
            for part in more:
                found.append(Block(Kind.PARAGRAPH, tuple(line), min(quote, 50)))
                line = list(spans(part, links, marks)) if part else []
        if line:
            found.append(Block(Kind.PARAGRAPH, tuple(line), min(quote, 50)))
    return found
