"""The rows of a picture on the screen: blank cells for the terminal's own pixels, half blocks, or signs."""

from itertools import chain

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from protocols.mime.drawing import Drawing
from protocols.mime.picture import Picture
from tui.graphics import Graphics
from tui.widgets.virtual_list import merged

_GREYS = " .:-=+*#%@"


class PictureRows:
    """A picture as segments; what draws it in pixels is let go with `end`."""

    def __init__(self, picture: Picture | Drawing, graphics: Graphics, *, coloured: bool) -> None:
        """`coloured`: whether half blocks may be drawn with colours, else signs that are as dark as the picture."""
        self._picture = picture
        self._coloured = coloured
        self._graphics = graphics
        self._number = graphics.add(picture) if isinstance(picture, Drawing) else 0

    @property
    def height(self) -> int:
        """Rows of cells."""
        return self._picture.rows if isinstance(self._picture, Drawing) else (self._picture.height + 1) // 2

    def segments(self, row: int, ground: Style) -> list[Segment]:
        """One row of cells, on a ground."""
        if row >= self.height:  # of a larger one that was here before
            return []
        if isinstance(self._picture, Drawing):
            return [Segment(" " * self._picture.columns, ground + self._graphics.style(self._number, row))]
        upper, lower = (_row(self._picture, 2 * row + below) for below in (0, 1))
        if self._coloured:
            return merged(
                [
                    ("▀", Style(color=Color.from_rgb(*top), bgcolor=Color.from_rgb(*bottom)))
                    for top, bottom in zip(upper, lower, strict=True)
                ]
            )
        shades = [sum(chain(top, bottom)) / (6 * 256) for top, bottom in zip(upper, lower, strict=True)]
        return [Segment("".join(_GREYS[int(shade * len(_GREYS))] for shade in shades), ground)]

    def end(self) -> None:
        """It will not be drawn again."""
        self._graphics.drop(self._number)


def _row(picture: Picture, number: int) -> list[tuple[int, int, int]]:
    start = 3 * picture.width * number
    data = picture.pixels[start : start + 3 * picture.width] or bytes(3 * picture.width)
    return [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]
