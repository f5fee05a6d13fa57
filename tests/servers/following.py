"""What runs beside an account's rounds in the tests: the watch, and rounds as it asks for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.servers.imap_account import Account


@asynccontextmanager
async def watching(account: Account) -> AsyncIterator[tuple[asyncio.Event, asyncio.Task[None]]]:
    """Watch as the supervisor does; the event is set by each notice."""
    noticed = asyncio.Event()
    task = asyncio.create_task(account.backend.watch(noticed.set))
    try:
        yield noticed, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def following(account: Account) -> AsyncIterator[None]:
    """Watch, and run a round at every notice."""

    async def follow() -> None:
        while True:
            await noticed.wait()
            noticed.clear()
            await account.sync()

    async with watching(account) as (noticed, _):
        task = asyncio.create_task(follow())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def shown(account: Account, *numbers: int, path: str = "INBOX") -> None:
    """Return when a folder shows these letters, told by the change feed."""
    with account.store.changes.subscribe() as feed:
        while await account.numbers(path) != list(numbers):
            await feed.next()
