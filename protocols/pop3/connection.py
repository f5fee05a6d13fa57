"""A session with a POP3 server (RFC 1939, 2449, 2595, 5034): sign in, list, fetch, delete."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from protocols.auth.sasl import Credentials, explained
from protocols.endpoint import Endpoint, Security
from protocols.errors import ConnectionLost, Misbehaved, ProtocolError, TLSFailed
from protocols.pop3 import listings
from protocols.pop3.capabilities import Capabilities
from protocols.pop3.channel import Answer, Channel
from protocols.pop3.refusals import refusal
from protocols.pop3.signin import Greeted, sign_in
from protocols.pop3.window import Command, Window
from protocols.pop3.wire import Reply, Response
from store.settings import AuthMethod

WINDOW_COMMANDS = 32
"""Commands under way at once, when the server announces PIPELINING."""
WINDOW_OCTETS = 8 * 1024 * 1024
"""Octets asked for at once, by the sizes that LIST told."""
TURN = 0.002
"""Seconds after which whoever else waits for the event loop has it in between."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a maildrop holds, as the server tells it in three ways."""

    count: int | None
    """Of STAT; None when it made no sense."""
    sizes: dict[int, int]
    """Message number -> octets; RETR may give more or fewer."""
    names: dict[int, str] | None
    """Message number -> unique-id as the server wrote it, None when it has none."""


