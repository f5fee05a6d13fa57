"""Brings whole messages to this disk after their summaries, newest first, as far as the account keeps them."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from protocols.imap import retrieval
from protocols.imap.pipeline import Pipeline
from protocols.imap.sequence import MAX_UID
from protocols.imap.session import Session
from store import bodies, folders, locations, messages
from store.database import Transaction
from store.locations import Wanted
from store.mailstore import MailStore
from store.model import AccountId, Digest, FolderId, MessageId
from store.settings import Keep, KeepKind

TEXT_LIMIT = 256 * 1024
"""`keep = "text"`: larger messages stay on the server, only their text is read for search and preview."""
BATCH_BYTES = 2 << 20
BATCH_MESSAGES = 200
PAGE = 1000
DAY = 86_400
ATTEMPTS = 3
"""A message that the server does not give out (Exchange calendar items, Yahoo) is asked for so many times."""

Progress = Callable[[int], None]


class Contents:
    """The second half of a sync: one folder's missing bodies, by the account's `keep`."""

    def __init__(
        self, store: MailStore, account: AccountId, session: Session, keep: Keep, failed: Counter[MessageId]
    ) -> None:
        """`failed` counts how often the server did not give a message out; it is the account's, and outlives this."""
        self._store = store
        self._account = account
        self._session = session
        self._keep = keep
        self._failed = failed
        self._room: int | None = None

    async def run(self, folder: FolderId, name: bytes, progress: Progress) -> None:
        """Fetch what is missing in one folder; `progress(messages)` after each batch.  Raises ProtocolError."""
        if self._keep.kind is KeepKind.SUMMARIES:
            return
        if self._keep.kind is KeepKind.BYTES and self._room is None:
            used = await self._store.read(lambda c: bodies.size_by_account(c, self._account))
            self._room = self._keep.amount - used
        cursor = await self._store.read(lambda c: folders.cursor(c, folder))
        if cursor is None:
            return
        below = MAX_UID + 1
        while page := await self._store.read(lambda c, b=below: locations.to_fetch(c, folder, b, PAGE)):  # type: ignore[misc]
            below = page[-1].uid
            if not await self._page(page, name, cursor.uidvalidity, progress):
                return

    async def _page(self, page: Sequence[Wanted], name: bytes, uidvalidity: int, progress: Progress) -> bool:
        """False when the folder is another one by now, so that its UIDs mean nothing."""
        async with Pipeline(self._store) as pipeline:
            for batch in self._batches(page):
                wholes = await self._whole(batch, name, uidvalidity)
                if wholes is None:
                    return False
                await pipeline.write(partial(_keep, bodies=wholes, unread={one.id for one in batch if not one.size}))
                progress(len(batch))
        if self._keep.kind is KeepKind.TEXT:
            for wanted in page:
                if wanted.size > TEXT_LIMIT and await self._text(wanted, name, uidvalidity):
                    progress(1)
        return True

    def _batches(self, page: Sequence[Wanted]) -> Iterator[list[Wanted]]:
        """What is kept, in batches; what failed before goes alone, so that it spoils no batch, and soon not at all."""
        kept = [wanted for wanted in page if self._failed[wanted.id] < ATTEMPTS and self._is_kept(wanted)]
        yield from batches([wanted for wanted in kept if not self._failed[wanted.id]])
        yield from ([wanted] for wanted in kept if self._failed[wanted.id])

    def _is_kept(self, wanted: Wanted) -> bool:
        match self._keep.kind:
            case KeepKind.TEXT:
                return wanted.size <= TEXT_LIMIT
            case KeepKind.DAYS:
                return wanted.received >= time.time() - self._keep.amount * DAY
            case KeepKind.BYTES:
                self._room = (self._room or 0) - wanted.size
                return self._room >= 0
            case _:
                return True

    async def _whole(
        self, batch: Sequence[Wanted], name: bytes, uidvalidity: int
    ) -> list[tuple[MessageId, bytes, Digest]] | None:
        """One batch; None when the folder is another one by now."""
        async with self._session.folder(name) as state:
            if state.uidvalidity != uidvalidity:
                return None
            wholes = await retrieval.bodies(self._session.connection, [wanted.uid for wanted in batch])
        by_uid = {wanted.uid: wanted.id for wanted in batch}
        rows = [(by_uid[whole.uid], whole.raw, whole.digest) for whole in wholes]
        self._failed.update({wanted.id for wanted in batch}.difference(row[0] for row in rows))
        return rows

    async def _text(self, wanted: Wanted, name: bytes, uidvalidity: int) -> bool:
        async with self._session.folder(name) as state:
            if state.uidvalidity != uidvalidity:
                return False
            digest = await retrieval.prefix(self._session.connection, wanted.uid)
        if digest is None:
            return False

        def keep(tx: Transaction) -> None:
            messages.store_texts(tx, [(wanted.id, digest)])

        await self._store.write(keep)
        return True


async def bring(store: MailStore, session: Session, folder: FolderId, wanted: Wanted) -> bool:
    """Bring one message that the user opened; False when the server no longer has it.  Raises ProtocolError."""
    name = await store.read(lambda c: folders.wire_name(c, folder))
    cursor = await store.read(lambda c: folders.cursor(c, folder))
    if name is None or cursor is None:
        return False
    async with session.folder(name) as state:
        if state.uidvalidity != cursor.uidvalidity:
            return False
        wholes = await retrieval.bodies(session.connection, [wanted.uid])
    rows = [(wanted.id, whole.raw, whole.digest) for whole in wholes]
    if rows:
        await store.write(lambda tx: messages.store_bodies(tx, rows))
    return bool(rows)


def _keep(tx: Transaction, *, bodies: list[tuple[MessageId, bytes, Digest]], unread: set[MessageId]) -> None:
    messages.store_bodies(tx, bodies)
    # of what had no size the server gave out no summary: it is shown as unreadable until now
    messages.store_headers(tx, [body for body in bodies if body[0] in unread])


def batches(wanted: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    """Cut into batches of at most BATCH_BYTES and BATCH_MESSAGES; a larger message goes alone."""
    batch: list[Wanted] = []
    size = 0
    for one in wanted:
        if batch and (size + one.size > BATCH_BYTES or len(batch) == BATCH_MESSAGES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch
