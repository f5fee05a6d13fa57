"""Pictures in pixels: which cells of the screen show one, and what the terminal is sent so that it stands there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from rich.style import Style

from tui.cells import PICTURE, Look

if TYPE_CHECKING:
    from protocols.mime.drawing import Drawing

CHUNK = 4096
"""Letters in one command of the kitty protocol; more are not taken."""
GONE = "\x1b_Ga=d,d=A,q=2\x1b\\"
"""Takes all pictures away, of a terminal that knows the kitty protocol."""
_CLEARED = "\x1b[2J"
_FIRST = 0x62000000
"""The number of our first picture: a terminal may keep those of other programs."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of a picture from `first` on, so many of them, are on the screen: their upper left cell."""

    y: int
    x: int
    first: int
    rows: int


class Graphics:
    """The pictures that may be on the terminal.

    A widget draws blank cells in `style`: where they are after an update, the picture is; what covers them, scrolls
    them or takes their place is an update like any other.
    """

    def __init__(self) -> None:
        self._numbers = count(_FIRST)
        self._drawings: dict[int, Drawing] = {}
        self._sent: set[int] = set()
        """What a terminal of the kitty protocol holds."""
        self._placed: dict[int, Place] = {}
        self._undone = ""
        """What to send first of all: the end of what an unknown terminal shows."""

    def add(self, drawing: "Drawing") -> int:
        """Take in a picture; its number."""
        number = next(self._numbers)
        self._drawings[number] = drawing
        return number

    def drop(self, number: int) -> None:
        """It will not be shown again."""
        self._drawings.pop(number, None)

    def style(self, number: int, row: int) -> Style:
        """How the blank cells of one row of a picture look to the glass; to nobody else."""
        return Style(meta={PICTURE: (number, row)})

    def forget(self) -> None:
        """Nothing is known of the terminal: take away whatever of ours it may show."""
        freed = "".join(_freed(number) for number in sorted(self._sent))
        drawn = any(self._is_sixel(number) for number in self._placed)
        self._undone += freed + (_CLEARED if drawn else "")
        self._sent.clear()
        self._placed.clear()

    def before(self) -> str:
        """What to send before the cells of an update."""
        undone, self._undone = self._undone, ""
        return undone

    def after(self, rows: Mapping[int, Sequence[Look]], touched: Iterable[int]) -> str:
        """What to send behind the cells of an update.

        `rows` are those with cells of pictures, `touched` the pictures some of whose cells were sent.
        """
        found = self._found(rows)
        for number in touched:
            if self._is_sixel(number):  # text took the place of its pixels
                self._placed.pop(number, None)
        sent = [self._removed(number) for number in sorted(self._placed) if number not in found]
        sent += [self._shown(number, found[number]) for number in sorted(found)]
        sent += [_freed(number) for number in sorted(self._sent - set(self._drawings))]
        self._sent &= set(self._drawings)
        return "".join(sent)

    def _found(self, rows: Mapping[int, Sequence[Look]]) -> dict[int, Place]:
        """The pictures whose rows stand there whole, one below the other."""
        cells: dict[int, list[tuple[int, int, int]]] = {}
        for y in sorted(rows):
            for x, look in enumerate(rows[y]):
                if look.picture is not None:
                    cells.setdefault(look.picture[0], []).append((y, x, look.picture[1]))
        return {
            number: place
            for number, held in cells.items()
            if number in self._drawings and (place := _place(held, self._drawings[number])) is not None
        }

    def _is_sixel(self, number: int) -> bool:
        drawing = self._drawings.get(number)
        return drawing is not None and drawing.form == "sixel"

    def _removed(self, number: int) -> str:
        del self._placed[number]
        return f"\x1b_Ga=d,d=i,i={number},q=2\x1b\\" if number in self._sent else ""

    def _shown(self, number: int, place: Place) -> str:
        drawing = self._drawings[number]
        if self._placed.get(number) == place:
            return ""
        self._placed[number] = place
        at = f"\x1b[{place.y + 1};{place.x + 1}H"
        if drawing.form == "sixel":
            return f"{at}\x1bP0;1q{drawing.letters}\x1b\\"
        given = "" if number in self._sent else _given(number, drawing.letters)
        self._sent.add(number)
        top, bottom = (row * drawing.height // drawing.rows for row in (place.first, place.first + place.rows))
        part = f"x=0,y={top},w={drawing.width},h={bottom - top},c={drawing.columns},r={place.rows}"
        return f"{given}{at}\x1b_Ga=p,i={number},p=1,{part},C=1,q=2\x1b\\"


def _place(cells: Sequence[tuple[int, int, int]], drawing: "Drawing") -> Place | None:
    """Where whole rows of a picture are; None when something covers a part of them, or sixels are cut off."""
    (y, x, first), rows = cells[0], len(cells) // drawing.columns
    if cells != [(y + down, x + right, first + down) for down in range(rows) for right in range(drawing.columns)]:
        return None
    if drawing.form == "sixel" and rows < drawing.rows:  # they cannot be cut
        return None
    return Place(y, x, first, rows)


def _given(number: int, letters: str) -> str:
    """A PNG, for a terminal of the kitty protocol to keep; it answers nothing (q=2)."""
    pieces = [letters[start : start + CHUNK] for start in range(0, len(letters), CHUNK)]
    heads = [f"a=t,t=d,f=100,i={number},q=2,m={int(len(pieces) > 1)}"]
    heads += [f"q=2,m={int(last < len(pieces))}" for last in range(2, len(pieces) + 1)]
    return "".join(f"\x1b_G{head};{piece}\x1b\\" for head, piece in zip(heads, pieces, strict=True))


def _freed(number: int) -> str:
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"
