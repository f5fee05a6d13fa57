"""One POP3 socket: commands out, each owed one response; whatever goes wrong ends it for good."""

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from typing import cast

from protocols.endpoint import Endpoint, Security
from protocols.errors import ConnectionLost, Misbehaved, ProtocolError, Unreachable
from protocols.pop3.wire import Challenge, Event, Farewell, Malformed, Reply, Response, Wire
from protocols.tls import client_context, explain

HANDSHAKE_TIMEOUT = 10.0
"""Seconds for TLS: a peer that speaks something else often stays silent (RFC 8314 ports mixed up)."""
_PROGRESS = 1024
"""Octets of an unfinished response that count as progress: one now and then would hold a session for ever."""
_HELD = 32 * 1024 * 1024
"""Octets of finished responses that may wait for their reader before the socket is paused."""

Answer = Response | Challenge


class Channel(asyncio.Protocol):
    """The transport, its framer, and the commands that wait for their response.

    The time-out is one of no progress: it starts again with every response and every kilobyte of one, so that a large
    message over a slow line is no error, and a drip of single octets does not last for ever.  A time-out, a cancelled
    wait or a broken protocol aborts the transport, because nobody can tell any more which response belongs to which
    command; afterwards every wait raises the same error.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._context = None if endpoint.security is Security.NONE else client_context(endpoint.ca_file)
        self._loop = asyncio.get_running_loop()
        self._wire = Wire()
        self._waiting: deque[asyncio.Future[Answer]] = deque((self._loop.create_future(),))  # the greeting
        self._greeting = self._waiting[0]
        self._transport: asyncio.Transport | None = None
        self._error: ProtocolError | None = None
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._active = self._loop.time()
        self._dripped = 0
        """Octets since there was progress last."""
        self._held = 0
        self._paused = False
        self.secure = False
        """Whether what is written now is encrypted for a verified server."""

    @classmethod
    async def open(cls, endpoint: Endpoint) -> tuple["Channel", Response]:
        """Connect, with TLS when the endpoint says so, and wait for the greeting, which may be an -ERR.

        Raises Unreachable, ConnectionLost, TLSFailed or Misbehaved.
        """
        channel = cls(endpoint)
        context = channel._context if endpoint.security is Security.TLS else None
        try:
            async with asyncio.timeout(endpoint.timeout):
                await channel._loop.create_connection(
                    lambda: channel,
                    endpoint.host,
                    endpoint.port,
                    ssl=context,
                    server_hostname=endpoint.host if context else None,
                    ssl_handshake_timeout=min(HANDSHAKE_TIMEOUT, endpoint.timeout) if context else None,
                )
        except OSError as error:  # ssl.SSLError and TimeoutError are both OSError
            await channel.close()
            raise explain(error, endpoint.host) from error
        channel.secure = context is not None
        greeting = await channel.wait(channel._greeting)
        if not isinstance(greeting, Response):
            raise await channel.broken("it greeted with a challenge")
        return channel, greeting

    def send(self, line: bytes, reply: Reply = Reply.LINE) -> asyncio.Future[Answer]:
        """Write one command without its CRLF; give the future of its response, for `wait`.

        Raises ValueError when the line holds CR, LF or NUL, before anything is written, and the error that ended the
        channel when it is over.
        """
        return self.send_many([(line, reply)])[0]

    def send_many(self, commands: Sequence[tuple[bytes, Reply]]) -> list[asyncio.Future[Answer]]:
        """Write several commands at once, as `send` does one."""
        for line, _ in commands:
            refuse_controls(line)
        self._check()
        for _, reply in commands:
            self._wire.expect(reply)
        return self._write([line for line, _ in commands])

    def respond(self, line: bytes) -> asyncio.Future[Answer]:
        """Answer a challenge; give the future of what follows it."""
        refuse_controls(line)
        self._check()
        return self._write([line])[0]

    def _write(self, lines: Sequence[bytes]) -> list[asyncio.Future[Answer]]:
        futures: list[asyncio.Future[Answer]] = [self._loop.create_future() for _ in lines]
        if not self._waiting:
            self._active, self._dripped = self._loop.time(), 0
        self._waiting.extend(futures)
        self._arm(self._endpoint.timeout)
        if self._transport is not None:
            self._transport.write(b"".join(line + b"\r\n" for line in lines))
        return futures

    def time(self) -> float:
        """Seconds by the clock of the event loop."""
        return self._loop.time()

    async def wait(self, future: asyncio.Future[Answer]) -> Answer:
        """Wait for one response.

        Raises ConnectionLost or Misbehaved; being cancelled aborts the connection.
        """
        try:
            answer = await future
        except asyncio.CancelledError:
            self.abort(ConnectionLost(f"The conversation with {self._endpoint} was cut short.", step="command"))
            raise
        if isinstance(answer, Response) and answer.body is not None:
            self._held -= len(answer.body)
            if self._paused and self._held <= _HELD // 2:
                self._paused = False
                self._active = self._loop.time()
                if self._transport is not None:
                    self._transport.resume_reading()
        return answer

    async def start_tls(self) -> None:
        """Go on inside TLS, after the +OK of STLS (RFC 2595 section 4).

        Raises TLSFailed, ConnectionLost, Unreachable; plain text behind the +OK has ended the channel as Misbehaved.
        """
        self._check()
        if self._transport is None or self._context is None:
            raise RuntimeError("STLS is for an open channel whose endpoint says starttls")
        plain = self._transport
        try:
            transport = await self._loop.start_tls(
                plain,
                self,
                self._context,
                server_hostname=self._endpoint.host,
                ssl_handshake_timeout=min(HANDSHAKE_TIMEOUT, self._endpoint.timeout),
            )
        except (OSError, asyncio.CancelledError) as error:
            failure = explain(error, self._endpoint.host) if isinstance(error, OSError) else None
            self.abort(failure or ConnectionLost(f"TLS with {self._endpoint} was given up.", step="tls"))
            self._gone()  # asyncio does not call connection_lost when a handshake fails
            if failure is not None:
                raise failure from error
            raise
        if transport is None:
            raise await self.broken("the connection closed while TLS started")
        self._transport = transport
        self.secure = True
        self._check()

    def abort(self, error: ProtocolError) -> None:
        """End the connection now; the first error given is the one that every waiting command gets."""
        if self._error is None:
            self._error = error
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_exception(self._error)
                future.exception()  # a pipelined command that nobody waits for any more is no news for the log
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """Drop the connection without a word and wait until the socket is gone; may be called again."""
        self.abort(ConnectionLost(f"The connection to {self._endpoint} is closed.", step="command"))
        if self._transport is not None:
            await asyncio.wait({self._closed}, timeout=1.0)

    def quote(self, text: str) -> str:
        """Give a server's words as a hint; none before TLS, when anybody on the way may have written them."""
        trusted = self.secure or self._endpoint.security is Security.NONE
        return f"The server says: {text}" if text and trusted else ""

    async def broken(self, reason: str) -> Misbehaved:
        """End the connection because the server broke the protocol, and give the error to raise."""
        error = self._misbehaved(reason)
        self.abort(error)
        await self.close()
        return error

    def _misbehaved(self, reason: str) -> Misbehaved:
        return Misbehaved(
            f"{self._endpoint} does not speak POP3 as it should: {reason}.",
            "Check host, port and security; it may work again later.",
            step="greeting" if not self._greeting.done() else "command",
        )

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; the greeting is owed from now on."""
        self._transport = cast(asyncio.Transport, transport)
        self._active = self._loop.time()
        self._arm(self._endpoint.timeout)

    def data_received(self, data: bytes) -> None:
        """Hand what is complete to those who wait for it."""
        self._dripped += len(data)
        events = self._wire.receive(data)
        if events or self._dripped >= _PROGRESS:
            self._active, self._dripped = self._loop.time(), 0
        for event in events:
            self._take(event)
        if self._held > _HELD and not self._paused and self._transport is not None and self._error is None:
            self._paused = True
            self._transport.pause_reading()

    def _take(self, event: Event) -> None:
        if self._error is not None:
            return
        if isinstance(event, Malformed):
            self.abort(self._misbehaved(event.reason))
        elif isinstance(event, Farewell):
            self.abort(ConnectionLost(f"{self._endpoint} ended the session.", self.quote(event.text), step="command"))
        else:
            if isinstance(event, Response) and event.body is not None:
                self._held += len(event.body)
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the running commands at once."""
        title = f"{self._endpoint} closed the connection."
        if isinstance(exc, ssl.SSLError):
            title = f"The encrypted connection to {self._endpoint} broke."
        hint = "It may work again in a moment."
        self.abort(ConnectionLost(title, hint, step="command" if self._greeting.done() else "greeting"))
        self._gone()

    def _gone(self) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def _arm(self, delay: float) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(delay, self._expire)

    def _expire(self) -> None:
        """Look whether the server was silent for too long, else look again when it would be."""
        self._timer = None
        if not self._waiting:
            return
        left = self._endpoint.timeout - (self._loop.time() - self._active)
        if self._paused or left > 0:
            self._arm(left if left > 0 else self._endpoint.timeout)
            return
        step = "command" if self._greeting.done() else "greeting"
        error = Unreachable if step == "greeting" else ConnectionLost
        little = "nothing" if not self._dripped else "hardly anything"
        self.abort(error(f"{self._endpoint} sent {little} for {self._endpoint.timeout:g} seconds.", step=step))


def refuse_controls(line: bytes) -> None:
    """Raise ValueError when octets hold CR, LF or NUL, which would end a command early."""
    if any(octet in line for octet in b"\r\n\0"):
        raise ValueError("a POP3 command cannot hold CR, LF or NUL")
