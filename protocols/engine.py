"""The one engine of a store: every account supervised, woken by the change feed, or visited once and left."""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

from protocols.backend import Backend, Mailbox, Open, Round
from protocols.check import CheckStep, check
from protocols.clock import Clock
from protocols.connector import Connector, Passwords
from protocols.errors import ConnectionLost, ProtocolError, TLSFailed, Unreachable
from protocols.evictor import PAUSE, Evictor
from protocols.history import forget_old
from protocols.searching import Searching
from protocols.staying import Connections
from protocols.supervisor import Supervisor
from protocols.surroundings import Surroundings
from store import accounts, appending, credentials, folder_changes, journal, locations
from store.changes import ChangeSet
from store.errors import EngineBusy, NotFound, StoreError
from store.folder_changes import FolderChange
from store.lock import EngineLock
from store.mailstore import MailStore
from store.model import AccountId, FolderId, MessageId, Protocol
from store.settings import AccountSettings, Keep, Settings
from store.status import AccountStatus, Activity

_log = logging.getLogger(__name__)

LOCK_FILE = "engine.lock"
LOOK_AROUND = 30.0
"""Seconds between two looks whether the machine slept or changed its network."""
STOPPED = 3 * LOOK_AROUND
"""Seconds that these take when the process is stopped meanwhile (Ctrl+Z): a server has closed its end by then."""
HOUR = 3600
"""Seconds between two looks whether something has become too old to stay on this disk."""
DAY = 86_400
"""Seconds between two looks whether acts have become too old to be remembered."""
_TURNS = 3
"""How often what goes to another account takes its next step in one `sync`: fetched, appended, removed."""
STOP = 3.0
"""Seconds within which everything stops; what is committed stays."""

Outcome = dict[str, ProtocolError | StoreError | None]
"""Account -> what went wrong, None when all is well."""


def open_imap(mailbox: Mailbox) -> Backend:
    """Make an IMAP backend; imported when the first account needs it."""
    from protocols.imap.backend import ImapBackend

    return ImapBackend(mailbox)


def open_pop3(mailbox: Mailbox) -> Backend:
    """Make a POP3 backend; imported when the first account needs it."""
    from protocols.pop3.backend import Pop3Backend

    return Pop3Backend(mailbox)


BACKENDS: Mapping[Protocol, Open] = {Protocol.IMAP: open_imap, Protocol.POP3: open_pop3}


