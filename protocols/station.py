"""One process's place among those of a store: it runs the engine, or is linked to the one that does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from protocols.backend import Open
from protocols.clock import Clock
from protocols.connector import Passwords
from protocols.control.link import Link, LinkLost, link
from protocols.control.server import serve
from protocols.engine import BACKENDS, Engine, Outcome
from protocols.errors import ProtocolError
from store import credentials
from store.changes import ChangeSet
from store.errors import ConfigurationError, EngineBusy, StoreError
from store.mailstore import MailStore
from store.model import FolderId, MessageId, Protocol
from store.settings import Settings
from store.status import Activity

if TYPE_CHECKING:
    from protocols.searching import ServerHits
    from store.folder_changes import FolderChange

_log = logging.getLogger(__name__)

T = TypeVar("T")

RETRY = 0.2
"""Seconds to the next look when the lock is taken but nobody answers: a process is just starting, or just ending."""
PATIENCE = 5.0
"""The longest of these pauses, in seconds."""


class Station:
    """Use it as an async context manager; entering waits for neither network nor other processes.

    When the process that ran the engine ends, in whatever way, one of the others takes over by itself.
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
        """`supervise` False: if this process gets the engine, it connects only for what is asked for.

        `reload` reads the configuration anew when another process has changed it.
        """
        self._store = store
        self._settings = settings
        self._supervise = supervise
        self._passwords = passwords
        self._backends = backends
        self._reload = reload
        self._clock = clock or Clock()
        self._role: Engine | Link | None = None
        self._settled = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._focus: tuple[FolderId, ...] = ()

    @property
    def runs_engine(self) -> bool:
        """Whether it is this process that talks to the servers."""
        return isinstance(self._role, Engine)

    @property
    def is_linked(self) -> bool:
        """Whether another process does, and this one hears from it."""
        return isinstance(self._role, Link)

    async def settled(self) -> None:
        """Wait until it is one or the other."""
        await self._settled.wait()

    async def __aenter__(self) -> Self:
        stack = AsyncExitStack()
        await self._try(stack)
        self._keeper = asyncio.create_task(self._keep(stack), name="station")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = [*self._telling, *([self._keeper] if self._keeper else [])]
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    async def configure(self, settings: Settings) -> None:
        """Use these settings from now on; the process that runs the engine is told to read the file anew.

        Raises StoreError.
        """
        self._settings = settings
        if isinstance(self._role, Engine):
            await self._role.configure(settings)
        elif isinstance(self._role, Link):
            await self._role.reload()

    def refresh(self, account: str | None = None) -> None:
        """Have an account, or all, synchronised now, by the configuration as it is now.

        Returns at once, what goes wrong is in the status.
        """

        async def ask(role: Engine | Link) -> None:
            try:
                await role.reload()
            except ConfigurationError as error:  # half-written, perhaps: what was in force stays so
                _log.warning("The configuration was not read anew: %s", error.title)
            if isinstance(role, Engine):
                role.refresh(account)
            else:
                await role.refresh(account)

        self._tell(ask)

    def focus(self, folders: Sequence[FolderId]) -> None:
        """The user looks at these folders; see Engine.focus.  Whoever takes the engine over is told as well."""
        if tuple(folders) != self._focus:
            self._focus = tuple(folders)
            self._tell(self._tell_focus)

    async def _tell_focus(self, role: Engine | Link) -> None:
        if isinstance(role, Engine):
            role.focus(self._focus)
        else:
            await role.focus(self._focus)

    def _tell(self, work: Callable[[Engine | Link], Awaitable[None]]) -> None:
        """Ask in the background; what goes wrong is only noted."""

        async def tell() -> None:
            try:
                await self._ask(work)
            except (ProtocolError, StoreError) as error:
                _log.warning("The engine was not reached: %s", error.title)

        task = asyncio.create_task(tell(), name="station tells")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Have a message brought to this disk, whole or a part of it.  Raises NotFound, ProtocolError, StoreError."""
        await self._ask(lambda role: role.fetch(message, part))

    async def change_folder(self, account: str, change: "FolderChange") -> None:
        """Create, rename, delete or subscribe a folder, at once; see Engine.change_folder."""
        await self._ask(lambda role: role.change_folder(account, change))

    async def search(self, text: str) -> "ServerHits":
        """Let the servers search what is not here as text; see Searching.search."""
        return await self._ask(lambda role: role.search(text))

    async def pause(self, account: str, on: bool) -> None:
        """Keep an account offline, or no longer; see Engine.pause."""
        await self._ask(lambda role: role.pause(account, on))

    async def sync(
        self, accounts: Iterable[str] = (), folders: Sequence[str] = (), *, summaries: bool = False
    ) -> Outcome:
        """One full round; see Engine.sync."""
        names = list(accounts)
        return await self._ask(lambda role: role.sync(names, folders, summaries=summaries))

    async def _ask(self, work: Callable[[Engine | Link], Awaitable[T]]) -> T:
        """Ask whoever has the engine; when that process ends over it, ask the next one."""
        while True:
            await self._settled.wait()
            role = self._role
            if role is None:
                continue
            try:
                return await work(role)
            except LinkLost:
                self._leave_role(role)

    async def _keep(self, stack: AsyncExitStack) -> None:
        """Hold the role; look for a new one when it is lost."""
        pause = RETRY
        try:
            while True:
                if isinstance(self._role, Engine):
                    await asyncio.Event().wait()
                elif isinstance(self._role, Link):
                    role = self._role
                    await role.closed.wait()
                    self._leave_role(role)
                    await stack.aclose()
                    pause = RETRY
                else:
                    await self._clock.sleep(pause)
                    pause = min(pause * 2, PATIENCE)
                await self._look(stack)
        finally:
            self._role = None
            await stack.aclose()

    async def _look(self, stack: AsyncExitStack) -> None:
        try:
            await self._try(stack)
        except StoreError as error:  # a full disk, a busy store: the next look may find it better
            _log.warning("No engine yet: %s", error.title)
            for account in self._settings.accounts:
                told = {"error": error.title, "hint": error.hint, "exit_code": error.exit_code}
                self._store.status.update(account.name, activity=Activity.OFFLINE, **told)
        if self._role is not None:
            # what was told while nobody listened is unknown here and there
            self._store.changes.publish(ChangeSet(everything=True))

    def _leave_role(self, role: Engine | Link) -> None:
        if self._role is role:
            self._role = None
            self._settled.clear()

    async def _serve(self, stack: AsyncExitStack, engine: Engine) -> None:
        try:
            await stack.enter_async_context(serve(self._store, engine))
        except StoreError as error:  # mail comes all the same; only other processes do not hear of it
            _log.warning("Other processes cannot reach this one: %s", error.title)

    async def _try(self, stack: AsyncExitStack) -> None:
        """Become the engine's process, or else link to it; neither, when another process is only just starting."""
        engine = Engine(
            self._store,
            self._settings,
            supervise=self._supervise,
            passwords=self._passwords,
            backends=self._backends,
            reload=self._reload,
            clock=self._clock,
        )
        try:
            async with AsyncExitStack() as attempt:
                self._role = await attempt.enter_async_context(engine)
                await self._serve(attempt, engine)
                stack.push_async_exit(attempt.pop_all())
        except EngineBusy:
            self._role = await stack.enter_async_context(link(self._store))
        except BaseException:
            self._role = None
            raise
        if self._role is not None:
            self._settled.set()
            if self._focus:
                self._tell(self._tell_focus)
