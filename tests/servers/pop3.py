"""A POP3 server in memory whose faults are set by the test; it deletes at QUIT only, as real servers do."""

import asyncio
import base64
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint, Security

CAPABILITIES = ("TOP", "UIDL", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", "USER", "SASL PLAIN")

ANNA = Credentials("anna", "right")


def letters(count: int) -> list[tuple[str, bytes]]:
    """Make a maildrop of that many messages, each with a line that is stuffed on the wire."""
    return [(f"uid{n}", b"Subject: %d\r\n\r\nbody %d\r\n.\r\n" % (n, n)) for n in range(1, count + 1)]


@dataclass
class Faults:
    """What the server does wrong, or otherwise than others; nothing by default."""

    greeting: bytes | None = b"+OK ready"
    """None: the server accepts and stays silent."""
    capabilities: tuple[str, ...] | None = CAPABILITIES
    """None: CAPA is unknown."""
    uidl: bool = True
    refused: dict[int, bytes] = field(default_factory=dict)
    """Message number -> -ERR of RETR, TOP and DELE."""
    sizes: dict[int, int] = field(default_factory=dict)
    """Message number -> what LIST says instead of the truth."""
    sign_in: bytes = b"+OK in"
    """The answer to right credentials."""
    later: bytes | None = None
    """The answer to right credentials in every session but the first."""
    challenge_first: bool = False
    """Answer AUTH with a challenge even when it carried an initial response."""
    stls: bytes | None = b"+OK begin TLS"
    """None: unknown command.  Octets behind a CRLF are injected before TLS."""
    silent: frozenset[str] = frozenset()
    """Commands that are never answered."""
    answers: dict[str, bytes] = field(default_factory=dict)
    """Command -> raw octets that are sent instead of the answer."""
    drop_after: int | None = None
    """Octets after which the connection is cut."""
    bodies: dict[int, bytes] = field(default_factory=dict)
    """Message number -> raw octets that are sent instead of the answer to RETR."""
    unstuffed: bool = False
    """Send dots at the beginning of a line as they are."""
    discards: bool = False
    """Throw away what came together with a command, as servers do that announce PIPELINING and cannot."""
    forgetful: bool = False
    """It says that it has deleted, and deletes nothing."""
    drips: bool = False
    """After the greeting, or in place of one, send an octet now and then, and nothing else for ever."""
    at_most: int | None = None
    """List so many messages in a session; the next one lists those that no session before has retrieved (Gmail)."""
    gather: int = 1
    """Answer RETR only when that many commands have come: a client that does not pipeline would wait for ever."""


class PopServer:
    """`async with PopServer([(uidl, raw), ...]) as server`: then `server.endpoint()`.

    `maildrop` is what the server holds; `commands` what clients wrote, `ahead` the most commands that it ever had
    before it answered the first of them.
    """

    def __init__(
        self,
        maildrop: Sequence[tuple[str, bytes]] = (),
        faults: Faults | None = None,
        *,
        context: ssl.SSLContext | None = None,
        implicit: bool = False,
        user: str = "anna",
        password: str = "right",
    ) -> None:
        self.maildrop = list(maildrop)
        self.faults = faults or Faults()
        self.context = context
        self.implicit = implicit
        self.user = user
        self.password = password
        self.commands: list[bytes] = []
        self.ahead = 0
        self.sessions: list[Session] = []
        self.retrieved: set[str] = set()
        """UIDLs of what a session that ended well has retrieved."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        secure = self.context if self.implicit else None
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=secure)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def endpoint(self, security: Security = Security.NONE, **rest: object) -> Endpoint:
        """Where the server listens."""
        return Endpoint("localhost" if self.context else "127.0.0.1", self.port, security, **rest)  # type: ignore[arg-type]

    @property
    def words(self) -> list[str]:
        """The first word of every command, over all sessions."""
        return [command.split(b" ")[0].decode() for command in self.commands]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        session = Session(self, reader, writer)
        self.sessions.append(session)
        try:
            await session.run()
        except (ConnectionError, asyncio.IncompleteReadError):
            session.broken = True
        finally:
            self._tasks.discard(task)
            writer.transport.abort()
            session.over.set()


class Session:
    """One connection: what it deleted takes effect at QUIT, and never when it breaks."""

    def __init__(self, server: PopServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.faults = server, server.faults
        self.reader, self.writer = reader, writer
        self.deleted: set[int] = set()
        shown = [one for one in server.maildrop if self.faults.at_most is None or one[0] not in server.retrieved]
        self.view = shown[: self.faults.at_most]
        """What this session knows of the maildrop."""
        self.retrieved: set[str] = set()
        self.over = asyncio.Event()
        self.broken = False
        self.user = ""
        self._lines: list[bytes] = []
        self._rest = b""
        self._left = self.faults.drop_after

    async def run(self) -> None:
        """Answer commands until QUIT or the end of the connection."""
        if self.faults.greeting is not None:
            await self.write(self.faults.greeting + b"\r\n")
        while self.faults.drips:
            await self.write(b"+")
            await asyncio.sleep(0.005)
        while True:
            line = await self.line()
            word = line.split(b" ")[0].decode("ascii", "replace").upper()
            self.server.ahead = max(self.server.ahead, len(self._lines) + 1)
            if word in self.faults.silent:
                continue
            if word in self.faults.answers:
                await self.write(self.faults.answers[word])
                continue
            handler = getattr(self, f"on_{word.lower()}", None)
            if handler is None:
                await self.say("-ERR unknown command")
            elif await handler(line.split(b" ")[1:]) is True:
                return

    async def line(self, most: int = 1) -> bytes:
        """Take the next command; with `most`, wait until that many lines are there."""
        while len(self._lines) < most:
            chunk = await self.reader.read(65536)
            if not chunk:
                raise ConnectionResetError
            *lines, self._rest = (self._rest + chunk).split(b"\r\n")
            self._lines += lines
            self.server.commands += lines
        line = self._lines.pop(0)
        if self.faults.discards:
            self._lines.clear()
        return line

    async def write(self, data: bytes) -> None:
        """Write, up to the octet where the fault cuts."""
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        self.writer.write(data)
        await self.writer.drain()
        if self._left == 0:
            self.writer.close()
            raise ConnectionResetError

    async def say(self, text: str) -> None:
        """Answer with one line."""
        await self.write(text.encode() + b"\r\n")

    async def lines(self, lines: Sequence[str]) -> None:
        """Answer with a multi-line response."""
        await self.write("".join(f"{line}\r\n" for line in ("+OK", *lines, ".")).encode())

    async def on_capa(self, _: list[bytes]) -> None:
        if self.faults.capabilities is None:
            await self.say("-ERR unknown command")
        else:
            await self.lines(self.faults.capabilities)

    async def on_stls(self, _: list[bytes]) -> None:
        if self.faults.stls is None or self.server.context is None:
            await self.say("-ERR unknown command")
            return
        await self.write(self.faults.stls + b"\r\n")
        if self.faults.stls.startswith(b"+OK"):
            await self.writer.start_tls(self.server.context, ssl_handshake_timeout=5)

    async def on_auth(self, words: list[bytes]) -> None:
        initial = words[1] if len(words) > 1 else None
        if initial is None or self.faults.challenge_first:
            await self.say("+ ")
            initial = await self.line()
        _, user, password = base64.b64decode(initial).decode().split("\0")
        await self._judge(user, password)

    async def on_user(self, words: list[bytes]) -> None:
        self.user = b" ".join(words).decode()
        await self.say("+OK")

    async def on_pass(self, words: list[bytes]) -> None:
        await self._judge(self.user, b" ".join(words).decode())

    async def _judge(self, user: str, password: str) -> None:
        if (user, password) == (self.server.user, self.server.password):
            later = self.faults.later if len(self.server.sessions) > 1 else None
            await self.write((later or self.faults.sign_in) + b"\r\n")
        else:
            await self.say("-ERR [AUTH] Authentication failed.")

    def _present(self) -> list[int]:
        return [n for n in range(1, len(self.view) + 1) if n not in self.deleted]

    def _raw(self, number: int) -> bytes:
        return self.view[number - 1][1]

    async def on_stat(self, _: list[bytes]) -> None:
        present = self._present()
        await self.say(f"+OK {len(present)} {sum(len(self._raw(n)) for n in present)}")

    async def on_list(self, _: list[bytes]) -> None:
        await self.lines([f"{n} {self.faults.sizes.get(n, len(self._raw(n)))}" for n in self._present()])

    async def on_uidl(self, _: list[bytes]) -> None:
        if self.faults.uidl:
            await self.lines([f"{n} {self.view[n - 1][0]}" for n in self._present()])
        else:
            await self.say("-ERR unknown command")

    async def on_retr(self, words: list[bytes]) -> None:
        if self.faults.gather > 1:
            first = await self.line(self.faults.gather - 1)
            self._lines.insert(0, first)
            self.server.ahead = max(self.server.ahead, len(self._lines) + 1)
            self.faults.gather = 1
        number = int(words[0])
        if number in self.faults.bodies:
            await self.write(self.faults.bodies[number])
        elif await self._exists(words):
            self.retrieved.add(self.view[number - 1][0])
            await self._message(self._raw(number))

    async def on_top(self, words: list[bytes]) -> None:
        if await self._exists(words):
            header, _, body = self._raw(int(words[0])).partition(b"\r\n\r\n")
            wanted = body.splitlines(keepends=True)[: int(words[1])]
            await self._message(header + b"\r\n\r\n" + b"".join(wanted))

    async def _message(self, raw: bytes) -> None:
        lines = raw.splitlines(keepends=True)
        dots = b"" if self.faults.unstuffed else b"."
        stuffed = b"".join(dots + line if line.startswith(b".") else line for line in lines)
        await self.write(b"+OK\r\n" + stuffed + b".\r\n")

    async def _exists(self, words: list[bytes]) -> bool:
        number = int(words[0])
        if number in self.faults.refused:
            await self.write(self.faults.refused[number] + b"\r\n")
        elif number not in self._present():
            await self.say("-ERR no such message")
        else:
            return True
        return False

    async def on_dele(self, words: list[bytes]) -> None:
        if await self._exists(words):
            self.deleted.add(int(words[0]))
            await self.say("+OK")

    async def on_noop(self, _: list[bytes]) -> None:
        await self.say("+OK")

    async def on_rset(self, _: list[bytes]) -> None:
        self.deleted.clear()
        await self.say("+OK")

    async def on_quit(self, _: list[bytes]) -> bool:
        """Delete for good, then say so."""
        gone = [self.view[number - 1] for number in self.deleted]
        if not self.faults.forgetful:
            self.server.maildrop[:] = [one for one in self.server.maildrop if not any(one is other for other in gone)]
        self.server.retrieved |= self.retrieved
        await self.say("+OK bye")
        return True
