"""Writes one batch into the store while the next one is on the wire: one in flight, in order."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from store.database import Transaction
from store.mailstore import MailStore


class Pipeline:
    """An async context manager; what was handed to it is committed, or has raised, when the block is over."""

    def __init__(self, store: MailStore) -> None:
        self._store = store
        self._flying: asyncio.Task[None] | None = None

    async def write(self, function: Callable[[Transaction], None]) -> None:
        """Start a transaction once the one before is committed, and do not wait for it.

        Raises what the one before raised: nothing is written after a transaction that failed.
        """
        await self._landed()
        self._flying = asyncio.create_task(self._store.write(function))

    async def _landed(self) -> None:
        flying, self._flying = self._flying, None
        if flying is not None:
            await flying

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the last one; when the block failed, its own error is the one that is raised."""
        if error is None:
            await self._landed()
        elif self._flying is not None:
            await asyncio.gather(self._flying, return_exceptions=True)
