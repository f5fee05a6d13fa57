"""Brings one section of a message, or all of it, in slices: each is committed, so a cut costs one slice at most."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from protocols.errors import ConnectionLost, Misbehaved, Refused
from protocols.imap.connection import Connection
from protocols.imap.identity import message_id_of
from protocols.imap.retrieval import SILENT, said
from protocols.imap.sections import Slice, slice_of, unsliced
from protocols.imap.session import Session
from protocols.imap.survey import present
from protocols.mime.digest import digest
from store import locations, messages, parked, parts
from store.database import Transaction
from store.mailstore import MailStore
from store.model import MessageId
from store.parts import WHOLE, Place

_log = logging.getLogger(__name__)

SLICE = 512 * 1024
"""Octets that are asked for at once: others who use the connection wait for one slice, not for all of it."""
GRACE = 1.0
"""Seconds for an answer that is on its way when nobody wants it any more: only then the connection can be kept."""
LARGEST = 512 << 20
"""Octets of one section that are brought at most; SQLite holds no more than twice that in one value."""

Octets = Callable[[int, int], None]
"""Gets (octets here, octets in all); the second is the server's word, and grows when it was too small."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be brought."""

    message: MessageId
    place: Place
    name: bytes
    """The folder as the server spells it."""
    section: str
    """WHOLE, or the number of a part."""
    size: int
    """Octets that the server speaks of; a hint: the end is where no more comes."""
    unread: bool = False
    """Whether not even a summary could be had of the message."""


class _NotGiven(Exception):
    """The server has the message and does not give it out."""


class _Gone(Exception):
    """The message, or the folder with that UIDVALIDITY, is no longer there."""


def ignore(done: int, total: int) -> None:
    """Nobody looks at the progress."""


