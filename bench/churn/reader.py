"""A running bocau: store, engine and, when asked for, the screen; it can be stopped, and killed in the middle."""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path

from bench.proxy import Proxy
from protocols.clock import Clock
from protocols.engine import Engine
from store.mailstore import FILE_NAME, MailStore
from store.paths import make_private_folder
from store.settings import AccountSettings, Settings
from tui.app import BocauApp

HASTE = 20.0
"""How many times faster than usual the engine's pauses pass: a churn is an hour of an ordinary day in minutes."""


class Reader:
    """`store` and `engine` are those that run now; `password` signs in."""

    store: MailStore
    engine: Engine

    def __init__(self, settings: AccountSettings, place: Path, proxy: Proxy, password: str, *, screen: bool) -> None:
        """`settings` lead through `proxy`; the stores are made below `place`."""
        self._settings = Settings(accounts=(settings,))
        self._place, self._proxy, self._password, self._screen = place, proxy, password, screen
        self._deaths = 0
        self._stack = AsyncExitStack()

    @property
    def data(self) -> Path:
        """The folder of the store that is used now."""
        return self._place / f"data{self._deaths}"

    async def start(self) -> None:
        """Open the store and connect; returns at once, as the app does."""
        async with AsyncExitStack() as stack:
            self.store = await stack.enter_async_context(await MailStore.open(self.data))
            clock = Clock(sleep=_hasty)
            self.engine = await stack.enter_async_context(
                Engine(self.store, self._settings, passwords=self._sign_in, clock=clock)
            )
            if self._screen:
                app = BocauApp(self.store, self._settings)
                await stack.enter_async_context(app.run_test(size=(120, 40)))
            self._stack = stack.pop_all()

    async def stop(self) -> None:
        """Stop as a person stops it."""
        await self._stack.aclose()

    async def kill(self) -> None:
        """End as by `kill -9`, in the middle of whatever it does, and begin again with what was committed."""
        self._proxy.refusing = True
        self._proxy.cut(reset=True)
        old = self.data
        self._deaths += 1
        make_private_folder(self.data)
        # nothing reaches the server any more: what the old process still commits from here on never happened
        await asyncio.to_thread(_copy, old / FILE_NAME, self.data / FILE_NAME)
        await self.stop()
        shutil.rmtree(old)
        self._proxy.refusing = False
        await self.start()

    async def _sign_in(self, settings: AccountSettings) -> str:
        return self._password


def _copy(source: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)
    target.chmod(0o600)


def _hasty(seconds: float) -> Awaitable[None]:
    return asyncio.sleep(seconds / HASTE)
