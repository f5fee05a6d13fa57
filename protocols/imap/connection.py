"""One IMAP connection: opened, secured, signed in to, and given one command at a time by any number of tasks."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

from protocols.auth.sasl import Credentials, Mechanism, order
from protocols.endpoint import Endpoint, Security
from protocols.errors import ConnectionLost, Misbehaved, ProtocolError, Refused, TLSFailed
from protocols.imap import opening
from protocols.imap.answers import Tagged, refusal, step_of
from protocols.imap.arguments import Argument, encode
from protocols.imap.capabilities import Capabilities
from protocols.imap.framing import Response
from protocols.imap.idle import Idle, IdleEnd
from protocols.imap.signin import authenticate
from protocols.imap.wire import Exchange, Sink, Wire

_log = logging.getLogger(__name__)

_LOGOUT_DEADLINE = 3.0


class Connection:
    """An open connection; its coroutines may be called from any number of tasks, they take turns.

    After a time-out, a cancellation or a break of the protocol it is closed for good and every use raises
    ConnectionLost.  Use it as an async context manager, or call `close` in the end.
    """

    def __init__(self, endpoint: Endpoint, wire: Wire) -> None:
        """Use `open` instead."""
        self.endpoint = endpoint
        self._wire = wire
        self._turn = asyncio.Lock()
        self._queued = 0
        """How many wait for their turn: an IDLE makes room for them."""
        self._idle: Idle | None = None
        self._capabilities = Capabilities()
        self._announced = Capabilities()
        """What the server said of itself while we signed in, without being asked."""
        self._signed_in = False

    @property
    def capabilities(self) -> Capabilities:
        """What the server says it can do, in upper case, as of the greeting, STARTTLS or sign-in."""
        return self._capabilities

    @property
    def closed(self) -> bool:
        """Whether it is over, for whatever reason."""
        return self._wire.closed

    @property
    def secure(self) -> bool:
        """Whether the bytes travel inside TLS."""
        return self._wire.transport.get_extra_info("ssl_object") is not None

    @classmethod
    async def open(cls, endpoint: Endpoint, *, on_untagged: Sink | None = None) -> Self:
        """Connect, secure as the endpoint says, read the greeting and the capabilities.

        `on_untagged` gets every untagged response that may be trusted: with STARTTLS nothing from before TLS.
        Raises Unreachable, TLSFailed, Misbehaved or Throttled; never falls back to less security.
        """
        wire = Wire(endpoint.host)
        wire.in_the_clear = endpoint.security is Security.STARTTLS
        connection = cls(endpoint, wire)
        try:
            greeting = await opening.connect(wire, endpoint)
            if endpoint.security is Security.STARTTLS:
                await connection._start_tls(greeting)
            wire.heard = on_untagged
            if greeting.code.name == "CAPABILITY" and endpoint.security is not Security.STARTTLS:
                connection._capabilities = Capabilities.parse(greeting.code.arguments)
            else:
                await connection.refresh_capabilities()
            connection._signed_in = greeting.status == "PREAUTH"
        except BaseException as error:
            wire.abandon(wire.greeting, error)
            raise
        return connection

    async def _start_tls(self, greeting: Tagged) -> None:
        host = self.endpoint.host
        if greeting.status == "PREAUTH":
            # A man in the middle could say so to keep the connection in the clear (RFC 9051 section 11.1).
            raise TLSFailed(f"{host} says that we are signed in before TLS began.", step="tls")
        await self.refresh_capabilities()
        if not self._capabilities.has("STARTTLS"):
            raise TLSFailed(f"{host} does not offer STARTTLS on this port.", 'Try security "tls".', step="tls")
        await opening.start_tls(self._wire, self.endpoint, lambda: self.run("STARTTLS", deadline=self.endpoint.timeout))
        self._capabilities = Capabilities()

    async def refresh_capabilities(self) -> None:
        """Ask for the capabilities anew; they replace the old ones."""
        words: set[str] = set()

        def collect(response: Response) -> None:
            if response.name == "CAPABILITY":
                words.update(Capabilities.parse(response.text))

        await self.run("CAPABILITY", sink=collect, deadline=self.endpoint.timeout)
        self._capabilities = Capabilities(words)

    def demote(self, reason: str) -> None:
        """Stop believing in QRESYNC, next in CONDSTORE (RFC 7162), for this connection: what came proves them wrong."""
        lost = "QRESYNC" if self._capabilities.qresync else "CONDSTORE"
        self._capabilities = self._capabilities.demoted()
        _log.warning("%s of %s is not used any more: %s", lost, self.endpoint.host, reason)

    async def sign_in(self, credentials: Credentials, mechanisms: Sequence[type[Mechanism]] | None = None) -> None:
        """Sign in, learn the capabilities anew and say who we are (ID, RFC 2971), where the server wants to know.

        With a password when no `mechanisms` are named.  Raises SignInRefused, Throttled, Misbehaved or ConnectionLost.
        A PREAUTH connection needs no credentials.
        """
        if not self.secure and self.endpoint.security is not Security.NONE:
            raise TLSFailed("The connection is not encrypted, so nothing secret was sent.", step="login")
        if mechanisms is None:
            mechanisms = order(self.secure, self.endpoint.host)
        before, self._announced = self._capabilities, Capabilities()
        if not self._signed_in:
            tagged = await authenticate(self, credentials, mechanisms)
            self._signed_in = True
            if tagged.code.name == "CAPABILITY":
                self._announced = Capabilities.parse(tagged.code.arguments)
        if self._announced.complete and not (before.proxied or self._announced.proxied):
            self._capabilities = self._announced
        else:
            await self.refresh_capabilities()
        if self._capabilities.has("ID"):
            # 163.com and 126.com open no folder without it, and refuse blanks inside the parentheses.
            with contextlib.suppress(Refused, Misbehaved):
                await self.run("ID", b'("name" "bocau")')

    async def run(
        self,
        name: str,
        *args: Argument,
        sink: Sink | None = None,
        deadline: float = 60.0,
        ok: tuple[str, ...] = ("OK",),
    ) -> Tagged:
        """Send one command, when its turn comes, and wait for its answer.

        `args` are bytes or str as they go on the wire (see `quoted` and `astring`), or Literal.  `sink` gets every
        untagged response meanwhile.  `deadline` is the most seconds without progress.  `ok` lists the statuses that
        are no error.  Raises Refused, Throttled, SignInRefused or Misbehaved by the answer (the connection stays good),
        ConnectionLost when it was lost, ValueError for arguments that cannot be sent.
        """
        return await self._command(name, args, sink=sink, deadline=deadline, ok=ok)

    async def converse(self, answer: Callable[[bytes], bytes], name: str, *args: Argument) -> Tagged:
        """Run a command whose `+` lines are answered by `answer` (AUTHENTICATE); an error that it raises ends all."""

        def hear(response: Response) -> None:
            if response.name == "CAPABILITY":
                self._announced = Capabilities.parse(response.text)

        return await self._command(name, args, sink=hear, answer=answer, deadline=self.endpoint.timeout)

    async def _command(
        self,
        name: str,
        args: Sequence[Argument],
        *,
        sink: Sink | None = None,
        answer: Callable[[bytes], bytes | None] | None = None,
        deadline: float,
        ok: tuple[str, ...] = ("OK",),
    ) -> Tagged:
        async with self._my_turn():
            running = self._start(name, args, sink, answer)
            tagged = await self._wire.wait(running, deadline)
        if tagged.status not in ok:
            raise refusal(tagged, running.name)
        return tagged

    @contextlib.asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        self._queued += 1
        if self._idle is not None:
            self._idle.wake()
        try:
            await self._turn.acquire()
        finally:
            self._queued -= 1
        try:
            yield
        finally:
            self._turn.release()

    def _start(
        self,
        name: str,
        args: Sequence[Argument] = (),
        sink: Sink | None = None,
        answer: Callable[[bytes], bytes | None] | None = None,
    ) -> Exchange:
        """Put a command on the wire; the caller has the turn."""
        command = name.upper().rpartition(" ")[2]
        if self.closed:
            host, step = self.endpoint.host, step_of(command)
            raise ConnectionLost(f"The connection to {host} is closed.", step=step) from self._wire.error
        tag = self._wire.next_tag()
        pieces = deque(encode((tag, name, *args), self._capabilities))
        running = Exchange(command, tag, self._wire.loop.create_future(), sink, answer, pieces)
        self._wire.start(running)
        return running

    async def idle(
        self, *, renew: float = 540.0, wakes: Iterable[asyncio.Event] = (), sink: Sink | None = None
    ) -> IdleEnd:
        """Wait in IDLE (RFC 2177) until there is news, `renew` seconds are over, a wake is set, or `run` is called.

        The news itself goes to `sink` and `on_untagged`; the IDLE is over on the server too when this returns.  The
        default renews before the NAT routers that forget quiet connections after ten minutes.  Raises Refused or
        Misbehaved when the server refuses, ConnectionLost or Throttled when the connection ends (BYE, no answer to DONE
        in 15 seconds).
        """
        async with self._turn:
            self._idle = idle = Idle(self._wire, sink)
            running = self._start("IDLE", sink=idle.heard, answer=idle.accepted)
            if self._queued:
                idle.wake()
            try:
                tagged = await idle.run(running, renew, wakes)
            except BaseException as error:
                self._wire.abandon(running, error)
                raise
            finally:
                self._idle = None
        if tagged.status != "OK":
            raise refusal(tagged, "IDLE")
        return idle.why

    async def close(self) -> None:
        """Say LOGOUT, wait a moment for the answer, and be gone; never raises for what the server does."""
        try:
            # The farewell is a courtesy: whatever goes wrong with it, the connection ends here.
            with contextlib.suppress(ProtocolError, TimeoutError):
                async with asyncio.timeout(_LOGOUT_DEADLINE):
                    await self._command("LOGOUT", (), deadline=_LOGOUT_DEADLINE)
        finally:
            await self._wire.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
