"""Drives a terminal program in a pseudo-terminal and times what a person sees."""

import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

from bench.processes import cpu_seconds, resident_mib

KEYS = {
    "enter": "\r", "esc": "\x1b", "tab": "\t", "space": " ", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
    "left": "\x1b[D", "pagedown": "\x1b[6~", "pageup": "\x1b[5~", "home": "\x1b[H", "end": "\x1b[F",
}  # fmt: skip
SILENCE = 0.05
"""Seconds without a byte that end the answer to a key."""

# What pyte 0.8 does not know and would print as text, or fail on: private modes, queries, strings to the terminal.
_UNKNOWN = re.compile(rb"\x1b\[[<>=?][0-9;:]*\$?[@-~]|\x1b[P_^\]X].*?(?:\x1b\\|\x07)|\x1b\[[0-9;]*\$[@-~]", re.S)
_UNFINISHED = re.compile(rb"\x1b(?:\[[^@-~]*|[P_^\]X](?:(?!\x1b\\|\x07).)*)?\Z", re.S)


class ProgramEndedError(RuntimeError):
    """The program ended while something was expected of it; the text is its last screen."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one key did."""

    milliseconds: float
    """From the key to the last byte of the answer."""
    written: int
    """Bytes sent to the terminal."""


@dataclass(frozen=True, slots=True)
class Idle:
    """What a program does when nobody types."""

    written: int
    """Bytes sent to the terminal in the whole time."""
    cpu_percent: float


