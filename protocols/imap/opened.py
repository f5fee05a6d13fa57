"""Brings a message that the user opened, or one part of it, whatever the account keeps."""

import logging
import sqlite3
import time
from dataclasses import dataclass

from protocols.bulk import READER
from protocols.imap import retrieval
from protocols.imap.contents import LARGE
from protocols.imap.download import Download, Octets, Wish, ignore, withheld
from protocols.imap.identity import message_id_of
from protocols.imap.session import Session
from protocols.imap.texts import Moved, Texts
from protocols.mime.bulk_worker import Reading
from store import folders, locations, messages, parked, parts, storable
from store.database import Transaction
from store.errors import NotFound
from store.locations import Wanted
from store.mailstore import MailStore
from store.model import MessageId
from store.parts import READABLE, WHOLE, Place

_log = logging.getLogger(__name__)

SMALL = 1 << 20
"""Octets up to which a message that is to be read comes whole, attachments and all."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Where the server has the message, and what it says of it."""

    wanted: Wanted
    place: Place
    name: bytes


async def bring(
    store: MailStore, session: Session, message: MessageId, part: str | None = None, progress: Octets = ignore
) -> bool:
    """Bring a message whole, what the reader shows of it (READABLE), or the part of that number.

    False when the server no longer has it.  What is here already is not asked for again; a part that came half the way
    goes on from there.  Raises ProtocolError (Refused: the server has it and does not give it out), NotFound for a part
    that the message has not.
    """
    if await store.read(lambda c: parts.is_complete(c, message, WHOLE)):
        return True
    known = await store.read(lambda c: _known(c, message))
    if known is None:
        return False
    opened = _Opened(store, session, known, progress)
    try:
        if part is None:
            return await opened.whole()
        return await (opened.readable() if part == READABLE else opened.part(part))
    except Moved:
        return False


class _Opened:
    """One message on its way; raises Moved when its folder is another one by now."""

    def __init__(self, store: MailStore, session: Session, known: _Known, progress: Octets) -> None:
        self._store = store
        self._session = session
        self._known = known
        self._progress = progress
        self._message = known.wanted.id

    async def whole(self) -> bool:
        size = self._known.wanted.size
        if 0 < size <= LARGE:
            return await self._at_once()
        if size and await self._held() is None:
            await self._texts()
        return await self._download(WHOLE, size)

    async def readable(self) -> bool:
        if self._known.wanted.size <= SMALL:
            return await self.whole()
        if await self._held() is None:
            await self._texts()
        return await self._held() is not None or await self.whole()

    async def part(self, section: str) -> bool:
        held = await self._held()
        if held is None or held.place != self._known.place:
            await self._texts()
            held = await self._held()
        if held is None:  # its structure is broken: only the whole message tells what is in it
            return await self.whole()
        found = held.structure.find(section)
        if found is None or found.type.startswith("multipart/"):
            raise NotFound(f"The message has no part {section}.", "`bocau show ID --json` names its parts.")
        return await self._download(section, found.size)

    async def _held(self) -> parts.Stored | None:
        return await self._store.read(lambda c: parts.stored(c, self._message))

    async def _texts(self) -> None:
        place, done = self._known.place, 0

        def tell(_count: int, octets: int) -> None:
            nonlocal done
            done += octets
            self._progress(done, done)

        texts = Texts(self._store, self._session, place.folder, self._known.name, place.uidvalidity, tell)
        await texts.bring([self._known.wanted])
        await self._refuse_parked()

    async def _refuse_parked(self) -> None:
        trouble = await self._store.read(lambda c: parked.of_message(c, self._message))
        if trouble is not None and trouble.attempts:
            raise withheld(trouble.reason)

    async def _download(self, section: str, size: int) -> bool:
        wish = Wish(
            self._message, self._known.place, self._known.name, section, size, unread=not self._known.wanted.size
        )
        return await Download(self._store, self._session, wish, self._progress).run()

    async def _at_once(self) -> bool:
        place = self._known.place
        async with self._session.folder(self._known.name, speaks_of=[place.uid]) as state:
            if state.uidvalidity != place.uidvalidity:
                raise Moved
            wholes, refused = await retrieval.bodies(self._session.connection, [place.uid])
        if refused:
            reason = refused[place.uid]
            await self._store.write(lambda tx: parked.park(tx, {self._message: reason}, time.time()))
            raise withheld(reason)
        if not wholes:
            return False
        raw = wholes[0].raw
        (digest,) = await READER.read(Reading.WHOLE, [raw])
        if not await self._is_meant(storable.text(digest.message_id)):
            return False

        def keep(tx: Transaction) -> None:
            messages.store_bodies(tx, [(self._message, raw, digest)])
            parked.release(tx, [self._message])

        await self._store.write(keep)
        return True

    async def _is_meant(self, message_id: str) -> bool:
        """Whether what came is the message of this row, and not what a server from a backup has under its UID now.

        Only the Message-ID tells.  A server that gives another one with the whole than in a summary (Proton Bridge)
        proves nothing by that: then its summary of today decides.
        """
        ours = await self._store.read(lambda c: locations.message_id(c, self._message))
        if not ours or message_id == ours:
            return True
        place = self._known.place
        async with self._session.folder(self._known.name, speaks_of=[place.uid]) as state:
            if state.uidvalidity != place.uidvalidity:
                raise Moved
            today = await message_id_of(self._session.connection, place.uid)
        if today == ours:
            return True
        _log.warning("UID %d of folder %d means another message now", place.uid, place.folder)
        return False


def _known(connection: sqlite3.Connection, message: MessageId) -> _Known | None:
    found = locations.wanted(connection, message)
    if found is None:
        return None
    folder, wanted = found
    cursor, name = folders.cursor(connection, folder), folders.wire_name(connection, folder)
    if cursor is None or name is None:
        return None
    return _Known(wanted, Place(folder, cursor.uidvalidity, wanted.uid), name)
