"""Sends what the journal holds to the server: in order for each message, equal ones together, nothing twice."""

import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial

from protocols.errors import Misbehaved, ProtocolError, Refused, Throttled, Unreachable
from protocols.imap.appending import Appending
from protocols.imap.batches import Batch, Item, operations, plan, still
from protocols.imap.doubts import Touched
from protocols.imap.marking import Marking
from protocols.imap.moving import Moving
from protocols.imap.rebuild import went_back
from protocols.imap.sending import Sending
from protocols.imap.session import Session
from protocols.reasons import reason
from store import folders, journal
from store.collapse import Step
from store.mailstore import MailStore
from store.model import AccountId, FolderId, MessageId, OperationId
from store.operations import JournalEntry, Kind, State

_log = logging.getLogger(__name__)

_OF_ONE = frozenset({"INUSE", "SERVERBUG", "UNAVAILABLE"})
"""Response codes that may be the trouble of one message or folder (RFC 5530): the others need not wait for it."""
_ENOUGH = 5
"""So many batches that the server wants later are its own trouble: no more of them are divided."""
_SAME = 20
"""So many refusals in a row, in the same words, are of the folder or the account and not of single messages."""
_INSIST = 300
"""Seconds for which an act makes the account wait and try again soon; later it only takes part in every round."""
_AT_A_TIME = 5.0
"""Seconds for which messages are appended before acts of meanwhile have their turn."""


