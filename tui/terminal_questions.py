"""Asks the terminal what it can do, and waits no longer than a moment for its answer."""

import os
import re
import select
import sys
import termios
import time
import tty
from dataclasses import dataclass
from typing import Self

PATIENCE = 0.2
"""Seconds for all answers together; a terminal far away that takes longer is taken for one that says nothing."""

_JOINED = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}"
# Its name, the keyboard protocol, synchronised output, the SGR mouse; how wide a joined emoji is; last, what
# every terminal answers, so that nobody waits for the rest.
_QUESTIONS = f"\x1b[>0q\x1b[?u\x1b[?2026$p\x1b[?1006$p\r{_JOINED}\x1b[6n\r\x1b[K\x1b[c"
_LAST = re.compile(r"\x1b\[\?[0-9;]*c")
_NAME = re.compile(r"\x1bP>\|([ -~]{1,80})\x1b\\")
_KEYBOARD = re.compile(r"\x1b\[\?\d+u")
_MODE = re.compile(r"\x1b\[\?(\d+);(\d)\$y")
_CURSOR = re.compile(r"\x1b\[\d+;(\d+)R")


@dataclass(frozen=True, slots=True)
class Answers:
    """What a terminal said of itself; None where it said nothing."""

    answered: bool = False
    name: str = ""
    kitty_keys: bool = False
    synchronised: bool | None = None
    mouse: bool | None = None
    joined: int | None = None
    """Cells of an emoji that is joined of two: 2 where the terminal knows such, 4 where it draws both."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what came back."""
        name, cursor = _NAME.search(text), _CURSOR.search(text)
        modes = {int(mode): int(state) for mode, state in _MODE.findall(text)}
        known = {mode: state != 0 for mode, state in modes.items()}
        return cls(
            answered=_LAST.search(text) is not None,
            name=name[1] if name else "",
            kitty_keys=_KEYBOARD.search(text) is not None,
            synchronised=known.get(2026),
            mouse=known.get(1006),
            joined=int(cursor[1]) - 1 if cursor else None,
        )


def ask() -> Answers:
    """Ask the terminal of this process; nothing is asked where there is none.  Its settings are as before then."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Answers()
    source, target = sys.stdin.fileno(), sys.stdout.fileno()
    try:
        before = termios.tcgetattr(source)
        tty.setcbreak(source, termios.TCSANOW)
    except (OSError, termios.error):
        return Answers()
    try:
        sys.stdout.flush()
        os.write(target, _QUESTIONS.encode())
        return Answers.read(_answer(source))
    except OSError:
        return Answers()
    finally:
        termios.tcflush(source, termios.TCIFLUSH)
        termios.tcsetattr(source, termios.TCSANOW, before)


def _answer(source: int) -> str:
    """Everything that comes until the last answer, or until patience ends."""
    text, end = "", time.monotonic() + PATIENCE
    while not _LAST.search(text) and (left := end - time.monotonic()) > 0 and len(text) < 4096:
        ready, _, _ = select.select([source], [], [], left)
        if not ready:
            break
        data = os.read(source, 1024)
        if not data:
            break
        text += data.decode("utf-8", "replace")
    return text
