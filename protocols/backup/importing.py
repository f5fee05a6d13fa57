"""Imports mail: reads a source in batches, passes over what is there already, and stores the rest."""

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from protocols.backup.saved import Broken, Saved
from protocols.backup.sources import Source
from protocols.bulk import READER
from protocols.mime.bulk_worker import Reading
from protocols.pop3.arrivals import received_time
from store import appending, history, imports
from store.database import Transaction
from store.errors import NotPossible
from store.imports import Candidate
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Account, ActId, Digest, Flag, FolderId, MessageId, Protocol

ELSEWHERE = "Imported"
"""The folder for mail whose source does not tell one."""

_OCTETS = 2 * 1024 * 1024
_MESSAGES = 250
_EARLIEST = 315_532_800
"""1980-01-01: earlier times are those of clocks that have lost theirs."""
_DAY = 86_400
_BARE = re.compile(rb"(?<!\r)\n")

Tell = Callable[[int, int], None]
"""Is told how far it is: (done, total) octets."""
Batch = list[Saved | Broken]


@dataclass(slots=True)
class Imported:
    """What came of an import."""

    stored: int = 0
    known: int = 0
    """These were there already."""
    folders: list[str] = field(default_factory=list)
    """The paths into which messages went."""
    broken: list[Broken] = field(default_factory=list)


async def import_mail(store: MailStore, account: Account, source: Source, folder: str | None, tell: Tell) -> Imported:
    """Store the messages of `source` in an account; all into `folder` when one is given, else where they were.

    A message is passed over when its folder holds the same bytes already; of equal messages in the source so many are
    stored that the folder has as many as the source.  So it can be interrupted at any moment, and done again.
    Into an account whose server holds its mail lines end with CRLF, which is all that servers take.
    Raises NotFound and NotPossible for the source or the folder, StoreError, DiskFull; what was stored stays.
    """
    work = _Import(store, account, folder, await store.read(imports.latest))
    if folder is not None:
        await work.ensure(folder)
    await work.run(source, tell)
    return work.result


class _Import:
    def __init__(self, store: MailStore, account: Account, folder: str | None, upto: MessageId) -> None:
        self.result = Imported()
        self._store = store
        self._account = account
        self._folder = folder
        self._upto = upto
        self._is_local = account.protocol is Protocol.POP3
        self._act: ActId | None = None
        self._folders: dict[str, FolderId | None] = {}
        """None: mail cannot go there, as was told."""
        self._met: dict[int, int] = {}
        """How often each message (64 bits of a hash of folder and bytes) came in this run."""

    async def run(self, source: Source, tell: Tell) -> None:
        total = await asyncio.to_thread(source.octets)
        batches = _batches(source.messages())
        done = 0
        ahead = asyncio.create_task(self._next(batches))
        try:
            while (batch := await ahead) is not None:
                ahead = asyncio.create_task(self._next(batches))  # the next one is read while this one is written
                await self._store_batch(*batch)
                done += sum(len(saved.raw) for saved in batch[0])
                tell(min(done, total), total)
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def ensure(self, path: str) -> FolderId:
        """The folder of that path, made when it is missing.  Raises NotPossible."""
        folder = await self._store.write(lambda tx: imports.ensure_folder(tx, self._account.id, path))
        self._folders[path] = folder
        self.result.folders.append(path)
        return folder

    async def _next(self, batches: Iterator[Batch]) -> tuple[list[Saved], list[Digest]] | None:
        """The next messages of the source, read; what is broken among them is noted.  None: there are no more."""
        # shielded: a thread that reads on must not meet another one in the same generator
        batch = await asyncio.shield(asyncio.to_thread(next, batches, None))
        if batch is None:
            return None
        self.result.broken += [one for one in batch if isinstance(one, Broken)]
        letters = [one if self._is_local else _with_crlf(one) for one in batch if isinstance(one, Saved)]
        return letters, await READER.read(Reading.WHOLE, [one.raw for one in letters])

    async def _store_batch(self, letters: Sequence[Saved], digests: Sequence[Digest]) -> None:
        pairs = list(zip(letters, digests, strict=True))
        for path, group in groupby(pairs, key=lambda pair: self._path(pair[0])):
            folder = await self._folder_of(path)
            if folder is not None:
                await self._store_in(folder, list(group))

    def _path(self, saved: Saved) -> str:
        return self._folder or saved.folder or ELSEWHERE

    async def _folder_of(self, path: str) -> FolderId | None:
        if path not in self._folders:
            try:
                await self.ensure(path)
            except NotPossible as error:
                self._folders[path] = None
                self.result.broken.append(Broken(f"the folder {path}", f"cannot be had here: {error.title}"))
        return self._folders[path]

    async def _store_in(self, folder: FolderId, pairs: list[tuple[Saved, Digest]]) -> None:
        """Store those messages of which the folder has fewer than came so far."""
        candidates = [Candidate(digest.message_id, saved.raw) for saved, digest in pairs]
        there = await self._store.read(
            lambda c: imports.copies(c, folder, candidates, self._upto, exact=self._is_local)
        )
        now = int(time.time())
        new = [
            _arrival(saved, digest, now)
            for (saved, digest), copies in zip(pairs, there, strict=True)
            if self._times_met(folder, saved.raw) > copies
        ]
        if new:
            await self._store.write(lambda tx: self._stage(tx, folder, new), durable=True)
        self.result.stored += len(new)
        self.result.known += len(pairs) - len(new)

    def _stage(self, tx: Transaction, folder: FolderId, new: Sequence[Arrival]) -> None:
        """Store messages; what waits to be sent to a server is one act, which can be taken back."""
        if self._act is None and not self._is_local:
            self._act = history.record(tx, "Import mail", int(time.time()))
        appending.stage(tx, folder, new, self._act)

    def _times_met(self, folder: FolderId, raw: bytes) -> int:
        key = hashlib.blake2b(raw, digest_size=8, key=str(folder).encode())
        number = int.from_bytes(key.digest(), "big")
        times = self._met[number] = self._met.get(number, 0) + 1
        return times


def _batches(messages: Iterator[Saved | Broken]) -> Iterator[Batch]:
    """Some messages at a time, a few megabytes of them."""
    batch: Batch = []
    octets = 0
    for one in messages:
        batch.append(one)
        octets += len(one.raw) if isinstance(one, Saved) else 0
        if octets >= _OCTETS or len(batch) >= _MESSAGES:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch


def _with_crlf(saved: Saved) -> Saved:
    return replace(saved, raw=_BARE.sub(b"\r\n", saved.raw)) if saved.raw.count(b"\n") else saved


def _arrival(saved: Saved, digest: Digest, now: int) -> Arrival:
    received = saved.received
    if received is None or not _EARLIEST <= received <= now + _DAY:
        received = received_time(saved.raw, digest, now)
    flags = saved.flags & ~Flag.DELETED  # on an IMAP server it would hide the message, and remove it in the end
    return Arrival(digest, received, len(saved.raw), flags, raw=saved.raw)
