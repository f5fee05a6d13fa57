"""A bar on standard error that tells how far a long piece of work is, when that is a terminal."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tui.commandline.progress import BAR
from tui.format import clip

PAUSE = 0.1
"""Seconds between two drawings."""

Words = Callable[[int, int], str]
"""What stands behind the bar, of (done, total)."""


@contextmanager
def meter(words: Words) -> Iterator[Callable[[int, int], None]]:
    """Gives a function to be told (done, total); the bar is gone when the block ends."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    drawn = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal drawn
        if time.monotonic() - drawn >= PAUSE:
            drawn = time.monotonic()
            _draw(bar(done, total, words(done, total)))

    try:
        yield tell
    finally:
        _draw("")


def bar(done: int, total: int, words: str) -> str:
    """`[#####...............] 312 of 1,234 messages`."""
    filled = min(BAR, BAR * done // max(total, 1))
    return f"[{'#' * filled}{'.' * (BAR - filled)}] {words}"


def _draw(text: str) -> None:
    # back to the first column and clear the line
    sys.stderr.write(f"\r\x1b[K{clip(text, shutil.get_terminal_size().columns - 1)}")
    sys.stderr.flush()
