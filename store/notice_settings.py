"""How a person wants to hear of new mail: by bell, by notices of the terminal, in the title; and when not."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Literal, Self

TerminalNotice = Literal["off", "osc9", "osc777"]
TERMINAL_NOTICES: tuple[TerminalNotice, ...] = ("off", "osc9", "osc777")
"""How a terminal is told of a notice: iTerm2, WezTerm, Windows Terminal (9); foot, urxvt, Ghostty (777)."""

_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")


@dataclass(frozen=True, slots=True)
class Quiet:
    """A part of each day, in local time, in which nothing is heard; it may go over midnight."""

    begin: time
    end: time

    ALLOWED = 'a part of the day, such as "22:00-07:00"'

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `22:00-07:00`.  Raises ValueError, also for a part without length."""
        if not (span := _SPAN.fullmatch(text.strip())):
            raise ValueError(text)
        hours = [int(number) for number in span.groups()]
        quiet = cls(time(hours[0], hours[1]), time(hours[2], hours[3]))
        if quiet.begin == quiet.end:
            raise ValueError(text)
        return quiet

    def holds(self, now: time) -> bool:
        """Whether `now` (local) lies in it; its end does not."""
        if self.begin < self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class Notices:
    """All off unless asked for: what stands in a notice or a title others may read, over a shoulder or in a log."""

    bell: bool = False
    terminal: TerminalNotice = "off"
    title: bool = False
    """Whether the window's title tells how much is unread."""
    subject: bool = False
    """Whether a notice names sender and subject, and not only how many messages came."""
    quiet: Quiet | None = None
    accounts: tuple[str, ...] = ()
    """Whose new mail is told; all when empty."""
    folders: tuple[str, ...] = ()
    """Patterns of paths; one that starts with `!` excludes; when empty the inboxes."""
