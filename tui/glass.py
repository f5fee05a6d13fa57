"""What the terminal shows: of every update only the cells that differ are sent."""

from collections.abc import Iterable, Iterator

from rich.color import ColorSystem
from rich.console import Console
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Size
from textual.strip import Strip

from tui.cells import Look, Looks, Odd, Pen, cells
from tui.graphics import Graphics
from tui.widths import GAP, has_vowel_sign

_GAP = 4
"""Cells that did not change and are sent all the same, where moving over them would cost as much."""
_UNKNOWN = "\x00"
"""What no cell holds: it differs from everything."""


class Glass:
    """A copy of the terminal's cells.  Textual paints whole panes; a slow line gets what changed in them.

    Whoever writes to the terminal on another way, or clears it, calls `forget`.
    """

    def __init__(self) -> None:
        self._size = Size(0, 0)
        self._looks = Looks(None)
        self._text: list[list[str]] = []
        self._look: list[list[Look]] = []
        self._odd: list[bool] = []
        """Rows with characters about whose width terminals do not agree."""
        self.graphics = Graphics()
        self._pictured: set[int] = set()
        """Rows with cells that pictures cover."""
        self._touched: set[int] = set()
        """Pictures some of whose cells this update has drawn."""

    def forget(self) -> bool:
        """Know nothing of the terminal: the next update is sent whole.  Whether anything was known."""
        known = any(text is not _UNKNOWN for row in self._text for text in row)
        self.graphics.forget()
        self._resize(self._size)
        return known

    def difference(self, update: LayoutUpdate | ChopsUpdate, size: Size, system: ColorSystem | None) -> str:
        """What makes a terminal of this size show an update, and remember it; "" when it does already."""
        if size != self._size:
            self.graphics.forget()
            self._resize(size)
        if system != self._looks.system:
            self._looks = Looks(system)
            self.forget()
        cleared = self.graphics.before()
        brush = _Brush(size.width)
        for y, x, strips in _given(update):
            if 0 <= y < size.height and 0 <= x < size.width:
                self._draw(y, x, strips, brush)
        return cleared + brush.finished() + self._pictures()

    def _pictures(self) -> str:
        rows = {y: self._look[y] for y in self._pictured}
        touched, self._touched = self._touched, set()
        return self.graphics.after(rows, touched)

    def _resize(self, size: Size) -> None:
        self._size = size
        look = self._looks.of(None)
        self._text = [[_UNKNOWN] * size.width for _ in range(size.height)]
        self._look = [[look] * size.width for _ in range(size.height)]
        self._odd = [False] * size.height
        self._pictured.clear()

    def _draw(self, y: int, x: int, strips: Iterable[Strip], brush: "_Brush") -> None:
        texts, looks, odd = cells((segment for strip in strips for segment in strip), self._looks)
        row, row_looks = self._text[y], self._look[y]
        del texts[self._size.width - x :], looks[self._size.width - x :]
        end = x + len(texts)
        old, old_looks = row[x:end], row_looks[x:end]
        if texts == old and looks == old_looks:
            return
        if end < len(row) and row[end] == "":  # the first half of a wide character is about to go
            row[end] = _UNKNOWN
        if x and texts[0] != "" and row[x] == "":
            row[x - 1] = _UNKNOWN
        changed = [
            number
            for number, (new, was, look, looked) in enumerate(zip(texts, old, looks, old_looks, strict=True))
            if new != was or look is not looked
        ]
        row[x:end], row_looks[x:end] = texts, looks
        whole = odd or self._odd[y]
        if self._looks.pictured:
            self._note_pictures(y, row_looks, looks if whole else [looks[number] for number in changed])
        if whole:
            # Where a terminal disagrees about a width it may have drawn over what follows: that is sent again.
            self._odd[y] = any(type(one) is Odd for one in row)
            brush.paint(y, x, texts, looks, 0, len(texts))
        else:
            for first, last in _spans(changed, looks):
                brush.paint(y, x, texts, looks, first, last)

    def _note_pictures(self, y: int, row: list[Look], drawn: Iterable[Look]) -> None:
        self._touched.update(look.picture[0] for look in drawn if look.picture is not None)
        if any(look.picture for look in row):
            self._pictured.add(y)
        else:
            self._pictured.discard(y)


