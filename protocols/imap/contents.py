"""Brings contents after the summaries, as far as the account keeps them: small mail first, newest first."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from protocols.bulk import READER
from protocols.errors import ConnectionLost, Misbehaved, Refused
from protocols.imap import retrieval
from protocols.imap.download import Download, Wish
from protocols.imap.pipeline import Pipeline, Write
from protocols.imap.sequence import MAX_UID
from protocols.imap.session import Session
from protocols.imap.texts import GROUP, Moved, Texts
from protocols.mime.bulk_worker import Reading
from store import expected, folders, keeping, locations, messages, parked
from store.database import Transaction
from store.keeping import Choice, Depth
from store.locations import Wanted
from store.mailstore import MailStore
from store.model import AccountId, Digest, FolderId, MessageId
from store.parked import Parked
from store.parts import WHOLE, Place
from store.settings import Keep, KeepKind

LARGE = 2 << 20
"""Octets from which on a message comes in slices, its text before the rest: it must not hold up all others."""
BATCH_BYTES = 2 << 20
BATCH_MESSAGES = 200
PAGE = 1000

Progress = Callable[[int, int], None]
"""Gets what was brought since the last time: (messages, octets)."""


@dataclass(frozen=True, slots=True)
class _Folder:
    """The folder that is being filled."""

    id: FolderId
    name: bytes
    uidvalidity: int
    trouble: Mapping[MessageId, Parked]
    choice: Choice

    def depth(self, wanted: Wanted) -> Depth:
        """How much of a message is to be here."""
        return self.choice.depth(self.id, wanted.received, wanted.size, kept=wanted.kept)

    def place(self, wanted: Wanted) -> Place:
        return Place(self.id, self.uidvalidity, wanted.uid)


class Contents:
    """The second half of a sync, by the account's `keep`: `run` for every folder, then `complete` for every folder."""

    def __init__(self, store: MailStore, account: AccountId, session: Session, keep: Keep) -> None:
        """For one round."""
        self._store = store
        self._account = account
        self._session = session
        self._keep = keep
        self._chosen: Choice | None = None

    async def extent(self) -> tuple[int, int]:
        """(messages, octets) that are still to come, before anything is brought."""
        choice = await self._choice()
        return await self._store.read(lambda c: expected.extent(c, self._account, choice))

    async def _choice(self) -> Choice:
        """What is to be here: the same from the beginning of a round to its end."""
        if self._chosen is None:
            now = time.time()
            look = self._store.study if self._keep.kind is KeepKind.BYTES else self._store.read
            self._chosen = await look(lambda c: keeping.choice(c, self._account, self._keep, now))
        return self._chosen

    async def run(self, folder: FolderId, name: bytes, progress: Progress) -> None:
        """Fetch what is missing in one folder: small messages whole, of large ones the text.  Raises ProtocolError."""
        place = await self._open(folder, name)
        if place is None:
            return
        below, since = MAX_UID + 1, place.choice.since_in(folder)
        while page := await self._store.read(lambda c, b=below: locations.to_fetch(c, folder, b, PAGE, since)):  # type: ignore[misc]
            below = page[-1].uid
            if not await self._page(page, place, progress):
                return

    async def complete(self, folder: FolderId, name: bytes, progress: Progress) -> None:
        """Fetch the rest of large messages in one folder, the smallest first.  Raises ProtocolError."""
        place = await self._open(folder, name)
        if place is None:
            return
        for wanted in await self._store.read(lambda c: locations.to_complete(c, folder)):
            if not self._rests(wanted, place) and place.depth(wanted) is Depth.WHOLE:
                await self._rest_of(wanted, place, progress)

    async def _rest_of(self, wanted: Wanted, place: _Folder, progress: Progress) -> None:
        told = 0

        def tell(here: int, total: int) -> None:
            nonlocal told
            progress(0, here - told)
            told = here

        wish = Wish(wanted.id, place.place(wanted), place.name, WHOLE, wanted.size)
        try:
            await Download(self._store, self._session, wish, tell).run()
        except Refused:
            if not await self._is_parked(wanted):
                raise  # it is the folder that is refused
        progress(1, 0)

    async def _open(self, folder: FolderId, name: bytes) -> _Folder | None:
        choice = await self._choice()
        cursor = await self._store.read(lambda c: folders.cursor(c, folder))
        trouble = await self._store.read(lambda c: parked.of_folder(c, folder))
        return None if cursor is None else _Folder(folder, name, cursor.uidvalidity, trouble, choice)

    async def _page(self, page: Sequence[Wanted], place: _Folder, progress: Progress) -> bool:
        """False when the folder is another one by now, so that its UIDs mean nothing."""
        whole: list[Wanted] = []
        large: list[Wanted] = []
        for wanted in page:
            depth = Depth.NONE if self._rests(wanted, place) else place.depth(wanted)
            if depth is not Depth.NONE:
                (whole if depth is Depth.WHOLE and wanted.size <= LARGE else large).append(wanted)
        async with Pipeline(self._store) as pipeline:
            for batch in batches(whole, place.trouble):
                wholes = await self._whole(batch, place)
                if wholes is None:
                    return False
                await pipeline.put(_digested(batch, wholes, place))
                progress(len(batch), sum(len(raw) for _, raw in wholes))
        texts_are_all = self._keep.kind is KeepKind.TEXT

        def tell(count: int, octets: int) -> None:
            progress(count if texts_are_all else 0, octets if texts_are_all else 0)

        texts = Texts(self._store, self._session, place.id, place.name, place.uidvalidity, tell)
        try:
            for group in companies(large, place.trouble, GROUP):
                await texts.bring(group)
        except Moved:
            return False
        return True

    def _rests(self, wanted: Wanted, place: _Folder) -> bool:
        trouble = place.trouble.get(wanted.id)
        return trouble is not None and trouble.rests(time.time())

    async def _is_parked(self, wanted: Wanted) -> bool:
        trouble = await self._store.read(lambda c: parked.of_message(c, wanted.id))
        return trouble is not None and trouble.attempts > 0

    async def _whole(self, batch: Sequence[Wanted], place: _Folder) -> list[tuple[MessageId, bytes]] | None:
        """One batch; None when the folder is another one by now."""
        by_uid = {wanted.uid: wanted.id for wanted in batch}
        async with self._session.folder(place.name, speaks_of=by_uid) as state:
            if state.uidvalidity != place.uidvalidity:
                return None
            try:
                wholes, refused = await retrieval.bodies(self._session.connection, list(by_uid))
            except (ConnectionLost, Misbehaved):
                if self._session.closed:
                    # one of them may be why: they come in smaller company next time, until the guilty one is alone
                    await self._store.write(lambda tx: parked.note_cut(tx, by_uid.values(), time.time()))
                raise
        if refused:
            reasons = {by_uid[uid]: reason for uid, reason in refused.items()}
            await self._store.write(lambda tx: parked.park(tx, reasons, time.time()))
        return [(by_uid[whole.uid], whole.raw) for whole in wholes]


