"""How long the event loop of asyncio was ever kept from running."""

import asyncio
import time
from types import TracebackType
from typing import Self

INTERVAL_SECONDS = 0.001


class LoopLag:
    """Ticks every millisecond while its context is open and remembers by how much a tick came too late."""

    def __init__(self) -> None:
        """Nothing is measured before the context is entered."""
        self.lags: list[float] = []
        """Milliseconds that each tick came too late."""
        self._task: asyncio.Task[None] | None = None

    @property
    def worst(self) -> float:
        """The longest block in milliseconds; 0 when nothing was measured."""
        return max(self.lags, default=0.0)

    async def __aenter__(self) -> Self:
        """Start ticking."""
        self._task = asyncio.create_task(self._tick())
        await asyncio.sleep(0)  # the first tick begins before anything can block it
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Stop ticking; a block that is going on is counted."""
        assert self._task is not None
        await asyncio.sleep(INTERVAL_SECONDS)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _tick(self) -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(INTERVAL_SECONDS)
            self.lags.append((time.perf_counter() - begun - INTERVAL_SECONDS) * 1000)