class Download:
    """One section on its way; `run` may be called again after any failure, in any process, and goes on."""

    def __init__(self, store: MailStore, session: Session, wish: Wish, progress: Octets = ignore) -> None:
        self._store = store
        self._session = session
        self._wish = wish
        self._progress = progress
        self._plain = False
        """Whether this server does not slice."""
        self._size = SLICE
        self._asking = False
        """Whether the answer to a FETCH is awaited, so that a cut may be the message's doing."""

    async def run(self) -> bool:
        """Bring what is missing; False when the message is no longer there.

        A message that the server does not give out is parked, and Refused is raised.  Raises ProtocolError; what came
        until then stays for the next time.
        """
        message = self._wish.message
        try:
            await self._run()
        except _Gone:
            return False
        except _NotGiven as error:
            reason = str(error)
            await self._store.write(lambda tx: parked.park(tx, {message: reason}, time.time()))
            raise withheld(reason) from error
        except (ConnectionLost, Misbehaved):
            if self._asking:
                await self._store.write(lambda tx: parked.note_cut(tx, [message], time.time()))
            raise
        return True

    async def _run(self) -> None:
        wish = self._wish
        trouble = await self._store.read(lambda c: parked.of_message(c, wish.message))
        if trouble is not None and trouble.cuts:
            self._size = SLICE // 8  # a line that breaks all the time lets less through
        while not await self._store.read(lambda c: parts.is_complete(c, wish.message, wish.section)):
            await self._prove()
            start = await self._store.read(lambda c: parts.arrived(c, wish.message, wish.section, wish.place))
            first = await self._store.read(lambda c: parts.first_slice(c, wish.message, wish.section))
            if not await self._bring(start, first):
                raise _Gone

    async def _prove(self) -> None:
        """Raise _Gone, and drop what came, when the UID means another message now: halves of two make none."""
        wish = self._wish
        ours = await self._store.read(lambda c: locations.message_id(c, wish.message))
        if not ours:
            return  # nothing tells
        async with self._folder() as connection:
            try:
                today = await message_id_of(connection, wish.place.uid)
            except (Refused, Misbehaved):
                if connection.closed:
                    raise
                return  # what it gives of the section shows what is wrong
        if today not in ("", ours):
            _log.warning("UID %d of folder %d means another message now", wish.place.uid, wish.place.folder)
            await self._store.write(lambda tx: parts.drop_slices(tx, wish.message, wish.section))
            raise _Gone

    @asynccontextmanager
    async def _folder(self) -> AsyncIterator[Connection]:
        """The connection with the folder selected.  Raises _Gone when that is another one by now."""
        place = self._wish.place
        async with self._session.folder(self._wish.name, speaks_of=[place.uid]) as state:
            if state.uidvalidity != place.uidvalidity:
                raise _Gone
            yield self._session.connection

    async def _bring(self, start: int, first: bytes) -> bool:
        """Bring slice after slice to the end; False when the message is no longer in the store."""
        wish = self._wish
        while True:
            self._progress(start, max(start, wish.size))
            answer = await self._answer(start)
            at, octets, end = self._judge(start, answer, first)
            if octets and not await self._keep(at, octets):
                return await self._store.read(lambda c: messages.exists(c, wish.message))
            first = first or octets
            start = at + len(octets)
            if end:
                if wish.size and start != wish.size:
                    told = (wish.section or "all", wish.message, start, wish.size)
                    _log.info("part %s of message %d has %d octets, the server had spoken of %d", *told)
                await self._finish(start)
                self._progress(start, start)
                return True
            if start >= LARGEST:
                raise _NotGiven(f"It is larger than {LARGEST >> 20} MiB.")

    async def _answer(self, start: int) -> Slice | None:
        uid = self._wish.place.uid
        async with self._folder() as connection:
            self._asking = True
            try:
                answer = await _to_its_end(self._ask(connection, start))
            except (Refused, Misbehaved) as error:
                if self._session.closed:
                    raise
                raise _NotGiven(said(error)) from error
            self._asking = False
            if answer is None and uid not in await present(connection, [uid]):
                raise _Gone
            return answer

    async def _ask(self, connection: Connection, start: int) -> Slice | None:
        uid, section = self._wish.place.uid, self._wish.section
        if not self._plain:
            try:
                answer = await slice_of(connection, uid, section, start, self._size)
            except (Refused, Misbehaved):
                if connection.closed or start:
                    raise
            else:
                if answer is None or answer.origin in (None, start):
                    return answer
            # it refuses slices, or gives others than were asked for
            self._plain = True
        return await unsliced(connection, uid, section)

    def _judge(self, start: int, answer: Slice | None, first: bytes) -> tuple[int, bytes, bool]:
        """(octets before it, octets to keep, whether that is the end)."""
        known = self._wish.size
        if answer is None or not (answer.octets or start):
            # no data, or none from the beginning: an empty part, or a message that is not given out
            if start >= max(known, 1) or (self._wish.section != WHOLE and (answer is not None or not known)):
                return start, b"", True
            raise _NotGiven(SILENT)
        octets = answer.octets
        if self._plain or len(octets) > self._size:
            return (start, octets, False) if answer.origin == start and not self._plain else (0, octets, True)
        if answer.origin is None and start and octets == first:
            return start, b"", True  # it gives all of it whatever is asked for, and that has just the size of a slice
        short = len(octets) < self._size and (start + len(octets) >= known or answer.origin is None)
        return start, octets, short or not octets

    async def _keep(self, start: int, octets: bytes) -> bool:
        wish = self._wish

        def keep(tx: Transaction) -> bool:
            if self._size < SLICE:
                parked.forget_cuts(tx, wish.message)
            return parts.add_slice(tx, wish.message, wish.section, wish.place, start, octets)

        return await self._store.write(keep)

    async def _finish(self, size: int) -> None:
        """Join the slices; a message whose text nobody has read yet is read now."""
        wish = self._wish

        def join(tx: Transaction) -> None:
            if size:
                parts.join(tx, wish.message, wish.section, wish.place)
            else:
                parts.keep_sections(tx, wish.message, {wish.section: (b"", True)})
            parked.release(tx, [wish.message])

        if wish.section != WHOLE or await self._store.read(lambda c: parts.stored(c, wish.message)) is not None:
            await self._store.write(join)
            return
        raw = await self._store.read(lambda c: b"".join(parts.slices(c, wish.message, WHOLE)))
        found = await asyncio.to_thread(digest, raw)

        def index(tx: Transaction) -> None:
            join(tx)
            messages.store_texts(tx, [(wish.message, found)])
            if wish.unread:
                messages.store_headers(tx, [(wish.message, raw, found)])

        await self._store.write(index)


async def _to_its_end(asking: Coroutine[Any, Any, Slice | None]) -> Slice | None:
    """Await an answer; who is cancelled waits a little for it: in the middle of one only a cut of the line helps."""
    task = asyncio.create_task(asking)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        try:
            await asyncio.wait([task], timeout=GRACE)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        raise


def withheld(reason: str) -> Refused:
    """Make the error of a message that the server has and does not give; `reason` is what it said."""
    return Refused(f"The server does not give this message out: {reason}", "Opening it asks again.", text=reason)
