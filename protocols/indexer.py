"""Fills the search index from the mail in the store: processes read, this one only writes."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import cast

from protocols.bulk_process import IN_PIPE, Lost, ReadingProcess
from protocols.mime.frames import pack, unpacked
from store.integrity import Check, aside
from store.mailstore import MailStore
from store.search import rebuild, sources
from store.search.prepared import folded
from store.search.sources import Found, Indexed, IndexedHeaders, Source

_log = logging.getLogger(__name__)

SLICE = 500
"""Messages that are written at once: what is done meanwhile waits for no more, some hundredths of a second."""
FEW = 1_000
"""So many are read in this process: others cost a tenth of a second each to start."""
SLICE_BYTES = 4 << 20
"""Of mail that is held at once when it is read in this process."""
PROCESSES = min(2, os.cpu_count() or 1)
"""More find nothing to do: by then the writing takes as long as the reading."""
DEADLINE = 60.0
"""Seconds for one slice, which takes hundredths of one."""

COMMAND = (sys.executable, "-P", "-m", "protocols.mime.index_worker")
"""-P: the current folder may be anybody's, nothing is imported from there.  The path of the database follows."""


class Indexer:
    """Fills the index of one store, once.

    Mail is read and folded in processes that take it from the file themselves: this one, which is to answer keys, has
    only rows to write.  What a process does not survive, or cannot read, is read as other mail is (protocols.bulk).
    """

    def __init__(
        self,
        store: MailStore,
        *,
        few: int = FEW,
        command: Sequence[str] = COMMAND,
        deadline: float = DEADLINE,
    ) -> None:
        """With `few` messages and more there are processes; `deadline` in seconds for one slice."""
        self._store = store
        self._few = few
        command = (*command, str(store.soundness.path.absolute()))
        self._processes = [ReadingProcess(command, deadline) for _ in range(PROCESSES)]
        self._threads = ThreadPoolExecutor(IN_PIPE * PROCESSES, "indexing")
        self._cursor = asyncio.Lock()
        self._writing = asyncio.Lock()
        """Held for each slice, so that what somebody does meanwhile waits for no more than one."""
        self._below = rebuild.TOP
        self._done = self._total = 0
        self._told: Callable[[int, int], None] = lambda done, total: None

    async def fill(self, told: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Index what is missing: headers first, which are most of what is searched for; the newest mail first.

        `told` hears how many of how many are done.  Whenever it is ended, what was written stays, and the next one
        goes on with the rest.  Raises StoreError.
        """
        self._told = told
        found = await self._store.read(rebuild.gaps)
        self._total = sum(found)
        processes = self._processes if self._total >= self._few else []
        try:
            await self._fill(Source.HEADERS, processes)
            self._done = found.headers
            await self._fill(Source.BODIES, processes)
        finally:
            for process in self._processes:
                process.stop()  # they only read
            await asyncio.to_thread(self._end)

    def _end(self) -> None:
        for process in self._processes:
            process.end()
        self._threads.shutdown()

    async def _fill(self, source: Source, processes: Sequence[ReadingProcess]) -> None:
        self._below = rebuild.TOP
        lanes: list[ReadingProcess | None] = [process for process in processes for _ in range(IN_PIPE)]
        tasks = [asyncio.create_task(self._lane(source, process)) for process in lanes or [None]]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _lane(self, source: Source, process: ReadingProcess | None) -> None:
        """Take slice after slice."""
        while ids := await self._next(source):
            while ids:
                rows, done = await self._read(source, ids, process)
                await self._write(source, rows)
                ids = ids[done:]
                self._done = min(self._done + done, self._total)
                self._told(self._done, self._total)

    async def _next(self, source: Source) -> list[int]:
        async with self._cursor:
            below = self._below
            ids = await self._store.read(lambda c: rebuild.missing(c, source, below, SLICE))
            self._below = ids[0] if ids else below
        return ids

    async def _write(self, source: Source, rows: Sequence[Indexed] | Sequence[IndexedHeaders]) -> None:
        async with self._writing:
            if source is Source.HEADERS:
                await self._store.write(lambda tx: rebuild.add_headers(tx, cast(Sequence[IndexedHeaders], rows)))
            else:
                await self._store.write(lambda tx: rebuild.add_bodies(tx, cast(Sequence[Indexed], rows)))

    async def _read(self, source: Source, ids: Sequence[int], process: ReadingProcess | None) -> Found:
        """What the index is to hold of the first of these."""
        if process is not None:
            question = pack((source.value, ids))
            try:
                found = await asyncio.get_running_loop().run_in_executor(self._threads, _asked, process, question)
            except (Lost, OSError) as error:
                _log.warning("no process has read for the index: %s", error or "it ended")
                found = None
            if found is not None:
                return found
        if source is Source.HEADERS:
            return await self._store.read(lambda c: sources.headers(c, ids)), len(ids)
        return await self._bodies(ids)

    async def _bodies(self, ids: Sequence[int]) -> Found:
        check = Check(self._store.soundness.path)
        some = await aside(lambda: check.ask(lambda c: rebuild.next_bodies(c, ids, SLICE_BYTES)), check.stop)
        texts = await self._texts([raw for _, raw in some.raws]) if some.raws else []
        rows = [(id, text, names) for (id, _), (text, names) in zip(some.raws, texts, strict=True)]
        return [*some.rescued, *rows], some.messages

    async def _texts(self, raws: Sequence[bytes]) -> list[tuple[str, str]]:
        """The folded texts of messages, and of the names of their files."""
        await asyncio.to_thread(import_module, "protocols.bulk")  # brings the mail formats with it
        from protocols.bulk import READER
        from protocols.mime.bulk_worker import Reading

        digests = await READER.read(Reading.CONTENTS, raws)
        return [(folded(digest.text or ""), folded("\n".join(digest.filenames))) for digest in digests]


def _asked(process: ReadingProcess, question: bytes) -> Found | None:
    return cast(Found | None, unpacked(process.ask(question)))
