"""A plain text of any length as blocks that are made when somebody looks at them."""

import re
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, overload

from protocols.mime.blocks import LINKS, Block, Kind, LinkList, plain
from protocols.mime.links import spans
from protocols.mime.long_quotes import Fold, folds
from protocols.mime.patch import HunksOf
from protocols.mime.safe import block
from protocols.mime.text import text_blocks

LONG = 5000
"""Lines from which a text is long."""
CHUNK = 256
"""Lines that are made together."""
_KEPT = 16
_SIGNATURE = ("\n-- \n", "\n--\xa0\n")
_LINES = re.compile(rf"(?:[^\n]*+\n){{1,{CHUNK}}}+|[^\n]++")
_EVEN = re.compile(
    "[\n -~\xa1-\xac\xae-\u024f\u0391-\u03a9\u03b1-\u03c9\u0400-\u0481\u048a-\u052f\u1e00-\u1eff–—‘-”•…€]*+"
)
"""Text of characters that stay as they are, each in one cell."""
_BREAKS = re.compile("[\r\v\f\x85\u2028\u2029]+")
_LINKED = ("://", "www.", "mailto:", "WWW.", "MAILTO:")
_FOUND = re.compile(r"(?:https?://|www\.|mailto:)[^\s<>\"]{2,2000}", re.IGNORECASE)
_GROWN = 1_000_000
"""Characters to which a chunk may grow while a paragraph flows over its end."""


class Shape(NamedTuple):
    """What a chunk looks like before its blocks are made."""

    lines: int
    longest: int | None
    """Cells of its longest line, where each line is a block of its own and drawn as it stands; else None."""
    linked: bool
    """Whether addresses may stand in it, which can be followed by numbers."""


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
    folds: tuple[Fold, ...] = ()
    """Its quotes that nobody reads again, from the top."""
    made: "OrderedDict[tuple[int, int], list[Block]]" = field(default_factory=OrderedDict)
    shapes: dict[tuple[int, int], Shape] = field(default_factory=dict)
    hunks: HunksOf = field(init=False)

    def __post_init__(self) -> None:
        """The patches in it are those of its text."""
        object.__setattr__(self, "hunks", HunksOf(self.text))


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some lines of a long text that stand together."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """Its text, not cleaned."""
        return self.source.text[self.start : self.end]

    @property
    def is_measured(self) -> bool:
        """Whether its shape is known already."""
        return (self.start, self.end) in self.source.shapes

    @property
    def shape(self) -> Shape:
        """How many lines there are, and how long; found out once, in some hundredths of a millisecond."""
        known = self.source.shapes.get((self.start, self.end))
        if known is None:
            known = self.source.shapes[self.start, self.end] = self._measured()
        return known

    def _measured(self) -> Shape:
        text, source = self.text, self.source
        lines = text.count("\n") + (text[-1] != "\n")
        linked = any(sign in text for sign in _LINKED)
        plain = text.replace("\n", "").isprintable() if text.isascii() else _EVEN.fullmatch(text) is not None
        if source.flowed or not plain:
            return Shape(lines, None, linked)
        each = text.split("\n")
        if not source.literal and (text[0] == ">" or "\n>" in text):  # a sign of quotation is drawn as two characters
            return Shape(lines, max(len(one) + (one.count(">") if one[:1] == ">" else 0) for one in each), linked)
        return Shape(lines, max(map(len, each)), linked)

    def blocks(self) -> list[Block]:
        """Its blocks; those of the last few chunks are kept."""
        made = self.source.made
        if (known := made.get((self.start, self.end))) is None:
            known = _literally(self.text) if self.source.literal else self._read()
            made[self.start, self.end] = known
            while len(made) > _KEPT:
                made.popitem(last=False)
        return known

    def _read(self) -> list[Block]:
        source = self.source
        # where text flows, what follows the last line end counts as one more line
        goes_on = source.flowed and self.end < len(source.text)
        text = self.text.removesuffix("\n") if goes_on else self.text
        signed = self.start > source.signed
        hunks = source.hunks.at(self.start)
        return text_blocks(text, source.links, flowed=source.flowed, delsp=source.delsp, signed=signed, hunks=hunks)


class LongBlocks(Sequence[Block]):
    """The blocks of a document that holds a long text; its length is known only when all are made."""

    def __init__(self, pieces: Iterable[Sequence[Block] | Chunk]) -> None:
        self.pieces = tuple(pieces)
        self._length: int | None = None

    def measure(self) -> None:
        """Find out the shapes of all chunks, for a thread: a tenth of a second for 300,000 lines."""
        for piece in self.pieces:
            if isinstance(piece, Chunk):
                _ = piece.shape

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


def around(chunk: Chunk) -> Iterator[Chunk | Fold]:
    """What is shown of a chunk while quotes are folded: the pieces between them, and each fold that begins here."""
    start, source = chunk.start, chunk.source
    place = bisect_right(source.folds, start, key=lambda fold: fold.end)
    while place < len(source.folds) and (fold := source.folds[place]).start < chunk.end:
        if fold.start > start:
            yield Chunk(source, start, fold.start)
        if fold.start >= chunk.start:
            yield fold
        start = fold.end
        place += 1
    if start == chunk.start:
        yield chunk
    elif start < chunk.end:
        yield Chunk(source, start, chunk.end)


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
    signed = len(text) if flowed else _signature(text)
    source = Source(text, links, flowed, delsp, signed, folds=folds(text, signed, flowed=flowed))
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
