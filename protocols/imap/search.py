"""Asks the server to search what is not on this disk as text (UID SEARCH), and brings the summaries of new hits."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from protocols.errors import Refused
from protocols.imap import retrieval
from protocols.imap.arguments import Argument
from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from protocols.imap.parse import read_search
from protocols.imap.search_keys import Key, Keys, keys
from protocols.imap.sequence import compress
from protocols.imap.session import Session
from store import locations, messages
from store.mailstore import MailStore
from store.model import AccountId, FolderId, MessageId
from store.search import absent
from store.search.absent import Place
from store.search.tree import Node

_log = logging.getLogger(__name__)

PATIENCE = 300.0
"""Seconds without a word from the server: without an index it reads every message of the folder."""
NEW = 200
"""Hits of a folder, the newest, whose summaries are brought when they are not here."""

MANY = 20_000
"""Messages that are not here, above which it is not worth while to write a list of them."""

Using = Callable[[FolderId], AbstractAsyncContextManager[object]]
"""Keeps a folder from being renamed or deleted for the length of a block."""


class ServerSearch:
    """One query over the folders of one account."""

    def __init__(self, store: MailStore, account: AccountId, session: Session, using: Using) -> None:
        self._store = store
        self._account = account
        self._session = session
        self._using = using

    async def run(self, query: Node) -> list[MessageId]:
        """What the server finds and this disk cannot, newest first.  Raises ProtocolError, StoreError.

        Refused when the server does not search at all; a folder that it refuses is passed over while others are left.
        """
        wanted = keys(query)
        places = await self._store.read(lambda c: absent.places(c, self._account, query))
        if wanted is None or not wanted.keys or not places:
            return []
        hits: list[MessageId] = []
        refused: list[Refused] = []
        for place in places:
            try:
                hits += await self._folder(place, query, wanted)
            except Refused as error:
                _log.info("folder %d could not be searched on the server: %s", place.id, error.title)
                refused.append(error)
        if len(refused) == len(places):
            raise refused[0]
        return await self._store.read(lambda c: absent.matching(c, query, hits))

    async def _folder(self, place: Place, query: Node, wanted: Keys) -> list[MessageId]:
        async with self._using(place.id), self._session.folder(place.name) as state:
            if state.uidvalidity != place.uidvalidity:  # the next round starts over
                return []
            connection = self._session.connection
            found = await self._search(connection, place, query, wanted)
            known = await self._store.read(lambda c: locations.uid_map(c, place.id, found))
            new = sorted((uid for uid in found if uid not in known and uid < place.unknown_below), reverse=True)[:NEW]
            if not new:
                return list(known.values())
            headed = await retrieval.summaries(connection, new)
        arrivals = await headed.arrivals()
        added = await self._store.write(lambda tx: messages.add(tx, self._account, place.id, arrivals))
        return [*known.values(), *added]

    async def _search(self, connection: Connection, place: Place, query: Node, wanted: Keys) -> list[int]:
        """UIDs of the selected folder; where the server knows no UTF-8 (BADCHARSET) plain letters are asked for."""
        try:
            return await _uids(connection, wanted.arguments(_among(place)))
        except Refused as error:
            plain = keys(query, plain=True)
            if error.code != "BADCHARSET" or plain is None or plain == wanted:
                raise
            return await _uids(connection, plain.arguments(_among(place)))


def _among(place: Place) -> Key:
    """What the server has to look at, when a short list says it: the rest has been searched here."""
    sets = compress(place.absent) if len(place.absent) < MANY else [b"", b""]
    if place.unknown_below > 1:
        sets = [b",".join(filter(None, (b"1:%d" % (place.unknown_below - 1), *sets)))] if len(sets) < 2 else sets
    return ("UID", sets[0]) if len(sets) == 1 else ()


async def _uids(connection: Connection, arguments: Sequence[Argument]) -> list[int]:
    found: list[int] = []

    def hear(response: Response) -> None:
        if response.name in ("SEARCH", "ESEARCH"):
            found.extend(read_search(response))

    await connection.run("UID SEARCH", *arguments, sink=hear, deadline=PATIENCE)
    return found