async def _digested(batch: Sequence[Wanted], wholes: Sequence[tuple[MessageId, bytes]], place: _Folder) -> Write:
    """Read a batch for the index, and answer what stores it."""
    # of what had no size the server gave out no summary: it is shown as unreadable until now
    unread = {one.id for one in batch if not one.size}
    known = {one.id for one in batch if one.id in place.trouble}
    digests = await READER.read(Reading.WHOLE if unread else Reading.CONTENTS, [raw for _, raw in wholes])
    rows = [(message, raw, digest) for (message, raw), digest in zip(wholes, digests, strict=True)]
    return partial(_keep, bodies=rows, unread=unread, known=known)


def _keep(
    tx: Transaction,
    *,
    bodies: list[tuple[MessageId, bytes, Digest]],
    unread: set[MessageId],
    known: set[MessageId],
) -> None:
    messages.store_bodies(tx, bodies)
    messages.store_headers(tx, [body for body in bodies if body[0] in unread])
    if known:
        parked.release(tx, [message for message, _, _ in bodies if message in known])


def batches(wanted: Sequence[Wanted], trouble: Mapping[MessageId, Parked] | None = None) -> Iterator[list[Wanted]]:
    """Cut into batches of at most BATCH_BYTES and BATCH_MESSAGES; a larger message goes alone."""
    for company in companies(wanted, trouble or {}, BATCH_MESSAGES):
        batch: list[Wanted] = []
        size = 0
        for one in company:
            if batch and size + one.size > BATCH_BYTES:
                yield batch
                batch, size = [], 0
            batch.append(one)
            size += one.size
        yield batch


def companies(wanted: Sequence[Wanted], trouble: Mapping[MessageId, Parked], most: int) -> Iterator[Sequence[Wanted]]:
    """Cut into groups of at most `most`, of which none is empty.

    What was refused before comes behind the rest and alone, so that it spoils nothing for others; what a connection
    ended over in ever smaller company.
    """
    suspects: dict[int, list[Wanted]] = {}
    for one in wanted:
        known = trouble.get(one.id)
        size = most if known is None else 1 if known.attempts else max(1, most >> 3 * known.cuts)
        suspects.setdefault(size, []).append(one)
    for size in sorted(suspects, reverse=True):
        for start in range(0, len(suspects[size]), size):
            yield suspects[size][start : start + size]
