"""Brings one folder of the store into step with the server: new mail, flags, removals, UIDVALIDITY."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Container, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from protocols.errors import Misbehaved, Refused
from protocols.imap import retrieval, survey
from protocols.imap.connection import Connection
from protocols.imap.pipeline import Pipeline
from protocols.imap.sequence import MAX_UID
from protocols.imap.session import Selected, Session
from protocols.imap.survey import SLICE, Marks
from store import folders, locations, messages
from store.database import Transaction
from store.folders import Cursor
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import AccountId, Flag, FolderId, MessageId

_log = logging.getLogger(__name__)

FIRST_PAGE = 100
"""The first batch is one screen and a bit: what the user looks at must not wait for what they do not."""
BATCH = 500
RECENT = 500
"""Flags of so many newest UIDs are compared in every round; the rest when something does not add up."""
MASS = 50
"""More removals than this, or a fifth of the folder, are asked for twice before they are believed."""

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Touched:
    """Messages whose flags or place a replay changed lately: a listing asked for before that is stale for them."""

    messages: set[MessageId] = field(default_factory=set)


@dataclass(slots=True)
class Doubts:
    """Where a folder here and on the server differ on purpose: what is not believed yet, and what is not shown."""

    messages: dict[FolderId, frozenset[MessageId]] = field(default_factory=dict)
    """What the server suddenly no longer lists: believed when a later round says the same."""
    hidden: dict[FolderId, tuple[int, int]] = field(default_factory=dict)
    """(messages, unseen) that moves had to leave behind, marked as deleted, on a server without UIDPLUS."""
    reserved: dict[FolderId, tuple[MessageId, int]] = field(default_factory=dict)
    """(first id, how many) set aside below those of the newest page, for the rest of a folder."""

    def confirmed(self, folder: FolderId, missing: Sequence[MessageId], known: int) -> frozenset[MessageId]:
        """Those of `missing` that may be removed now; a folder that lost most of its mail has to say so twice."""
        before = self.messages.pop(folder, frozenset())
        if len(missing) <= MASS or len(missing) * 2 <= known:
            return frozenset(missing)
        self.messages[folder] = frozenset(missing)
        return before.intersection(missing)


class FolderSync:
    """One folder, one round, over a session that others may use between two batches."""

    def __init__(
        self,
        store: MailStore,
        account: AccountId,
        folder: FolderId,
        name: bytes,
        session: Session,
        touched: Touched,
        doubts: Doubts,
    ) -> None:
        """`touched` and `doubts` are the account's, and outlive the round."""
        self._store = store
        self._account = account
        self._folder = folder
        self._name = name
        self._session = session
        self._touched = touched
        self._doubts = doubts
        self._trust = False
        self._covered = False
        """Whether the comparison of this round left nothing out, so that HIGHESTMODSEQ may move on."""

    async def run(self, *, full: bool, progress: Progress, trust: bool = False) -> None:
        """Bring the folder into step; `full` compares every message.  `progress(done, wanted)` counts summaries.

        `trust` believes at once that most of a folder is gone: the user asked for everything to be compared.
        Raises ProtocolError (Refused: this folder only); what was committed before stays, and the next round goes on
        from there.
        """
        self._trust = trust
        self._covered = False
        self._touched.messages.clear()
        async with self._session.folder(self._name, fresh=True) as state:
            cursor = await self._store.read(lambda c: folders.cursor(c, self._folder))
            if cursor is not None and cursor.uidvalidity != state.uidvalidity:
                cursor = await self._start_over(cursor, state)
            # changes after this SELECT may be in what follows or not: the next round asks from here on
            modseq = state.highestmodseq
            since = cursor.highestmodseq if cursor is not None and modseq is not None else None
            wanted = await self._wanted(state, cursor)
        cursor = await self._fetch_summaries(wanted, cursor, state, progress)
        async with self._same(state) as state:
            unknown = await self._compare(state, full=full, since=since)
        if unknown:  # a server whose UIDNEXT did not move with its messages (Exchange), or mail that came meanwhile
            cursor = await self._fetch_summaries(unknown, cursor, state, progress)
        if modseq is not None and self._covered:
            cursor = replace(cursor, highestmodseq=modseq)
        now = int(time.time())
        await self._store.write(lambda tx: folders.set_cursor(tx, self._folder, cursor, synced_at=now))

    @asynccontextmanager
    async def _same(self, before: Selected) -> AsyncIterator[Selected]:
        """Select the folder again where somebody else had their turn; Refused when it is another one by now."""
        async with self._session.folder(self._name) as state:
            if state.uidvalidity != before.uidvalidity:
                raise Refused("The server rebuilt the folder in the middle of a sync.", "The next round starts over.")
            yield state

    async def _wanted(self, state: Selected, cursor: Cursor | None) -> list[int]:
        """UIDs whose summaries are not here, newest first."""
        connection = self._session.connection
        if not state.exists:  # some servers refuse to search or fetch in an empty folder
            return []
        if cursor is None or cursor.backfilled > 1:
            listed = await survey.all_uids(connection)
            low, high = (1, 1) if cursor is None else (cursor.backfilled, cursor.uidnext)
            return await asyncio.to_thread(_outside, listed, low, high)
        if state.uidnext is not None and state.uidnext <= cursor.uidnext:
            return []
        # `n:*` answers with the last message even when that is below n (RFC 9051 section 6.4.9), so no star here
        found = self._shown(await survey.flags(connection, cursor.uidnext, MAX_UID))
        # a move of ours has brought its own row
        known = await self._store.read(lambda c: locations.uid_map(c, self._folder, found))
        return sorted(found.keys() - known.keys(), reverse=True)

    def _shown(self, listed: dict[int, Marks]) -> dict[int, Marks]:
        """Without UIDPLUS a move leaves its source behind, marked as deleted: that is not mail any more."""
        if self._session.connection.capabilities.uidplus:
            return listed
        return {uid: marks for uid, marks in listed.items() if Flag.DELETED not in marks[0]}

    async def _start_over(self, cursor: Cursor, state: Selected) -> Cursor:
        """UIDVALIDITY changed: every UID means something else now.  Rows and bodies stay and are matched again."""
        _log.warning("UIDVALIDITY of folder %d went from %d to %d", self._folder, cursor.uidvalidity, state.uidvalidity)

        nothing_yet = Cursor(state.uidvalidity, 1, MAX_UID, state.highestmodseq)

        def forget(tx: Transaction) -> None:
            messages.forget_uids(tx, self._folder)
            folders.set_cursor(tx, self._folder, nothing_yet)

        await self._store.write(forget)
        return nothing_yet

    async def _fetch_summaries(
        self, wanted: Sequence[int], cursor: Cursor | None, state: Selected, progress: Progress
    ) -> Cursor:
        """Fetch newest first; each batch is committed with the cursor that covers it.  Answers the last cursor."""
        # of a first sync the MODSEQ of its first SELECT counts: what changes while it goes on is asked for afterwards
        old = cursor or Cursor(state.uidvalidity, 1, MAX_UID, state.highestmodseq)
        uidnext = max(state.uidnext or 1, old.uidnext, wanted[0] + 1 if wanted else 1)
        final = Cursor(state.uidvalidity, uidnext, 1, old.highestmodseq)
        numbers = await self._numbers(wanted)
        done, step = 0, FIRST_PAGE
        async with Pipeline(self._store) as pipeline:
            while done < len(wanted):
                batch = wanted[done : done + step]
                async with self._same(state):
                    arrivals = await retrieval.summaries(self._session.connection, batch)
                done, step = done + len(batch), BATCH
                reached: Cursor | None = None
                if done == len(wanted):
                    reached = final
                elif old.backfilled > batch[-1]:  # else still above the old cursor, which stands until the gap closes
                    reached = Cursor(state.uidvalidity, uidnext, batch[-1], old.highestmodseq)
                await pipeline.write(partial(self._keep, arrivals=arrivals, numbers=numbers, cursor=reached))
                progress(done, len(wanted))
        if final != old and not wanted:
            await self._store.write(lambda tx: folders.set_cursor(tx, self._folder, final))
        return final

    async def _numbers(self, wanted: Sequence[int]) -> dict[int, MessageId]:
        """Ids in the order of UIDs for what comes in several batches, the newest first."""
        if len(wanted) <= FIRST_PAGE and self._folder not in self._doubts.reserved:
            return {}
        first, room = self._doubts.reserved.pop(self._folder, (MessageId(0), 0))
        if not room:
            room = len(wanted)
            first = await self._store.write(lambda tx: messages.reserve(tx, room))
        return {uid: MessageId(first + place) for place, uid in enumerate(islice(reversed(wanted), room))}

    def _keep(
        self,
        tx: Transaction,
        *,
        arrivals: Sequence[Arrival],
        numbers: Mapping[int, MessageId],
        cursor: Cursor | None,
    ) -> None:
        # ascending, so that rows that arrived together are numbered in the order of arrival
        in_order = sorted(arrivals, key=lambda arrival: arrival.uid or 0)
        messages.add(tx, self._account, self._folder, in_order, numbers)
        if cursor is not None:
            folders.set_cursor(tx, self._folder, cursor)

    async def _compare(self, state: Selected, *, full: bool, since: int | None) -> list[int]:
        """Bring flags and removals over: what changed after MODSEQ `since`, where the server keeps one.

        Else those of the newest always, of all when asked or when the counts differ.  Answers the UIDs that the server
        has and the store has not, newest first.
        """
        # what is known is read before the server lists: a message that comes in between is unknown, never "removed"
        known = await self._store.read(lambda c: locations.uids(c, self._folder))
        orphaned = await self._store.read(lambda c: locations.orphans(c, self._folder))
        if not known and not state.exists and not orphaned:
            self._covered = True
            return []
        hidden, _ = self._doubts.hidden.get(self._folder, (0, 0))
        if since is not None and not orphaned:
            strangers = await self._compare_changed(state, known, since, full=full)
            if strangers is not None:
                return strangers
        everything = full or bool(orphaned) or len(known) + hidden != state.exists
        self._covered = everything
        low = 1 if everything else known[max(0, len(known) - RECENT)]
        connection = self._session.connection
        listed = await survey.flags(connection, low, MAX_UID, known) if state.exists else {}
        shown = self._shown(listed)
        missing, unknown = await asyncio.to_thread(_differences, known, low, listed, shown)
        if low == 1 and shown is not listed:
            unshown = [listed[uid][0] for uid in listed.keys() - shown.keys() - set(known)]
            self._doubts.hidden[self._folder] = len(unshown), sum(Flag.SEEN not in flags for flags in unshown)
        if state.exists:
            missing = await self._believed(connection, missing, len(known))
        total = len(known) + len(orphaned)
        await self._store.write(
            partial(self._reconcile, listed=listed, missing=missing, orphaned=orphaned, total=total)
        )
        return unknown

    async def _compare_changed(
        self, state: Selected, known: Sequence[int], since: int, *, full: bool
    ) -> list[int] | None:
        """Ask only for what changed, and for all UIDs when asked to or when the counts differ.

        Answers as `_compare` does; None when the server does not play along and everything has to be compared.
        """
        connection = self._session.connection
        try:
            listed = await survey.changed(connection, since) if state.exists else {}
        except (Refused, Misbehaved) as error:
            if self._session.closed:
                raise
            _log.warning("folder %d: no CHANGEDSINCE: %s", self._folder, error.title)
            return None
        missing: list[int] = []
        unknown = sorted(set(self._shown(listed)).difference(known), reverse=True)
        hidden, _ = self._doubts.hidden.get(self._folder, (0, 0))
        if full or len(known) + len(unknown) + hidden != state.exists:
            if not connection.capabilities.uidplus:
                return None  # what moves left behind can only be told by its flags
            uids = set(await survey.all_uids(connection)) if state.exists else set()
            missing, unknown = await asyncio.to_thread(_differences, known, 1, uids, uids)
            if state.exists:
                missing = await self._believed(connection, missing, len(known))
        self._covered = True
        await self._store.write(partial(self._reconcile, listed=listed, missing=missing, orphaned=[], total=len(known)))
        return unknown

    def _reconcile(
        self,
        tx: Transaction,
        *,
        listed: dict[int, Marks],
        missing: Sequence[int],
        orphaned: Sequence[MessageId],
        total: int,
    ) -> None:
        # what a replay touched while the server listed is newer here than in the listing
        newer = locations.uids_of(tx.connection, self._touched.messages)
        if not newer.isdisjoint(listed):
            self._covered = False  # nor is the change of another flag among it taken over: ask for it again
        flags = ((uid, *marks) for uid, marks in listed.items() if uid not in newer)
        while some := list(islice(flags, SLICE)):  # in slices: a large folder must not fill the memory
            messages.set_server_flags(tx, self._folder, some)
        gone = locations.uid_map(tx.connection, self._folder, missing)
        lost = [message for message in orphaned if message not in self._touched.messages]
        suspects = [*gone.values(), *lost]
        sure = frozenset(suspects) if self._trust else self._doubts.confirmed(self._folder, suspects, total)
        messages.remove_uids(tx, self._folder, [uid for uid, message in gone.items() if message in sure])
        messages.remove_orphans(tx, self._folder, [message for message in lost if message in sure])

    async def _believed(self, connection: Connection, missing: list[int], known: int) -> list[int]:
        """A listing that lost a lot is asked for again, in other words, before anything is removed here."""
        if len(missing) <= max(MASS, known // 5):
            return missing
        await connection.run("NOOP")
        hidden = await survey.present(connection, missing)
        if hidden:
            _log.warning("the server hid %d messages of folder %d for a moment", len(hidden), self._folder)
        return [uid for uid in missing if uid not in hidden]


def _differences(
    known: Sequence[int], low: int, listed: Container[int], shown: Iterable[int]
) -> tuple[list[int], list[int]]:
    """(UIDs that only the store has, UIDs that only the server has, newest first)."""
    missing = [uid for uid in known if uid >= low and uid not in listed]
    return missing, sorted(set(shown).difference(known), reverse=True)


def _outside(listed: Sequence[int], low: int, high: int) -> list[int]:
    """UIDs below `low` and from `high` on, newest first."""
    return [uid for uid in reversed(listed) if uid >= high or uid < low]
