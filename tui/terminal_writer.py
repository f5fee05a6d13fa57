"""Writes to the terminal in a thread of its own: nobody waits for it, and what it cannot take is not collected."""

import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress

LIMIT = 512 * 1024
"""Characters that may wait for a terminal that takes nothing (Ctrl+S, a network that hangs): a few full screens."""


class TerminalWriter(threading.Thread):
    """What is written before `start` waits for it; each text is written whole, or not at all."""

    def __init__(self, fd: int, *, lost: Callable[[], None], gone: Callable[[], None]) -> None:
        """`lost` is called (in this thread) when texts were dropped and it writes again; `gone` when nobody reads."""
        super().__init__(daemon=True, name="terminal-output")
        self._fd = fd
        self._lost = lost
        self._gone = gone
        self._changed = threading.Condition()
        self._waiting: list[str] = []
        self._size = 0
        self._dropped = False
        self._ending = False
        self._is_gone = False

    def write(self, text: str) -> None:
        """Write a text, soon; returns at once.  Beyond LIMIT all that waits is dropped: it would be drawn over."""
        with self._changed:
            if self._is_gone or self._dropped or self._ending:
                return
            self._size += len(text)
            if self._size > LIMIT and self._waiting:
                self._waiting.clear()
                self._size = 0
                self._dropped = True
                return
            self._waiting.append(text)
            self._changed.notify()

    def run(self) -> None:
        """Write what comes, until the end."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._dropped or self._ending)
                text, dropped = "".join(self._waiting), self._dropped
                self._waiting.clear()
                self._size = 0
                self._dropped = False
                if not text and not dropped:
                    return
            try:
                self._put(text.encode("utf-8", "replace"))
            except OSError:  # the terminal is gone: EIO
                with self._changed:
                    self._is_gone = True
                self._gone()
                return
            if dropped:
                self._lost()

    def _put(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._fd, left) :]
            except BlockingIOError:  # another program made our terminal non-blocking
                select.select([], [self._fd], [])

    def stop(self, seconds: float) -> None:
        """Write what waits and end; give up a terminal that takes nothing for so many seconds."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        with suppress(RuntimeError):  # never started
            self.join(seconds)