class Engine(Searching):
    """Use it as an async context manager.  Raises EngineBusy on entry when another process runs this store's engine.

    With `supervise` every account is kept connected; without, nothing happens but what `sync` and `fetch` are asked
    for, each over a connection of its own.
    """

    def __init__(
        self,
        store: MailStore,
        settings: Settings,
        *,
        supervise: bool = True,
        passwords: Passwords = credentials.password,
        backends: Mapping[Protocol, Open] = BACKENDS,
        reload: Callable[[], Settings] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`reload` reads the configuration anew, in a thread, when another process says that it has changed."""
        self._store = store
        self._settings = settings
        self._supervise = supervise
        self._passwords = passwords
        self._backends = backends
        self._reload = reload
        self._clock = clock or Clock()
        self._lock = EngineLock(store.data / LOCK_FILE)
        self._connectors: dict[str, Connector] = {}
        self._supervisors: dict[str, tuple[Supervisor, asyncio.Task[None]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._surroundings = Surroundings(self._clock)
        self._evictor = Evictor(store, self._clock, PAUSE if supervise else 0.0)
        self._focus: tuple[FolderId, ...] = ()
        self._paused: set[str] = set()
        """Accounts that stay offline because somebody said so."""
        self.connections = Connections()
        """For what is fetched of accounts that are not supervised; whoever fetches much lets them stay."""

    async def __aenter__(self) -> Self:
        if not self._lock.acquire():
            raise EngineBusy("Another bocau synchronises this store.", "Ask that one, or close it.")
        try:
            await self.configure(self._settings)
        except BaseException:
            await self._stop()
            raise
        self._tasks = [
            asyncio.create_task(self._listen(), name="engine feed"),
            asyncio.create_task(self._look_around(), name="engine surroundings"),
            asyncio.create_task(self._evictor.run(self._kept), name="engine eviction"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of the accounts it works for."""
        return tuple(self._connectors)

    async def configure(self, settings: Settings) -> None:
        """Work by these settings from now on: accounts that are new, changed or gone are started and stopped."""
        wanted = {account.name: account for account in settings.accounts}
        rows = [(account.name, account.protocol, account.unified) for account in settings.accounts]
        ids = await self._store.write(lambda tx: accounts.reconcile(tx, rows))
        gone = [name for name, old in self._connectors.items() if old.settings != wanted.get(name)]
        await self._end([self._supervisors.pop(name)[1] for name in gone if name in self._supervisors])
        for name in gone:
            del self._connectors[name]
            self._store.status.forget(name)
        self._settings = settings
        for name, account in wanted.items():
            if name not in self._connectors:
                await self._start(account, ids[name])
        if self._tasks:  # else it is only just starting, and the first page comes first
            self._evictor.wake()

    def _kept(self) -> Iterator[tuple[AccountId, Keep]]:
        """What each account keeps on this disk."""
        return ((one.account, one.settings.keep) for one in self._connectors.values())

    async def reload(self) -> None:
        """Read the configuration anew, if this process said how, and work by it.  Raises ConfigurationError."""
        if self._reload is not None:
            await self.configure(await asyncio.to_thread(self._reload))

    async def _start(self, settings: AccountSettings, account: AccountId) -> None:
        await self._store.write(lambda tx: journal.recover(tx, account))
        open_backend = self._backends[settings.protocol]
        after_round = self._evictor.wake if self._supervise else lambda: None
        name = settings.name
        connector = Connector(
            settings, account, self._store, self._passwords, open_backend, after_round, lambda: name in self._paused
        )
        self._connectors[name] = connector
        self._look_after(connector)

    def _look_after(self, connector: Connector) -> None:
        """Keep an account connected from now on, unless it is paused."""
        name = connector.settings.name
        if self._supervise and name not in self._paused:
            supervisor = Supervisor(connector, self._clock)
            supervisor.focus(self._focus)
            task = asyncio.create_task(supervisor.run(), name=f"account {name}")
            self._supervisors[name] = supervisor, task

    async def pause(self, account: str, on: bool) -> None:
        """Keep an account offline, or no longer; until this process ends.  Raises NotFound, StoreError.

        What is done to its mail waits meanwhile, and nothing is fetched for it but by `sync`, which names it.
        """
        (name,) = self._names([account])
        connector = self._connectors[name]
        if on == (name in self._paused):
            return
        if on:
            self._paused.add(name)
            if name in self._supervisors:
                await self._end([self._supervisors.pop(name)[1]])
            connector.tell(AccountStatus(Activity.OFFLINE))
            return
        self._paused.discard(name)
        connector.tell(AccountStatus(Activity.OFFLINE))
        await self._store.write(lambda tx: journal.recover(tx, connector.account))
        self._look_after(connector)

    async def _look_around(self) -> None:
        """Have everybody reconnect at once when the machine woke up or changed its network; mail grows old, too."""
        evicted_at = tidied_at = -math.inf
        while True:
            begun = self._clock.monotonic()
            await self._clock.sleep(LOOK_AROUND)
            if self._clock.monotonic() - begun > STOPPED:
                self._reconnect("this process was stopped")
            self._check_surroundings()
            if self._clock.now() - evicted_at >= HOUR:
                evicted_at = self._clock.now()
                self._evictor.wake()
            if self._clock.now() - tidied_at >= DAY:
                tidied_at = self._clock.now()
                await forget_old(self._store, self._clock)

    def _check_surroundings(self) -> None:
        if self._supervisors and self._surroundings.changed():
            self._reconnect("the machine slept, or its network is another one by now")

    def _reconnect(self, why: str) -> None:
        _log.info(why)
        for supervisor, _ in self._supervisors.values():
            supervisor.moved()

    async def _listen(self) -> None:
        """Wake the accounts whose journal has something to send."""
        with self._store.changes.subscribe() as feed:
            async for changes in feed:
                if (changes.journal or changes.everything) and self._supervisors:
                    await self._wake(changes)

    async def _wake(self, changes: ChangeSet) -> None:
        self._check_surroundings()
        try:
            waiting = await self._store.read(lambda c: {*journal.waiting_counts(c), *appending.lenders(c)})
        except StoreError as error:
            _log.warning("The journal could not be read: %s", error.title)
            return
        for name, (supervisor, _) in self._supervisors.items():
            account = self._connectors[name].account
            if account in waiting and (changes.everything or account in changes.journal):
                supervisor.journal_changed()

    def refresh(self, account: str | None = None) -> None:
        """Synchronise an account now, or all; whoever was waiting for a next try waits no more.  Raises NotFound."""
        self._check_surroundings()
        for name in self._names([account] if account else []):
            if name in self._supervisors:
                self._supervisors[name][0].refresh()

    def focus(self, folders: Sequence[FolderId]) -> None:
        """The user looks at these folders: they come first in every round, and what is new in them comes at once."""
        self._focus = tuple(folders)
        self._check_surroundings()
        for supervisor, _ in self._supervisors.values():
            supervisor.focus(self._focus)

    async def sync(
        self, accounts: Iterable[str] = (), folders: Sequence[str] = (), *, summaries: bool = False
    ) -> Outcome:
        """One full round of these accounts (all when none is named), in parallel; the journal is sent first.

        `folders` are decoded paths, all when empty.  Raises NotFound for a name that is no account; everything else
        that goes wrong is in the answer.
        """
        what = Round(tuple(folders), summaries=summaries, full=True)
        wanted = list(accounts)
        if any(name not in self._connectors for name in wanted):
            await self.reload()  # added meanwhile, by another process
        names = self._names(wanted)
        outcomes = await asyncio.gather(*(self._sync_one(name, what) for name in names))
        outcome = dict(zip(names, outcomes, strict=True))
        await self._pass_on(outcome)
        return outcome

    async def _pass_on(self, outcome: Outcome) -> None:
        """Mail on its way to another account is fetched here, appended there and removed here, each in its turn.

        Supervised accounts are woken by the feed; of the others, those that all went well with have more turns.
        """
        for _ in range(_TURNS):
            ready = await self._store.read(appending.ready)
            names = [name for name, error in outcome.items() if error is None and name not in self._supervisors]
            names = [name for name in names if self._connectors[name].account in ready]
            if not names:
                return
            errors = await asyncio.gather(*(self._send_one(name) for name in names))
            outcome.update(zip(names, errors, strict=True))

    async def _send_one(self, name: str) -> ProtocolError | StoreError | None:
        connector = self._connectors[name]
        try:
            async with connector.connected() as backend:
                await backend.send_journal()
            connector.tell(AccountStatus(Activity.OFFLINE))
        except Exception as error:
            told = connector.readable(error)
            connector.tell_error(Activity.OFFLINE, told)
            return told
        return None

    async def _sync_one(self, name: str, what: Round) -> ProtocolError | StoreError | None:
        connector = self._connectors[name]
        try:
            if name in self._supervisors:
                await self._supervisors[name][0].sync(what)
                return None
            async with connector.connected() as backend:
                await connector.round(backend, what)
            await self._evictor.evict(connector.account, connector.settings.keep)
            connector.tell(AccountStatus(Activity.OFFLINE))
        except Exception as error:
            told = connector.readable(error)
            if name not in self._supervisors:
                connector.tell_error(Activity.OFFLINE, told)
            return told
        return None

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Bring a message to this disk, whole or `part`: see Backend.  Raises NotFound, ProtocolError, StoreError."""
        source = await self._store.read(lambda c: appending.source(c, message))
        if source is not None:  # a copy, on its way to another account, of what has to be brought first
            await self.fetch(source)
            await self._store.write(lambda tx: appending.supply(tx, source, [message]), durable=True)
            return
        place = await self._store.read(lambda c: locations.location(c, message))
        name = next((n for n, c in self._connectors.items() if place is not None and c.account == place[0]), None)
        if name is None:
            raise NotFound(f"There is no message {message}.", "`bocau list` names those that are here.")
        if name in self._supervisors:
            await self._supervisors[name][0].fetch(message, part)
            return
        if name in self._paused:
            raise Unreachable(f"{name} stays offline for now.", "It goes online again in the status.", account=name)
        connector = self._connectors[name]
        try:
            async with self.connections.connected(connector) as backend:
                await backend.fetch(message, part)
        finally:
            connector.tell(AccountStatus(Activity.OFFLINE))

    async def change_folder(self, account: str, change: FolderChange) -> None:
        """Create, rename, delete or subscribe a folder of an account, at once; done on return, or not at all.

        Raises NotFound, NotPossible, ProtocolError, StoreError.  Of a POP3 account the folders are on this disk, so
        that no server is needed.
        """
        if account not in self._connectors:
            await self.reload()  # added meanwhile, by another process
        (name,) = self._names([account])
        connector = self._connectors[name]
        await self._store.read(lambda c: folder_changes.check(c, connector.account, change))
        try:
            if connector.settings.protocol is Protocol.POP3:
                await self._store.write(lambda tx: folder_changes.apply(tx, connector.account, change))
            elif name in self._supervisors:
                await self._supervisors[name][0].change_folder(change)
            else:
                await self._change_folder(connector, change)
        except (Unreachable, TLSFailed) as error:
            if isinstance(error, ConnectionLost):
                raise  # what the server did is unknown; the next list shows it
            hint = f"Folders are changed on the server itself, and nothing was changed. {error.hint}".rstrip()
            raise type(error)(error.title, hint, step=error.step, account=name) from error

    async def _change_folder(self, connector: Connector, change: FolderChange) -> None:
        try:
            async with connector.connected() as backend:
                await backend.change_folder(change)
        finally:
            connector.tell(AccountStatus(Activity.OFFLINE))

    def check(self, settings: AccountSettings, password: str) -> AsyncGenerator[CheckStep]:
        """Try an account's settings step by step, whether it is one of ours or not; nothing is stored."""
        return check(settings, password)

    def _names(self, wanted: Iterable[str]) -> list[str]:
        names = list(dict.fromkeys(wanted)) or list(self._connectors)
        return [self._settings.account(name).name for name in names]

    async def _stop(self) -> None:
        tasks = [task for _, task in self._supervisors.values()]
        await self._end([*tasks, *self._tasks])
        self._supervisors.clear()
        self._connectors.clear()
        from protocols.bulk import READER  # not at the start: it brings the mail formats with it

        await READER.rest()
        self._lock.release()

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        if not tasks:
            return
        done, late = await asyncio.wait(tasks, timeout=STOP)
        for task in late:
            _log.error("%s did not stop within %g seconds", task.get_name(), STOP)
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                _log.error("%s had ended with %s", task.get_name(), type(error).__name__)
