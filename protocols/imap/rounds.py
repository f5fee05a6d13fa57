"""The rounds of one account: first what somebody looks at, then every folder's summaries, then contents."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from protocols.backend import Mailbox, Round
from protocols.errors import Misbehaved, Refused
from protocols.evictor import Evictor
from protocols.imap import audit, footing
from protocols.imap.account_folders import AccountFolders
from protocols.imap.agenda import Agenda, Place
from protocols.imap.arrivals import newest_page
from protocols.imap.contents import Contents
from protocols.imap.doubts import Doubts, Touched
from protocols.imap.folder_list import Counts
from protocols.imap.folder_sync import FolderSync
from protocols.imap.link import Link
from protocols.imap.naming import Naming, names_messages
from protocols.imap.pool import Pool
from protocols.imap.session import Session
from protocols.imap.standing import Standing
from store import comparisons, folders
from store.folder_list import Listed, reconcile
from store.model import FolderId, Role
from store.settings import KeepKind
from store.status import Activity

_log = logging.getLogger(__name__)


class Rounds:
    """Runs one round at a time over the connection for work; others may use it between two batches."""

    def __init__(self, mailbox: Mailbox, pool: Pool, agenda: Agenda, listing: AccountFolders) -> None:
        self._mailbox = mailbox
        self._listing = listing
        self._account = mailbox.account
        self._store = mailbox.store
        self._pool = pool
        self._agenda = agenda
        self.touched = Touched()
        self.doubts = Doubts()
        self._naming = Naming(mailbox.store)
        self.standing = Standing(mailbox.store, self.doubts)
        self.helped = False
        """Whether acts of before the last round may go on now."""
        self._refused: set[FolderId] = set()
        """Folders that this round leaves alone: the server does not give out their newest page."""

    async def run(self, what: Round) -> None:
        """One round after the journal was sent.  Raises ProtocolError."""
        self._agenda.resting.clear()
        try:
            await self._run(what)
        finally:
            self._agenda.resting.set()

    async def _run(self, what: Round) -> None:
        session = self._pool.worker
        self._refused.clear()
        self.helped = False
        if not what.folders:
            await self._show_first(session)
            await self._sync_pushed(session)
        done = await self._inbox_first(session, what)
        counts = await self._listing.bring(session, counted=not what.full)
        self._agenda.ready.set()
        await self._summaries(session, what, counts, done)
        if not what.folders:
            await self._help_acts(session)
        await self._names(session, what)
        if not what.summaries:
            await self._contents_and_news(session, what)
        self._status(activity=Activity.ONLINE, folder="", done=0, total=0, done_bytes=0, total_bytes=0)

    async def _show_first(self, session: Session) -> None:
        """Of an inbox that was never here the newest page, before anything else is asked for."""
        inbox = await self._store.read(self._agenda.inbox)
        if inbox is None:
            if await self._store.read(lambda c: folders.every(c, self._account)):
                return
            # RFC 9051 section 5.1: INBOX is there, under this name, on every server
            only = [Listed("INBOX", b"INBOX", Role.INBOX, True)]
            await self._store.write(lambda tx: reconcile(tx, self._account, only))
            inbox = await self._store.read(self._agenda.inbox)
        if inbox is not None and self._agenda.is_followed(inbox.folder.path):
            await self._page(session, inbox)
            self._agenda.ready.set()

    async def _inbox_first(self, session: Session, what: Round) -> set[FolderId]:
        """Where MODSEQ makes that cheap, the inbox before the folder list; whose turn is over then.

        New mail waits for a command less.  And Dovecot, asked for the list before the inbox is open, reads all UIDs of
        a Maildir for it: 0.1 s for 100,000 messages (measured).
        """
        inbox = None if what.folders else await self._store.read(self._agenda.inbox)
        if inbox is None or not self._agenda.is_followed(inbox.folder.path):
            return set()
        cursor = await self._store.read(lambda c: folders.cursor(c, inbox.folder.id))
        if cursor is None or cursor.backfilled > 1 or cursor.highestmodseq is None:
            return set()
        await self._sync_folder(session, inbox, full=what.full, trust=what.full)
        return {inbox.folder.id}

    async def _page(self, session: Session, place: Place) -> None:
        """The newest page of a folder of which nothing is here."""
        if await self._store.read(lambda c: folders.cursor(c, place.folder.id)) is not None:
            return
        try:
            async with self._held(place) as name:
                if name is not None:
                    await newest_page(self._store, self._account, Place(place.folder, name), session)
        except (Refused, Misbehaved) as error:
            if session.closed:
                raise
            _log.warning("folder %d does not show its newest page: %s", place.folder.id, error.title)
            self._refused.add(place.folder.id)

    async def _sync_pushed(self, session: Session, some: Collection[FolderId] | None = None) -> None:
        """What push announced, of `some` folders: before and between all others."""
        pushed = self._agenda.take_pushed(some)
        if not pushed:
            return
        places = await self._store.read(lambda c: self._agenda.chosen(c, Round()))
        for place in places:
            if place.folder.id in pushed:
                await self._sync_folder(session, place, full=pushed[place.folder.id])

    async def _summaries(
        self, session: Session, what: Round, counts: Mapping[bytes, Counts], before: Collection[FolderId] = ()
    ) -> None:
        """Every folder of a round but those `before`, one after the other; what the user turns to meanwhile is next."""
        done = self._refused.union(before)
        if not what.full:
            places = await self._store.read(lambda c: self._agenda.chosen(c, what))
            done |= await self.standing.settled(places, counts)
        while place := await self._next(what, done):
            done.add(place.folder.id)
            full = what.full or await self._store.read(lambda c, p=place: self.standing.is_due(c, p.folder.id))  # type: ignore[misc]
            if full or place.name in counts or not await self.standing.ask(session, place):
                await self._sync_folder(session, place, full=full, trust=what.full)
            await self._sync_pushed(session, done)

    async def _help_acts(self, session: Session) -> None:
        """What acts still wait for in folders that are left out: UIDs, or which message has another one by now."""
        for place in await self._store.read(self._agenda.left_out):
            folder = place.folder.id
            self.helped = True
            if await self._store.read(lambda c, f=folder: folders.cursor(c, f)) is not None:  # type: ignore[misc]
                await self._sync_folder(session, place, full=False)
                continue
            try:
                async with self._held(place) as name:
                    if name is not None:
                        await footing.lay(Link(self._store, self._account, folder, name, session))
            except (Refused, Misbehaved) as error:
                if session.closed:
                    raise
                _log.warning("what waits in folder %d goes on waiting: %s", folder, error.title)

    async def _names(self, session: Session, what: Round) -> None:
        """What shows that a message is in several folders, of those that came here without it."""
        if not names_messages(session):
            return
        for place in await self._store.read(lambda c: self._agenda.chosen(c, what)):
            async with self._held(place) as name:
                if name is not None:
                    await self._naming.learn(session, place.folder.id, name)

    async def _next(self, what: Round, done: set[FolderId]) -> Place | None:
        places = await self._store.read(lambda c: self._agenda.chosen(c, what))
        return next((place for place in places if place.folder.id not in done), None)

    async def _sync_folder(self, session: Session, place: Place, *, full: bool, trust: bool = False) -> None:
        def progress(done: int, total: int) -> None:
            self._status(activity=Activity.SYNCING, folder=folder.path, done=done, total=total)

        folder = place.folder
        first = folder.synced_at is None
        try:
            async with self._held(place) as name:
                if name is None:
                    return
                sync = FolderSync(self._store, self._account, folder.id, name, session, self.touched, self.doubts)
                await sync.run(full=full, progress=progress, trust=trust)
        except (Refused, Misbehaved) as error:
            if session.closed:
                raise
            # one folder that cannot be opened must not keep the others waiting
            _log.warning("folder %d cannot be synchronised: %s", folder.id, error.title)
            return
        if full or first:
            self.standing.compared(folder.id)
        if first:
            await self._store.write(lambda tx: comparisons.note(tx, folder.id, int(time.time())))

    async def _contents_and_news(self, session: Session, what: Round) -> None:
        """Contents may take hours: what push and poll announce meanwhile does not wait for their end."""
        over = asyncio.Event()
        self._agenda.news.clear()  # before the task: with nothing to fetch it may begin when all is over
        news = asyncio.create_task(self._attend(session, over))
        try:
            await self._contents(session, what)
            await self._audit(session, what)
        except asyncio.CancelledError:
            news.cancel()
            raise
        finally:
            over.set()  # not cancelled: in the middle of a command that would cost the connection
            self._agenda.news.set()
            (failure,) = await asyncio.gather(news, return_exceptions=True)
        if isinstance(failure, BaseException):
            raise failure

    async def _attend(self, session: Session, over: asyncio.Event) -> None:
        while await self._agenda.news.wait() and not over.is_set():
            self._agenda.news.clear()
            await self._sync_pushed(session)
            counts = await self._listing.bring(session)
            await self._summaries(session, Round(), counts)

    async def _contents(self, session: Session, what: Round) -> None:
        keep = self._mailbox.settings.keep
        if keep.kind is KeepKind.BYTES:  # what is to come needs room
            await Evictor(self._store).evict(self._account, keep)
        contents = Contents(self._store, self._account, session, keep)
        waiting, size = await contents.extent()
        if not waiting:
            return
        fetched = octets = 0

        def progress(count: int, more: int) -> None:
            nonlocal fetched, octets
            fetched, octets = fetched + count, octets + more
            self._status(
                activity=Activity.SYNCING,
                folder=path,
                done=fetched,
                total=max(waiting, fetched),
                done_bytes=octets,
                total_bytes=max(size, octets),
            )

        for bring in (contents.run, contents.complete):  # what is small of every folder before the rest of any
            done: set[FolderId] = set()
            while place := await self._next(what, done):
                done.add(place.folder.id)
                path = place.folder.path
                try:
                    async with self._held(place) as name:
                        if name is not None:
                            await bring(place.folder.id, name, progress)
                except (Refused, Misbehaved) as error:
                    if session.closed:
                        raise
                    _log.warning("no contents of folder %d: %s", place.folder.id, error.title)

    async def _audit(self, session: Session, what: Round) -> None:
        """Compare all flags of a few folders, of which MODSEQ may not have told everything."""
        now = int(time.time())
        due = await self._store.read(lambda c: comparisons.due(c, self._account, now, audit.EVERY))
        wanted = [*self.standing.suspects, *due]
        places = await self._store.read(lambda c: self._agenda.chosen(c, what))
        found = sorted((one for one in places if one.folder.id in wanted), key=lambda one: wanted.index(one.folder.id))
        for place in found[: audit.MOST]:
            folder = place.folder.id
            try:
                async with self._held(place) as name:
                    if name is not None:
                        await audit.audit(Link(self._store, self._account, folder, name, session))
            except (Refused, Misbehaved) as error:
                if session.closed:
                    raise
                _log.warning("the flags of folder %d are not compared: %s", folder, error.title)
                await self._store.write(lambda tx, f=folder: comparisons.note(tx, f, now))  # type: ignore[misc]
            self.standing.compared(folder)

    @asynccontextmanager
    async def _held(self, place: Place) -> AsyncIterator[bytes | None]:
        """The wire name of a folder, which stays for the length of a block; None when the folder is gone."""
        async with self._listing.occupancy.using(place.folder.id):
            yield await self._store.read(lambda c: folders.wire_name(c, place.folder.id))

    def _status(self, **fields: object) -> None:
        self._store.status.update(self._mailbox.settings.name, **fields)
