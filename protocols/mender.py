"""Looks after the store in the background: checks it when there is reason to, and mends what can be mended."""

import logging
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from protocols.clock import Clock
from store import mending
from store.errors import StoreError
from store.integrity import Check, Verdict, aside
from store.lock import EngineLock
from store.mailstore import MailStore
from store.search import rebuild
from store.search.prepared import folded
from store.search.rebuild import Slice

_log = logging.getLogger(__name__)

T = TypeVar("T")

LOCK_FILE = "mender.lock"
PATIENCE = 30.0
"""Seconds to the next try when the disk was full, or another process did not let go of the store."""
HEADERS = 500
BODIES, BODIES_BYTES = 200, 4 << 20
"""What one slice of the search index is made of: mail that arrives waits for no more than one."""
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
        """Fill the search index: headers first, which are most of what is searched for."""
        store = self._store
        headers, bodies = await store.read(rebuild.gaps)
        done, total = 0, headers + bodies
        below = 0
        while True:
            store.status.update_store(work=INDEXING, done=min(done, total), total=total)
            below = await store.write(lambda tx, b=below: rebuild.add_headers(tx, b, HEADERS))  # type: ignore[misc]
            if not below:
                break
            done = min(done + HEADERS, headers)
        below, done = 0, headers
        while True:
            some = await self._ask(lambda c, b=below: rebuild.next_bodies(c, b, BODIES, BODIES_BYTES))  # type: ignore[misc]
            if some is None:
                break
            await self._index_bodies(some)
            below = some.lowest
            done += len(some.raws) + len(some.rescued)
            store.status.update_store(work=INDEXING, done=min(done, total), total=total)
        unreadable = await self._ask(rebuild.broken)
        await store.write(lambda tx: rebuild.finish(tx, unreadable))

    async def _ask(self, function: Callable[[sqlite3.Connection], T]) -> T:
        check = Check(self._store.soundness.path)
        return await aside(lambda: check.ask(function), check.stop)

    async def _index_bodies(self, some: Slice) -> None:
        from protocols.bulk import READER
        from protocols.mime.bulk_worker import Reading

        digests = await READER.read(Reading.CONTENTS, [raw for _, raw in some.raws]) if some.raws else []
        texts = [
            (id, folded(digest.text or ""), folded("\n".join(digest.filenames)))
            for (id, _), digest in zip(some.raws, digests, strict=True)
        ]
        await self._store.write(lambda tx: rebuild.add_bodies(tx, [*some.rescued, *texts]))
