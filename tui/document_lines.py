"""A whole document as lines: tables in columns, quotes folded, long texts in stretches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from protocols.mime.blocks import Begin, Block, Document, Kind
from protocols.mime.long_text import Chunk, LongBlocks, Shape, Source, around
from tui.quotes import AFTER, Folded, folded
from tui.tables import split, table
from tui.widths import widest
from tui.wrap import WIDEST, Line, block_lines, listed_links, quote_marks, runs

_EMPTY = 2
"""Empty lines in a row that are shown."""
_AIR = (Kind.PARAGRAPH, Kind.SIGNATURE)
_MANY = 4000
"""Chunks and folded quotes from which counting their lines takes its time."""
_FEW_BLOCKS = 500
_ROWS = 200
"""Rows of a table that are set together."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Many lines of a long text: how many they are is known before they are made."""

    chunk: Chunk
    width: int
    numbered: frozenset[int]

    @property
    def height(self) -> int:
        """How many lines there are."""
        shape = self.chunk.shape
        return shape.lines if _fits(shape, self.width, self.numbered) else sum(1 for _ in self.lines())

    def lines(self) -> Iterator[Line]:
        """The lines themselves."""
        for block in self.chunk.blocks():
            yield from block_lines(block, self.width, self.numbered)


def _fits(shape: Shape, width: int, numbered: frozenset[int]) -> bool:
    """Whether each line of a chunk is one on the screen."""
    room = min(max(10, width), WIDEST)
    return shape.longest is not None and shape.longest <= room and not (shape.linked and numbered)


def is_counted(document: Document, width: int) -> bool:
    """Whether it takes a moment only to find out how many lines there are: of a long text that was measured."""
    blocks = document.blocks
    if not isinstance(blocks, LongBlocks):
        return False
    chunks = [piece for piece in blocks.pieces if isinstance(piece, Chunk)]
    numbered = frozenset(number for number, _ in listed_links(document))
    return (
        len(chunks) + sum(len(source.folds) for source in {id(one.source): one.source for one in chunks}.values())
        < _MANY
        and all(one.is_measured and _fits(one.shape, width, numbered) for one in chunks)
        and sum(len(piece) for piece in blocks.pieces if not isinstance(piece, Chunk)) < _FEW_BLOCKS
    )


def drawn(document: Document, width: int, *, fold: bool = False) -> Iterator[Line | Stretch | Folded | Begin]:
    """All lines for a pane `width` cells wide, made only when they are asked for; `fold` folds quotes.

    Where a part begins, the block that says so stands among them.
    """
    numbered = frozenset(number for number, _ in listed_links(document))
    blocks = document.blocks
    pieces = blocks.pieces if isinstance(blocks, LongBlocks) else (blocks,)
    last = _last(pieces) if fold else None
    for piece in pieces:
        if isinstance(piece, Chunk):
            for one in around(piece) if fold else (piece,):
                if isinstance(one, Chunk):
                    yield Stretch(one, width, numbered)
                elif one.level > 1 or piece.source is last:
                    yield Folded(one.lines, one.level)
                else:  # more is said below it
                    yield Stretch(Chunk(piece.source, one.start, one.end), width, numbered)
        else:
            yield from _piece(folded(piece) if fold else piece, width, numbered)


def _last(pieces: Sequence[Sequence[Block] | Chunk]) -> Source | None:
    """The long text with which a document ends, but for what may follow a letter."""
    for piece in reversed(pieces):
        if isinstance(piece, Chunk):
            return piece.source
        if any(one.spans and one.kind not in AFTER for one in piece):
            return None
    return None


def lines(document: Document, width: int) -> Iterator[Line]:
    """As `drawn`, line by line, nothing folded."""
    for one in drawn(document, width):
        if isinstance(one, Stretch):
            yield from one.lines()
        elif isinstance(one, Line):
            yield one


def airy(drawn: Iterable[Line | Stretch | Folded | Begin]) -> Iterator[Line | Stretch | Folded | Begin]:
    """The same without the empty lines and the rule that a message begins with, and with no more than two in a row."""
    empty: int | None = None
    for one in drawn:
        if isinstance(one, Line) and one.kind in _AIR and not any(run.text.strip() for run in one.runs):
            empty = None if empty is None else empty + 1
            if empty is None or empty > _EMPTY:
                continue
        elif empty is None and isinstance(one, Line) and one.kind is Kind.RULE:
            continue
        elif not isinstance(one, Begin):
            empty = 0
        yield one


def _piece(
    blocks: Iterator[Block | Folded] | Sequence[Block], width: int, numbered: frozenset[int]
) -> Iterator[Line | Folded | Begin]:
    rows: list[Block] = []
    for one in blocks:
        is_row = isinstance(one, Block) and one.kind is Kind.TABLE_ROW
        if rows and (not is_row or len(rows) >= _ROWS or _level(one) != rows[0].quote):
            yield from _table(rows, width, numbered)
            rows = []
        if isinstance(one, Folded):
            yield one
        elif is_row:
            rows.append(one)
        else:
            yield from block_lines(one, width, numbered)
            if isinstance(one, Begin):
                yield one
    if rows:
        yield from _table(rows, width, numbered)


def _level(one: Block | Folded) -> int:
    return one.quote


def _table(rows: list[Block], width: int, numbered: frozenset[int]) -> Iterator[Line]:
    quote = min(rows[0].quote, 8)
    prefix = quote_marks(quote)
    set_rows = table([split(runs(block, numbered)) for block in rows], width - widest(prefix), quote, prefix)
    if set_rows is not None:
        yield from set_rows
        return
    for block in rows:
        yield from block_lines(block, width, numbered)
