"""Keeps one account connected: one task that opens, synchronises, watches, fails, waits and begins again."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from protocols.backend import Backend, Round
from protocols.backoff import LONGEST_DELAY, Backoff
from protocols.clock import Clock
from protocols.connector import HARMLESS, Connector
from protocols.crew import Crew, first_of
from protocols.errors import ConnectionLost, ProtocolError, Refused, SignInRefused, Throttled, TLSFailed, Unreachable
from store.errors import CredentialsError, DiskFull, StoreError
from store.folder_changes import FolderChange
from store.model import FolderId, MessageId
from store.parts import READABLE
from store.status import AccountStatus, Activity

if TYPE_CHECKING:
    from store.search.tree import Node

DEBOUNCE = 0.5
"""Seconds from a server's notice to the round it causes: deliveries come in bursts."""
LONGEST_THROTTLE = 86_400.0
LOOK_FOR_ROOM = 30.0
"""Seconds at most until it is tried again to store mail on a disk that was full."""
LOGINS, LOGINS_WITHIN = 10, 300.0
"""So many sign-ins in so many seconds are enough: a server that drops us each time must not be hammered."""
_BEFORE_USE = ("dns", "connect", "tls", "greeting", "login")
_DEFINITE = ("AUTHENTICATIONFAILED", "AUTH", "EXPIRED")
"""Response codes (RFC 5530, RFC 3206) after which the same password need not be tried again."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """A message, or a part of it, that somebody opened."""

    message: MessageId
    part: str | None

    @property
    def may_stop(self) -> bool:
        """Whether it ends when nobody waits for it any more: what is read is small, and is soon wanted again."""
        return self.part is not None and self.part != READABLE


@dataclass(slots=True, eq=False)
class _Seeking:
    """A search on the server."""

    query: "Node"
    found: list[MessageId] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Request:
    """A round, a message or a change of a folder that somebody waits for."""

    what: Round | _Opening | _Seeking | FolderChange
    answer: "asyncio.Future[None]"
    broken: bool = False
    """Whether a connection was lost over it once: it is tried again on a new one, but only once."""

    def settle(self, error: Exception | None = None) -> None:
        """Answer, unless the one who asked has gone."""
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(None)
        else:
            self.answer.set_exception(error)


class Supervisor:
    """`run` is the task; the other methods wake it.  Nothing that happens here reaches another account."""

    def __init__(self, connector: Connector, clock: Clock | None = None) -> None:
        self._connector = connector
        self._clock = clock or Clock()
        self._rounds: list[_Request] = []
        self._fetches: list[_Request] = []
        self._due = True
        self._full = False
        self._round_wanted = asyncio.Event()
        self._fetch_wanted = asyncio.Event()
        self._journal_changed = asyncio.Event()
        self._hurry = asyncio.Event()
        self._backoff = Backoff(self._clock)
        self._logins: deque[float] = deque(maxlen=LOGINS)
        self._refusals = 0
        """Sign-ins refused in a row."""
        self._backend: Backend | None = None
        self._focus: tuple[FolderId, ...] = ()
        self._moved = asyncio.Event()
        """The network is another one, or the machine slept: what is connected is dead without knowing it."""
        self._completed = 0
        """Rounds completed on this connection."""

    def refresh(self) -> None:
        """Synchronise now and thoroughly, whatever was waited for: the user asks for it."""
        self._due = self._full = True
        self._round_wanted.set()
        self._hurry.set()

    def notice(self) -> None:
        """Synchronise soon: the server has something new, or it is time to look."""
        self._due = True
        self._round_wanted.set()

    def journal_changed(self) -> None:
        """Send the journal as soon as there is a connection."""
        self._journal_changed.set()

    def focus(self, folders: tuple[FolderId, ...]) -> None:
        """Let these folders come first: the user looks at them."""
        self._focus = folders
        if self._backend is not None:
            self._backend.focus(folders)

    def moved(self) -> None:
        """Reconnect at once: the machine slept, or its network is another one by now."""
        self._moved.set()

    async def sync(self, what: Round) -> None:
        """Run one round, connecting at once when there is no connection.  Raises ProtocolError, StoreError."""
        request = _Request(what, asyncio.get_running_loop().create_future())
        self._rounds.append(request)
        self._round_wanted.set()
        self._hurry.set()
        await request.answer

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Bring a message, or a part of it, connecting at once when there is no connection.  Raises as `sync` does.

        When it is cancelled a part of that number comes no further; what is here of it stays.
        """
        await self._ask_for(_Opening(message, part))

    async def search(self, query: "Node") -> list[MessageId]:
        """Let the server search, connecting at once when there is no connection.  Raises as `sync` does."""
        seeking = _Seeking(query)
        await self._ask_for(seeking)
        return seeking.found

    async def change_folder(self, change: FolderChange) -> None:
        """Change a folder, connecting at once when there is no connection.  Raises as `sync` does."""
        await self._ask_for(change)

    async def _ask_for(self, what: _Opening | _Seeking | FolderChange) -> None:
        request = _Request(what, asyncio.get_running_loop().create_future())
        self._fetches.append(request)
        self._fetch_wanted.set()
        self._hurry.set()
        await request.answer

    async def run(self) -> None:
        """Keep the account connected until cancelled; what is committed then stays."""
        try:
            while True:
                error = await self._life()
                if not self._answer_waiting(error) and not self._moved.is_set():
                    await self._rest(error)
        finally:
            stopped = Unreachable("The engine is stopping.", "Try again.", account=self._connector.settings.name)
            for request in (*self._rounds, *self._fetches):
                request.settle(stopped)
            self._connector.tell(AccountStatus(Activity.OFFLINE))

    async def _life(self) -> ProtocolError | StoreError:
        """One connection from its beginning to its end; answers what ended it."""
        self._hurry.clear()
        self._moved.clear()
        self._due = True
        self._completed = 0
        self._backoff.begin()
        try:
            async with self._connector.connected() as backend:
                self._backoff.begin()
                self._logins.append(self._clock.monotonic())
                self._backend = backend
                backend.focus(self._focus)
                async with Crew() as crew:
                    crew.start(self._synchronise(backend))
                    crew.start(backend.watch(self.notice))
                    crew.start(self._send_journal(backend))
                    crew.start(self._fetch_messages(backend, crew))
                    crew.start(self._notice_move())
                    await crew.failure()
        except Exception as error:
            return self._connector.readable(error)
        finally:
            self._backend = None
        raise AssertionError("the tasks of a connection never end by themselves")

    async def _notice_move(self) -> None:
        await self._moved.wait()
        raise ConnectionLost("The network changed, or this machine slept.", "It connects again.")

    async def _synchronise(self, backend: Backend) -> None:
        """A first round, then one whenever it is wanted."""
        await self._run_rounds(backend)
        while True:
            await self._round_wanted.wait()
            if not self._hurry.is_set():
                await self._clock.sleep(DEBOUNCE)
            await self._run_rounds(backend)

    async def _run_rounds(self, backend: Backend) -> None:
        """Run what is due; requests for everything share one round."""
        self._round_wanted.clear()
        self._hurry.clear()
        everything = [r for r in self._rounds if isinstance(r.what, Round) and not (r.what.folders or r.what.summaries)]
        if self._due or everything:
            full = self._full or any(isinstance(r.what, Round) and r.what.full for r in everything)
            self._due = self._full = False
            await self._round(backend, Round(full=full), everything)
        while self._rounds and isinstance(what := self._rounds[0].what, Round):
            await self._round(backend, what, self._rounds[:1])

    async def _round(self, backend: Backend, what: Round, requests: list[_Request]) -> None:
        """Run one round and answer who asked for it; when the connection is lost over it they stay in line."""
        refused: Exception | None = None
        try:
            await self._connector.round(backend, what)
        except HARMLESS as error:
            refused = self._connector.readable(error)
        self._completed += 1
        self._refusals = 0
        self._rounds = [request for request in self._rounds if request not in requests]
        for request in requests:
            request.settle(refused)

    async def _send_journal(self, backend: Backend) -> None:
        while True:
            await self._journal_changed.wait()
            self._journal_changed.clear()
            try:
                await backend.send_journal()
            except Refused as error:
                self._connector.tell_error(Activity.ONLINE, error)

    async def _fetch_messages(self, backend: Backend, crew: Crew) -> None:
        under_way: set[_Request] = set()
        while True:
            self._fetch_wanted.clear()
            for request in self._fetches:
                if request not in under_way:
                    under_way.add(request)
                    task = crew.start(self._fetch(backend, request))
                    if isinstance(request.what, _Opening) and request.what.may_stop:
                        request.answer.add_done_callback(partial(_stop, task))
            await self._fetch_wanted.wait()
            under_way.intersection_update(self._fetches)

    async def _fetch(self, backend: Backend, request: _Request) -> None:
        refused: Exception | None = None
        try:
            assert not isinstance(request.what, Round)
            if isinstance(request.what, FolderChange):
                await backend.change_folder(request.what)
            elif isinstance(request.what, _Seeking):
                request.what.found = await backend.search(request.what.query)
            else:
                await backend.fetch(request.what.message, request.what.part)
        except (Refused, StoreError) as error:
            refused = self._connector.readable(error)
        except asyncio.CancelledError:
            if request.answer.cancelled():  # else it stays in line for the next connection
                self._fetches.remove(request)
            raise
        self._fetches.remove(request)
        request.settle(refused)

    def _answer_waiting(self, error: ProtocolError | StoreError) -> bool:
        """Tell those who wait what happened; whether somebody is left for whom a new connection is tried at once."""
        once_more: list[_Request] = []
        for request in (*self._rounds, *self._fetches):
            # A connection that stood idle may have died long ago; whoever asks should not have to ask twice.
            if isinstance(error, ConnectionLost) and not request.broken and not request.answer.done():
                request.broken = True
                once_more.append(request)
            else:
                request.settle(error)
        self._rounds = [request for request in self._rounds if request in once_more]
        self._fetches = [request for request in self._fetches if request in once_more]
        return bool(once_more)

    async def _rest(self, error: ProtocolError | StoreError) -> None:
        """Wait as long as the error asks for, or until the user does something."""
        self._hurry.clear()
        self._refusals = self._refusals + 1 if isinstance(error, SignInRefused) else 0
        useful = self._completed or not (isinstance(error, ProtocolError) and error.step in _BEFORE_USE)
        delay = self._delay(error, self._backoff.failed(useful=bool(useful)))
        if self._is_for_the_user(error):
            self._connector.tell_error(Activity.REFUSED, error)
            while not self._hurry.is_set():
                self._moved.clear()
                await first_of(self._hurry.wait(), self._moved.wait())
                if self._moved.is_set() and isinstance(error, TLSFailed):
                    return  # it was the certificate of a hotel's network, perhaps
            return
        until, awake_until = self._clock.now() + delay, self._clock.monotonic() + delay
        self._connector.tell_error(Activity.WAITING, error, until)
        # by both clocks: one stands still while the machine sleeps, the other may be set back
        while (left := min(until - self._clock.now(), awake_until - self._clock.monotonic())) > 0:
            # the user does something, or the network changes
            await first_of(self._clock.sleep(left), self._hurry.wait(), self._moved.wait())
            if self._hurry.is_set() or (self._moved.is_set() and not isinstance(error, Throttled)):
                return
            self._moved.clear()  # it slept: whoever asked for patience gets what is left of it

    def _is_for_the_user(self, error: ProtocolError | StoreError) -> bool:
        """Whether another try makes no sense before somebody did something.

        Servers refuse good passwords when they are overloaded: without a definite code it takes two in a row.
        """
        if isinstance(error, SignInRefused):
            # of tokens the command prints a new one each time: the old one had only expired
            definite = error.code in _DEFINITE and self._connector.settings.auth != "oauth2"
            return definite or self._refusals > 1
        return isinstance(error, TLSFailed | CredentialsError)

    def _delay(self, error: ProtocolError | StoreError, delay: float) -> float:
        if isinstance(error, Refused):
            delay = LONGEST_DELAY
        elif isinstance(error, DiskFull):
            delay = min(delay, LOOK_FOR_ROOM)
        elif isinstance(error, Throttled):
            delay = max(delay, min(error.delay, LONGEST_THROTTLE))
        if len(self._logins) == LOGINS:
            delay = max(delay, self._logins[0] + LOGINS_WITHIN - self._clock.monotonic())
        return delay


def _stop(task: "asyncio.Task[None]", answer: "asyncio.Future[None]") -> None:
    """End what nobody waits for any more."""
    if answer.cancelled():
        task.cancel()
