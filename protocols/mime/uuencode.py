"""Finds files that stand uuencoded in the middle of a text, between "begin" and "end" (POSIX uuencode)."""

import re
from dataclasses import dataclass

_BEGIN = re.compile(rb"^begin [0-7]{3,4}(?: ([^\r\n]{0,1000}))?\r?\n", re.MULTILINE)
_END = re.compile(rb"[ `]?[ \t]*\r?\n?end[ \t]*(?:\r?\n|\Z)")
_DIGITS = bytes(range(32, 97))
FILES = 100
"""Files of one text that are taken out of it; more stay as they are."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: a file with its `name`, or what stands between files (None)."""

    start: int
    end: int
    name: bytes | None = None


def pieces(source: bytes, start: int, end: int) -> list[Piece]:
    """The stretches of `source[start:end]` in order; empty when it holds no file, so that prose stays untouched.

    A file is a "begin" line and lines whose length says what they hold; one without "end" has at least three of them,
    and ends where the lines do.  Linear.
    """
    found: list[Piece] = []
    after = start
    begin = _BEGIN.search(source, start, end)
    while begin is not None and len(found) < 2 * FILES:
        stop = _file_end(source, begin.end(), end)
        if stop is None:
            begin = _BEGIN.search(source, begin.end(), end)
            continue
        if source[after : begin.start()].strip():
            found.append(Piece(after, begin.start()))
        found.append(Piece(begin.start(), stop, (begin[1] or b"").strip()))
        after = stop
        begin = _BEGIN.search(source, after, end)
    if found and source[after:end].strip():
        found.append(Piece(after, end))
    return found


def _file_end(source: bytes, start: int, end: int) -> int | None:
    """Where the file ends whose lines begin at `start`, None when they are no such lines."""
    position, lines = start, 0
    while position < end:
        newline = source.find(b"\n", position, end)
        line_end = end if newline < 0 else newline
        line = source[position:line_end].rstrip(b"\r")
        if not _is_data(line):
            break
        lines += 1
        position = min(end, line_end + 1)
    last = _END.match(source, position, end)
    if last is not None:
        return last.end()
    return position if lines >= 3 else None


def _is_data(line: bytes) -> bool:
    """Whether a line is as long as its first byte says; one too many and blanks that were cut off are common."""
    if not line or len(line) > 86 or not 33 <= line[0] <= 95:
        return False
    digits = (line[0] - 32 + 2) // 3 * 4
    body = line[1:]
    return digits - 3 <= len(body) <= digits + 2 and not body.translate(None, _DIGITS)
