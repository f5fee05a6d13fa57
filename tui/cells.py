"""Cells of the terminal: a character, how it looks, and the shortest way from one look to another."""

from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import category, east_asian_width
from zlib import crc32

from rich.cells import split_graphemes
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

_ON = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")
_OFF = ("22", "22", "23", "24", "25", "25", "27", "28", "29", "24", "54", "54", "55")
"""SGR parameters (ECMA-48) of the attributes, in the order of rich's bits; one that ends may end its twin too."""
_TOGETHER = (3, 3, 4, 520, 48, 48, 64, 128, 256, 520, 3072, 3072, 4096)
"""The bits that end with each."""
_SEEN_ON_BLANKS = 8 | 64 | 256 | 512 | 1024 | 2048 | 4096
"""Underlined, reversed, struck, framed: what a blank shows of its style."""
_STYLES = 4096
"""Styles whose look is remembered: those of selectable text differ in every line though they look the same."""


PICTURE = "bocau.picture"
"""What the style of a cell that a picture covers says of it: (its number, its row)."""


class Odd(str):
    """A character or cluster about whose width terminals do not agree (emoji, combining marks, joiners)."""

    __slots__ = ()


class Look:
    """How a cell is drawn; equal looks of one `Looks` are one object."""

    __slots__ = ("attributes", "background", "blank", "foreground", "link", "picture")

    def __init__(
        self,
        attributes: int,
        foreground: str | None,
        background: str,
        link: str,
        picture: tuple[int, int] | None = None,
    ) -> None:
        self.attributes = attributes
        self.foreground = foreground
        """SGR parameters, "" for the terminal's own colour, None for any: a blank has no colour."""
        self.background = background
        self.link = link
        self.picture = picture
        """The number of the picture that covers it, and the row of it."""
        self.blank = self
        """The look of a blank in this style."""


class Looks:
    """The looks of styles in one colour system; each look once."""

    def __init__(self, system: ColorSystem | None) -> None:
        self.system = system
        self.pictured = False
        """Whether any of them is of a cell that a picture covers."""
        self._by_style: dict[Style, Look] = {}
        self._by_value: dict[tuple[int, str | None, str, str, tuple[int, int] | None], Look] = {}

    def of(self, style: Style | None) -> Look:
        """The look of a style."""
        if style is None:
            return self._once(0, "", "", "")
        look = self._by_style.get(style)
        if look is None:
            if len(self._by_style) >= _STYLES:
                self._by_style.clear()
            look = self._by_style[style] = self._read(style)
        return look

    def _read(self, style: Style) -> Look:
        system = self.system or ColorSystem.TRUECOLOR
        front, back = style.color, style.bgcolor
        foreground = ";".join(front.downgrade(system).get_ansi_codes()) if front else ""
        background = ";".join(back.downgrade(system).get_ansi_codes(False)) if back else ""
        link = style.link or ""
        return self._once(
            style._attributes & style._set_attributes,
            "" if foreground == "39" else foreground,
            "" if background == "49" else background,
            link if link.isascii() and link.isprintable() else "",
            style.meta.get(PICTURE) if style._meta else None,
        )

    def _once(
        self,
        attributes: int,
        foreground: str | None,
        background: str,
        link: str,
        picture: tuple[int, int] | None = None,
    ) -> Look:
        key = attributes, foreground, background, link, picture
        self.pictured |= picture is not None
        look = self._by_value.get(key)
        if look is None:
            look = self._by_value[key] = Look(*key)
            if foreground is not None and not link and picture is None and not attributes & _SEEN_ON_BLANKS:
                look.blank = self._once(0, None, background, "")
        return look


@dataclass(slots=True)
class Pen:
    """What the terminal would draw a character with; a new one is plain, as after `ESC [ m`."""

    attributes: int = 0
    foreground: str = ""
    background: str = ""
    link: str = ""

    def turn(self, look: Look) -> str:
        """What to send so that the next character has this look; a blank takes whatever cannot be seen on it."""
        codes: list[str] = []
        unwanted = self.attributes & ~look.attributes
        if look.foreground is None:
            unwanted &= _SEEN_ON_BLANKS
        if unwanted:
            for bit, code in enumerate(_OFF):
                if unwanted >> bit & 1 and self.attributes & _TOGETHER[bit]:
                    codes.append(code)
                    self.attributes &= ~_TOGETHER[bit]
        if missing := look.attributes & ~self.attributes:
            codes += [code for bit, code in enumerate(_ON) if missing >> bit & 1]
            self.attributes |= missing
        if look.foreground is not None and look.foreground != self.foreground:
            codes.append(look.foreground or "39")
            self.foreground = look.foreground
        if look.background != self.background:
            codes.append(look.background or "49")
            self.background = look.background
        sent = f"\x1b[{';'.join(codes)}m" if codes else ""
        return sent + self._follow(look.link) if look.link != self.link else sent

    def lay_down(self) -> str:
        """What to send at the end: plain again, no link."""
        plain = not (self.attributes or self.foreground or self.background)
        return ("" if plain else "\x1b[m") + (self._follow("") if self.link else "")

    def _follow(self, link: str) -> str:
        """OSC 8; the pieces of one link share an id, so that a terminal marks them together."""
        self.link = link
        return f"\x1b]8;id={crc32(link.encode()):x};{link}\x1b\\" if link else "\x1b]8;;\x1b\\"


def cells(segments: Iterable[Segment], looks: Looks) -> tuple[list[str], list[Look], bool]:
    """The characters and looks of segments, one item a cell, and whether any of them is odd.

    The second cell of a wide character is the empty string.
    """
    texts: list[str] = []
    drawn: list[Look] = []
    odd = False
    for text, style, control in segments:
        if control or not text:
            continue
        look = looks.of(style)
        before = len(texts)
        if text.isascii():
            texts += text
        else:
            odd |= _spread(text, texts)
        if look.blank is look:
            drawn += [look] * (len(texts) - before)
        else:
            blank = look.blank
            drawn += [blank if one == " " else look for one in texts[before:]]
    return texts, drawn, odd


def _spread(text: str, texts: list[str]) -> bool:
    """Append the cells of a text that is not ASCII; whether any of them is odd."""
    widths = [_width(character) for character in text]
    if all(widths):
        for character, width in zip(text, widths, strict=True):
            texts.append(character)
            if width == 2:
                texts.append("")
        return False
    for start, end, width in split_graphemes(text)[0]:
        cluster = text[start:end]
        if width and end - start == 1 and _width(cluster):
            texts.append(cluster)
        elif width:
            texts.append(Odd(cluster))
        texts += [""] * (width - 1)
    return True


_widths: dict[str, int] = {}


def _width(character: str) -> int:
    """1 or 2 cells when every terminal agrees, else 0; kept, as few characters make most of the mail."""
    width = _widths.get(character)
    if width is None:
        width = _widths[character] = _measured(character)
    return width


def _measured(character: str) -> int:
    if character < "\x7f":
        return 1
    if "\U0001f1e6" <= character <= "\U0001f1ff":  # half a flag
        return 0
    kind, wide = category(character), east_asian_width(character) in "WF"
    if kind[0] in "MC" or (wide and (character >= "\U0001f000" or "\u2300" <= character <= "\u2bff")):
        return 0
    ((_, _, width),) = split_graphemes(character)[0]
    return width if width == 1 + wide else 0
