"""Connections of accounts that nobody supervises: one for each request, or kept while many requests follow."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from protocols.backend import Backend
from protocols.connector import HARMLESS, Connector


class Connections:
    """Within `staying` a connection is opened once an account, and closed when that ends."""

    def __init__(self) -> None:
        self._stack: AsyncExitStack | None = None
        self._open: dict[str, Backend] = {}

    @asynccontextmanager
    async def staying(self) -> AsyncIterator[None]:
        """Keep what is connected in this block until its end."""
        async with AsyncExitStack() as stack:
            self._stack = stack
            try:
                yield
            finally:
                self._stack = None
                self._open.clear()

    @asynccontextmanager
    async def connected(self, connector: Connector) -> AsyncIterator[Backend]:
        """An open backend, see Connector.connected; after an error that may be the connection's it is used no more."""
        if self._stack is None:
            async with connector.connected() as backend:
                yield backend
            return
        name = connector.settings.name
        if name not in self._open:
            self._open[name] = await self._stack.enter_async_context(connector.connected())
        try:
            yield self._open[name]
        except HARMLESS:
            raise
        except BaseException:
            self._open.pop(name, None)
            raise
