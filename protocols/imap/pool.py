"""The connections of one account: up to four, each opened when it is needed, fewer where the server says so."""

import asyncio
import logging
from enum import StrEnum

from protocols.auth.sasl import TOKEN_MECHANISMS, Credentials
from protocols.backend import Mailbox
from protocols.clock import Clock
from protocols.endpoint import Endpoint
from protocols.errors import ConnectionLost, ProtocolError, SignInRefused, Throttled
from protocols.imap.framing import Response
from protocols.imap.session import Session

_log = logging.getLogger(__name__)

MOST = 4
"""Connections an account; servers allow 10 (Dovecot), 15 (Gmail) or 20, for all programs of a person together."""
LOWERED = 600.0
"""Seconds with fewer connections, after the server did not allow another one."""
SOON = 60.0
"""Seconds without another one, after it failed for a reason that has nothing to do with their number."""
PROBE = 10.0
"""Seconds for an answer that shows that a connection is alive."""


class Use(StrEnum):
    """What a connection is for."""

    WORK = "work"
    """The rounds: summaries and contents.  The account is connected as long as this one is."""
    QUICK = "quick"
    """What the user waits for: the journal, and messages that were opened."""
    LISTEN = "listen"
    """IDLE on the inbox."""
    FOCUS = "focus"
    """The folder that the user looks at: its newest page at once, then IDLE."""
    SEARCH = "search"
    """A search on the server, which may take minutes."""


_SHARED = {
    Use.QUICK: (Use.LISTEN, Use.FOCUS),
    Use.LISTEN: (Use.QUICK,),
    Use.SEARCH: (Use.FOCUS, Use.LISTEN, Use.QUICK),
}
"""Whose connection does as well where there is no room for one more; in the end it is the one for work.

Never that of another IDLE: each would end the other's at once, for ever.
"""


def _deaf(response: Response) -> None:
    """Nothing is to be learnt from what a connection hears between its own answers."""


class Pool:
    """Opens, shares and closes; a session that it gave may be given to others too, who then take turns."""

    def __init__(self, mailbox: Mailbox, clock: Clock) -> None:
        """Nothing is connected before `open`."""
        self._mailbox = mailbox
        self._clock = clock
        self._endpoint = Endpoint.of(mailbox.settings)
        self._sessions: dict[Use, Session] = {}
        self._opening = {use: asyncio.Lock() for use in Use}
        self._begun = 0
        """Connections that are being opened."""
        self._limit = MOST
        self._until = 0.0

    async def open(self) -> None:
        """Open the connection for work.  Raises ProtocolError."""
        self._sessions[Use.WORK] = await self._session()

    async def close(self) -> None:
        """Say good-bye on every connection."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        await asyncio.gather(*(session.close() for session in sessions))

    @property
    def worker(self) -> Session:
        """The connection for work.  Raises ConnectionLost when it is gone: the whole account starts anew then."""
        session = self._sessions.get(Use.WORK)
        if session is None or session.closed:
            raise ConnectionLost("The connection is closed.")
        return session

    @property
    def sessions(self) -> list[Session]:
        """Every connection that is open now."""
        return [session for session in self._sessions.values() if not session.closed]

    @property
    def limit(self) -> int:
        """How many connections may be open now."""
        if self._limit < MOST and self._clock.monotonic() >= self._until:
            self._limit = MOST
        return self._limit

    @property
    def open_count(self) -> int:
        """How many connections are open now."""
        return sum(not session.closed for session in self._sessions.values())

    async def session(self, use: Use) -> Session:
        """The connection for a use: its own where there is room, else one that does something else besides.

        Raises ConnectionLost when the one for work is gone.
        """
        own = await self.own(use)
        if own is not None:
            return own
        return next((self._sessions[other] for other in _SHARED.get(use, ()) if self._is_open(other)), self.worker)

    def _is_open(self, use: Use) -> bool:
        session = self._sessions.get(use)
        return session is not None and not session.closed

    async def own(self, use: Use) -> Session | None:
        """The connection that is for this use alone, None where there is no room.  Raises ConnectionLost.

        The focus has none before the inbox has: what arrives matters more than what is looked at.
        """
        if use is Use.WORK:
            return self.worker
        if use is Use.FOCUS and not self._is_open(Use.LISTEN):
            return None
        async with self._opening[use]:
            if self._is_open(use):
                return self._sessions[use]
            self._sessions.pop(use, None)
            if self.open_count + self._begun >= self.limit:
                return None
            return await self._try(use)

    async def _try(self, use: Use) -> Session | None:
        self._begun += 1
        try:
            session = await self._session(again=True)
        except ProtocolError as error:
            if not self.survives():  # then this is not about the number
                raise
            self._lower(error)
            return None
        finally:
            self._begun -= 1
        self._sessions[use] = session
        return session

    async def release(self, use: Use) -> None:
        """Close the connection that was opened for this use alone: another one may need the room."""
        session = self._sessions.pop(use, None)
        if session is not None:
            await session.close()

    def _lower(self, error: ProtocolError) -> None:
        _log.info("no connection beside %d others: %s", self.open_count, error.title)
        limited = isinstance(error, Throttled | SignInRefused)
        self._limit = max(1, min(self.limit, self.open_count))
        self._until = self._clock.monotonic() + (LOWERED if limited else SOON)

    def survives(self) -> bool:
        """Whether a failure elsewhere has left the connection for work alive; what broke is opened anew when needed."""
        return self._is_open(Use.WORK)

    async def prove(self) -> None:
        """Find out whether the connection for work is still alive.  Raises ConnectionLost when it is not."""
        await _probe(self.worker)

    async def alive(self, use: Use) -> Session:
        """As `session`, one that has just answered: for what must not be begun twice.  Raises ConnectionLost."""
        session = await self.session(use)
        try:
            await _probe(session)
        except ConnectionLost:
            session = await self.session(use)
        return session

    async def _session(self, *, again: bool = False) -> Session:
        settings = self._mailbox.settings
        token = settings.auth == "oauth2"
        secret = self._mailbox.password
        if token and again and self._mailbox.renew is not None:  # an access token is good for an hour
            secret = await self._mailbox.renew()
        mechanisms = TOKEN_MECHANISMS if token else None
        return await Session.open(self._endpoint, Credentials(settings.user, secret), _deaf, mechanisms)


async def _probe(session: Session) -> None:
    async with session.turn() as connection:
        await connection.run("NOOP", deadline=PROBE)