class Connection:
    """One session.  Use `open`, `sign_in`, then the rest; `quit` is what makes deletions count.

    Every method raises ConnectionLost or Misbehaved when the connection breaks, after which every method raises that
    again; being cancelled or timed out inside a method breaks it.  An -ERR leaves it usable and raises Refused, or
    Throttled when the server asks to come back later.
    """

    def __init__(self, endpoint: Endpoint, channel: Channel, greeting: str = "") -> None:
        self.endpoint = endpoint
        self.capabilities = Capabilities()
        """As last told: after connecting, and again after sign-in; nothing that was said before TLS is kept."""
        self.lock_step = False
        """Whether every command waits for the answer to the one before, whatever the server announces."""
        self.out_of_step = False
        """Whether it broke so as a server does that announces PIPELINING and cannot: it is to be tried in lock-step."""
        self._in_step = False
        """Whether a whole window was answered in order; until then no command follows on an incomplete one."""
        self._greeting = greeting
        self._channel = channel

    @classmethod
    async def open(cls, endpoint: Endpoint) -> Self:
        """Connect, protect the connection as the endpoint says, and read the capabilities.

        Raises Unreachable, ConnectionLost, TLSFailed (also when STLS is refused: there is no falling back),
        Misbehaved, and Throttled or Refused when the server greets with -ERR.
        """
        channel, greeting = await Channel.open(endpoint)
        connection = cls(endpoint, channel, greeting.text)
        try:
            if not greeting.ok:
                raise connection._refusal(greeting, "The session", step="greeting")
            if endpoint.security is Security.STARTTLS:
                await connection._start_tls()
            await connection._read_capabilities()
        except BaseException:
            await channel.close()
            raise
        return connection

    async def sign_in(self, credentials: Credentials, auth: AuthMethod = "password") -> None:
        """Prove who we are; "oauth2" says that the secret is an access token, "apop" that the password stays here.

        Raises SignInRefused; Throttled for IN-USE, LOGIN-DELAY, SYS/TEMP; Refused for SYS/PERM.
        """
        server = Greeted(self.endpoint, self.capabilities, self._greeting)
        answer, mechanism = await sign_in(self._channel, server, credentials, auth)
        if not answer.ok:
            raise explained(self._refusal(answer, "The sign-in", step="login"), mechanism)
        await self._read_capabilities()

    async def survey(self) -> Survey:
        """Ask STAT, LIST and UIDL, in one go when the server can.

        What the server refuses or mixes up counts as not told, unless it asks for patience: Throttled is raised, and
        Refused for a UIDL that fails although it is announced.
        """
        asked = [(0, b"STAT", Reply.LINE), (1, b"LIST", Reply.LINES), (2, b"UIDL", Reply.LINES)]
        async with aclosing(self._pipelined((n, line, 0, reply) for n, line, reply in asked)) as answers:
            counted, sizes, names = [answer async for _, answer in answers]
        for answer, what in ((counted, "The count of messages"), (sizes, "The list of messages")):
            if not answer.ok and (error := self._refusal(answer, what)).retryable:
                raise error
        told = listings.stat(counted.text) if counted.ok else None
        # a listing of 20,000 lines takes longer to read than a screen waits
        octets = await asyncio.to_thread(listings.sizes, sizes.body or b"")
        return Survey(None if told is None else told[0], octets, await asyncio.to_thread(self._names, names))

    async def stat(self) -> tuple[int, int]:
        """Count the messages and their octets.  Misbehaved when the answer makes no sense; the session goes on."""
        answer = await self._ask(b"STAT", "The count of messages")
        counted = listings.stat(answer.text)
        if counted is None:
            raise Misbehaved(f"{self.endpoint} counts messages in a way that makes no sense.", step="command")
        return counted

    async def list_sizes(self) -> dict[int, int]:
        """List message number -> octets, as the server believes: RETR may give more or fewer."""
        answer = await self._ask(b"LIST", "The list of messages", Reply.LINES)
        return listings.sizes(answer.body or b"")

    async def uidl(self) -> dict[int, str] | None:
        """List message number -> unique-id, as the server wrote it (see `listings.uidls`); None when it has none.

        It is asked even when CAPA does not list UIDL, since servers forget to; an -ERR of one that lists it is raised.
        """
        return self._names(await self._request(b"UIDL", Reply.LINES))

    def _names(self, answer: Response) -> dict[int, str] | None:
        if not answer.ok:
            error = self._refusal(answer, "The list of unique-ids")
            if "UIDL" in self.capabilities or error.retryable:
                raise error
            return None
        return listings.uidls(answer.body or b"")

    async def top(self, number: int, lines: int) -> bytes:
        """Fetch the header and the first `lines` lines of the body; servers exist that give all of it."""
        answer = await self._ask(b"TOP %d %d" % (number, lines), f"The header of message {number}", Reply.LINES)
        return answer.body or b""

    async def retrieve(self, number: int) -> bytes:
        """Fetch one message, its octets as they were before dot-stuffing."""
        answer = await self._ask(b"RETR %d" % number, f"Message {number}", Reply.LINES)
        return answer.body or b""

    async def retrieve_many(
        self, numbers: Sequence[int], sizes: Mapping[int, int]
    ) -> AsyncGenerator[tuple[int, bytes | ProtocolError]]:
        """Fetch messages in order, pipelined when the server can (RFC 2449 section 6.6), else one by one.

        `sizes` (of `list_sizes`) bound what is under way at once.  An -ERR for one message is yielded as its error and
        the others go on.  Leaving the loop early ends the connection: use `contextlib.aclosing`.
        """
        commands = ((number, b"RETR %d" % number, sizes.get(number, 0), Reply.LINES) for number in numbers)
        async with aclosing(self._pipelined(commands)) as answers:
            async for number, answer in answers:
                yield number, self._body(answer, f"Message {number}")

    async def top_many(self, numbers: Sequence[int], lines: int) -> AsyncGenerator[tuple[int, bytes | ProtocolError]]:
        """Do `top` for many messages, as `retrieve_many` does."""
        commands = ((number, b"TOP %d %d" % (number, lines), 0, Reply.LINES) for number in numbers)
        async with aclosing(self._pipelined(commands)) as answers:
            async for number, answer in answers:
                yield number, self._body(answer, f"The header of message {number}")

    async def delete_many(self, numbers: Sequence[int]) -> dict[int, ProtocolError]:
        """Mark messages as deleted; give those that the server refused.  Nothing is deleted before `quit` is True."""
        refused: dict[int, ProtocolError] = {}
        commands = ((number, b"DELE %d" % number, 0, Reply.LINE) for number in numbers)
        async with aclosing(self._pipelined(commands)) as answers:
            async for number, answer in answers:
                if not answer.ok:
                    refused[number] = self._refusal(answer, f"Deleting message {number}")
        return refused

    async def noop(self) -> None:
        """Keep the session alive."""
        await self._ask(b"NOOP", "The keep-alive")

    async def reset(self) -> None:
        """Take back every deletion of this session."""
        await self._ask(b"RSET", "Taking back the deletions")

    async def quit(self) -> bool:
        """Say goodbye and close; True only when the server said +OK, otherwise nobody knows what it has deleted."""
        try:
            answer = await self._request(b"QUIT")
        except ProtocolError:
            return False
        finally:
            await self.close()
        return answer.ok

    async def close(self) -> None:
        """Drop the connection without a word, which deletes nothing; may be called again."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def _start_tls(self) -> None:
        """Go to TLS (RFC 2595 section 4) without asking CAPA first: only the answer to STLS itself counts."""
        answer = await self._request(b"STLS")
        if not answer.ok:
            raise TLSFailed(
                f"{self.endpoint} does not offer encryption (STLS).",
                'Nothing was sent. Try security "tls" and port 995, or ask its operator.',
                step="tls",
            )
        await self._channel.start_tls()

    async def _read_capabilities(self) -> None:
        answer = await self._request(b"CAPA", Reply.LINES)
        self.capabilities = Capabilities.parse(answer.body or b"")

    async def _request(self, line: bytes, reply: Reply = Reply.LINE) -> Response:
        return await self._response(self._channel.send(line, reply))

    async def _response(self, future: asyncio.Future[Answer]) -> Response:
        answer = await self._channel.wait(future)
        if not isinstance(answer, Response):
            raise await self._channel.broken("a challenge came outside of sign-in")
        return answer

    async def _ask(self, line: bytes, what: str, reply: Reply = Reply.LINE) -> Response:
        answer = await self._request(line, reply)
        if not answer.ok:
            raise self._refusal(answer, what)
        return answer

    def _refusal(self, answer: Response, what: str, step: str = "command") -> ProtocolError:
        hint = self._channel.quote(answer.text)
        return refusal(answer.code, answer.text, what, hint, step=step, delay=self.capabilities.login_delay)

    def _body(self, answer: Response, what: str) -> bytes | ProtocolError:
        return (answer.body or b"") if answer.ok else self._refusal(answer, what)

    async def _pipelined(self, commands: Iterable[Command]) -> AsyncGenerator[tuple[int, Response]]:
        """Send commands ahead of their answers, and yield (number, answer) in order.

        The first window is answered whole before another command follows: a server that throws away what it had not
        read yet falls silent there, before the answer to one command could be taken for the answer to another.
        """
        can = "PIPELINING" in self.capabilities and not self.lock_step
        window = Window(commands, WINDOW_COMMANDS if can else 1, WINDOW_OCTETS)
        over: ProtocolError | None = None
        turned = self._channel.time()
        try:
            while True:
                try:
                    if over is None and (due := window.due(whole=not self._in_step)):
                        window.sent(self._channel.send_many([(one[1], one[3]) for one in due]))
                except ProtocolError as error:
                    over = error  # raised once all that had come whole is handed over
                if not window.ahead:
                    break
                number, future = window.ahead[0]
                answer = await self._in_order(future, len(window.ahead))
                window.answered()
                self._in_step |= can and not window.ahead
                yield number, answer
                # One chunk may have brought dozens of answers: the screen gets its turn between them.
                if self._channel.time() - turned > TURN:
                    await asyncio.sleep(0)
                    turned = self._channel.time()
            if over is not None:
                raise over
        finally:
            if window.ahead:
                self._channel.abort(ConnectionLost(f"Fetching from {self.endpoint} was cut short.", step="command"))

    async def _in_order(self, future: asyncio.Future[Answer], ahead: int) -> Response:
        try:
            return await self._response(future)
        except ProtocolError as error:
            self.out_of_step |= ahead > 1 and (isinstance(error, Misbehaved) or not self._in_step)
            raise
