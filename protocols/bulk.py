"""Reads mail in bulk in a process of its own, so that neither the screen nor the writing of rows waits for it."""

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from protocols.mime.bulk_worker import Reading, framed, pack, read, restored, unpacked
from store.model import Address, Digest

_log = logging.getLogger(__name__)

FEW_BYTES = 64 * 1024
"""Less than this is read in a thread: a process costs 0.1 s to start, and 25 MiB."""
IDLE = 20.0
"""Seconds without work after which the process ends and gives its memory back."""
DEADLINE = 60.0
"""Seconds for one batch of some megabytes, which takes a fraction of one."""

COMMAND = (sys.executable, "-P", "-m", "protocols.mime.bulk_worker")
"""-P: the current folder may be anybody's, nothing is imported from there."""

_PIPE = 1 << 20
"""Bytes between the processes (Linux; elsewhere what is usual): with 64 KiB they would wake each other up for each."""
_UNREADABLE = Digest("", (), Address("", ""), (), (), "", None, 0, (), "", "")


class _Lost(Exception):
    """The process ended, or was ended, in the middle of a batch."""


class BulkReader:
    """Digests of many messages; let it `rest` in the end.

    With the threads of this process alone, the interpreter is the bottleneck of a first sync: a second process has one
    of its own.  What is more, a message over which a parser crashes or never ends takes only that process with it.
    """

    def __init__(self, command: Sequence[str] = COMMAND, deadline: float = DEADLINE) -> None:
        """`deadline` in seconds for one batch."""
        self._command = command
        self._deadline = deadline
        self._process: subprocess.Popen[bytes] | None = None
        self._asking = threading.Lock()
        self._resting: asyncio.TimerHandle | None = None

    async def read(self, reading: Reading, raws: Sequence[bytes]) -> list[Digest]:
        """Digests in the order of `raws`, texts folded for the index; a message that cannot be read has nothing in it.

        Never raises for what stands in the mail.
        """
        if sum(map(len, raws)) < FEW_BYTES:
            return await asyncio.to_thread(read, reading, raws)
        try:
            return await self._ask(reading, raws)
        except OSError as error:
            _log.warning("no process for reading mail: %s", error)
            return await asyncio.to_thread(read, reading, raws)
        except _Lost:
            return await self._one_by_one(reading, raws)

    async def rest(self) -> None:
        """End the process; the next large batch starts another one."""
        self._rest_later(cancel=True)
        await asyncio.to_thread(self._end)

    async def _one_by_one(self, reading: Reading, raws: Sequence[bytes]) -> list[Digest]:
        """Find the message that ended the process; the others are read."""
        digests = []
        for raw in raws:
            try:
                digests += await self._ask(reading, [raw])
            except _Lost:
                _log.error("a message of %d bytes cannot be read: the process that tried has ended", len(raw))
                digests.append(_UNREADABLE)
        return digests

    async def _ask(self, reading: Reading, raws: Sequence[bytes]) -> list[Digest]:
        """Raises _Lost, and OSError when no process can be started."""
        self._rest_later(cancel=True)
        try:
            # shielded: whoever is cancelled leaves the thread behind, which takes the answer from the pipe
            return await asyncio.shield(asyncio.to_thread(self._exchange, reading, list(raws)))
        finally:
            self._rest_later()

    def _exchange(self, reading: Reading, raws: list[bytes]) -> list[Digest]:
        question = pack((reading.value, raws))
        with self._asking:  # no longer than it must be: meanwhile nobody else is read
            process = self._started()
            watch = threading.Timer(self._deadline, process.kill)
            watch.start()
            try:
                answer = self._answer(process, question)
            finally:
                watch.cancel()
            if answer is None:
                self._reap()
                raise _Lost
        return [restored(one) for one in unpacked(answer)]

    @staticmethod
    def _answer(process: subprocess.Popen[bytes], question: bytes) -> bytes | None:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(question)
            process.stdin.flush()
            return framed(process.stdout)
        except OSError:
            return None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a traceback would be written over the screen
                pipesize=_PIPE,
            )
        return self._process

    def _rest_later(self, *, cancel: bool = False) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        if not cancel:
            loop = asyncio.get_running_loop()
            self._resting = loop.call_later(IDLE, lambda: loop.run_in_executor(None, self._end))

    def _end(self) -> None:
        """Let the process go once it has answered."""
        with self._asking:
            self._reap()

    def _reap(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        try:
            process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


READER = BulkReader()
"""One for all accounts: a first sync is limited by the processor, and there are few of those."""
