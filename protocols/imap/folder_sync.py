"""Brings one folder of the store into step with the server: new mail, flags, removals, UIDVALIDITY."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from protocols.errors import Misbehaved, Refused
from protocols.imap import rebuild, summaries, survey
from protocols.imap.differences import Comparison, Differences, News
from protocols.imap.doubts import Doubts, Touched
from protocols.imap.link import Link
from protocols.imap.reconciling import Reconciling
from protocols.imap.selected import Selected, Since
from protocols.imap.sequence import MAX_UID
from protocols.imap.session import Session
from protocols.imap.summaries import Progress
from protocols.imap.survey import Listing
from protocols.mime.safe import line
from store import folders, locations
from store.database import Transaction
from store.folders import Cursor
from store.mailstore import MailStore
from store.model import AccountId, FolderId

_NOTICE = 300
"""Characters of a notice: what a server says may be long."""


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
        self._link = Link(store, account, folder, name, session)
        self._touched = touched
        self._doubts = doubts

    async def run(self, *, full: bool, progress: Progress, trust: bool = False) -> None:
        """Bring the folder into step; `full` compares every message.  `progress(done, wanted)` counts summaries.

        `trust` believes at once that most of a folder is gone, and rebuilds it however often that happens: the user
        asked for everything to be compared.  Raises ProtocolError (Refused, Misbehaved: this folder only, whose notice
        then says why); what was committed before stays, and the next round goes on from there.
        """
        link = self._link
        try:
            await self._run(full=full, progress=progress, trust=trust)
        except (Refused, Misbehaved) as error:
            if not link.session.closed:
                notice = line(f"{error.title} {error.hint}", _NOTICE)
                await link.store.write(lambda tx: folders.set_notice(tx, link.folder, notice))
            raise

    async def _run(self, *, full: bool, progress: Progress, trust: bool) -> None:
        link = self._link
        self._touched.messages.clear()
        cursor = await link.store.read(lambda c: folders.cursor(c, link.folder))
        async with link.session.folder(link.name, fresh=True, since=_since(cursor)) as state:
            if cursor is not None and cursor.uidvalidity != state.uidvalidity:
                cursor = await rebuild.start_over(link, cursor, state, trust=trust)
            news = await self._news(state)
            wanted = await self._wanted(state, cursor, news)
            restored = await rebuild.went_back(link.store, link.connection, link.folder, cursor, state, ask=trust)
            if restored:
                await rebuild.forget_unproven(link, state)
        # changes after this SELECT may be in what follows or not: the next round asks from here on
        modseq = state.highestmodseq
        since = cursor.highestmodseq if cursor is not None else modseq
        cursor = await summaries.bring(link, wanted, cursor, state, progress)
        async with link.again(state) as now:
            if restored:  # what lost its UID has another round to be found in
                found = replace(await Comparison(link, self._doubts, now).listing(full=True), orphaned=())
            else:
                found = await self._compare(now, None if modseq is None else since, news, full=full, trust=trust)
        # a server that does not say how many there are has not said that all are gone: it is asked in another round
        reconciling = Reconciling(link.folder, self._touched, self._doubts, trust=trust and now.counted)
        if not found.unknown:
            await link.store.write(lambda tx: self._finish(tx, cursor, modseq, written=reconciling.write(tx, found)))
            return
        written = await link.store.write(lambda tx: reconciling.write(tx, found))
        # a server whose UIDNEXT did not move with its messages (Exchange), or mail that came meanwhile
        reached = await summaries.bring(link, found.unknown, cursor, state, progress)
        await link.store.write(lambda tx: self._finish(tx, reached, modseq, written=written))

    def _finish(self, tx: Transaction, cursor: Cursor, modseq: int | None, *, written: bool) -> None:
        """Let HIGHESTMODSEQ move on when nothing before it is missing; forget it where it is not believed."""
        old = cursor.highestmodseq
        if not written and modseq is not None:
            modseq = None if old is None else min(old, modseq)
        folders.set_cursor(tx, self._link.folder, replace(cursor, highestmodseq=modseq), synced_at=int(time.time()))

    async def _news(self, state: Selected) -> News | None:
        """What the SELECT itself told of changes; None where that has to be asked for."""
        if not state.told:
            return None
        heard, state.fetched = state.fetched, []
        offers = self._link.connection.capabilities
        return News(await asyncio.to_thread(survey.read_flags, heard, offers, Listing()), list(state.vanished))

    async def _wanted(self, state: Selected, cursor: Cursor | None, news: News | None) -> Sequence[int]:
        """UIDs whose summaries are not here, newest first."""
        link = self._link
        if not state.exists:  # some servers refuse to search or fetch in an empty folder
            return []
        if cursor is None or cursor.backfilled > 1:
            listed = await survey.all_uids(link.connection)
            low, high = (1, 1) if cursor is None else (cursor.backfilled, cursor.uidnext)
            return await asyncio.to_thread(_outside, listed, low, high)
        uidnext = state.uidnext
        if uidnext is None:
            state.uidnext, uidnext = await survey.uidnext(link.connection, link.name)
        if uidnext <= cursor.uidnext:
            return []
        found = {uid: one for uid, one in news.marks.items() if uid >= cursor.uidnext} if news is not None else {}
        if not found:
            # `n:*` answers with the last message even when that is below n (RFC 9051 section 6.4.9), so no star here
            found = await survey.flags(link.connection, cursor.uidnext, MAX_UID)
        shown = Comparison(link, self._doubts, state).shown(found)
        # a move of ours has brought its own row
        known = await link.store.read(lambda c: locations.uid_map(c, link.folder, shown))
        return sorted(shown.keys() - known.keys(), reverse=True)

    async def _compare(
        self, state: Selected, since: int | None, news: News | None, *, full: bool, trust: bool
    ) -> Differences:
        """`full` is for where nothing else tells what changed in old mail; `trust` lists all UIDs even if it does."""
        comparison = Comparison(self._link, self._doubts, state)
        # a message without UID is looked for among all
        orphans = await self._link.store.read(lambda c: locations.orphans(c, self._link.folder))
        if since is not None and not orphans:
            found = await comparison.changes(since, news, full=trust)
            if found is not None:
                return found
        return await comparison.listing(full=full)


def _since(cursor: Cursor | None) -> Since | None:
    """What to ask the SELECT for; nothing while a first sync goes on, which lists everything anyway."""
    if cursor is None or cursor.highestmodseq is None or cursor.backfilled > 1:
        return None
    return Since(cursor.uidvalidity, cursor.highestmodseq)


def _outside(listed: Sequence[int], low: int, high: int) -> list[int]:
    """UIDs below `low` and from `high` on, newest first."""
    return [uid for uid in reversed(listed) if uid >= high or uid < low]
