"""Brings headers and texts of large messages: they can be read and found while their attachments stay away."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager

from protocols.errors import ConnectionLost, Misbehaved, Refused
from protocols.imap import sections
from protocols.imap.connection import Connection
from protocols.imap.retrieval import SILENT, said
from protocols.imap.sections import TEXT_BYTES, Readable
from protocols.imap.session import Session
from protocols.imap.survey import present
from protocols.mime.digest import digest
from store import messages, parked, parts
from store.database import Transaction
from store.locations import Wanted
from store.mailstore import MailStore
from store.model import FolderId, MessageId
from store.parts import Place
from store.structure import Structure

GROUP = 50
"""Messages of which the structure is asked for at once."""
BATCH_BYTES = 2 << 20
PREFIX_BYTES = 64 * 1024
"""Of a message whose structure is broken this much is read for its text."""

Progress = Callable[[int, int], None]
"""Gets what was brought since the last time: (messages, octets)."""


class Moved(Exception):
    """The folder has another UIDVALIDITY by now, so that its UIDs mean nothing."""


class Texts:
    """The texts of one folder's large messages; whoever waits for the session gets it between two commands."""

    def __init__(
        self, store: MailStore, session: Session, folder: FolderId, name: bytes, uidvalidity: int, progress: Progress
    ) -> None:
        self._store = store
        self._session = session
        self._folder = folder
        self._name = name
        self._uidvalidity = uidvalidity
        self._progress = progress

    async def bring(self, wanted: Sequence[Wanted]) -> None:
        """Bring the texts of at most GROUP messages.  Raises Moved, ProtocolError.

        What has no usable structure is read from its beginning; what the server does not give out is parked.
        """
        ids = {one.uid: one.id for one in wanted}
        async with self._asking(ids) as connection:
            trees = await sections.structures(connection, list(ids))
        for mime in (True, False):  # some servers know no MIME headers of parts: the structure says the same
            for uid in await self._read(ids, trees, mime=mime):
                del trees[uid], ids[uid]
        for uid, message in ids.items():
            await self._beginning(uid, message)

    async def _read(self, ids: Mapping[int, MessageId], trees: Mapping[int, Structure], *, mime: bool) -> set[int]:
        """The UIDs of those of which headers and texts came."""
        came: set[int] = set()
        for names, uids in _plans(trees, mime=mime):
            async with self._asking({uid: ids[uid] for uid in uids}) as connection:
                try:
                    found = await sections.readables(connection, {uid: trees[uid] for uid in uids}, names)
                except (Refused, Misbehaved):
                    if connection.closed:
                        raise
                    continue
            await self._store.write(lambda tx, f=found: self._keep(tx, ids, f))  # type: ignore[misc]
            came.update(found)
            self._progress(len(found), sum(_octets(one) for one in found.values()))
        return came

    def _keep(self, tx: Transaction, ids: Mapping[int, MessageId], found: Mapping[int, Readable]) -> None:
        for uid, one in found.items():
            if messages.exists(tx.connection, ids[uid]):
                parts.keep_structure(tx, ids[uid], Place(self._folder, self._uidvalidity, uid), one.structure)
                parts.keep_sections(tx, ids[uid], one.sections)
        messages.store_texts(tx, [(ids[uid], one.digest) for uid, one in found.items()])
        parked.release(tx, [ids[uid] for uid in found])

    async def _beginning(self, uid: int, message: MessageId) -> None:
        """Read what a message begins with: all that can be done where its structure is missing or broken."""
        reason, answer = SILENT, None
        async with self._asking({uid: message}) as connection:
            try:
                try:
                    answer = await sections.slice_of(connection, uid, parts.WHOLE, 0, PREFIX_BYTES)
                except (Refused, Misbehaved):
                    if connection.closed:
                        raise
                    answer = await sections.unsliced(connection, uid, parts.WHOLE)  # it may not know slices
            except (Refused, Misbehaved) as error:
                if connection.closed:
                    raise
                reason = said(error)
            if answer is None and uid not in await present(connection, [uid]):
                return  # gone meanwhile; the next look at the folder finds out
        if answer is None or not answer.octets:
            await self._store.write(lambda tx: parked.park(tx, {message: reason}, time.time()))
            return
        found = await asyncio.to_thread(digest, answer.octets)

        def keep(tx: Transaction) -> None:
            messages.store_texts(tx, [(message, found)])
            parked.release(tx, [message])

        await self._store.write(keep)
        self._progress(1, len(answer.octets))

    @asynccontextmanager
    async def _asking(self, wanted: Mapping[int, MessageId]) -> AsyncIterator[Connection]:
        """The connection, with the folder of `wanted` selected; what it ends over is remembered.  Raises Moved."""
        async with self._session.folder(self._name, speaks_of=wanted) as state:
            if state.uidvalidity != self._uidvalidity:
                raise Moved
            try:
                yield self._session.connection
            except (ConnectionLost, Misbehaved):
                if self._session.closed:
                    await self._store.write(lambda tx: parked.note_cut(tx, wanted.values(), time.time()))
                raise


def _plans(trees: Mapping[int, Structure], *, mime: bool) -> Iterator[tuple[tuple[str, ...], list[int]]]:
    """(sections, UIDs) of the commands that bring these texts: messages of one shape share a command."""
    shapes: dict[tuple[str, ...], list[int]] = {}
    for uid, tree in trees.items():
        shapes.setdefault(sections.text_sections(tree, mime=mime), []).append(uid)
    for names, uids in shapes.items():
        batch: list[int] = []
        size = 0
        for uid in uids:
            expected = sum(min(one.size, TEXT_BYTES) for one in trees[uid].walk() if one.section in names)
            if batch and size + expected > BATCH_BYTES:
                yield names, batch
                batch, size = [], 0
            batch.append(uid)
            size += expected
        yield names, batch


def _octets(one: Readable) -> int:
    return sum(len(octets) for octets, _ in one.sections.values())
