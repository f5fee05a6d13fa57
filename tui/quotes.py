"""Finds the quotes that nobody reads again: deep ones, and the whole letter under an answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from protocols.mime.blocks import Begin, Block, Kind
from protocols.mime.long_quotes import DEEP, FEW

AFTER = frozenset({Kind.SIGNATURE, Kind.NOTICE, Kind.RULE})
"""What may follow the letter under an answer."""


@dataclass(frozen=True, slots=True)
class Folded:
    """Quoted lines in place of which one line is shown."""

    lines: int
    quote: int


def folded(blocks: Sequence[Block]) -> Iterator[Block | Folded]:
    """The blocks, quotes that are deep or stand under an answer as one `Folded` each."""
    tail = _tail(blocks)
    start = 0
    while start < len(blocks):
        level = 0 if start == tail else DEEP
        deep = blocks[start].quote > level  # an empty line above it stays
        end = _end(blocks, start, tail if start < tail else len(blocks), level) if deep else start
        lines = sum(1 for block in blocks[start:end] if block.spans)
        if lines > FEW:
            yield Folded(lines, level + 1)
            start = end
        else:
            yield from blocks[start : max(end, start + 1)]
            start = max(end, start + 1)


def _end(blocks: Sequence[Block], start: int, stop: int, level: int) -> int:
    """Where the quote deeper than `level` that begins at `start` ends, at `stop` in any case."""
    end = start
    for number in range(start, stop):
        if blocks[number].quote > level:
            end = number + 1
        elif blocks[number].spans or blocks[number].kind is Kind.RULE or isinstance(blocks[number], Begin):
            break
    return end


def _tail(blocks: Sequence[Block]) -> int:
    """Where the last quote begins, when only a signature follows it and something else comes before it; else -1."""
    last = len(blocks)
    while last and not blocks[last - 1].quote:
        block = blocks[last - 1]
        if block.spans and block.kind not in AFTER:
            return -1
        last -= 1
    first = last
    while first and (blocks[first - 1].quote or not (blocks[first - 1].spans or blocks[first - 1].kind is Kind.RULE)):
        first -= 1
    while first < last and not blocks[first].quote:
        first += 1
    # one line alone in front says only who wrote what is quoted
    said = sum(1 for block in blocks[:first] if block.spans and not block.quote and block.kind is not Kind.NOTICE)
    return first if first < last and said > 1 else -1
