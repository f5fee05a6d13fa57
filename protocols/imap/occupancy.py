"""Keeps a folder from being renamed or deleted while it is being synchronised, and the other way round."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

from store.model import FolderId


class Occupancy:
    """Any number of tasks may use a folder at once; one that changes it is alone with it."""

    def __init__(self) -> None:
        self._users: Counter[FolderId] = Counter()
        self._changing: set[FolderId] = set()
        self._moved = asyncio.Event()

    @asynccontextmanager
    async def using(self, folder: FolderId) -> AsyncIterator[None]:
        """For the length of a block the folder keeps its name and its row."""
        await self._until(lambda: folder not in self._changing)
        self._users[folder] += 1
        try:
            yield
        finally:
            self._users[folder] -= 1
            self._moved.set()

    @asynccontextmanager
    async def changing(self, folders: Collection[FolderId]) -> AsyncIterator[None]:
        """For the length of a block nobody else uses or changes these folders."""
        await self._until(lambda: self._changing.isdisjoint(folders))
        self._changing.update(folders)
        try:
            await self._until(lambda: not any(self._users[folder] for folder in folders))
            yield
        finally:
            self._changing.difference_update(folders)
            self._moved.set()

    async def _until(self, ready: Callable[[], bool]) -> None:
        while not ready():
            self._moved.clear()
            await self._moved.wait()
