"""The rows of a reader: made from the top as far as they are looked at, those of long texts in stretches."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rich.style import Style

from protocols.mime.safe import SafeText

Row = list[tuple[str, Style]]
"""Pieces of text of one look."""

_KEPT = 8


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Rows that are made when they are looked at, and forgotten after a while."""

    height: int
    make: Callable[[], list[Row]]
    text: Callable[[], str]
    """What they are made from, for a search to look whether it is worth making them."""


@dataclass(frozen=True, slots=True)
class Landmark:
    """No row, but the place of the next one: something begins there that one can go to."""

    name: SafeText


def height(one: Row | Stretch | Landmark) -> int:
    """How many rows one item is."""
    return one.height if isinstance(one, Stretch) else 0 if isinstance(one, Landmark) else 1


class MadeRows:
    """Takes rows from an iterator when they are asked for; memory is taken by what was looked at."""

    def __init__(self, source: Iterable[Row | Stretch | Landmark] = ()) -> None:
        self._source = iter(source)
        self._pieces: list[list[Row] | Stretch] = []
        self._starts: list[int] = []
        self._length = 0
        self._made: OrderedDict[int, list[Row]] = OrderedDict()
        self.landmarks: list[tuple[int, SafeText]] = []
        """Rows at which something begins, as far as they are known, and what."""

    def __len__(self) -> int:
        """How many rows are known so far."""
        return self._length

    def __getitem__(self, number: int) -> Row:
        """A row that is known."""
        if not 0 <= number < self._length:
            raise IndexError(number)
        place = bisect_right(self._starts, number) - 1
        return self._rows(place)[number - self._starts[place]]

    def ensure(self, number: int | None) -> None:
        """Take rows until there are so many, or all of them (None)."""
        while number is None or self._length < number:
            one = next(self._source, None)
            if one is None:
                return
            if isinstance(one, Landmark):
                self.landmarks.append((self._length, one.name))
            elif isinstance(one, Stretch):
                if one.height:
                    self._starts.append(self._length)
                    self._pieces.append(one)
            elif self._pieces and isinstance(last := self._pieces[-1], list):
                last.append(one)
            else:
                self._starts.append(self._length)
                self._pieces.append([one])
            self._length += height(one)

    def matching(
        self, may_match: Callable[[str], bool], start: int = 0, *, back: bool = False
    ) -> Iterator[tuple[int, Row]]:
        """(number, row) of what is known from a row on, down or `back` up; stretches that cannot match are left out."""
        first = max(0, bisect_right(self._starts, start) - 1)
        for place in range(first, -1, -1) if back else range(first, len(self._pieces)):
            piece, top = self._pieces[place], self._starts[place]
            if isinstance(piece, Stretch) and not may_match(piece.text()):
                continue
            rows = self._rows(place)
            for number in range(len(rows) - 1, -1, -1) if back else range(len(rows)):
                if top + number <= start if back else top + number >= start:
                    yield top + number, rows[number]

    def _rows(self, place: int) -> list[Row]:
        piece = self._pieces[place]
        if isinstance(piece, list):
            return piece
        rows = self._made.get(place)
        if rows is None:
            rows = self._made[place] = piece.make()
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return rows
