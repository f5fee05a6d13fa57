"""Makes a small picture for a terminal out of a large one; only a process that may be ended calls it."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Unpacked

FORMATS = {
    "image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP", "image/bmp": "BMP",
}  # fmt: skip
"""Types that are drawn: for each the one reader of Pillow that may look at it."""
PIXELS = 40_000_000
"""Pixels of the largest picture that is unpacked."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of `width` times `height` pixels, three octets each, row by row."""

    width: int
    height: int
    pixels: bytes
    was: tuple[int, int]
    """Width and height before it was made small."""


def small_picture(data: bytes, kind: str, width: int, height: int, background: tuple[int, int, int]) -> Picture | None:
    """Make a picture of at most this size; None for a type that is not drawn, or one that is too large.

    Pixels are square: two stand above each other in a cell.  May raise anything that Pillow raises, and take as long.
    """
    from PIL import Image

    found = opened_picture(data, kind, (width, height))
    if found is None:
        return None
    turned, was = found
    scale = min(width / turned.width, height / turned.height, 1.0)
    size = (max(1, round(turned.width * scale)), max(1, round(turned.height * scale)))
    made = turned.resize(size, Image.Resampling.BOX if scale < 0.25 else Image.Resampling.BILINEAR)
    ground = Image.new("RGBA", size, (*background, 255))
    return Picture(*size, Image.alpha_composite(ground, made).convert("RGB").tobytes(), was)


def opened_picture(data: bytes, kind: str, room: tuple[int, int]) -> tuple["Unpacked", tuple[int, int]] | None:
    """Unpack a picture, upright and with transparency, for a `room` in pixels, and tell how large it was.

    None for a type that is not drawn, or one that is too large.
    """
    from PIL import Image, ImageOps

    reader = FORMATS.get(kind)
    if reader is None:
        return None
    with Image.open(io.BytesIO(data), formats=(reader,)) as opened:
        was = opened.size
        if was[0] * was[1] > PIXELS or not all(was):
            return None
        opened.draft("RGB", (room[0] * 2, room[1] * 2))  # a JPEG is unpacked at a fraction of its size
        return ImageOps.exif_transpose(opened).convert("RGBA"), was
