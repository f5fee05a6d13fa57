"""Reads mail in bulk in a process of its own, so that neither the screen nor the writing of rows waits for it."""

import asyncio
import logging
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from protocols.bulk_process import IN_PIPE, Lost, ReadingProcess
from protocols.mime.bulk_worker import Reading, read, restored
from protocols.mime.frames import pack, unpacked
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

_UNREADABLE = Digest("", (), Address("", ""), (), (), "", None, 0, (), "", "")


class BulkReader:
    """Digests of many messages; let it `rest` in the end.

    With the threads of this process alone, the interpreter is the bottleneck of a first sync: a second process has one
    of its own.  What is more, a message over which a parser crashes or never ends takes only that process with it.
    """

    def __init__(self, command: Sequence[str] = COMMAND, deadline: float = DEADLINE) -> None:
        """`deadline` in seconds for one batch."""
        self._process = ReadingProcess(command, deadline)
        # its own: who waits for the process must not keep others from the threads of the loop
        self._threads = ThreadPoolExecutor(IN_PIPE, "reading")
        self._resting: asyncio.TimerHandle | None = None

    async def read(self, reading: Reading, raws: Sequence[bytes]) -> list[Digest]:
        """Digests in the order of `raws`, texts folded for the index; a message that cannot be read has nothing in it.

        Never raises for what stands in the mail.
        """
        if sum(map(len, raws)) < FEW_BYTES:
            return await asyncio.to_thread(read, reading, raws)
        try:
            while True:
                try:
                    return await self._ask(reading, raws)
                except Lost as error:
                    if error.suspect:
                        return await self._one_by_one(reading, raws)
        except OSError as error:
            _log.warning("no process for reading mail: %s", error)
            return await asyncio.to_thread(read, reading, raws)

    async def rest(self) -> None:
        """End the process; the next large batch starts another one."""
        self._rest_later(cancel=True)
        await asyncio.to_thread(self._process.end)

    async def _one_by_one(self, reading: Reading, raws: Sequence[bytes]) -> list[Digest]:
        """Find the message that ended the process; the others are read."""
        digests = []
        for raw in raws:
            try:
                digests += await self._ask(reading, [raw], alone=True)
            except Lost:
                _log.error("a message of %d bytes cannot be read: the process that tried has ended", len(raw))
                digests.append(_UNREADABLE)
        return digests

    async def _ask(self, reading: Reading, raws: Sequence[bytes], *, alone: bool = False) -> list[Digest]:
        """Raises Lost, and OSError when no process can be started."""
        self._rest_later(cancel=True)
        loop = asyncio.get_running_loop()
        try:
            # shielded: whoever is cancelled leaves the thread behind, which takes the answer from the pipe
            return await asyncio.shield(loop.run_in_executor(self._threads, self._exchange, reading, list(raws), alone))
        finally:
            self._rest_later()

    def _exchange(self, reading: Reading, raws: list[bytes], alone: bool) -> list[Digest]:
        answer = self._process.ask(pack((reading.value, raws)), alone=alone)
        return [restored(one) for one in unpacked(answer)]

    def _rest_later(self, *, cancel: bool = False) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        if not cancel:
            loop = asyncio.get_running_loop()
            self._resting = loop.call_later(IDLE, lambda: loop.run_in_executor(None, self._process.end))


READER = BulkReader()
"""One for all accounts: a first sync is limited by the processor, and there are few of those."""
