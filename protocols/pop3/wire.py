"""The framing of POP3 responses without input or output: bytes in, events out."""

import re
from collections import deque
from dataclasses import dataclass
from enum import Enum

STATUS_LIMIT = 64 * 1024
"""Octets of a status line; RFC 2449 section 4 allows 512, and real servers say more in errors."""
BODY_LIMIT = 256 * 1024 * 1024
"""Octets of a multi-line response as they come, before the stuffed dots are taken out."""

_STATUS = re.compile(rb"(\+OK|-ERR)[ \t]*(.*)", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"\[([^\]\r\n]{1,64})\][ \t]*")
_LF_END = re.compile(rb"\n\.\r?\n")


class Reply(Enum):
    """The shape of the response that a command is owed."""

    LINE = "one status line"
    LINES = "a status line, and lines up to a lone dot after +OK"
    SASL = "challenges, then one status line (RFC 5034 section 4)"


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered to one command, or its greeting."""

    ok: bool
    code: str
    """The extended response code (RFC 2449 section 8) in capitals without brackets, empty when there is none."""
    text: str
    """The rest of the status line, not cleaned for display; octets that are not UTF-8 are replaced."""
    body: bytes | None
    """The lines of a multi-line response, dots unstuffed, line ends as they came, without the lone dot."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A server's turn inside AUTH: the base64 text after `+ `, not decoded."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Farewell:
    """An -ERR that nobody asked for: servers say why and hang up (an idle time-out, a shutdown)."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """The peer broke the protocol; nothing that follows can be trusted."""

    reason: str


Event = Response | Challenge | Farewell | Malformed


class State(Enum):
    """Where the framer stands between two octets.

    | state  | octets                         | event     | next                              |
    |--------|--------------------------------|-----------|-----------------------------------|
    | STATUS | -ERR, or +OK owed as LINE/SASL | Response  | STATUS                            |
    | STATUS | `+ ` owed as SASL              | Challenge | STATUS (the same answer is owed)  |
    | STATUS | +OK owed as LINES              |           | BODY                              |
    | STATUS | -ERR when nothing is owed      | Farewell  | OVER                              |
    | STATUS | anything else                  | Malformed | OVER                              |
    | BODY   | a lone dot                     | Response  | STATUS                            |
    | BODY   | more than the limit            | Malformed | OVER                              |
    | OVER   | anything                       |           | OVER                              |
    """

    STATUS = 1
    BODY = 2
    OVER = 3


class Wire:
    """Frames the responses of one connection, in the order in which `expect` was told about their commands.

    Octets that arrive when nothing is owed are a protocol error: that is also what refuses plain text which a man in
    the middle put behind the +OK of STLS.

    A lone dot ends a response after CRLF.  After a bare LF it does so only when the server speaks bare LF, which the
    status line or the first line of the response tell: otherwise a message that holds LF, dot, CRLF could forge the
    responses that follow it.
    """

    def __init__(self, *, status_limit: int = STATUS_LIMIT, body_limit: int = BODY_LIMIT) -> None:
        self._status_limit = status_limit
        self._body_limit = body_limit
        self._owed: deque[Reply] = deque((Reply.LINE,))  # the greeting
        self._state = State.STATUS
        self._buffer = bytearray()
        self._seen = 0  # octets of the buffer that were searched in vain
        self._bare_lf = False
        self._first_line = True
        self._head = (False, "", "")

    def expect(self, reply: Reply) -> None:
        """Say that a command was sent which is owed a response of this shape."""
        self._owed.append(reply)

    @property
    def owed(self) -> int:
        """How many responses are still to come."""
        return len(self._owed)

    def receive(self, data: bytes) -> list[Event]:
        """Take octets from the peer and give the events they complete; the time is linear in the octets."""
        if self._state is State.OVER:
            return []
        self._buffer += data
        events: list[Event] = []
        while event := self._status() if self._state is State.STATUS else self._body():
            events.append(event)
            if isinstance(event, Malformed | Farewell):
                break
        return events

    def _status(self) -> Event | None:
        """Read status lines until one makes an event; None when more octets are needed."""
        line = self._line()
        if line is None:
            return self._over("a status line is too long") if len(self._buffer) > self._status_limit + 1 else None
        if len(line) > self._status_limit:
            return self._over("a status line is too long")
        if self._owed and self._owed[0] is Reply.SASL and line.startswith(b"+") and line[1:2] in (b" ", b""):
            return Challenge(line[2:].strip())
        match = _STATUS.fullmatch(line)
        if match is None:
            return self._over("a response starts with neither +OK nor -ERR")
        ok = match[1][:1] == b"+"
        code, text = _coded(match[2])
        if not self._owed:
            return self._over("the server spoke out of turn") if ok else self._farewell(code, text)
        if self._owed.popleft() is Reply.LINES and ok:
            self._state, self._head, self._first_line, self._seen = State.BODY, (ok, code, text), True, 0
            return self._body()
        return Response(ok, code, text, None)

    def _line(self) -> bytes | None:
        """Take one line off the buffer, without its end."""
        end = self._buffer.find(b"\n", self._seen)
        if end < 0:
            self._seen = len(self._buffer)
            return None
        self._bare_lf = self._buffer[end - 1 : end] != b"\r"
        line = bytes(self._buffer[: end if self._bare_lf else end - 1])
        del self._buffer[: end + 1]
        self._seen = 0
        return line

    def _body(self) -> Event | None:
        """Look for the lone dot; None when more octets are needed."""
        if self._first_line and not self._begin():
            return None if len(self._buffer) <= self._body_limit + 5 else self._over("a response is too long")
        content, end = self._end()
        if content > self._body_limit or (end < 0 and len(self._buffer) > self._body_limit + 5):
            return self._over("a response is too long")
        if end < 0:
            self._seen = len(self._buffer)
            return None
        body = bytes(memoryview(self._buffer)[:content])
        del self._buffer[:end]
        self._seen = 0
        self._state = State.STATUS
        ok, code, text = self._head
        return Response(ok, code, text, self._unstuffed(body))

    def _begin(self) -> bool:
        """Learn from the first line of a response how the server ends lines; False when it is not complete."""
        end = self._buffer.find(b"\n", self._seen)
        if end < 0:
            self._seen = len(self._buffer)
            return False
        self._bare_lf = self._bare_lf or self._buffer[end - 1 : end] != b"\r"
        self._first_line = False
        self._seen = 0
        return True

    def _end(self) -> tuple[int, int]:
        """Where the content ends and where the next response starts, (-1, -1) when the lone dot is not there yet."""
        if self._buffer.startswith((b".\r\n", b".\n")):
            return 0, self._buffer.index(b"\n") + 1
        start = max(0, self._seen - 4)
        if not self._bare_lf:
            found = self._buffer.find(b"\r\n.\r\n", start)
            return (found + 2, found + 5) if found >= 0 else (-1, -1)
        match = _LF_END.search(self._buffer, start)
        return (match.start() + 1, match.end()) if match else (-1, -1)

    def _unstuffed(self, body: bytes) -> bytes:
        """Take out the dots that transport put in (RFC 1939 section 3).

        Only a doubled dot loses one: a server that forgets to stuff keeps its line whole.
        """
        end = b"\n" if self._bare_lf else b"\r\n"
        whole = body.replace(end + b"..", end + b".")
        return whole[1:] if whole.startswith(b"..") else whole

    def _over(self, reason: str) -> Malformed:
        self._state = State.OVER
        self._buffer.clear()
        return Malformed(reason)

    def _farewell(self, code: str, text: str) -> Farewell:
        self._state = State.OVER
        self._buffer.clear()
        return Farewell(code, text)


def _coded(rest: bytes) -> tuple[str, str]:
    """Split the rest of a status line into its extended response code and its text."""
    text = rest.decode("utf-8", "replace").strip()
    match = _CODE.match(text)
    return (match[1].strip().upper(), text[match.end() :]) if match else ("", text)
