"""Whether a folder here and the same on its server agree, as far as counts can tell."""

import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from protocols.imap.agenda import Place
from protocols.imap.doubts import Doubts
from protocols.imap.folder_list import Counts, count
from protocols.imap.session import Session
from store import folders, locations
from store.database import Transaction
from store.mailstore import MailStore
from store.model import FolderId

FULL_EVERY = 900.0
"""Seconds between two comparisons of every flag: plain IMAP does not tell what changed in old mail."""


class Standing:
    """One account's folders; what is found in step is recorded as synchronised now."""

    def __init__(self, store: MailStore, doubts: Doubts) -> None:
        self._store = store
        self._doubts = doubts
        self._full_at: dict[FolderId, float] = {}
        self._suspects: set[FolderId] = set()

    def compared(self, folder: FolderId) -> None:
        """Note that everything of a folder was compared just now."""
        self._full_at[folder] = time.monotonic()
        self._suspects.discard(folder)

    @property
    def suspects(self) -> frozenset[FolderId]:
        """Folders where the server counts other unread mail than is known here, though by MODSEQ nothing changed."""
        return frozenset(self._suspects)

    def _suspect(self, some: Iterable[FolderId]) -> None:
        """Not again and again: there are servers that count in their own way."""
        now = time.monotonic()
        self._suspects.update(one for one in some if now - self._full_at.get(one, float("-inf")) > FULL_EVERY)

    def is_due(self, connection: sqlite3.Connection, folder: FolderId) -> bool:
        """Whether all of a folder has to be compared: where MODSEQ tells what changed in old mail, never."""
        cursor = folders.cursor(connection, folder)
        if cursor is None or cursor.highestmodseq is not None:
            return False
        return time.monotonic() - self._full_at.get(folder, float("-inf")) > FULL_EVERY

    async def settled(self, places: Iterable[Place], counts: Mapping[bytes, Counts]) -> set[FolderId]:
        """The folders in which nothing has changed by the counts that came with the folder list."""
        told = {place.folder.id: counts[place.name] for place in places if place.name in counts}

        def settled(connection: sqlite3.Connection) -> tuple[set[FolderId], set[FolderId]]:
            sure, odd = set(), set()
            for folder, one in told.items():
                if not in_step(connection, folder, one, self._doubts):
                    odd |= {folder} if is_odd(connection, folder, one, self._doubts) else set()
                elif not self.is_due(connection, folder):
                    sure.add(folder)
            return sure, odd

        sure, odd = await self._store.read(settled)
        self._suspect(odd)
        return await self._settle(sure)

    async def ask(self, session: Session, place: Place, *, settle: bool = True) -> bool:
        """Ask for the counts of one folder; whether nothing has changed in it.  Raises ProtocolError.

        `settle` records that it is in step.
        """
        cursor = await self._store.read(lambda c: folders.cursor(c, place.folder.id))
        if cursor is None or cursor.backfilled > 1:
            return False
        async with session.turn() as connection:
            if session.selected == place.name:
                await connection.run("NOOP")  # Dovecot's STATUS of the selected folder knows no news before
            told = await count(connection, place.name)
        if told is None or not await self._store.read(lambda c: in_step(c, place.folder.id, told, self._doubts)):
            if told is not None and await self._store.read(lambda c: is_odd(c, place.folder.id, told, self._doubts)):
                self._suspect([place.folder.id])
            return False
        if settle:
            await self._settle({place.folder.id})
        return True

    async def _settle(self, some: set[FolderId]) -> set[FolderId]:
        now = int(time.time())

        def keep(tx: Transaction) -> None:
            for folder in some:
                folders.set_synced(tx, folder, now)

        for folder in some:
            self._doubts.messages.pop(folder, None)
        if some:
            await self._store.write(keep)
        return some


def in_step(connection: sqlite3.Connection, folder: FolderId, counts: Counts, doubts: Doubts) -> bool:
    """Whether what the server counts is what is here."""
    cursor = folders.cursor(connection, folder)
    if cursor is None or cursor.backfilled > 1 or locations.orphans(connection, folder):
        return False  # not all of it was synchronised; or a move whose UID is to be learnt
    total, unseen = locations.server_counts(connection, folder)
    hidden, hidden_unseen = doubts.hidden.get(folder, (0, 0))
    return (counts.uidvalidity, counts.uidnext, counts.messages, counts.unseen, counts.highestmodseq) == (
        cursor.uidvalidity, cursor.uidnext, total + hidden, unseen + hidden_unseen, cursor.highestmodseq,
    )  # fmt: skip


def is_odd(connection: sqlite3.Connection, folder: FolderId, counts: Counts, doubts: Doubts) -> bool:
    """Whether the server counts other unread mail than is here while everything else, MODSEQ too, is as it was."""
    if counts.highestmodseq is None or counts.unseen is None:
        return False
    _, unseen = locations.server_counts(connection, folder)
    ours = unseen + doubts.hidden.get(folder, (0, 0))[1]
    return ours != counts.unseen and in_step(connection, folder, replace(counts, unseen=ours), doubts)
