"""A whole document as lines: tables in columns, quotes folded, long texts in stretches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from protocols.mime.blocks import Begin, Block, Document, Kind
from protocols.mime.long_text import Chunk, LongBlocks
from tui.quotes import Folded, folded
from tui.tables import split, table
from tui.widths import widest
from tui.wrap import WIDEST, Line, block_lines, listed_links, quote_marks, runs

_EMPTY = 2
"""Empty lines in a row that are shown."""
_AIR = (Kind.PARAGRAPH, Kind.SIGNATURE)
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
        longest = self.chunk.longest
        if longest is not None and longest <= min(max(10, self.width), WIDEST):
            return self.chunk.lines
        return sum(1 for _ in self.lines())

    def lines(self) -> Iterator[Line]:
        """The lines themselves."""
        for block in self.chunk.blocks():
            yield from block_lines(block, self.width, self.numbered)


def drawn(document: Document, width: int, *, fold: bool = False) -> Iterator[Line | Stretch | Folded | Begin]:
    """All lines for a pane `width` cells wide, made only when they are asked for; `fold` folds quotes.

    Where a part begins, the block that says so stands among them.
    """
    numbered = frozenset(number for number, _ in listed_links(document))
    blocks = document.blocks
    for piece in blocks.pieces if isinstance(blocks, LongBlocks) else (blocks,):
        if isinstance(piece, Chunk):
            yield Stretch(piece, width, numbered)
        else:
            yield from _piece(folded(piece) if fold else piece, width, numbered)


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
