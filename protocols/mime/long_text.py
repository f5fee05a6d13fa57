"""A plain text of any length as blocks that are made when somebody looks at them."""

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

from protocols.mime.blocks import LINKS, Block, Kind, LinkList, plain
from protocols.mime.links import spans
from protocols.mime.patch import hunks_at
from protocols.mime.safe import block
from protocols.mime.text import text_blocks

LONG = 5000
"""Lines from which a text is long."""
CHUNK = 256
"""Lines that are made together."""
_KEPT = 16
_SIGNATURE = ("\n-- \n", "\n--\xa0\n")
_LINES = re.compile(rf"(?:[^\n]*+\n){{1,{CHUNK}}}+|[^\n]++")
_BREAKS = re.compile("[\r\v\f\x85\u2028\u2029]+")
_LINKED = ("://", "www.", "mailto:", "WWW.", "MAILTO:")
_FOUND = re.compile(r"(?:https?://|www\.|mailto:)[^\s<>\"]{2,2000}", re.IGNORECASE)
_GROWN = 1_000_000
"""Characters to which a chunk may grow while a paragraph flows over its end."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A long text, and how it is to be read."""

    text: str
    links: LinkList
    flowed: bool
    delsp: bool
    signed: int
    """Where its signature begins, as a place in `text`."""
    literal: bool = False
    """Whether every line is shown as it stands."""
    made: "OrderedDict[int, list[Block]]" = field(default_factory=OrderedDict)


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some lines of a long text that stand together."""

    source: Source
    start: int
    end: int

    @property
    def lines(self) -> int:
        """How many they are."""
        count = self.source.text.count("\n", self.start, self.end)
        return count if self.source.text[self.end - 1] == "\n" else count + 1

    @property
    def text(self) -> str:
        """Its text, not cleaned."""
        return self.source.text[self.start : self.end]

    @property
    def longest(self) -> int | None:
        """Characters of its longest line, where each line is a block of its own and drawn as it stands; else None."""
        text = self.text
        if self.source.flowed or not text.isascii() or not text.replace("\n", "").isprintable():
            return None
        if not self.source.literal and (text.startswith(">") or "\n>" in text):
            return None
        return max(map(len, text.split("\n")))

    def blocks(self) -> list[Block]:
        """Its blocks; those of the last few chunks are kept."""
        made = self.source.made
        if (known := made.get(self.start)) is None:
            known = _literally(self.text) if self.source.literal else self._read()
            made[self.start] = known
            while len(made) > _KEPT:
                made.popitem(last=False)
        return known

    def _read(self) -> list[Block]:
        source = self.source
        # where text flows, what follows the last line end counts as one more line
        goes_on = source.flowed and self.end < len(source.text)
        text = self.text.removesuffix("\n") if goes_on else self.text
        signed = self.start > source.signed
        hunks = hunks_at(source.text, self.start)
        return text_blocks(text, source.links, flowed=source.flowed, delsp=source.delsp, signed=signed, hunks=hunks)


class LongBlocks(Sequence[Block]):
    """The blocks of a document that holds a long text; its length is known only when all are made."""

    def __init__(self, pieces: Iterable[Sequence[Block] | Chunk]) -> None:
        self.pieces = tuple(pieces)
        self._length: int | None = None

    def __iter__(self) -> Iterator[Block]:
        """Each block, made when it is its turn."""
        for piece in self.pieces:
            yield from piece.blocks() if isinstance(piece, Chunk) else piece

    def __len__(self) -> int:
        """How many there are; makes all of them once."""
        if self._length is None:
            self._length = sum(1 for _ in self)
        return self._length

    @overload
    def __getitem__(self, index: int) -> Block: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Block]: ...
    def __getitem__(self, index: int | slice) -> Block | Sequence[Block]:
        """One block, or some; makes what stands before it."""
        if isinstance(index, slice):
            return tuple(self)[index]
        number = index if index >= 0 else len(self) + index
        for place, one in enumerate(self):
            if place == number:
                return one
        raise IndexError(index)


def joined(pieces: Sequence[Sequence[Block]]) -> Sequence[Block]:
    """The blocks of several pieces one behind the other; a tuple when no long text is among them."""
    if not any(isinstance(piece, LongBlocks) for piece in pieces):
        return tuple(block for piece in pieces for block in piece)
    flat: list[Sequence[Block] | Chunk] = []
    for piece in pieces:
        flat.extend(piece.pieces if isinstance(piece, LongBlocks) else (piece,))
    return LongBlocks(flat)


def long_blocks(text: str, links: LinkList, *, flowed: bool = False, delsp: bool = False) -> LongBlocks:
    """The blocks of a long text with LF line ends; its links are found at once, up to as many as are listed."""
    if any(sign in text for sign in _LINKED):
        for found in _FOUND.finditer(text):
            if len(links.links) >= LINKS:
                break
            spans(found[0], links)
    source = Source(text, links, flowed, delsp, len(text) if flowed else _signature(text))
    return LongBlocks(_chunks(source))


def literal_blocks(text: str) -> LongBlocks:
    """The lines of a text as they stand: the source of a message."""
    clean = text.replace("\r\n", "\n")
    return LongBlocks(_chunks(Source(clean, LinkList(), flowed=False, delsp=False, signed=len(clean), literal=True)))


def _literally(text: str) -> list[Block]:
    lines = text.removesuffix("\n").split("\n")
    pieces = (piece for one in lines for piece in _BREAKS.split(one.rstrip("\r")))
    return [plain(block(piece), Kind.PREFORMATTED) for piece in pieces]


def _signature(text: str) -> int:
    """Where the text's own signature begins; its length when it has none."""
    if text.startswith(tuple(sign[1:] for sign in _SIGNATURE)):
        return 0
    return min((at for sign in _SIGNATURE if (at := text.find(sign)) >= 0), default=len(text))


def _chunks(source: Source) -> Iterator[Chunk]:
    text, start = source.text, 0
    for found in _LINES.finditer(text):
        end = found.end()
        if source.flowed and text[end - 2 : end] == " \n" and end - start < _GROWN:
            continue  # its last paragraph goes on
        yield Chunk(source, start, end)
        start = end
    if start < len(text):
        yield Chunk(source, start, len(text))
