"""The process that reads mail, from outside: two batches in its pipe, and which of them it ended over."""

import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from protocols.mime.frames import framed

IN_PIPE = 2
"""Batches that are asked for at once: while one is read the next one waits where the process finds it."""

_BYTES = 1 << 20
"""Of the pipe (Linux; elsewhere what is usual): with 64 KiB the two processes would wake each other up for each."""


class Lost(Exception):
    """The process ended, or was ended, before it answered."""

    def __init__(self, *, suspect: bool) -> None:
        """`suspect`: this batch was being read then; else it only waited behind that one."""
        super().__init__()
        self.suspect = suspect


@dataclass(slots=True, eq=False)
class _Asked:
    """A batch whose answer has not come yet."""

    lost: bool = False


class ReadingProcess:
    """Starts when it is asked, and after each end again; may be used by any number of threads."""

    def __init__(self, command: Sequence[str], deadline: float) -> None:
        """`deadline` in seconds for one batch; what takes longer ends the process."""
        self._command = command
        self._deadline = deadline
        self._process: subprocess.Popen[bytes] | None = None
        self._sending = threading.Lock()
        """Held by who writes into the pipe, so that questions stand there one behind the other."""
        self._changed = threading.Condition()
        """Guards all that follows, and the process itself."""
        self._asked: deque[_Asked] = deque()
        """In the order of the pipe; the process reads the first one."""
        self._inside = 0
        self._alone = False
        self._wants_alone = 0

    def ask(self, question: bytes, *, alone: bool = False) -> bytes:
        """Answer the bytes that the process makes of a packed batch; blocks.

        `alone`: with nothing else in the pipe, so that what comes of it is due to this batch.  Raises Lost, and
        OSError when no process can be started.
        """
        self._enter(alone)
        try:
            asked = _Asked()
            with self._sending:
                with self._changed:  # both at once: it must not be asked of a process that has been given up
                    process = self._started()
                    self._asked.append(asked)
                with suppress(OSError):  # its end shows where the answer should be
                    _write(process, question)
            del question  # some megabytes, which need not wait for the answer
            return self._answer(process, asked)
        finally:
            self._leave(alone)

    def start(self) -> None:
        """Start the process before it is asked; returns at once.  Raises OSError when none can be started."""
        with self._changed:
            self._started()

    def end(self) -> None:
        """Let the process go once everything is answered; the next batch starts another one."""
        with self._changed:
            self._changed.wait_for(lambda: not self._inside)
            process, self._process = self._process, None
        if process is not None:
            _reap(process)

    def stop(self) -> None:
        """End the process now, whatever it was asked: who waits for an answer hears that it is Lost."""
        with self._changed:
            if self._process is not None:
                self._process.kill()

    def _enter(self, alone: bool) -> None:
        with self._changed:
            self._wants_alone += alone
            try:
                self._changed.wait_for(lambda: self._has_room(alone))
            finally:
                self._wants_alone -= alone
            self._inside += 1
            self._alone = alone

    def _has_room(self, alone: bool) -> bool:
        if alone:
            return not self._inside
        return not self._alone and not self._wants_alone and self._inside < IN_PIPE

    def _leave(self, alone: bool) -> None:
        with self._changed:
            self._inside -= 1
            self._alone = self._alone and not alone
            self._changed.notify_all()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a traceback would be written over the screen
                pipesize=_BYTES,
            )
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], asked: _Asked) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: asked.lost or self._asked[0] is asked)
            if asked.lost:
                raise Lost(suspect=False)
        watch = threading.Timer(self._deadline, process.kill)
        watch.start()
        try:
            answer = _read(process)
        finally:
            watch.cancel()
        if answer is None:
            self._lose(process)
            raise Lost(suspect=True)
        with self._changed:
            self._asked.popleft()
            self._changed.notify_all()
        return answer

    def _lose(self, process: subprocess.Popen[bytes]) -> None:
        """Give up a process that did not answer, and tell those whose batches stood in its pipe."""
        with self._changed:
            self._process = None
            for asked in self._asked:
                asked.lost = True
            self._asked.clear()
            self._changed.notify_all()
        process.kill()
        with self._sending:  # whoever still writes into its pipe gets an error now
            _reap(process)


def _write(process: subprocess.Popen[bytes], question: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(question)
    process.stdin.flush()


def _read(process: subprocess.Popen[bytes]) -> bytes | None:
    assert process.stdout is not None
    try:
        return framed(process.stdout)
    except OSError:
        return None


def _reap(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            pipe.close()  # type: ignore[union-attr]
    try:
        process.wait(timeout=2.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
