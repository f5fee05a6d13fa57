"""Prepares and writes batches while the next ones are on the wire: a few in flight, committed in order."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from store.database import Transaction
from store.mailstore import MailStore

Write = Callable[[Transaction], None]

DEPTH = 3
"""Batches in flight beside the one on the wire: one is being read, the next one waits for that, one is written."""


class Pipeline:
    """An async context manager; what was handed to it is committed, or has raised, when the block is over."""

    def __init__(self, store: MailStore) -> None:
        self._store = store
        self._flying: deque[asyncio.Task[None]] = deque()

    async def write(self, function: Write) -> None:
        """Start a transaction behind the ones before it; waits while too many are in flight.

        Raises what one of them raised: nothing is written after a transaction that failed.
        """
        await self.put(_ready(function))

    async def put(self, preparation: Awaitable[Write]) -> None:
        """The same with a function that has to be prepared first (its mail read, say), beside everything else."""
        before = self._flying[-1] if self._flying else None
        self._flying.append(asyncio.create_task(self._fly(preparation, before)))
        while len(self._flying) > DEPTH:
            await self._flying[0]
            self._flying.popleft()

    async def _fly(self, preparation: Awaitable[Write], before: asyncio.Task[None] | None) -> None:
        function = await preparation
        if before is not None:
            await before
        await self._store.write(function)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the last one; when the block failed, its own error is the one that is raised."""
        outcomes = await asyncio.gather(*self._flying, return_exceptions=True)
        for outcome in outcomes:
            if error is None and outcome is not None:
                raise outcome


async def _ready(function: Write) -> Write:
    return function
