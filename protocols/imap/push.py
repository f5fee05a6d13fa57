"""Push for one account: IDLE on the inbox and on the folder in front of the user, polling where there is none."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from protocols.backoff import Backoff
from protocols.clock import Clock
from protocols.crew import Crew, first_of
from protocols.errors import ConnectionLost, Misbehaved, ProtocolError, Refused, Throttled
from protocols.imap.agenda import Agenda, Place
from protocols.imap.arrivals import bring_new, newest_page
from protocols.imap.doubts import Doubts
from protocols.imap.framing import Response
from protocols.imap.idle import IdleEnd
from protocols.imap.occupancy import Occupancy
from protocols.imap.pool import Pool, Use
from protocols.imap.selected import Selected
from protocols.imap.session import Session
from protocols.imap.standing import Standing
from store import folders, locations
from store.mailstore import MailStore
from store.model import AccountId, FolderId

_log = logging.getLogger(__name__)

RENEW = 540.0
"""Seconds of one IDLE: NAT routers forget quiet connections after ten minutes."""
RENEW_YAHOO = 240.0
"""Yahoo and AOL let an IDLE die after five minutes, some of them without a word."""
POLL = 300.0
"""Seconds between two rounds over all folders, of which push tells nothing."""
LOOK = 60.0
"""Seconds between two looks at the inbox where the server has no IDLE."""
GLANCE = 30.0
"""Seconds between two looks at the folder in front of the user where it has no connection of its own."""

SHORT, SHORT_IN_A_ROW = 5.0, 3
"""Seconds of an IDLE that ended by itself, and how many of them show that there is no push."""

Notice = Callable[[], None]


class Push:
    """Runs beside the rounds, from the moment on when the inbox shows its first page."""

    def __init__(
        self,
        store: MailStore,
        account: AccountId,
        pool: Pool,
        agenda: Agenda,
        doubts: Doubts,
        standing: Standing,
        occupancy: Occupancy,
        clock: Clock,
    ) -> None:
        self._store = store
        self._occupancy = occupancy
        self._account = account
        self._pool = pool
        self._agenda = agenda
        self._doubts = doubts
        self._standing = standing
        self._clock = clock
        self._told: dict[FolderId, tuple[int, int, int, int | None]] = {}
        """Of each folder what it looked like when its news was told last: a round that cannot help is not repeated."""
        self._refused = False
        """Whether the server says no to IDLE although it offers it."""
        self._settled = asyncio.Event()
        """Set once it is known over which connection the inbox is followed; the focus gets what is left."""
        self._short = 0
        """IDLEs in a row that the server ended at once."""

    async def run(self, notice: Notice) -> None:
        """Call `notice` whenever a round has something to do.  Raises ProtocolError when all has to begin anew."""
        async with Crew() as crew:
            crew.start(self._poll(notice))
            await self._agenda.ready.wait()
            crew.start(self._persist(Use.LISTEN, lambda: self._follow_inbox(notice)))
            crew.start(self._persist(Use.FOCUS, lambda: self._follow_focus(notice)))
            await crew.failure()

    async def _poll(self, notice: Notice) -> None:
        while True:
            await self._clock.sleep(POLL)
            self._agenda.news.set()
            notice()

    async def _persist(self, use: Use, follow: Callable[[], Awaitable[None]]) -> None:
        """Follow, and begin again after a while when a connection broke that is for this alone."""
        backoff = Backoff(self._clock)
        while True:
            backoff.begin()
            try:
                await follow()
            except ProtocolError as error:
                if not self._pool.survives():
                    raise
                _log.info("push (%s) broke: %s", use, error.title)
                if isinstance(error, ConnectionLost):
                    await self._pool.prove()  # what went silent here may have gone silent everywhere
                patience = error.delay if isinstance(error, Throttled) else 0.0
                await self._clock.sleep(max(backoff.failed(), patience))

    @property
    def _idles(self) -> bool:
        return self._pool.worker.connection.capabilities.idle and not self._refused

    # the inbox

    async def _follow_inbox(self, notice: Notice) -> None:
        while True:
            inbox = await self._store.read(self._agenda.inbox)
            if inbox is None or not self._agenda.is_followed(inbox.folder.path):
                await self._clock.sleep(LOOK)
            elif not self._idles:
                self._settled.set()
                await self._clock.sleep(LOOK)
                await self._glance(await self._pool.session(Use.QUICK), inbox, notice)
            else:
                session = await self._pool.session(Use.LISTEN)
                self._settled.set()
                if session is self._pool.worker and not self._agenda.resting.is_set():
                    # an IDLE between any two batches would cost more than it brings
                    await first_of(self._agenda.resting.wait(), self._clock.sleep(GLANCE))
                    await self._glance(session, inbox, notice)
                else:
                    await self._listen(session, inbox, notice)

    # the folder in front of the user

    async def _follow_focus(self, notice: Notice) -> None:
        while True:
            self._agenda.focus_moved.clear()
            place = await self._store.read(self._agenda.focused)
            if place is None:
                await self._agenda.focus_moved.wait()
                continue
            try:
                await self._stay_with(place, notice)
            except Refused as error:  # it cannot be opened, or has another name by now
                _log.info("folder %d is not followed: %s", place.folder.id, error.title)
                await first_of(self._agenda.focus_moved.wait(), self._clock.sleep(GLANCE))

    async def _stay_with(self, place: Place, notice: Notice) -> None:
        if not self._settled.is_set():
            await self._look(await self._pool.session(Use.QUICK), place, notice)
            await first_of(self._settled.wait(), self._clock.sleep(GLANCE))
        session = await self._pool.own(Use.FOCUS)
        if session is not None and self._idles:
            await self._listen(session, place, notice, self._agenda.focus_moved)
            return
        await self._glance(session or await self._pool.session(Use.QUICK), place, notice)
        await first_of(self._agenda.focus_moved.wait(), self._clock.sleep(GLANCE))

    async def _glance(self, session: Session, place: Place, notice: Notice) -> None:
        """Look only when the counts say that there is something to see."""
        if not await self._standing.ask(session, place, settle=False):
            await self._look(session, place, notice)

    # one folder

    async def _listen(self, session: Session, place: Place, notice: Notice, *wakes: asyncio.Event) -> None:
        """IDLE until it has to be renewed, or somebody wants the connection; begins with a look."""
        wakes = (session.wanted, *wakes)
        flags = False

        def heard(response: Response) -> None:
            nonlocal flags
            flags = flags or response.name == "FETCH"

        current = await self._look(session, place, notice)
        if current is None:
            return
        place = current
        renew = min(RENEW, RENEW_YAHOO) if session.connection.capabilities.yahoo else RENEW
        async with session.folder(place.name) as state:
            end = IdleEnd.NEWS
            while end is IdleEnd.NEWS and not any(wake.is_set() for wake in wakes):
                begun = asyncio.get_running_loop().time()
                try:
                    end = await session.connection.idle(renew=renew, wakes=wakes, sink=heard)
                except (Refused, Misbehaved) as error:
                    if session.closed:
                        raise
                    _log.warning("the server refuses IDLE, it is polled: %s", error.title)
                    self._refused = True
                    return
                self._count_short(end, asyncio.get_running_loop().time() - begun, renew)
                if end is IdleEnd.NEWS:
                    await self._arrived(session, state, place)
                    self._agenda.push(place.folder.id, flags=flags)
                    flags = False
                    notice()

    def _count_short(self, end: IdleEnd, lasted: float, renew: float) -> None:
        """A server that ends each IDLE by itself at once has none."""
        self._short = self._short + 1 if end is IdleEnd.RENEWAL and lasted < min(renew, SHORT) else 0
        if self._short >= SHORT_IN_A_ROW:
            _log.warning("the server ends every IDLE at once, it is polled")
            self._refused = True

    async def _arrived(self, session: Session, state: Selected, place: Place) -> None:
        """New mail goes to the screen without waiting for a round, which may be in the middle of something long."""
        seen = -1
        while state.exists > seen:  # more may have come while the last was fetched
            seen = state.exists
            await bring_new(self._store, self._account, place, session, state)

    async def _look(self, session: Session, place: Place, notice: Notice) -> Place | None:
        """Select a folder anew and compare; what is new comes at once, the rest with the next round.

        Answers the folder under the name that it has by now; None when it is gone.
        """
        async with self._occupancy.using(place.folder.id):
            name = await self._store.read(lambda c: folders.wire_name(c, place.folder.id))
            if name is None:
                return None
            current = Place(place.folder, name)
            if await self._compare(session, current):
                self._agenda.push(place.folder.id)
                notice()
            return current

    async def _compare(self, session: Session, place: Place) -> bool:
        """Whether there is something for a round to do."""
        await newest_page(self._store, self._account, place, session)
        async with session.folder(place.name, fresh=True) as state:
            cursor, total = await self._store.read(
                lambda c: (folders.cursor(c, place.folder.id), locations.server_counts(c, place.folder.id)[0])
            )
            if cursor is None:
                return False  # an empty folder that no round has reached
            hidden, _ = self._doubts.hidden.get(place.folder.id, (0, 0))
            uidnext = state.uidnext or cursor.uidnext  # Courier does not tell
            now = (state.uidvalidity, uidnext, state.exists, state.highestmodseq)
            here = (cursor.uidvalidity, cursor.uidnext, total + hidden, cursor.highestmodseq)
            if now == here:
                self._told.pop(place.folder.id, None)
            if now in (here, self._told.get(place.folder.id)):
                return False
            self._told[place.folder.id] = now
            if state.uidvalidity == cursor.uidvalidity and (state.uidnext is None or uidnext > cursor.uidnext):
                await self._arrived(session, state, place)
        return True
