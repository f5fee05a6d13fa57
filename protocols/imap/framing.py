"""Bytes of an IMAP connection in, whole responses out: line, literal, line, in linear time and bounded space."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from protocols.errors import Misbehaved

MAX_LINE = 8 << 20
"""A SEARCH of a million messages is one line of 7 MiB; nothing honest is longer."""
MAX_LITERAL = 256 << 20
_MAX_LITERALS = 10_000
"""A FETCH of one message has a handful; names and envelopes with literals stay far below."""

_LITERAL_AT_END = re.compile(rb"~?\{(\d{1,20})\+?\}\Z")
_USUAL = re.compile(rb"\* \d{1,10} FETCH \([^\r\n]{1,2000}\{(\d{1,9})\}\r\n")
"""The line before the literal of a FETCH of one section, which is what most of a first sync consists of."""
_TEXT_ONLY = re.compile(rb"(?:\+|(?:\*|[A-Za-z0-9.]+) (?:OK|NO|BAD|BYE|PREAUTH)(?: |\Z))", re.IGNORECASE)
"""Responses that end in human text (RFC 9051 resp-text), where `{12}` at the end is prose and not a literal."""


@dataclass(frozen=True, slots=True)
class Response:
    """One response: lines without their CRLF at even places, the literals between them at odd places.

    A line that announces a literal keeps its `{n}`.  The number of parts is always odd.
    """

    parts: tuple[bytes, ...]
    name: str = field(default="", compare=False)
    """The word that says what an untagged response is, in upper case: EXISTS, FETCH, LIST, OK, ..."""

    def __post_init__(self) -> None:
        # found once: every listener asks for it, and a first sync has a hundred thousand responses
        if self.name:
            return
        words = self.parts[0][2:80].split(b" ", 2)
        word = words[1] if words[0].isdigit() and len(words) > 1 else words[0]
        object.__setattr__(self, "name", "FETCH" if word == b"FETCH" else word.decode("latin-1").upper())

    @property
    def line(self) -> bytes:
        """The first line, tag and all."""
        return self.parts[0]

    @property
    def untagged(self) -> bool:
        """Whether it belongs to no command (`* ...`)."""
        return self.parts[0][:2] == b"* "

    @property
    def number(self) -> int | None:
        """The leading number of `* 12 EXISTS` and its like, else None; bounded by the 32 bits of RFC 9051."""
        words = self.parts[0][2:24].split(b" ", 1)
        if len(words) == 2 and words[0].isdigit() and len(words[0]) <= 10:
            return int(words[0])
        return None

    @property
    def text(self) -> bytes:
        """The rest of the first line after the name."""
        words = self.parts[0][2:].split(b" ", 2)
        if words[0].isdigit() and len(words) > 1:
            return words[2] if len(words) > 2 else b""
        return b" ".join(words[1:])


class Framer:
    """Collects chunks of any size; the same bytes give the same responses however they were cut.

    A literal is never looked into.  A lone LF ends a line as CRLF does (some servers do that in error texts).
    """

    def __init__(self, *, max_line: int = MAX_LINE, max_literal: int = MAX_LITERAL) -> None:
        """Both limits in bytes; `max_literal` also bounds all the literals of one response together."""
        self._max_line = max_line
        self._max_literal = max_literal
        self._buffer = bytearray()
        self._offset = 0
        """Where the unread part of the buffer begins."""
        self._searched = 0
        """Up to where there is certainly no line end: a drip of single bytes must not search again and again."""
        self._awaited: int | None = None
        """Bytes of the literal that comes next, None while reading a line."""
        self._parts: list[bytes] = []
        self._literal_bytes = 0
        self._alike = False
        """Whether the last response had one literal: then the next one is likely to have."""

    @property
    def pending(self) -> bool:
        """Whether the bytes so far end inside a response."""
        return bool(self._parts) or self._offset < len(self._buffer)

    def feed(self, data: bytes) -> Iterator[Response]:
        """Take a chunk and yield every response that is complete; Misbehaved when a limit is exceeded."""
        self._buffer += data
        while (response := self._next()) is not None:
            yield response
        # One cut a chunk: bytearray drops its front without moving the rest.
        del self._buffer[: self._offset]
        self._searched = max(0, self._searched - self._offset)
        self._offset = 0

    def _next(self) -> Response | None:
        if self._alike and not self._parts and (usual := self._usual()) is not None:
            return usual
        while True:
            part = self._line() if self._awaited is None else self._literal(self._awaited)
            if part is None:
                return None
            self._parts.append(part)
            if len(self._parts) % 2 == 0:
                continue
            self._awaited = self._announced(part) if part[-1:] == b"}" else None
            if self._awaited is None:
                response = Response(tuple(self._parts))
                self._alike = len(self._parts) == 3
                self._parts.clear()
                self._literal_bytes = 0
                return response

    def _usual(self) -> Response | None:
        """Take a FETCH with one literal at its end in one go; None when that is not what stands there, or not yet."""
        start = self._offset
        if start < self._searched or (found := _USUAL.match(self._buffer, start)) is None:
            return None
        literal = found.end()
        end = literal + int(found[1])
        if end - literal > self._max_literal or literal - start > self._max_line:
            return None
        if not self._buffer.startswith(b")\r\n", end):
            return None
        with memoryview(self._buffer) as view:
            parts = bytes(view[start : literal - 2]), bytes(view[literal:end]), b")"
        self._offset = end + 3
        return Response(parts, "FETCH")

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", max(self._offset, self._searched))
        size = (len(self._buffer) if end < 0 else end) - self._offset
        if size > self._max_line:
            raise Misbehaved(f"The server sent a line of more than {self._max_line} bytes.", step="command")
        if end < 0:
            self._searched = len(self._buffer)
            return None
        stop = end - 1 if size and self._buffer[end - 1] == 13 else end
        line = bytes(memoryview(self._buffer)[self._offset : stop])
        self._offset = end + 1
        return line

    def _literal(self, size: int) -> bytes | None:
        end = self._offset + size
        if len(self._buffer) < end:
            return None
        literal = bytes(memoryview(self._buffer)[self._offset : end])
        self._offset = end
        self._awaited = None
        return literal

    def _announced(self, line: bytes) -> int | None:
        """Read the size of the literal that follows this line, None when none does."""
        if (match := _LITERAL_AT_END.search(line[-24:])) is None:
            return None
        if len(self._parts) == 1 and _TEXT_ONLY.match(line):
            return None
        size = int(match[1])
        self._literal_bytes += size
        if self._literal_bytes > self._max_literal or len(self._parts) > 2 * _MAX_LITERALS:
            raise Misbehaved(
                f"The server announced {self._literal_bytes} bytes in one response, more than {self._max_literal}.",
                step="command",
            )
        return size