class Replay:
    """Works off one account's journal over a session."""

    def __init__(self, store: MailStore, account: AccountId, session: Session, touched: Touched) -> None:
        """`touched` collects the messages that change here, for a sync that runs at the same time."""
        self._store = store
        self._account = account
        self._session = session
        self._touched = touched
        self._sending = Sending(store, session)
        self._marking = Marking(self._sending, account)
        self._moving = Moving(self._sending)
        self._appending = Appending(self._sending, self._moving)
        self._tried: set[OperationId] = set()
        self._sought: set[MessageId] = set()
        self._patience: Throttled | None = None
        self._reason = ""
        """Why the last operation was parked."""
        self._later = 0
        """How many batches the server wanted later."""

    async def run(self) -> None:
        """Send everything that can be sent.

        Raises ProtocolError when the connection ends, and Throttled, after all the rest, when the server wants some
        of what was done lately later; nothing is lost then.
        """
        waiting = await self._store.read(lambda c: journal.waiting(c, self._account))
        if any(entry.state is not State.QUEUED for entry in waiting):
            # one replay runs at a time: what is still "running" belongs to one that was interrupted
            await self._store.write(lambda tx: journal.resume(tx, self._account), durable=True)
        while True:
            found = await self._store.read(lambda c: plan(c, self._account, self._tried))
            if found.needless:
                await self._store.write(partial(journal.finish_needless, operations=found.needless), durable=True)
            if found.gone:
                await self._store.write(partial(journal.finish_gone, operations=found.gone), durable=True)
            await self._append(entry for entry in found.appends if entry.state is not State.QUEUED)
            for batch in found.batches:
                await self._take(batch)
            if not found.batches:  # what is quickly said goes before what is long
                await self._append(found.appends)
            if not found and not await self._find_lost(found.lost):
                break
        if self._patience is not None:
            raise self._patience

    async def _take(self, batch: Batch) -> None:
        self._tried.update(batch.operations)
        messages = [item.message for item in batch.items]
        self._touched.messages.update(messages)
        await self._carry_out(batch)
        self._touched.messages.update(messages)  # a listing may have begun, and forgotten them, meanwhile

    async def _append(self, entries: Iterable[JournalEntry]) -> None:
        """Append messages one after the other; a folder that refuses many in the same words is spared the rest."""
        begun = time.monotonic()
        refusals: list[tuple[FolderId | None, str]] = []
        for entry in entries:
            if entry.id in self._tried:
                continue
            if time.monotonic() - begun > _AT_A_TIME:
                break
            self._tried.add(entry.id)
            self._touched.messages.add(entry.message)
            if len(refusals) >= _SAME and refusals[0][0] == entry.folder:
                await self._store.write(partial(journal.refuse, operations=[entry.id], reason=refusals[0][1]))
                continue
            try:
                why = await self._appending.run(entry)
            except Throttled as error:
                if self._session.closed or error.code not in _OF_ONE:
                    raise
                self._wait(error, fresh=entry.created > time.time() - _INSIST)
                continue
            self._touched.messages.add(entry.message)
            place = (entry.folder, why)
            refusals = [*refusals, place] if why and place in (refusals or [place]) else [place] if why else []

    async def _find_lost(self, lost: Mapping[FolderId, Collection[MessageId]]) -> bool:
        """Learn UIDs that steps wait for, each once a run; whether any was found."""
        found = False
        for folder, messages in lost.items():
            wanted = [message for message in messages if message not in self._sought]
            self._sought.update(wanted)
            try:
                if wanted and await self._moving.find_lost(folder, wanted):
                    self._touched.messages.update(wanted)
                    found = True
            except (Refused, Misbehaved) as error:
                if self._session.closed:
                    raise
                _log.warning("folder %d cannot be searched for what was moved there: %s", folder, error.title)
        return found

    async def _carry_out(self, batch: Batch) -> None:
        """One batch; when the server refuses it, each of its operations alone, so that only the guilty is parked."""
        try:
            await self._send(batch)
        except Throttled as error:
            await self._again(batch.items)  # it said no: nothing was done, or what was is journalled
            if self._session.closed or error.code not in _OF_ONE:
                raise
            await self._put_off(batch, error)
        except ProtocolError as error:
            if not self._session.closed and not isinstance(error, Unreachable):
                await self._refused(batch, error)
                return
            # flags and removals may be repeated without harm; a move or a copy has to be looked for first
            after = journal.unsure if batch.kind in (Kind.MOVE, Kind.COPY) else journal.requeue
            await self._store.write(lambda tx: after(tx, batch.operations), durable=True)
            raise

    async def _send(self, batch: Batch) -> None:
        name = await self._store.read(lambda c: folders.wire_name(c, batch.source))
        if name is None:
            return
        if batch.unknown:
            if await self._moving.look_for(batch, name):
                self._tried.difference_update(batch.operations)
            return
        target = await self._moving.target(batch.folder) if batch.kind in (Kind.MOVE, Kind.COPY) else None
        cursor = await self._store.read(lambda c: folders.cursor(c, batch.source))
        async with self._session.folder(name, speaks_of=[item.uid for item in batch.items]) as state:
            connection = self._session.connection
            if state.fresh and await went_back(self._store, connection, batch.source, cursor, state):
                return  # from a backup: the sync of the folder finds out which UIDs mean other messages now
            batch = await self._store.read(lambda c: still(c, batch, state.uidvalidity))
            if not batch.items:
                return  # the UIDs mean other messages now: the sync of the folder matches them first
            if target is None and batch.kind is Kind.FLAGS:
                await self._marking.set_flags(batch, state)
            elif target is None:
                await self._sending.expunge(batch)
            elif batch.kind is Kind.MOVE:
                await self._moving.move(batch, target)
            else:
                await self._moving.copy(batch, target)

    async def _refused(self, batch: Batch, error: ProtocolError) -> None:
        left = await self._unsettled(batch)
        if len(batch.items) > 1:
            await self._one_by_one(left)
        elif left and batch.kind is Kind.FLAGS and len(left[0].step.entries) > 1:
            for entry in left[0].step.entries:
                step = Step(Kind.FLAGS, (entry,), entry.change)
                await self._carry_out(Batch((Item(step, left[0].source, left[0].uid),)))
        elif left:
            await self._park(left[0], error)

    async def _one_by_one(self, items: Sequence[Item]) -> None:
        """Each alone; when the server has said the same no to many of them, the rest is spared the question."""
        refusals: list[str] = []
        for place, item in enumerate(items):
            self._reason = ""
            await self._carry_out(Batch((item,)))
            refusals = [*refusals, self._reason] if self._reason in refusals[:1] or not refusals else []
            if len(refusals) >= _SAME and self._reason:
                await self._sending.refuse(items[place + 1 :], self._reason)
                return

    async def _park(self, item: Item, error: ProtocolError) -> None:
        """The last operation is the one that was refused; those that it had made needless have their own turn again."""
        why = reason(error)
        others = [operation for operation in item.operations if operation != item.last]
        _log.info("the server refused operation %d", item.last)
        self._reason = why
        await self._store.write(lambda tx: journal.refuse(tx, [item.last], why), durable=True)
        if others:
            await self._store.write(lambda tx: journal.absent(tx, others), durable=True)
            self._tried.difference_update(others)

    async def _put_off(self, batch: Batch, error: Throttled) -> None:
        """The server wants these later, or one of them: divided, the others get through (Yahoo's poisoned messages)."""
        left = await self._unsettled(batch)
        if len(left) > 1 and self._later < _ENOUGH:
            middle = len(left) // 2
            await self._carry_out(Batch(tuple(left[:middle])))
            await self._carry_out(Batch(tuple(left[middle:])))
            return
        self._later += 1
        fresh = any(entry.created > time.time() - _INSIST for item in batch.items for entry in item.step.entries)
        self._wait(error, fresh=fresh)

    def _wait(self, error: Throttled, *, fresh: bool) -> None:
        if fresh and (self._patience is None or error.delay > self._patience.delay):
            self._patience = error

    async def _again(self, items: Collection[Item]) -> None:
        waiting = operations(items)
        await self._store.write(lambda tx: journal.requeue(tx, waiting), durable=True)

    async def _unsettled(self, batch: Batch) -> list[Item]:
        """The items that still are to be sent; of which it is not known by now whether they were, are not."""
        waiting = await self._store.read(lambda c: journal.waiting(c, self._account))
        left = {entry.id for entry in waiting if batch.unknown or entry.state is not State.UNKNOWN}
        return [item for item in batch.items if left.issuperset(item.operations)]
