"""What the terminal and its user allow to be drawn: signs beyond ASCII, letters beyond ASCII, colours, lines."""

from collections.abc import Mapping
from dataclasses import dataclass

from textual.filter import LineFilter

from store.settings import General
from tui import marks, scroll_bars
from tui.ascii_filter import AsciiFilter, LineEraser
from tui.marks import ASCII, UNICODE, WORDS, Marks

_POOR = ("linux", "vt", "dumb", "xterm-mono", "cons25", "eterm-mono")
"""Terminals, by the start of TERM, whose fonts lack most of our signs: the Linux console has 512 glyphs at most."""


@dataclass(frozen=True, slots=True)
class Look:
    """Decided once, when the screen begins."""

    ascii: bool = False
    """Whether the screen is drawn with ASCII alone: signs, borders, scroll bars."""
    foreign: bool = True
    """Whether letters beyond ASCII reach the terminal; if not, the nearest ASCII does."""
    colours: bool = True
    """Whether there are colours; without them bold, reverse and underline keep things apart."""
    accessible: bool = False
    """Whether the screen is for a reader or a braille line."""

    @classmethod
    def of(cls, general: General, environ: Mapping[str, str]) -> "Look":
        """What the configuration says, and where it says nothing what the environment (LC_ALL, TERM, NO_COLOR) says."""
        utf8 = _is_utf8(environ)
        poor = environ.get("TERM", "").startswith(_POOR)
        return cls(
            ascii=general.ascii if general.ascii is not None else poor or not utf8,
            foreign=utf8 or general.ascii is False,
            colours=not environ.get("NO_COLOR"),
            accessible=general.accessible,
        )

    @property
    def marks(self) -> Marks:
        """The signs that belong to it."""
        return WORDS if self.accessible else ASCII if self.ascii else UNICODE

    def apply(self) -> None:
        """Draw so from now on."""
        marks.choose(self.marks)
        scroll_bars.use(ascii=self.ascii)

    def filters(self) -> list[LineFilter]:
        """What everything passes on its way to the terminal."""
        spoken: list[LineFilter] = [LineEraser()] if self.accessible else []
        return [*spoken, AsciiFilter(letters=not self.foreign)] if self.ascii or not self.foreign else spoken


def _is_utf8(environ: Mapping[str, str]) -> bool:
    """Whether the locale is UTF-8 (POSIX: the first that is set of LC_ALL, LC_CTYPE, LANG); with none set it is.

    A container often sets none, and its terminal is somebody's own, which speaks UTF-8.
    """
    told = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")
    return not told or "utf8" in told.lower().replace("-", "")
