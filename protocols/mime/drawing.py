"""Draws a picture for terminals with pixels: small, and spelled anew; only a process that may be ended calls it."""

import io
import math
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from protocols.mime.picture import opened_picture
from protocols.mime.sixel import ALPHABET, sixels

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Form = Literal["kitty", "sixel"]
LETTERS = 200_000
"""Characters of the largest drawing: two seconds on a line of 100 kB/s, as much as the largest in half blocks."""
PIXELS = 640_000
"""Pixels of the largest drawing."""
_COLOURS = (256, 128, 64, 32)
"""Colours that are tried, one after the other, for a drawing that becomes too long."""
_FAR = 3
"""Times too long, from which a drawing becomes smaller at once; with the fewest colours it has half the letters."""
_ATTEMPTS = 8
_BASE64 = re.compile("[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True)
class Space:
    """Where a picture is drawn: so many cells, of so many pixels each, on a ground of one colour (RGB)."""

    columns: int
    rows: int
    cell: tuple[int, int]
    """Width and height in pixels."""
    background: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that fills `columns` times `rows` cells; no byte of the file it came from is in `letters`.

    Raises ValueError for letters or sizes that are none of ours.
    """

    form: Form
    columns: int
    rows: int
    width: int
    height: int
    """In pixels."""
    letters: str
    """For kitty a PNG in base64, for sixel the sixels."""
    was: tuple[int, int]
    """Width and height of the picture before, in pixels."""

    def __post_init__(self) -> None:
        alphabet = _BASE64 if self.form == "kitty" else ALPHABET
        if not (0 < len(self.letters) <= LETTERS and alphabet.fullmatch(self.letters)):
            raise ValueError("These are not the letters of a drawing.")
        if not all(0 < one < 10_000 for one in (self.columns, self.rows, self.width, self.height)):
            raise ValueError("No drawing has this size.")


def drawing(data: bytes, kind: str, form: Form, space: Space) -> Drawing | None:
    """Draw a picture, at most as large as it is and as there is space; None when it is not drawn, or too large.

    May raise anything that Pillow raises, and take as long.
    """
    found = opened_picture(data, kind, (space.columns * space.cell[0], space.rows * space.cell[1]))
    if found is None:
        return None
    picture, was = found
    scale = _scale(picture.size, space)
    colours = _COLOURS[0]
    for _ in range(_ATTEMPTS):
        ground, columns, rows = _laid_out(picture, scale, space)
        letters = _letters(ground, form, colours)
        if len(letters) <= LETTERS:
            return Drawing(form, columns, rows, *ground.size, letters, was)
        if len(letters) > _FAR * LETTERS:  # fewer colours alone are not enough, and an attempt may take a second
            expected = len(letters) if colours == _COLOURS[-1] else len(letters) / 2
            colours = _COLOURS[-1]
            scale *= max(0.3, math.sqrt(LETTERS / expected))
        elif colours != _COLOURS[-1]:
            colours = _COLOURS[_COLOURS.index(colours) + 1]
        else:
            scale *= max(0.3, min(0.9, math.sqrt(LETTERS / len(letters))))
    return None


def _scale(size: tuple[int, int], space: Space) -> float:
    room = (space.columns * space.cell[0], space.rows * space.cell[1])
    fits = min(room[0] / size[0], room[1] / size[1], 1.0)
    return min(fits, math.sqrt(PIXELS / (size[0] * size[1])))


def _laid_out(picture: "Picture", scale: float, space: Space) -> tuple["Picture", int, int]:
    """The picture of that scale on its ground, which fills whole cells: columns and rows."""
    from PIL import Image

    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    columns, rows = -(-size[0] // space.cell[0]), -(-size[1] // space.cell[1])
    ground = Image.new("RGBA", (columns * space.cell[0], rows * space.cell[1]), (*space.background, 255))
    made = picture.resize(size, Image.Resampling.BOX if scale < 0.25 else Image.Resampling.BICUBIC)
    ground.alpha_composite(made)
    return ground.convert("RGB"), columns, rows


def _letters(ground: "Picture", form: Form, colours: int) -> str:
    from PIL import Image

    flat = ground.quantize(colours, method=Image.Quantize.MEDIANCUT)
    if form == "kitty":
        made = io.BytesIO()
        flat.save(made, "PNG", optimize=True)
        return b64encode(made.getvalue()).decode("ascii")
    palette = flat.getpalette() or []
    triples = [(palette[at], palette[at + 1], palette[at + 2]) for at in range(0, len(palette) - 2, 3)]
    return sixels(*flat.size, triples, flat.tobytes())
