"""Turns text/enriched (RFC 1896) and its ancestor text/richtext (RFC 1341) into blocks."""

import re
from collections import Counter
from itertools import groupby
from typing import NamedTuple

from protocols.mime.blocks import Block, Kind, LinkList, Mark, Span, plain
from protocols.mime.links import spans
from protocols.mime.safe import SafeText, block

_TOKEN = re.compile(r"<(<)|<(/?)([a-zA-Z0-9-]{1,60})>|([^<]+)|(<)")
_MARKS = {
    "bold": Mark.BOLD, "italic": Mark.ITALIC, "underline": Mark.UNDERLINE, "fixed": Mark.CODE,
}  # fmt: skip
_BREAKS = frozenset(("nl", "np", "paragraph"))
"""Commands of text/richtext that end a line."""
_SILENT = frozenset(("param", "comment"))
_NEWLINES = re.compile(r"\n+")
_DEPTH = 200
LIMIT = 400_000
"""Characters that are read."""
LINES = 20_000
"""Lines that are shown: nobody writes this format any more."""


def enriched_blocks(text: str, links: LinkList, *, rich: bool = False) -> list[Block]:
    """Return the blocks of an enriched text (`rich`: of text/richtext, where line ends mean nothing).  Linear."""
    reader = _Reader(rich)
    for token in _TOKEN.finditer(text.replace("\r\n", "\n")[:LIMIT]):
        doubled, closing, command, plain, lone = token.groups()
        if command:
            reader.command(command.lower(), closing=bool(closing))
        else:
            reader.add("<" if doubled or lone else plain)
        if reader.lines > LINES:
            break
    found = _blocks(reader.pieces, links)
    if reader.lines > LINES or len(text) > LIMIT:
        found.append(_notice())
    return found


def _notice() -> Block:
    return plain(SafeText("The text goes on, but is too long to show."), Kind.NOTICE)


class _State(NamedTuple):
    """What holds inside the commands that are open."""

    marks: Mark = Mark.NONE
    quote: int = 0
    silent: bool = False
    as_it_stands: bool = False

    def within(self, command: str) -> "_State":
        """What holds inside one more command."""
        return _State(
            self.marks | _MARKS.get(command, Mark.NONE),
            self.quote + (command == "excerpt"),
            self.silent or command in _SILENT,
            self.as_it_stands or command == "nofill",
        )


class _Reader:
    """Follows the commands, and collects (text, marks, quote)."""

    def __init__(self, rich: bool) -> None:
        self.pieces: list[tuple[str, Mark, int]] = []
        self.lines = 0
        self._rich = rich
        self._open: list[tuple[str, _State]] = []
        self._counts: Counter[str] = Counter()

    @property
    def _state(self) -> _State:
        return self._open[-1][1] if self._open else _State()

    def command(self, name: str, *, closing: bool) -> None:
        """Begin or end what a command says; ends without a beginning mean nothing."""
        if self._rich and name in _BREAKS:
            if not (closing and name == "nl"):
                self._put("\n")
        elif self._rich and name == "lt":
            self._put("<")
        elif not closing:
            if len(self._open) < _DEPTH:
                self._open.append((name, self._state.within(name)))
                self._counts[name] += 1
        elif self._counts[name]:
            self._close(name)

    def _close(self, name: str) -> None:
        ended = ""
        while ended != name:
            ended, _ = self._open.pop()
            self._counts[ended] -= 1

    def add(self, text: str) -> None:
        """Add text: one line end is a blank, of several all but one count (RFC 1896 section 2)."""
        if self._state.as_it_stands:
            self._put(text)
        elif self._rich:
            self._put(text.replace("\n", " "))
        else:
            self._put(_NEWLINES.sub(lambda found: "\n" * min(len(found[0]) - 1, LINES) or " ", text))

    def _put(self, text: str) -> None:
        state = self._state
        if not state.silent:
            self.lines += text.count("\n")
            self.pieces.append((text, state.marks, state.quote))


def _blocks(pieces: list[tuple[str, Mark, int]], links: LinkList) -> list[Block]:
    found: list[Block] = []
    for quote, run in groupby(pieces, key=lambda piece: piece[2]):
        line: list[Span] = []
        for marks, same in groupby(run, key=lambda piece: piece[1]):
            first, *more = block("".join(text for text, _, _ in same)).split("\n", LINES)
            line += spans(first, links, marks) if first else []
            for part in more[:LINES]:
                found.append(Block(Kind.PARAGRAPH, tuple(line), min(quote, 50)))
                line = list(spans(part, links, marks)) if part else []
        if line:
            found.append(Block(Kind.PARAGRAPH, tuple(line), min(quote, 50)))
    return found
