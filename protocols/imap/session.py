"""A signed-in connection and the folder it has selected; tasks take turns, one folder block at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Self

from protocols.auth.sasl import Credentials, Mechanism
from protocols.endpoint import Endpoint
from protocols.errors import Misbehaved, ProtocolError, Refused
from protocols.imap.arguments import astring
from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from protocols.imap.selected import Selected, Since

_STALE = 60.0
"""Seconds without use after which a connection is tried before it is trusted: NAT routers drop without a word."""
_PROBE_DEADLINE = 10.0


class Session:
    """One connection, used by `async with session.folder(name)` blocks that wait for each other."""

    def __init__(self, connection: Connection) -> None:
        """Use `open` instead."""
        self.connection = connection
        self.wanted = asyncio.Event()
        """Set while somebody waits for a turn: whoever listens for push makes room then."""
        self._using = asyncio.Lock()
        self._waiting = 0
        self._selected: Selected | None = None
        self._used = monotonic()

    @classmethod
    async def open(
        cls,
        endpoint: Endpoint,
        credentials: Credentials,
        hear: Callable[[Response], None],
        mechanisms: Sequence[type[Mechanism]] | None = None,
    ) -> Self:
        """Connect and sign in; `hear` gets every untagged response.  Raises ProtocolError."""
        session: Self | None = None

        def untagged(response: Response) -> None:
            if session is not None:
                session._note(response)
            hear(response)

        connection = await Connection.open(endpoint, on_untagged=untagged)
        try:
            await connection.sign_in(credentials, mechanisms)
            await _enable(connection)
        except BaseException:
            await connection.close()
            raise
        session = cls(connection)
        return session

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self.connection.closed

    async def close(self) -> None:
        """Sign off, or just go when the server is slow."""
        await self.connection.close()

    @property
    def selected(self) -> bytes | None:
        """The wire name of the folder that is selected now."""
        return None if self._selected is None else self._selected.name

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        self._waiting += 1
        self.wanted.set()
        try:
            await self._using.acquire()
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.wanted.clear()
        try:
            yield
        finally:
            self._using.release()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Connection]:
        """The connection for commands that need no folder."""
        async with self._my_turn():
            await self._probe()
            yield self.connection
            self._used = monotonic()

    @asynccontextmanager
    async def folder(
        self, name: bytes, *, fresh: bool = False, since: Since | None = None, speaks_of: Iterable[int] = ()
    ) -> AsyncIterator[Selected]:
        """Select a folder (again, when `fresh`: only then are UIDNEXT and EXISTS the server's newest) for a block.

        `since`, where the server has QRESYNC, makes a SELECT tell what changed; see `Selected.told`.

        `speaks_of` are the UIDs that the block will name.  Another connection may have learnt of them after this one
        selected the folder: Dovecot then passes them over with a tagged OK, whatever is asked.

        Raises Refused when it cannot be selected; a refused SELECT leaves no folder selected (RFC 9051 section 6.3.2).
        """
        async with self._my_turn():
            await self._probe()
            if fresh or self._selected is None or self._selected.name != name:
                await self._select(name, since)
            assert self._selected is not None
            selected = self._selected
            if (highest := max(speaks_of, default=0)) > selected.shown:
                if not selected.fresh:
                    await self.connection.run("NOOP")
                selected.shown = highest
            try:
                yield selected
            finally:
                selected.fresh = False
            self._used = monotonic()

    async def _select(self, name: bytes, since: Since | None) -> None:
        """Select with the richest parameters that the server understands; what it does not, it is not asked again."""
        self._selected = None
        refused: list[ProtocolError] = []
        for words, asked in self._parameters(since):
            selected = Selected(name, asked)
            try:
                tagged = await self.connection.run("SELECT", astring(name), *words, sink=selected.read)
                break
            except (Refused, Misbehaved) as error:
                # NO is about the folder, unless it is the answer to QRESYNC
                if self.closed or not words or (isinstance(error, Refused) and asked is None):
                    raise
                refused.append(error)
        for reason in refused:
            self.connection.demote(reason.title)
        selected.read_only = tagged.code.name == "READ-ONLY"
        if not self.connection.capabilities.trusted_modseq:
            selected.highestmodseq = None
        if not selected.uidvalidity:
            raise Misbehaved("The server gives the folder no UIDVALIDITY, so its messages cannot be told apart.")
        selected.shown = (selected.uidnext or 1) - 1
        self._selected = selected

    def _parameters(self, since: Since | None) -> Iterator[tuple[tuple[bytes, ...], Since | None]]:
        """(SELECT parameters, what they compare with), the best first."""
        capabilities = self.connection.capabilities
        if capabilities.trusted_qresync and since is not None:
            yield (b"(QRESYNC (%d %d))" % (since.uidvalidity, since.modseq),), since
        if capabilities.trusted_modseq:
            # Dovecot begins to keep MODSEQs for a folder only when a client first asks for them
            yield (b"(CONDSTORE)",), None
        yield (), None

    async def _probe(self) -> None:
        if monotonic() - self._used > _STALE and not self.connection.closed:
            await self.connection.run("NOOP", deadline=_PROBE_DEADLINE)

    def _note(self, response: Response) -> None:
        """Keep what the server adds in any answer."""
        if self._selected is not None:
            self._selected.note(response)


async def _enable(connection: Connection) -> None:
    """ENABLE QRESYNC (RFC 7162 section 3.2.3), which has to come before the first SELECT.

    What ENABLED lists proves nothing (Courier's is empty, iCloud sends none): the SELECTs will show.
    """
    if connection.capabilities.trusted_qresync:
        try:
            await connection.run("ENABLE", "QRESYNC")
        except (Refused, Misbehaved) as error:
            connection.demote(error.title)
