"""A terminal that shows pictures: what cells show which part of which one, after all that was written to it."""

import io
import re
from base64 import b64decode
from itertools import product

import pyte
from PIL import Image

_KITTY = re.compile(r"\x1b_G([A-Za-z0-9=,]*)(?:;([A-Za-z0-9+/=]*))?\x1b\\")
_SIXEL = re.compile(r"\x1bP0;1q(\"1;1;\d+;\d+[#0-9;!$\-?-~]*)\x1b\\")
_PICTURE = re.compile(f"({_KITTY.pattern}|{_SIXEL.pattern})")
_LINK = re.compile("\x1b]8;.*?\x1b\\\\")

_ITEM = re.compile(r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|(\$)|(-)|(.)")

Cell = tuple[int, int]


def sixel_picture(letters: str) -> Image.Image:
    """The picture that sixels make; AssertionError for anything else."""
    head = re.match(r'"1;1;(\d+);(\d+)', letters)
    assert head
    made = Image.new("RGB", (int(head[1]), int(head[2])), (1, 2, 3))
    colours: dict[int, tuple[int, ...]] = {}
    x = y = colour = 0
    for item in _ITEM.finditer(letters, head.end()):
        assert not item[10], item[10]
        if item[1]:
            colour = int(item[1])
            if item[2]:
                colours[colour] = tuple(round(int(item[at]) * 255 / 100) for at in (2, 3, 4))
        elif item[8]:
            x = 0
        elif item[9]:
            x, y = 0, y + 6
        else:
            bits, end = ord(item[6] or item[7]) - 63, x + int(item[5] or 1)
            for at, below in product(range(x, end), range(6)):
                if bits >> below & 1:
                    made.putpixel((at, y + below), colours[colour])
            x = end
    return made


class GraphicTerminal:
    """`cell` is in pixels, width and height."""

    def __init__(self, columns: int, rows: int, cell: tuple[int, int] = (10, 20)) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.screen.reset_mode(7, private=True)
        self._stream = pyte.Stream(self.screen)
        self._cell = cell
        self.pictures: dict[int, Image.Image] = {}
        """What it keeps of the kitty protocol."""
        self.placed: dict[int, dict[Cell, tuple[int, int]]] = {}
        """Of each picture of the kitty protocol: a cell of the screen, and the pixels of its upper left corner."""
        self.sixels: dict[Cell, tuple[str, int]] = {}
        """A cell that shows sixels: which, and which row of them."""
        self._begun: tuple[int, str] | None = None

    def write(self, text: str) -> None:
        """Take what a program writes."""
        at = 0
        text = _LINK.sub("", text)
        for found in _PICTURE.finditer(text):
            self._draw(text[at : found.start()])
            at = found.end()
            if found[4] is not None:
                self._sixel(found[4])
            else:
                self._kitty(dict(pair.split("=") for pair in found[2].split(",")), found[3] or "")
        self._draw(text[at:])

    def _draw(self, text: str) -> None:
        assert not re.search("\x1b[P_]", text), "a picture that is none"
        if "\x1b[2J" in text:
            self.sixels.clear()
        for piece in re.split(r"(\x1b\[[0-9;?]*[@-~])", text):
            if piece.startswith("\x1b"):
                self._stream.feed(piece)
                continue
            for letter in piece:
                here = self.screen.cursor.y, min(self.screen.cursor.x, self.screen.columns - 1)
                self.sixels.pop(here, None)  # text takes the place of pixels
                self._stream.feed(letter)

    def _sixel(self, letters: str) -> None:
        picture = sixel_picture(letters)
        top, left = self.screen.cursor.y, self.screen.cursor.x
        rows = -(-picture.height // self._cell[1])
        columns = -(-picture.width // self._cell[0])
        assert top + rows <= self.screen.lines and left + columns <= self.screen.columns, "the screen scrolls"
        for row in range(rows):
            for column in range(columns):
                self.sixels[top + row, left + column] = (letters, row)

    def _kitty(self, keys: dict[str, str], payload: str) -> None:
        assert keys.get("q") == "2", "it would answer"
        assert len(payload) <= 4096
        if "a" not in keys or keys["a"] == "t":
            number, before = self._begun or (int(keys["i"]), "")
            self._begun = (number, before + payload)
            if keys["m"] == "0":
                self.pictures[number] = Image.open(io.BytesIO(b64decode(before + payload))).convert("RGB")
                self._begun = None
            return
        assert self._begun is None
        number = int(keys.get("i", 0))
        if keys["a"] == "d":
            if keys["d"] == "A":
                self.placed.clear()
                self.pictures.clear()
            self.placed.pop(number, None)
            if keys["d"] == "I":
                self.pictures.pop(number, None)
            return
        assert keys["a"] == "p" and keys["C"] == "1" and number in self.pictures
        columns, rows = int(keys["c"]), int(keys["r"])
        y, height, width = int(keys["y"]), int(keys["h"]), int(keys["w"])
        top, left = self.screen.cursor.y, self.screen.cursor.x
        assert top + rows <= self.screen.lines and left + columns <= self.screen.columns
        assert y + height <= self.pictures[number].height and width == self.pictures[number].width
        self.placed[number] = {
            (top + row, left + column): (column * width // columns, y + row * height // rows)
            for row in range(rows)
            for column in range(columns)
        }
