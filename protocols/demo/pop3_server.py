"""The demo's POP3 server (RFC 1939, RFC 2449): one maildrop in memory, on a free port of loopback."""

import asyncio
import hashlib
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field

HOST = "127.0.0.1"
LINE_LIMIT = 512
"""Octets of a command line (RFC 2449 section 4)."""


@dataclass(slots=True)
class _Session:
    """One connection: who is there, and the maildrop as it was at sign-in (RFC 1939 section 5: it does not change)."""

    user: str = ""
    messages: list[bytes] | None = None
    """None before sign-in."""
    deleted: set[int] = field(default_factory=set)

    def message(self, number: str) -> bytes | None:
        """The message of that number, None when there is none or it is marked as deleted."""
        if self.messages is None or not number.isdigit() or not 1 <= int(number) <= len(self.messages):
            return None
        return None if int(number) in self.deleted else self.messages[int(number) - 1]

    def present(self) -> list[tuple[int, bytes]]:
        """Numbers and messages that are not marked as deleted."""
        return [(n, raw) for n, raw in enumerate(self.messages or (), 1) if n not in self.deleted]


class DemoPop3Server:
    """One user's maildrop; a message is removed when a session that marked it ends with QUIT."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._maildrop: list[bytes] = []
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], StreamWriter] = {}

    @property
    def port(self) -> int:
        """Where it listens, after `start`."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def count(self) -> int:
        """Messages in the maildrop now."""
        return len(self._maildrop)

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, HOST, 0)

    def deliver(self, raw: bytes) -> None:
        """Put a message (CRLF lines) into the maildrop; the next session lists it."""
        self._maildrop.append(raw)

    async def close(self) -> None:
        """Stop listening, end every connection, and wait for their tasks."""
        if self._server is None:
            return
        self._server.close()
        for writer in self._connections.values():
            writer.transport.abort()
        if self._connections:
            await asyncio.wait(set(self._connections))
        await self._server.wait_closed()
        self._server = None

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        session = _Session()
        try:
            writer.write(b"+OK bocau demo\r\n")
            while (line := await reader.readline()).endswith(b"\n"):
                command, _, argument = line.decode("utf-8", "replace").strip().partition(" ")
                writer.write(self._answer(session, command.upper(), argument.strip()))
                await writer.drain()
                if command.upper() == "QUIT":
                    break
        except (ConnectionError, ValueError):
            pass  # the client went away, or sent a line without end: either way this connection is over
        finally:
            del self._connections[task]
            writer.close()

    def _answer(self, session: _Session, command: str, argument: str) -> bytes:
        match command:
            case "CAPA":
                words = ("TOP", "UIDL", "USER", "PIPELINING", "RESP-CODES", "EXPIRE NEVER")
                return _lines("capabilities", words)
            case "QUIT":
                return self._quit(session)
            case "NOOP":
                return b"+OK\r\n"
            case "USER" | "PASS" if session.messages is None:
                return self._sign_in(session, command, argument)
        if session.messages is None:
            return b"-ERR sign in first\r\n"
        return self._transaction(session, command, argument)

    def _sign_in(self, session: _Session, command: str, argument: str) -> bytes:
        if command == "USER":
            session.user = argument
            return b"+OK\r\n"
        if (session.user, argument) != (self._user, self._password):
            return b"-ERR [AUTH] wrong user or password\r\n"
        session.messages = list(self._maildrop)
        return b"+OK %d messages\r\n" % len(session.messages)

    def _transaction(self, session: _Session, command: str, argument: str) -> bytes:
        if command in ("STAT", "LIST", "UIDL"):
            return _listing(session, command, argument)
        if command == "RSET":
            session.deleted.clear()
            return b"+OK\r\n"
        number, _, count = argument.partition(" ")
        message = session.message(number)
        if command not in ("RETR", "TOP", "DELE"):
            return b"-ERR unknown command\r\n"
        if message is None:
            return b"-ERR no such message\r\n"
        if command == "DELE":
            session.deleted.add(int(number))
            return b"+OK marked\r\n"
        return _message(message, int(count) if command == "TOP" and count.isdigit() else None)

    def _quit(self, session: _Session) -> bytes:
        gone = {id(session.messages[number - 1]) for number in session.deleted} if session.messages else set()
        self._maildrop = [raw for raw in self._maildrop if id(raw) not in gone]
        return b"+OK\r\n"


def _listing(session: _Session, command: str, argument: str) -> bytes:
    present = session.present()
    if command == "STAT":
        return b"+OK %d %d\r\n" % (len(present), sum(len(raw) for _, raw in present))
    rows = {
        str(number): f"{number} {len(raw) if command == 'LIST' else hashlib.sha256(raw).hexdigest()[:32]}"
        for number, raw in present
    }
    if not argument:
        return _lines(f"{len(rows)} messages", tuple(rows.values()))
    return f"+OK {rows[argument]}\r\n".encode() if argument in rows else b"-ERR no such message\r\n"


def _lines(title: str, lines: tuple[str, ...]) -> bytes:
    return "".join(f"{line}\r\n" for line in (f"+OK {title}", *lines, ".")).encode()


def _message(raw: bytes, body_lines: int | None) -> bytes:
    """A message as a multi-line answer, byte-stuffed (RFC 1939 section 3); only the first lines of its body for TOP."""
    if body_lines is not None:
        head, _, body = raw.partition(b"\r\n\r\n")
        raw = head + b"\r\n\r\n" + b"".join(body.splitlines(keepends=True)[:body_lines])
    if not raw.endswith(b"\r\n"):
        raw += b"\r\n"
    stuffed = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
    return b"+OK %d octets\r\n%s.\r\n" % (len(raw), stuffed)
