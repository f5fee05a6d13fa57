"""A supervisor over a scripted server, with its clock and its store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from protocols.connector import Connector
from protocols.supervisor import Supervisor
from store import accounts
from store.mailstore import MailStore
from store.model import Protocol
from store.settings import AccountSettings
from store.status import AccountStatus, Activity
from tests.servers.accounts import imap_account
from tests.servers.scripted import Line, Time, secret


class Watched:
    """A supervisor with its scripted server, its clock and its store."""

    def __init__(self, store: MailStore, supervisor: Supervisor, line: Line, time: Time) -> None:
        self.store, self.supervisor, self.line, self.time = store, supervisor, line, time

    @property
    def status(self) -> AccountStatus:
        return self.store.status["box"]

    async def until(self, activity: Activity) -> AccountStatus:
        with self.store.changes.subscribe() as feed:
            while self.status.activity is not activity:
                await feed.next()
        return self.status


@asynccontextmanager
async def watched(
    tmp_path: Path, line: Line, passwords=secret, settings: AccountSettings | None = None
) -> AsyncIterator[Watched]:
    time = Time()
    async with await MailStore.open(tmp_path / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [("box", Protocol.IMAP, True)]))
        connector = Connector(settings or imap_account(1), ids["box"], store, passwords, line.backend)
        supervisor = Supervisor(connector, time.clock)
        task = asyncio.create_task(supervisor.run())
        try:
            yield Watched(store, supervisor, line, time)
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=3)
            assert task.done()
