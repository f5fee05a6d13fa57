"""How the terminal shows pictures: in pixels, or in half blocks; it is asked when the first one is wanted."""

import fcntl
import os
import re
import struct
import termios
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from store.settings import Pictures
from tui.graphics import GONE
from tui.terminal_abilities import Abilities

if TYPE_CHECKING:
    from protocols.mime.drawing import Form

PATIENCE = 0.7
"""Seconds for all answers together; they are waited for once, when the first picture is wanted."""
QUESTION = "\x1b_Gi=1644167165,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c"
"""A picture of one pixel to be tried and not kept, the size of a cell, and last what every terminal answers (DA1)."""
CELL = (10, 20)
"""Pixels of a cell where nobody knows: a terminal of the kitty protocol makes its pictures fit."""
SMALL_CELL = (6, 12)
"""The same for sixels, which take what room they need."""

_SIZE = re.compile(r"\x1b\[6;(\d{1,3});(\d{1,3})t")
_ATTRIBUTES = re.compile(r"\x1b\[\?([\d;]*)c")
_KITTY = ("xterm-kitty", "xterm-ghostty")
_KITTY_PROGRAMS = ("kitty", "ghostty", "WezTerm")


class Asked(Protocol):
    """The terminal, as far as it is asked and cleaned up behind."""

    at_end: str
    """What is written when it is given back."""

    async def ask(self, question: str, seconds: float) -> Sequence[str]:
        """Its answers, those that came in time."""

    def cell_size(self) -> tuple[int, int] | None:
        """Width and height of a cell in pixels, as far as the system knows."""


class TerminalPictures:
    """Knows what was answered: it is asked once."""

    def __init__(self, wanted: Pictures, terminal: Asked | None, environ: Mapping[str, str] = os.environ) -> None:
        self._wanted = wanted
        self._terminal = terminal
        self._environ = environ
        self._abilities = Abilities.of(environ)
        self._answers: Sequence[str] | None = None

    async def form(self) -> tuple["Form | None", tuple[int, int]]:
        """The protocol, None for half blocks, and the pixels (width, height) of a cell."""
        form, cell = await self._form(), self._cell()
        if form == "sixel" and cell is None and self._wanted != "sixel":
            form = None  # nobody knows how large they would become
        if form == "kitty" and self._terminal is not None:
            self._terminal.at_end = GONE
        return form, cell or (SMALL_CELL if form == "sixel" else CELL)

    async def _form(self) -> "Form | None":
        terminal, around = self._terminal, self._abilities.multiplexer
        if terminal is None or not self._abilities.strings or self._wanted in ("blocks", "none"):
            return None
        if around:
            # tmux that knows sixels draws them itself; where its pane is, a picture handed through does not know
            return "sixel" if self._wanted == "sixel" and around == "tmux" else None
        if self._answers is None and (self._wanted == "auto" or terminal.cell_size() is None):
            self._answers = await terminal.ask(QUESTION, PATIENCE)
        if self._wanted == "kitty" or self._wanted == "sixel":
            return self._wanted
        if any(answer.startswith("\x1b_G") and ";OK" in answer for answer in self._answers or ()) or self._is_kitty():
            return "kitty"
        return "sixel" if any("4" in attributes for attributes in self._attributes()) else None

    def _is_kitty(self) -> bool:
        """For a line so slow that no answer came in time."""
        told = self._environ.get("TERM_PROGRAM", "") in _KITTY_PROGRAMS or "KITTY_WINDOW_ID" in self._environ
        return self._abilities.term.startswith(_KITTY) or told

    def _attributes(self) -> list[list[str]]:
        found = [_ATTRIBUTES.fullmatch(answer) for answer in self._answers or ()]
        return [one[1].split(";")[1:] for one in found if one]

    def _cell(self) -> tuple[int, int] | None:
        known = None if self._terminal is None else self._terminal.cell_size()
        told = next((found for answer in self._answers or () if (found := _SIZE.fullmatch(answer))), None)
        if known is None and told is not None:
            known = (int(told[2]), int(told[1]))
        return known if known is not None and is_sound(known) else None


def is_sound(cell: tuple[int, int]) -> bool:
    """Whether cells can be so many pixels wide and high."""
    return 3 <= cell[0] <= 100 and 6 <= cell[1] <= 200


def cell_size(fd: int) -> tuple[int, int] | None:
    """Pixels of a cell of a terminal (TIOCGWINSZ; ssh passes them on), None when nobody has set them."""
    try:
        found = fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return None
    rows, columns, width, height = struct.unpack("HHHH", found)
    if not (rows and columns and is_sound((width // columns, height // rows))):
        return None
    return width // columns, height // rows
