"""What the terminal is known to be able to do, by what it says of itself: nothing is asked of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

Multiplexer = Literal["", "tmux", "screen"]

_PLAIN = ("", "dumb", "linux", "vt100", "vt102", "vt220", "cons25", "ansi", "cygwin", "emacs", "eterm")
"""Terminals that print, or do worse with, strings that are meant for the terminal itself."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """`strings`: whether titles, notices, links and the clipboard can be sent at all; `links`: whether OSC 8 helps."""

    term: str
    multiplexer: Multiplexer
    strings: bool
    links: bool
    truecolor: bool

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read $TERM, $TMUX, $STY and $COLORTERM."""
        term = environ.get("TERM", "").lower()
        multiplexer: Multiplexer = ""
        if environ.get("TMUX") or term.startswith("tmux"):
            multiplexer = "tmux"
        elif environ.get("STY"):
            multiplexer = "screen"
        strings = term.partition("-")[0] not in _PLAIN
        # screen takes a long string apart and prints the rest of it
        links = strings and multiplexer != "screen" and not (term.startswith("screen") and not multiplexer)
        return cls(term, multiplexer, strings, links, environ.get("COLORTERM", "") in ("truecolor", "24bit"))

    @property
    def usable(self) -> bool:
        """Whether the screen can be drawn."""
        return self.term not in ("", "dumb", "unknown")
