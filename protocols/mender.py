"""Looks after the store in the background: checks it when there is reason to, and mends what can be mended."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from protocols.clock import Clock
from store import mending
from store.errors import StoreError
from store.integrity import Check, Verdict, aside
from store.lock import EngineLock
from store.mailstore import MailStore
from store.search import rebuild

if TYPE_CHECKING:
    from protocols.indexer import Indexer

_log = logging.getLogger(__name__)

T = TypeVar("T")

LOCK_FILE = "mender.lock"
PATIENCE = 30.0
"""Seconds to the next try when the disk was full, or another process did not let go of the store."""
HOMELESS = 20

CHECKING = "checking the store"
INDEXING = "search index"


class Mender:
    """`run` is a task for as long as the store is open; `look` and `mend` are its single steps, for commands."""

    def __init__(self, store: MailStore, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or Clock()
        self._lock = EngineLock(store.data / LOCK_FILE)
        self._in_vain = 0
        """Looks in a row that found nothing."""

    async def run(self) -> None:
        """Wait for doubts, and see to them; one process of a store does it, for all.  Ends when it is condemned."""
        soundness = self._store.soundness
        while True:
            await soundness.doubt()
            try:
                if self._lock.acquire():
                    if await self._see():
                        return
                    continue
                soundness.expect()
            except StoreError as error:
                _log.warning("The store is not looked after yet: %s", error.title)
            finally:
                self._lock.release()
            await self._clock.sleep(PATIENCE)
            soundness.reconsider()

    async def _see(self) -> bool:
        """Look and mend; more thoroughly when the last look found nothing.  Whether it is past mending."""
        soundness = self._store.soundness
        if self._in_vain > 1 and soundness.reason:
            soundness.condemn(soundness.reason)
            return True
        doubted = soundness.search_doubted
        found = await self.look(full=self._in_vain == 1)
        self._in_vain = self._in_vain + 1 if found.is_sound and not doubted else 0
        return bool(found.damage)

    async def look(self, *, full: bool = False) -> Verdict:
        """Check the store, and mend it unless pages with mail are damaged; answers what was found.

        Raises StoreError; what was not finished is begun again when it is called the next time.
        """
        store = self._store
        store.soundness.expect()
        store.status.update_store(work=CHECKING, done=0, total=0)
        check = Check(store.soundness.path)
        try:
            found = await aside(check.full if full else check.quick, check.stop)
            if found.damage:
                _log.error("The store is damaged: %s", found.damage)
                store.soundness.condemn(found.damage)
                return found
            await self.mend(found)
            store.soundness.believe()
        finally:
            store.status.update_store(work="", done=0, total=0)
        return found

    async def mend(self, found: Verdict) -> None:
        """Mend what was found, but for damaged pages.  Raises StoreError."""
        store = self._store
        search = found.search or store.soundness.search_doubted
        if not found.is_sound or search:
            _log.warning("The store is mended: %s", found)
        if found.indexes:
            await store.write(lambda tx: tx.execute("REINDEX") and None)
        if search:
            unreadable = await self._ask(rebuild.broken)
            await store.write(lambda tx: rebuild.renew(tx, unreadable))
        if found.disagreements:
            await store.write(mending.mend, durable=True)
        if found.disagreements.homeless:
            await self._adopt()
        if search or any(await store.read(rebuild.gaps)):
            await self._index()

    async def _adopt(self) -> None:
        """Make messages of contents that have none."""
        from protocols.bulk import READER
        from protocols.mime.bulk_worker import Reading

        while some := await self._store.read(lambda c: mending.homeless(c, HOMELESS)):
            digests = await READER.read(Reading.WHOLE, [raw for _, raw in some])
            found = [(id, raw, digest) for (id, raw), digest in zip(some, digests, strict=True)]
            await self._store.write(lambda tx, f=found: mending.adopt(tx, f), durable=True)  # type: ignore[misc]

    async def _index(self) -> None:
        """Fill the search index, and let go of what was kept of the old one."""
        store = self._store
        indexer = await asyncio.to_thread(_indexer, store)  # what it imports takes as long as several frames
        await indexer.fill(lambda done, total: store.status.update_store(work=INDEXING, done=done, total=total))
        unreadable = await self._ask(rebuild.broken)
        await store.write(lambda tx: rebuild.finish(tx, unreadable))

    async def _ask(self, function: Callable[[sqlite3.Connection], T]) -> T:
        check = Check(self._store.soundness.path)
        return await aside(lambda: check.ask(function), check.stop)


def _indexer(store: MailStore) -> "Indexer":
    from protocols.indexer import Indexer

    return Indexer(store)
