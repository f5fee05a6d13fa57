"""An SMTP server that answers by a script, for what a correct server never does."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from protocols.endpoint import Endpoint, Security

GOOD: dict[str, str | None] = {
    "": "220 ready",
    "EHLO": "250 test",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go",
    ".": "250 queued",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}


class Scripted(asyncio.Protocol):
    """Answers by the first word of a command; None as an answer cuts the connection, "" says nothing."""

    def __init__(self, answers: dict[str, str | None], seen: list[bytes]) -> None:
        self.answers = GOOD | answers
        self.seen = seen
        self.buffer = b""
        self.in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.answer("")

    def data_received(self, data: bytes) -> None:
        *lines, self.buffer = (self.buffer + data).split(b"\r\n")
        for line in lines:
            self.seen.append(line)
            if self.in_data and line != b".":
                continue
            self.in_data = line == b"DATA" and (self.answers["DATA"] or "").startswith("354")
            self.answer(line.split(b" ")[0].decode())

    def answer(self, word: str) -> None:
        words = self.answers.get(word, "502 unknown")
        if words is None:
            self.transport.abort()  # type: ignore[attr-defined]
        elif words:
            self.transport.write(words.encode() + b"\r\n")  # type: ignore[attr-defined]


@asynccontextmanager
async def listening(make: Callable[[], asyncio.Protocol], context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve on a free port, and leave no connection behind."""
    protocols: list[asyncio.Protocol] = []

    def made() -> asyncio.Protocol:
        protocols.append(make())
        return protocols[-1]

    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for protocol in protocols:
            if (transport := getattr(protocol, "transport", None)) is not None:
                transport.abort()
        await server.wait_closed()


@asynccontextmanager
async def scripted(
    answers: dict[str, str | None], security: Security = Security.NONE
) -> AsyncIterator[tuple[Endpoint, list[bytes]]]:
    """Yield an endpoint and the list of lines that the server saw."""
    seen: list[bytes] = []
    async with listening(lambda: Scripted(answers, seen)) as port:
        yield Endpoint("127.0.0.1", port, security), seen