class _Brush:
    """Writes runs of cells in as few bytes as it can."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._sent: list[str] = []
        self._pen = Pen()
        self._at: tuple[int, int] | None = None
        """Where the terminal's cursor is, when that is certain."""

    def paint(self, y: int, x: int, texts: list[str], looks: list[Look], first: int, last: int) -> None:
        """Draw the cells `first` to `last` - 1 of a row's piece that begins in column `x`; no character is halved."""
        while first and texts[first] == "":
            first -= 1
        while last < len(texts) and texts[last] == "":
            last += 1
        self._move(y, x + first)
        while first < last:
            look, odd = looks[first], type(texts[first]) is Odd
            end = first + 1
            if odd and has_vowel_sign(texts[first]):
                end = _end_of_words(texts, looks, first)
            else:
                while end < last and (texts[end] == "" if odd else looks[end] is look and type(texts[end]) is not Odd):
                    end += 1
            self._sent.append(self._pen.turn(look))
            text = "".join(texts[first:end])
            if odd:
                # Blanks first: a terminal that draws it narrower would leave what was there; then on, wherever
                # it believes to be.
                text = f"{' ' * (end - first)}\x1b[{x + first + 1}G{text}"
                self._at = None
            self._sent.append(text)
            if odd:
                self._move(y, x + end)
            first = end
        # in the last column some stay, some wait to wrap
        self._at = (y, x + last) if x + last < self._width else None

    def _move(self, y: int, x: int) -> None:
        if self._at == (y, x):
            return
        if self._at is not None and self._at[0] == y and x > self._at[1]:
            self._sent.append(f"\x1b[{x - self._at[1]}C")
        else:
            self._sent.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        self._at = (y, x)

    def finished(self) -> str:
        """All that is to be sent."""
        return "".join(self._sent) + self._pen.lay_down()


def _end_of_words(texts: list[str], looks: list[Look], first: int) -> int:
    """Where text that begins with a vowel sign ends: it has one look, and goes up to the gap before the next column.

    It is sent in one piece, its blanks too: where a terminal gives the sign a cell of its own, the next letter would
    else be drawn over it.  Whoever laid it out left room (tui/widths.py).
    """
    look, end = looks[first], first + 1
    while end < len(texts) and texts[end] != GAP and (looks[end] is look or looks[end] is look.blank):
        end += 1
    return end


def _spans(changed: list[int], looks: list[Look]) -> Iterator[tuple[int, int]]:
    """Runs (first, one past the last) of the cells that changed, over gaps that are cheap to send."""
    first = last = changed[0]
    for number in changed[1:]:
        look = looks[last]
        if number - last > _GAP + 1 or any(
            one is not look and one is not look.blank for one in looks[last + 1 : number]
        ):
            yield first, last + 1
            first = number
        last = number
    yield first, last + 1


def _given(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, list[Strip]]]:
    """(row, column, strips) of an update, as its own `render_segments` would send them."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield y, update.region.x, list(line)
        return
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x <= last and end > first:
                whole = first <= x < last and end <= last
                yield y, x, [strip if whole else strip.crop(0, min(end, last) - x)]


class Difference(CompositorUpdate):
    """An update in as few bytes as the glass allows; Textual asks for them only when it does write."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, glass: Glass, size: Size) -> None:
        self._update, self._glass, self._size = update, glass, size

    def render_segments(self, console: Console) -> str:
        """What is to be sent to the terminal."""
        return self._glass.difference(self._update, self._size, console._color_system)
