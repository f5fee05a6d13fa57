"""One engine a store, whoever runs it: this process when nobody does, else the link to the process that does."""

import asyncio
import logging

from protocols.control.link import Link, link
from protocols.control.server import serve
from protocols.engine import Engine
from protocols.errors import ProtocolError, Unreachable
from store.errors import EngineBusy, StoreError
from store.mailstore import MailStore
from store.model import MessageId
from store.settings import Settings

_log = logging.getLogger(__name__)

RETRY = 0.3
"""Seconds between two tries while the other process is just starting or ending."""


class EngineShare:
    """What the screen asks for mail.  `run` it in a task: when the other process ends, this one takes over."""

    def __init__(self, store: MailStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._current: Engine | Link | None = None
        self._requests: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Be the engine, or follow the one there is, until cancelled."""
        while True:
            try:
                await self._be_the_engine()
            except EngineBusy:
                await self._follow()
            except StoreError as error:
                _log.error("The engine cannot run: %s", error.title)
                for account in self._settings.accounts:
                    told = {"error": error.title, "hint": error.hint, "exit_code": error.exit_code}
                    self._store.status.update(account.name, **told)
                return

    async def _be_the_engine(self) -> None:
        async with Engine(self._store, self._settings) as engine, serve(self._store, engine):
            self._current = engine
            try:
                await asyncio.Event().wait()
            finally:
                self._current = None

    async def _follow(self) -> None:
        async with link(self._store) as other:
            if other is None:
                await asyncio.sleep(RETRY)
                return
            self._current = other
            try:
                await other.closed.wait()
            finally:
                self._current = None

    async def stop(self, task: asyncio.Task[None]) -> None:
        """End the task that runs `run`, with everything it started."""
        for one in (task, *self._requests):
            one.cancel()
        results = await asyncio.gather(task, *self._requests, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                _log.error("the engine had ended with %s", type(result).__name__)

    async def fetch(self, message: MessageId) -> None:
        """Bring the whole of a message to this disk.  Raises NotFound, ProtocolError, StoreError."""
        if self._current is None:
            raise Unreachable("The engine is just starting.", "Try again in a moment.")
        await self._current.fetch(message)

    def refresh(self, account: str | None = None) -> None:
        """Synchronise one account, or all, now; returns at once."""
        if isinstance(self._current, Engine):
            self._current.refresh(account)
        elif self._current is not None:
            request = asyncio.create_task(self._ask_for_refresh(self._current, account))
            self._requests.add(request)
            request.add_done_callback(self._requests.discard)

    async def _ask_for_refresh(self, other: Link, account: str | None) -> None:
        try:
            await other.refresh(account)
        except (ProtocolError, StoreError) as error:
            _log.warning("The other process did not refresh: %s", error.title)

    async def configure(self, settings: Settings) -> None:
        """Work by these settings from now on.  Another process that runs the engine learns them at its next start."""
        self._settings = settings
        if isinstance(self._current, Engine):
            await self._current.configure(settings)
