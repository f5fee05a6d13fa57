"""The terminal in our hands: raw mode and mouse on and off, job control, its size, and its loss."""

import asyncio
import os
import select
import signal
import sys
import termios
import threading
import time
import tty
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message

from tui.terminal_input import TerminalParser
from tui.terminal_pictures import cell_size
from tui.terminal_writer import TerminalWriter
from tui.widths import GAP

RESIZE_PAUSE = 0.03
"""Seconds between two looks at the size: somebody who drags a corner sends hundreds of signals."""
NOT_STOPPED = 0.25
"""Seconds after which a process that the system did not stop takes the terminal back: it has no shell."""
BACKGROUND_LOOK = 0.5
"""Seconds between two looks whether a job that runs in the background has come to the foreground."""
FAREWELL = 1.0
"""Seconds for what is still to be written: a terminal that takes nothing must not keep the program alive."""

# Clicks, dragging and the wheel (1002), but not every movement (1003): over a slow line nobody pays for a resting hand.
_MOUSE_ON, _MOUSE_OFF = "\x1b[?1000h\x1b[?1002h\x1b[?1006h", "\x1b[?1006l\x1b[?1002l\x1b[?1000l"
_PASTE_ON, _PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"
_FOCUS_ON, _FOCUS_OFF = "\x1b[?1004h", "\x1b[?1004l"
# Only "disambiguate": modifiers are told, nothing comes twice, and text stays text.
_KITTY_ON, _KITTY_OFF = "\x1b[>1u", "\x1b[<u"
_TITLE_KEPT, _TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?7l", "\x1b[?7h\x1b[?1049l"
_CURSOR_ON, _CURSOR_OFF = "\x1b[?25h", "\x1b[?25l"
_ASK_SYNCHRONISED = "\x1b[?2026$p"

Read = TypeVar("Read")


class Returned(events.Event, bubble=False):
    """The terminal is ours again: `seconds` after it was given back; not `stopped`: there was no shell to go to."""

    def __init__(self, seconds: float, *, stopped: bool) -> None:
        super().__init__()
        self.seconds = seconds
        self.stopped = stopped


class Torn(events.Event, bubble=False):
    """The terminal took nothing for a while: what was drawn meanwhile has to be drawn again."""


class TerminalDriver(Driver):
    """Everything that it does to the terminal it undoes, at each end; everything runs on the loop but two threads."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert sys.__stdin__ is not None and sys.__stdout__ is not None
        self._input = sys.__stdin__.fileno()
        self._output = sys.__stdout__.fileno()
        self._before = _tried(lambda: termios.tcgetattr(self._input))
        """The settings of the terminal as its owner had them."""
        self._writer: TerminalWriter | None = None
        self._reader: threading.Thread | None = None
        self._waking: tuple[int, int] | None = None
        self._heard: deque[Message] = deque()
        """What was read and not handled yet; `_is_told`: whether the loop knows that there is something."""
        self._is_told = False
        self._asleep_since: float | None = None
        self._looking: asyncio.TimerHandle | None = None
        self._told_size = Size(0, 0)
        self._parser = TerminalParser()
        self._answers: asyncio.Queue[str] | None = None
        """Where answers go that somebody waits for."""
        self.at_end = ""
        """What else is written when the terminal is given back."""
        self._title = ""
        self._cursor = False
        self._simple = os.environ.get("TERM", "") in ("linux", "dumb")

    # what the application asks for

    @property
    def can_suspend(self) -> bool:
        """It can."""
        return True

    @property
    def mouse(self) -> bool:
        """Whether clicks come to us; if not, the terminal selects text with them."""
        return self._mouse

    def set_mouse(self, on: bool) -> None:
        """Take the mouse, or leave it to the terminal."""
        self._mouse = on
        self.write(_MOUSE_ON if on else _MOUSE_OFF)

    def set_title(self, title: str) -> None:
        """Name the window; "" gives it back the name that it had.  `title` is clean, one line."""
        if title == self._title:
            return
        before, self._title = self._title, title
        self.write(("" if before else _TITLE_KEPT) + f"\x1b]2;{title}\x1b\\" if title else _TITLE_BACK)

    def show_cursor(self, on: bool) -> None:
        """Show the terminal's own cursor, or hide it."""
        self._cursor = on
        self.write(_CURSOR_ON if on else _CURSOR_OFF)

    def write(self, data: str) -> None:
        """Write to the terminal, soon; nothing while it is somebody else's."""
        if self._writer is not None:
            self._writer.write(data.replace(GAP, " ") if self._simple else data)  # no font of theirs has it

    async def ask(self, question: str, seconds: float) -> list[str]:
        """Ask the terminal; `question` ends with one that every terminal answers (DA1).  What came in time."""
        self._answers = queue = asyncio.Queue[str]()
        self._parser.expect(2 * seconds)  # what comes late is no key either
        self.write(question)
        found: list[str] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not found or not found[-1].endswith("c"):
                    found.append(await queue.get())
        self._answers = None
        return found

    def cell_size(self) -> tuple[int, int] | None:
        """Pixels of a cell, width and height, as far as the system knows."""
        return cell_size(self._output)

    # beginning and end

    def start_application_mode(self) -> None:
        """Take the terminal."""
        for number, react in (
            (signal.SIGWINCH, self._size_changed),
            (signal.SIGTSTP, self.stop_process),
            (signal.SIGCONT, self._continued),
        ):
            self._loop.add_signal_handler(number, react)
        self._set_raw()
        self._writer = TerminalWriter(
            self._output,
            lost=lambda: self._on_loop(self._torn),
            gone=lambda: self._on_loop(self._hung_up),
        )
        self.write(self._beginning())
        self._writer.start()
        self._tell_size(again=True)
        self._waking = os.pipe()
        self._reader = threading.Thread(target=self._read, args=(self._waking[0],), name="terminal-input", daemon=True)
        self._reader.start()

    def _beginning(self) -> str:
        title = f"{_TITLE_KEPT}\x1b]2;{self._title}\x1b\\" if self._title else ""
        synchronised = "" if self._simple or os.environ.get("TERM_PROGRAM") == "Apple_Terminal" else _ASK_SYNCHRONISED
        return _ENTER + self._modes() + ("" if self._simple else _KITTY_ON) + synchronised + title

    def _modes(self) -> str:
        cursor = _CURSOR_ON if self._cursor else _CURSOR_OFF
        return cursor + _FOCUS_ON + _PASTE_ON + (_MOUSE_ON if self._mouse else "")

    def _end(self) -> str:
        kitty = "" if self._simple else _KITTY_OFF
        title = _TITLE_BACK if self._title else ""
        return "\x1b[0m" + self.at_end + _PASTE_OFF + _FOCUS_OFF + _MOUSE_OFF + kitty + _LEAVE + _CURSOR_ON + title

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self.disable_input()
        self.write(self._end())
        if self._writer is not None:
            self._writer.stop(FAREWELL)
            self._writer = None
        if (before := self._before) is not None:
            _tried(lambda: termios.tcsetattr(self._input, termios.TCSANOW, before))

    def disable_input(self) -> None:
        """Hear no more keys; what was typed and not read is dropped: it was not meant for the shell."""
        if self._waking is not None and self._reader is not None:
            waking, self._waking = self._waking, None
            os.write(waking[1], b"\0")
            self._reader.join()
            for end in waking:
                os.close(end)
            _tried(lambda: termios.tcflush(self._input, termios.TCIFLUSH))

    def close(self) -> None:
        """The end: signals are somebody else's again."""
        for number in (signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT):
            self._loop.remove_signal_handler(number)
        if self._looking is not None:
            self._looking.cancel()

    def suspend_application_mode(self) -> None:
        """Give the terminal to another program of ours, such as an editor."""
        self.stop_application_mode()

    def _set_raw(self) -> None:
        attributes = _tried(lambda: termios.tcgetattr(self._input))
        if attributes is None:
            return
        attributes[tty.LFLAG] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
        attributes[tty.IFLAG] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
        attributes[tty.CC][termios.VMIN] = 1
        attributes[tty.CC][termios.VTIME] = 0
        _tried(lambda: termios.tcsetattr(self._input, termios.TCSANOW, attributes))

    # keys

    def _read(self, waking: int) -> None:
        """Read keys until woken (in a thread); the end of the input is the end of the terminal."""
        parser = self._parser = TerminalParser()
        decode = getincrementaldecoder("utf-8")("replace").decode
        while True:
            ready, _, _ = select.select([self._input, waking], [], [], parser.seconds_left())
            if waking in ready:
                return
            if ready:
                try:
                    data = os.read(self._input, 4096)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                if not data:
                    self._on_loop(self._hung_up)
                    return
                found = list(parser.feed(decode(data)))
            else:
                found = list(parser.tick())
            if parser.told:
                self._on_loop(self._hear_answers, tuple(parser.told))
                parser.told.clear()
            self._heard.extend(found)
            if found and not self._is_told:
                self._is_told = True
                self._on_loop(self._hear)

    def _hear(self) -> None:
        """Handle what was read.

        The loop is woken once for all of it: each time costs a byte in the pipe that wakes it, and where that is full,
        after some 280 keys that wait, the byte of a signal is lost: SIGTERM would be no end.
        """
        self._is_told = False
        while self._heard:
            self.process_message(self._heard.popleft())

    def _hear_answers(self, answers: tuple[str, ...]) -> None:
        if self._answers is not None:
            for answer in answers:
                self._answers.put_nowait(answer)

    def _on_loop(self, work: Callable[..., None], *arguments: object) -> None:
        """Have something done on the loop, unless that is over."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(work, *arguments)

    def send_message(self, message: Any) -> None:
        """To the application; called on the loop."""
        self._app.post_message(message)

    def _hung_up(self) -> None:
        self._app.exit(None, 128 + signal.SIGHUP)

    def _torn(self) -> None:
        self.write(self._modes() + ("" if self._mouse else _MOUSE_OFF))
        self._app.post_message(Torn())

    # its size

    def _size_changed(self) -> None:
        if self._looking is None:
            self._looking = self._loop.call_later(RESIZE_PAUSE, self._tell_size)

    def _tell_size(self, *, again: bool = False) -> None:
        self._looking = None
        found = _tried(lambda: os.get_terminal_size(self._output))
        size = Size(*found) if found and all(found) else Size(80, 24)
        if size != self._told_size or again:
            self._told_size = size
            self._app.post_message(events.Resize(size, size))

    # job control

    def stop_process(self) -> None:
        """Give the terminal back and stop, with all of the job, as a shell's Ctrl+Z does; `fg` ends it."""
        if self._writer is not None and self._auto_restart:
            self.suspend_application_mode()
            self._asleep_since = time.time()
            self._loop.call_later(NOT_STOPPED, self._not_stopped)
        # the system's own way: a process that no shell waits for is not stopped for ever
        self._loop.remove_signal_handler(signal.SIGTSTP)
        os.killpg(os.getpgrp(), signal.SIGTSTP)

    def _not_stopped(self) -> None:
        if self._asleep_since is not None and self._is_in_front():
            self._wake(stopped=False)

    def _continued(self) -> None:
        """`fg`, `bg`, or the end of a stop that nobody can see coming (SIGSTOP)."""
        self._loop.add_signal_handler(signal.SIGTSTP, self.stop_process)
        if self._asleep_since is not None:
            self._wake_in_front()
        elif self._writer is not None:
            self._set_raw()
            self.write(self._end() + self._beginning())
            self._app.post_message(Returned(0.0, stopped=True))

    def _wake_in_front(self) -> None:
        """Take the terminal as soon as it is ours; in the background mail goes on being fetched."""
        if self._asleep_since is None:
            return
        if self._is_in_front():
            self._wake(stopped=True)
        else:
            self._loop.call_later(BACKGROUND_LOOK, self._wake_in_front)

    def _wake(self, *, stopped: bool) -> None:
        assert self._asleep_since is not None
        seconds, self._asleep_since = max(0.0, time.time() - self._asleep_since), None
        self.start_application_mode()
        self._app.post_message(Returned(seconds, stopped=stopped))

    def _is_in_front(self) -> bool:
        foreground = _tried(lambda: os.tcgetpgrp(self._input))
        return foreground is None or foreground == os.getpgrp()


def _tried(work: Callable[[], Read]) -> Read | None:
    """Ask something of a terminal that may be gone."""
    try:
        return work()
    except (OSError, termios.error):
        return None
