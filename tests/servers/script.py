"""A server that follows a script on loopback: it expects lines, sends bytes, drips, stalls, upgrades, cuts."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path


class Peer:
    """The server's end of one connection; the script drives it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.heard: list[bytes] = []
        """Every line that the client sent, without CRLF."""
        self.tag = b""

    async def expect(self, pattern: str) -> bytes:
        """Read a line `TAG rest`, remember the tag, and check that `pattern` matches the rest from its start."""
        line = await self.line()
        self.tag, _, rest = line.partition(b" ")
        assert re.match(pattern.encode(), rest), f"expected {pattern!r}, heard {line!r}"
        return rest

    async def line(self) -> bytes:
        """Read any line."""
        line = (await self._reader.readuntil(b"\r\n"))[:-2]
        self.heard.append(line)
        return line

    async def exactly(self, size: int) -> bytes:
        """Read `size` bytes."""
        return await self._reader.readexactly(size)

    async def say(self, *lines: str | bytes) -> None:
        """Send lines, all in one piece; `$` at the start of one, and in `(TAG "$")`, stands for the tag heard last."""
        named = b'(TAG "%s")' % self.tag
        raw = [(line.encode() if isinstance(line, str) else line).replace(b'(TAG "$")', named) for line in lines]
        await self.send(b"".join((self.tag + line[1:] if line[:1] == b"$" else line) + b"\r\n" for line in raw))

    async def ok(self, pattern: str, *lines: str | bytes) -> bytes:
        """Expect a command and answer it: `lines`, then OK."""
        rest = await self.expect(pattern)
        await self.say(*lines, "$ OK done")
        return rest

    async def send(self, data: bytes, piece: int = 0) -> None:
        """Send bytes, in pieces of `piece` when given."""
        for start in range(0, len(data), piece or len(data)):
            self._writer.write(data[start : start + (piece or len(data))])
            await self._writer.drain()
            if piece:
                await asyncio.sleep(0)

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Upgrade this end to TLS."""
        await self._writer.start_tls(context)

    def cut(self) -> None:
        """Reset the connection."""
        self._writer.transport.abort()

    async def finished(self) -> None:
        """Read until the client is gone, and let it leave politely; what it still says is kept in `heard`."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                self.tag, _, rest = (await self.line()).partition(b" ")
                if rest == b"LOGOUT":
                    await self.say("* BYE bye", "$ OK bye")


Script = Callable[[Peer], Awaitable[None]]


class Scripted:
    """A server on a free port of loopback; a script that fails makes the test fail in the end."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.port = 0
        self.peers: list[Peer] = []
        self.failures: list[BaseException] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Follow the script with one client."""
        peer = Peer(reader, writer)
        self.peers.append(peer)
        try:
            await self._script(peer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            # The client left in the middle: the test knows whether that was right.
            return
        except asyncio.CancelledError:
            return
        except Exception as error:
            self.failures.append(error)
        finally:
            writer.transport.abort()


@contextlib.asynccontextmanager
async def scripted(script: Script, *, context: ssl.SSLContext | None = None) -> AsyncIterator[Scripted]:
    """Run a scripted server; with `context` its clients speak TLS from the first byte."""
    server = Scripted(script)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(server.serve(reader, writer))
        tasks.add(task)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context, limit=1 << 20)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
        for peer in server.peers:
            peer.cut()
    assert not server.failures, server.failures


def server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """A server's TLS context from a certificate and its key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context