class Terminal:
    """A running program and its screen; leaving the context ends the program."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start a program (first item: its path); `environment` is added to a plain xterm's."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._undrawn: deque[tuple[float, bytes]] = deque()
        self._rest = b""
        self._heard = threading.Condition()
        self._ended = False
        self._last = self.started = time.perf_counter()
        self.written = 0
        """Bytes that the program has sent to the terminal so far."""
        plain = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self.pid, self._terminal = _spawn(command, columns, rows, {**os.environ, **plain, **(environment or {})})
        # A thread of its own reads, so that drawing here never makes the program wait at a full terminal.
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        """The terminal itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the program."""
        self.close()

    def text(self) -> str:
        """The screen as lines without trailing blanks."""
        while self._undrawn:
            self._draw(self._undrawn.popleft()[1])
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, pattern: str, seconds: float = 60) -> float:
        """Seconds from the program's start to the byte that completed a screen matching `pattern` (multi-line).

        Raises TimeoutError or ProgramEndedError with the screen.
        """
        wanted = re.compile(pattern, re.M)
        deadline = time.perf_counter() + seconds
        if wanted.search(self.text()):
            return self._last - self.started
        while (left := deadline - time.perf_counter()) > 0:
            with self._heard:
                self._heard.wait_for(lambda: self._undrawn or self._ended, left)
            while self._undrawn:
                at, data = self._undrawn.popleft()
                self._draw(data)
                if wanted.search("\n".join(self._screen.display)):
                    return at - self.started
            if self._ended:
                raise ProgramEndedError(f"ended before {pattern!r} appeared:\n{self.text()}")
        raise TimeoutError(f"{pattern!r} did not appear in {seconds} s:\n{self.text()}")

    def wait_for_end(self, seconds: float) -> bool:
        """Whether the program ended by itself within the time."""
        with self._heard:
            return self._heard.wait_for(lambda: self._ended, seconds)

    def settle(self, quiet: float = SILENCE, seconds: float = 10) -> None:
        """Return when nothing was written for `quiet` seconds, or after `seconds` in any case."""
        deadline = time.perf_counter() + seconds
        while (now := time.perf_counter()) < deadline and not self._ended:
            wait = self._last + quiet - now
            if wait <= 0:
                return
            time.sleep(wait)

    def send(self, keys: str) -> None:
        """Type: names of `KEYS` and `ctrl-x` stand for keys, any other string for its characters."""
        if keys.startswith("ctrl-") and len(keys) == 6:
            keys = chr(ord(keys[-1]) & 31)
        os.write(self._terminal, KEYS.get(keys, keys).encode())

    def press(self, key: str, seconds: float = 10) -> Answer:
        """Type one key and time its answer, which ends with 50 ms of silence; raises TimeoutError without any."""
        before, sent = self.written, time.perf_counter()
        self.send(key)
        with self._heard:
            if not self._heard.wait_for(lambda: self.written > before or self._ended, seconds):
                raise TimeoutError(f"no answer to {key!r} in {seconds} s:\n{self.text()}")
        self.settle(seconds=seconds)
        return Answer((self._last - sent) * 1000, self.written - before)

    def press_and_see(self, key: str, seconds: float = 10) -> float:
        """Type one key that moves the cursor; milliseconds to the byte that completed the moved cursor.

        Unlike `press` it also works while the program writes other things.  Raises TimeoutError when it stays.
        """
        self.text()
        before, sent = self._bars(), time.perf_counter()
        self.send(key)
        while (left := sent + seconds - time.perf_counter()) > 0 and not self._ended:
            with self._heard:
                self._heard.wait_for(lambda: self._undrawn or self._ended, left)
            while self._undrawn:
                at, data = self._undrawn.popleft()
                self._draw(data)
                # Two rows: the one that the cursor left and the one that it came to.
                if sum(old != new for old, new in zip(before, self._bars(), strict=True)) >= 2:
                    return (at - sent) * 1000
        raise TimeoutError(f"the cursor did not move in {seconds} s after {key!r}:\n{self.text()}")

    def press_for(self, key: str, pattern: str, seconds: float = 10) -> float:
        """Type one key; milliseconds to the byte that completed a screen matching `pattern` (multi-line).

        Raises TimeoutError when it does not come, ValueError when it stands there already.
        """
        wanted = re.compile(pattern, re.M)
        if wanted.search(self.text()):
            raise ValueError(f"{pattern!r} stands there already:\n{self.text()}")
        sent = time.perf_counter()
        self.send(key)
        return (self.wait_for(pattern, seconds) + self.started - sent) * 1000

    def _bars(self) -> tuple[tuple[str, bool], ...]:
        """Where a list's cursor can be seen: background and reverse video in the middle of every row."""
        middle = self._screen.columns // 2
        cells = (self._screen.buffer[row][middle] for row in range(self._screen.lines))
        return tuple((cell.bg, cell.reverse) for cell in cells)

    def idle(self, seconds: float) -> Idle:
        """Watch without typing."""
        written, cpu, begun = self.written, cpu_seconds(self.pid), time.perf_counter()
        time.sleep(seconds)
        spent = time.perf_counter() - begun
        return Idle(self.written - written, (cpu_seconds(self.pid) - cpu) / spent * 100)

    def resident_mib(self) -> float:
        """Resident memory of the program and its children now, in MiB."""
        return resident_mib(self.pid)

    def close(self) -> None:
        """End the program: hang up politely, after three seconds by force."""
        if self._terminal < 0:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if not self._ended:
                os.kill(self.pid, sign)
            if _reap(self.pid, 3):
                break
        self._reader.join(3)
        os.close(self._terminal)
        self._terminal = -1

    def _listen(self) -> None:
        """Read until the program's end, answering what programs ask a real terminal."""
        while True:
            try:
                data = os.read(self._terminal, 1 << 16)
            except OSError:  # Linux says EIO when the last process left the terminal
                data = b""
            with self._heard:
                if data:
                    self._last = time.perf_counter()
                    self.written += len(data)
                    self._undrawn.append((self._last, data))
                self._ended = not data
                self._heard.notify_all()
            if not data:
                return
            if b"\x1b[6n" in data:  # where is the cursor?
                os.write(self._terminal, b"\x1b[1;1R")
            if b"\x1b[c" in data or b"\x1b[0c" in data:  # what are you?
                os.write(self._terminal, b"\x1b[?62;22c")

    def _draw(self, data: bytes) -> None:
        data = self._rest + data
        cut = _UNFINISHED.search(data)
        # An escape sequence may be split between two reads; it waits for its end (but not for ever).
        end = cut.start() if cut and len(data) - cut.start() < 4096 else len(data)
        self._rest = data[end:]
        self._stream.feed(_UNKNOWN.sub(b"", data[:end]))


def _spawn(command: Sequence[str], columns: int, rows: int, environment: Mapping[str, str]) -> tuple[int, int]:
    """(process id, our end of its terminal); the size is set before the program can ask for it."""
    priority = _priority()
    pid, terminal = pty.fork()
    if pid:
        return pid, terminal
    try:
        if priority:
            Path("/proc/self/autogroup").write_text(priority)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execvpe(command[0], list(command), environment)
    except OSError as error:
        print(f"cannot start {command[0]}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(127)


def _priority() -> str:
    """The priority that this bench was given on a busy machine: a terminal's session does not inherit it on Linux."""
    try:
        given = Path("/proc/self/autogroup").read_text().split()[-1]
    except (OSError, IndexError):  # another system
        return ""
    return given if given != "0" else ""


def _reap(pid: int, seconds: float) -> bool:
    """Whether the child ended within the time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return True
        except ChildProcessError:
            return True
        time.sleep(0.02)
    return False
