"""Sends what the journal holds to the server: in order for each message, equal ones together, nothing twice."""

import logging
import sqlite3
from collections.abc import Iterable
from functools import partial

from protocols.errors import Misbehaved, ProtocolError, Refused
from protocols.imap.actions import Actions, Batch, Item
from protocols.imap.folder_sync import Touched
from protocols.imap.session import Session
from store import folders, journal, locations
from store.mailstore import MailStore
from store.model import AccountId, MessageId, OperationId
from store.operations import JournalEntry, Kind, State

_log = logging.getLogger(__name__)


class Replay:
    """Works off one account's journal over a session."""

    def __init__(self, store: MailStore, account: AccountId, session: Session, touched: Touched) -> None:
        """`touched` collects the messages that change here, for a sync that runs at the same time."""
        self._store = store
        self._account = account
        self._session = session
        self._touched = touched
        self._actions = Actions(store, account, session)

    async def run(self) -> None:
        """Send everything that can be sent.  Raises ProtocolError when the connection ends; nothing is lost then."""
        waiting = await self._store.read(lambda c: journal.waiting(c, self._account))
        if any(entry.state is State.RUNNING for entry in waiting):
            # one replay runs at a time: what is still "running" belongs to one that was interrupted
            await self._store.write(lambda tx: journal.recover(tx, self._account), durable=True)
        tried: set[OperationId] = set()
        while batches := await self._next(tried):
            for batch in batches:
                tried.update(batch.operations)
                moved = [MessageId(item.entry.message) for item in batch.items]
                self._touched.messages.update(moved)
                await self._carry_out(batch)
                self._touched.messages.update(moved)  # a listing may have begun, and forgotten them, meanwhile

    async def _next(self, tried: set[OperationId]) -> list[Batch]:
        """The first waiting operation of every message that was not tried yet, equal ones together."""
        waiting = await self._store.read(lambda c: journal.waiting(c, self._account))
        heads: dict[MessageId, JournalEntry] = {}
        for entry in waiting:
            heads.setdefault(entry.message, entry)
        fresh = [entry for entry in heads.values() if entry.id not in tried]
        places = await self._store.read(
            lambda c: {entry.message: locations.location(c, entry.message) for entry in fresh}
        )
        groups: dict[tuple[object, ...], list[Item]] = {}
        gone: list[OperationId] = []
        for entry in fresh:
            place = places[entry.message]
            if place is None:
                gone.append(entry.id)
            elif place[2] is not None:  # else the UID is not known yet: the next sync of the folder learns it
                unknown = entry.state is State.UNKNOWN
                key = (place[1], entry.kind, entry.folder, entry.change, unknown)
                groups.setdefault(key, []).append(Item(entry, place[1], place[2]))
        if gone:
            await self._store.write(lambda tx: journal.finish_gone(tx, gone), durable=True)
        return [Batch(tuple(items)) for items in groups.values()]

    async def _carry_out(self, batch: Batch) -> None:
        """One batch; when the server refuses it, each of its operations alone, so that only the guilty is parked."""
        try:
            await self._send(batch)
        except ProtocolError as error:
            if isinstance(error, Refused | Misbehaved) and not self._session.closed:
                await self._refused(batch, error)
                return
            # flags and removals may be repeated without harm; a move has to be looked for first
            after = journal.unsure if batch.kind is Kind.MOVE else journal.requeue
            await self._store.write(lambda tx: after(tx, batch.operations), durable=True)
            raise

    async def _send(self, batch: Batch) -> None:
        name = await self._store.read(lambda c: folders.wire_name(c, batch.source))
        if name is None:
            return
        if batch.kind is Kind.MOVE and batch.unknown:
            batch = await self._actions.look_for_moved(batch, name)
        if not batch.items:
            return
        target = await self._actions.target(batch) if batch.kind is Kind.MOVE else b""
        async with self._session.folder(name) as state:
            batch = await self._store.read(partial(_still, batch=batch, uidvalidity=state.uidvalidity))
            if not batch.items:
                return  # the UIDs mean other messages now: the sync of the folder matches them first
            match batch.kind:
                case Kind.FLAGS:
                    await self._actions.set_flags(batch)
                case Kind.MOVE:
                    await self._actions.move(batch, target)
                case Kind.EXPUNGE:
                    await self._actions.expunge(batch)

    async def _refused(self, batch: Batch, error: ProtocolError) -> None:
        if len(batch.items) > 1:
            for item in await self._unsettled(batch.items):
                await self._carry_out(Batch((item,)))
            return
        reason = getattr(error, "text", "") or error.title
        _log.info("the server refused operation %d", batch.operations[0])
        await self._store.write(lambda tx: journal.refuse(tx, batch.operations, reason), durable=True)

    async def _unsettled(self, items: Iterable[Item]) -> list[Item]:
        waiting = await self._store.read(lambda c: journal.waiting(c, self._account))
        states = {entry.id: entry for entry in waiting}
        return [Item(states[i.entry.id], i.source, i.uid) for i in items if i.entry.id in states]


def _still(connection: sqlite3.Connection, batch: Batch, uidvalidity: int) -> Batch:
    """What of a batch is still where it was found: a sync may have learnt of other UIDs, or an undo was faster."""
    cursor = folders.cursor(connection, batch.source)
    if cursor is None or cursor.uidvalidity != uidvalidity:
        return Batch(())
    wanted = {entry.id for entry in journal.waiting(connection, batch.items[0].entry.account)}
    return Batch(tuple(item for item in batch.items if item.entry.id in wanted and _is_at(connection, item)))


def _is_at(connection: sqlite3.Connection, item: Item) -> bool:
    place = locations.location(connection, item.entry.message)
    return place is not None and place[1:] == (item.source, item.uid)
