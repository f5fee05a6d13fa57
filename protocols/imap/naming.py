"""Learns the server's names of messages that came here before anybody asked for them."""

import asyncio
import logging
from collections.abc import Sequence
from itertools import islice

from protocols.errors import Misbehaved, Refused
from protocols.imap import gmail
from protocols.imap.capabilities import Capabilities
from protocols.imap.framing import Response
from protocols.imap.reach import run_over
from protocols.imap.sequence import compress
from protocols.imap.session import Session
from protocols.imap.survey import SLICE, Marks, collector, read_all
from store import folders, messages, twins
from store.database import Transaction
from store.mailstore import MailStore
from store.model import FolderId

_log = logging.getLogger(__name__)


def names_messages(session: Session) -> bool:
    """Whether the server names messages whatever folder they are in."""
    return bool(gmail.identity(session.connection.capabilities))


class Naming:
    """Once for each folder of an account, while it is connected."""

    def __init__(self, store: MailStore) -> None:
        """Nothing is asked before `learn`."""
        self._store = store
        self._done: set[FolderId] = set()

    async def learn(self, session: Session, folder: FolderId, name: bytes) -> None:
        """Name what has no name in a folder, where the server names messages.  Raises ProtocolError.

        A server that refuses is left alone: without names everything works, only twins are not known as such.
        """
        if folder in self._done or not names_messages(session):
            return
        self._done.add(folder)
        nameless = iter(await self._store.read(lambda c: twins.nameless(c, folder)))
        while some := list(islice(nameless, SLICE)):
            try:
                if not await self._learn(session, folder, name, some):
                    return
            except (Refused, Misbehaved) as error:
                if session.closed:
                    raise
                _log.warning("no names for the messages of folder %d: %s", folder, error.title)
                return

    async def _learn(self, session: Session, folder: FolderId, name: bytes, uids: Sequence[int]) -> bool:
        """False when the folder is another one by now, so that its UIDs mean nothing."""
        heard: list[Response] = []
        async with session.folder(name) as state:
            cursor = await self._store.read(lambda c: folders.cursor(c, folder))
            if cursor is None or cursor.uidvalidity != state.uidvalidity:
                return False
            offers = session.connection.capabilities
            items = b"(UID %s%s)" % (gmail.marks(offers), gmail.identity(offers))
            for batch in compress(uids):
                await run_over(session.connection, "UID FETCH", batch, items, sink=collector(heard))
        names, marks = await asyncio.to_thread(_read, heard, offers)

        def keep(tx: Transaction) -> None:
            twins.name(tx, folder, names)
            if offers.gmail:  # its labels were not asked for either
                messages.set_server_flags(tx, folder, [(uid, *one) for uid, one in marks.items() if uid in names])

        await self._store.write(keep)
        return True


def _read(heard: Sequence[Response], offers: Capabilities) -> tuple[dict[int, str], dict[int, Marks]]:
    names: dict[int, str] = {}
    marks: dict[int, Marks] = {}
    for one in read_all(heard):
        if (name := gmail.server_id(one)) is not None:
            names[one.uid] = name
        if one.flags is not None:
            marks[one.uid] = (one.flags, gmail.labels(one, offers))
    return names, marks
