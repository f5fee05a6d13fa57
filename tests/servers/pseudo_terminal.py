"""A program in a pseudo-terminal: what it sends, what a person would see, what it leaves behind."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

PATIENCE = 30.0
"""Seconds after which what was waited for does not come any more."""
_UNKNOWN_TO_PYTE = re.compile(
    rb"\x1b\[[<>=?][0-9;:]*\$?[@-~]|\x1b[P_^\]X].*?(?:\x1b\\|\x07)|\x1b\[[0-9;]*\$?[tp]", re.S
)
_BEGUN = re.compile(rb"\x1b(?:[P_^\]X](?:(?!\x1b\\|\x07).)*)?\Z", re.S)
"""A string for the terminal that a read has cut."""
_MODE = re.compile(rb"\x1b\[\?(\d+)([hl])")


class PseudoTerminal:
    """Leaving the context ends the program."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None, columns: int = 80, rows: int = 24
    ) -> None:
        plain = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        wanted = {**os.environ, **plain, **(environment or {})}
        for name in ("TMUX", "STY", "NO_COLOR", "COLUMNS", "LINES"):
            wanted.pop(name, None)
        self.raw = b""
        """Everything that it has sent."""
        self.status: int | None = None
        self._cut = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.pid, self.fd = pty.fork()
        if not self.pid:
            _size(0, columns, rows)
            os.execvpe(command[0], list(command), wanted)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.hang_up()

    @property
    def text(self) -> str:
        """The screen, one line a row."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def cursor(self) -> tuple[int, int]:
        """Where the cursor is: row and column, from 0."""
        return self._screen.cursor.y, self._screen.cursor.x

    @property
    def settings(self) -> list[object]:
        """The terminal's settings, those of ECHO and the like."""
        return termios.tcgetattr(self.fd)[:4]

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self.fd, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the window."""
        self._screen.resize(rows, columns)
        _size(self.fd, columns, rows)

    def hang_up(self) -> None:
        """The window is closed, the network is gone."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def read(self, seconds: float) -> bool:
        """Take what comes next; whether something came."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        try:
            data = os.read(self.fd, 1 << 16) if ready else b""
        except OSError:  # nobody has the other end any more
            data = b""
        self.raw += data
        came = bool(data)
        data = self._cut + data
        begun = _BEGUN.search(data)
        self._cut = data[begun.start() :] if begun else b""
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data[: len(data) - len(self._cut)]))
        return came

    def wait_for(self, pattern: str) -> None:
        """Read until the screen shows it."""
        self._until(lambda: re.search(pattern, self.text, re.M) is not None, pattern)

    def wait_for_bytes(self, data: bytes, since: int = 0) -> None:
        """Read until it was sent, `since` so many bytes."""
        self._until(lambda: data in self.raw[since:], repr(data))

    def wait_until(self, condition: Callable[[], object], wanted: str = "such screen") -> None:
        """Read until something holds."""
        self._until(lambda: bool(condition()), wanted)

    @property
    def name(self) -> str:
        """The program's end of it, in the file system."""
        return str(Path(f"/proc/{self.pid}/fd/0").readlink())

    def _until(self, condition: Callable[[], bool], wanted: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            came = self.read(0.2)
            assert time.monotonic() < deadline and (came or not self._ended()), (
                f"no {wanted}:\n{self.text}\n{self.raw[-300:]!r}"
            )

    def _ended(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None

    def wait_for_end(self) -> int:
        """Read until the program is over; its exit status."""
        deadline = time.monotonic() + PATIENCE
        while not self._ended():
            assert time.monotonic() < deadline, f"it does not end:\n{self.text}"
            if self.fd >= 0:
                self.read(0.05)
            else:
                time.sleep(0.02)
        while self.fd >= 0 and self.read(0):
            pass
        assert self.status is not None
        return self.status

    @property
    def modes(self) -> set[int]:
        """The private modes that are on."""
        found = {int(mode): how for mode, how in _MODE.findall(self.raw)}
        return {mode for mode, how in found.items() if how == b"h"}


def _size(fd: int, columns: int, rows: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
