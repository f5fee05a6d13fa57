"""A signed-in connection and the folder it has selected; tasks take turns, one folder block at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Self

from protocols.auth.sasl import PASSWORD_MECHANISMS, Credentials, Mechanism
from protocols.endpoint import Endpoint
from protocols.errors import Misbehaved
from protocols.imap.answers import response_code
from protocols.imap.arguments import astring
from protocols.imap.connection import Connection
from protocols.imap.framing import Response

_STALE = 60.0
"""Seconds without use after which a connection is tried before it is trusted: NAT routers drop without a word."""
_PROBE_DEADLINE = 10.0


@dataclass(slots=True)
class Selected:
    """What the server said when a folder was selected, and what it added since."""

    name: bytes
    uidvalidity: int = 0
    uidnext: int | None = None
    """None where the server does not tell (Courier, 163.com)."""
    exists: int = 0
    read_only: bool = False
    permanent_flags: tuple[bytes, ...] | None = None
    """What PERMANENTFLAGS names (RFC 9051 section 7.1), as spelt there; None where the server does not tell: all."""
    highestmodseq: int | None = None
    """HIGHESTMODSEQ of the SELECT itself (RFC 7162); None where the server keeps none, says 0 or is not believed."""


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
        mechanisms: Sequence[type[Mechanism]] = PASSWORD_MECHANISMS,
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
    async def folder(self, name: bytes, *, fresh: bool = False) -> AsyncIterator[Selected]:
        """Select a folder (again, when `fresh`: only then are UIDNEXT and EXISTS the server's newest) for a block.

        Raises Refused when it cannot be selected; a refused SELECT leaves no folder selected (RFC 9051 section 6.3.2).
        """
        async with self._my_turn():
            await self._probe()
            if fresh or self._selected is None or self._selected.name != name:
                await self._select(name)
            assert self._selected is not None
            yield self._selected
            self._used = monotonic()

    async def _select(self, name: bytes) -> None:
        selected = Selected(name)
        self._selected = None

        def hear(response: Response) -> None:
            _read(selected, response)

        trusted = self.connection.capabilities.trusted_modseq
        # Dovecot begins to keep MODSEQs for a folder only when a client first asks for them
        extra = (b"(CONDSTORE)",) if trusted else ()
        tagged = await self.connection.run("SELECT", astring(name), *extra, sink=hear)
        selected.read_only = tagged.code.name == "READ-ONLY"
        if not trusted:
            selected.highestmodseq = None
        if not selected.uidvalidity:
            raise Misbehaved("The server gives the folder no UIDVALIDITY, so its messages cannot be told apart.")
        self._selected = selected

    async def _probe(self) -> None:
        if monotonic() - self._used > _STALE and not self.connection.closed:
            await self.connection.run("NOOP", deadline=_PROBE_DEADLINE)

    def _note(self, response: Response) -> None:
        """Keep the count right that the server corrects in any answer."""
        if self._selected is not None:
            if response.name == "EXISTS" and response.number is not None:
                self._selected.exists = response.number
            elif response.name == "EXPUNGE":
                self._selected.exists = max(0, self._selected.exists - 1)


def _read(selected: Selected, response: Response) -> None:
    if response.name == "EXISTS" and response.number is not None:
        # Zimbra says it several times, and nothing but EXPUNGE makes it less (RFC 9051 section 7.4.1)
        selected.exists = max(selected.exists, response.number)
    elif response.name == "OK":
        code = response_code(response.text)
        if code.name == "CLOSED":  # what came before was about the folder that was selected until now
            selected.exists = 0
        elif code.name == "PERMANENTFLAGS":
            selected.permanent_flags = tuple(code.arguments.strip(b"()").split())
        elif code.arguments.isdigit():
            if code.name == "UIDVALIDITY":
                selected.uidvalidity = int(code.arguments)
            elif code.name == "UIDNEXT":
                selected.uidnext = int(code.arguments)
            elif code.name == "HIGHESTMODSEQ":  # 0 means none (Purelymail says it of empty folders)
                selected.highestmodseq = int(code.arguments) or None
