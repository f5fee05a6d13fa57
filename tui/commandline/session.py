"""What every command starts from: the two places, settings, the open store, and who talks to servers."""

import asyncio
import resource
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from protocols.errors import ProtocolError
from store.config import load
from store.errors import EngineBusy, StoreError
from store.mailstore import MailStore
from store.model import MessageId
from store.paths import Paths, locate
from store.settings import Settings

if TYPE_CHECKING:
    from protocols.searching import ServerHits
    from store.folder_changes import FolderChange

T = TypeVar("T")

ATTEMPTS = 50
"""Tries, a tenth of a second apart, to reach an engine that is just starting or stopping in another process."""


class Worker(Protocol):
    """What talks to the servers: this process's engine, or the link to the process that runs one."""

    async def sync(
        self, accounts: Iterable[str] = (), folders: Sequence[str] = (), *, summaries: bool = False
    ) -> dict[str, ProtocolError | StoreError | None]:
        """One full round; account -> what went wrong."""

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Bring a message to this disk: whole, a part by its number, or what is to be read (READABLE)."""

    async def change_folder(self, account: str, change: "FolderChange") -> None:
        """Create, rename, delete or subscribe a folder."""

    async def search(self, text: str) -> "ServerHits":
        """Let the servers search what is not here as text."""


@dataclass(slots=True)
class Session:
    """One run of the program: `--config` and `--data` as given."""

    config: str | None = None
    data: str | None = None

    @property
    def paths(self) -> Paths:
        """Where configuration and data are."""
        return locate(self.config, self.data)

    def settings(self) -> Settings:
        """The configuration file.  Raises ConfigurationError."""
        return load(self.paths.config)

    @asynccontextmanager
    async def store(self, settings: Settings) -> AsyncIterator[MailStore]:
        """The open store, which knows the accounts of `settings`; the log is open from here on."""
        from store import accounts
        from tui.commandline.log import start_log

        async with await MailStore.open(self.paths.data) as store:
            start_log(self.paths.log)
            wanted = [(account.name, account.protocol, account.unified) for account in settings.accounts]
            known = {(a.name, a.protocol, a.unified) for a in await store.read(accounts.every)}
            if not known.issuperset(wanted):
                from protocols.control.link import link

                async with link(store):  # a screen that is open hears of it
                    await store.write(lambda tx: accounts.reconcile(tx, wanted))
            yield store

    @asynccontextmanager
    async def telling(self, settings: Settings) -> AsyncIterator[MailStore]:
        """The store, for acts: what is committed inside is told to the process that runs the engine, if any."""
        from protocols.control.link import link

        async with self.store(settings) as store, link(store):
            yield store


@asynccontextmanager
async def worker(store: MailStore, settings: Settings) -> AsyncIterator[Worker]:
    """The running engine of another process, else one of our own for this moment.  Raises EngineBusy."""
    from protocols.control.link import link
    from protocols.engine import Engine

    for _ in range(ATTEMPTS):
        async with link(store) as other:
            if other is not None:
                yield other
                return
        engine = Engine(store, settings, supervise=False)
        try:
            await engine.__aenter__()
        except EngineBusy:
            await asyncio.sleep(0.1)  # it holds the lock and does not listen yet, or not any more
            continue
        try:
            yield engine
        finally:
            await engine.__aexit__(None, None, None)
        return
    raise EngineBusy("Another bocau synchronises this store and does not answer.", "Close it, then try again.")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end."""
    # Passwords and mail are in memory from here on: a crash must not write them to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return asyncio.run(work)


def session() -> Session:
    """The session of the command that is running: `--config` and `--data`, before or behind its name."""
    meta = click.get_current_context().find_root().meta
    return Session(meta.get("bocau.config"), meta.get("bocau.data"))
