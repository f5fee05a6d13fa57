"""Takes an mbox file apart, message by message, with no more of it in memory than the message at hand."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from protocols.backup.mbox import separator, status_flags, unquoted
from protocols.backup.saved import Broken, Saved
from store.model import Flag

LARGEST = 256 * 1024 * 1024
"""Octets of one message; more is no mail, but a file that only begins like an mbox."""
CHUNK = 1 << 20
_LONGEST_LINE = 16_384

_FIRST = re.compile(rb"(?:[ \t]*\r?\n){0,64}From ")
# An empty line, then a separator: after one, text may begin with "From " too, so that a time is asked for.
_NEXT = re.compile(rb"(?<=\n)\r?\n(?=From [^\n]{0,%d}?\d:\d\d[^\n]{0,%d}\n)" % (_LONGEST_LINE, _LONGEST_LINE))
_REACH = 2 * _LONGEST_LINE + 16
"""Octets before the end of what was read in which a separator may have begun."""


def looks_like_mbox(beginning: bytes) -> bool:
    """Whether a file that begins so is an mbox."""
    return _FIRST.match(beginning) is not None


def read_mbox(stream: BinaryIO, name: str, *, doubled: bool = True) -> Iterator[Saved | Broken]:
    """The messages of an mbox, in its order; `doubled` is for the quoting, see `unquoted`.  Raises OSError.

    What Thunderbird has marked as expunged is left out: for its user it is deleted.
    """
    for number, piece in enumerate(_pieces(stream), 1):
        if piece is None:
            yield Broken(f"message {number} of {name}", f"is larger than {LARGEST >> 20} MiB")
            continue
        line, content, is_last = piece
        told = _message(line, content, is_last=is_last, doubled=doubled)
        if told is None:
            yield Broken(f"message {number} of {name}", "has no end: the file was cut off there")
        elif Flag.DELETED not in told.flags:
            yield told


def _message(line: bytes, content: bytes, *, is_last: bool, doubled: bool) -> Saved | None:
    """One message; None when it was written by us and is cut off."""
    said = separator(line)
    if said.ours:
        if is_last:
            if not content.endswith(b"\n\n"):
                return None
            content = content[:-1]
        raw = unquoted(content[:-1] if said.is_open else content)
        return Saved(raw, said.received, said.flags & ~Flag.DELETED, said.folder)
    if is_last:
        content = _without_blank_line(content)
    raw = unquoted(content, doubled=doubled)
    return Saved(raw, said.received, status_flags(raw))


def _without_blank_line(content: bytes) -> bytes:
    for blank in (b"\r\n", b"\n"):
        if content == blank or content.endswith(b"\n" + blank):
            return content[: -len(blank)]
    return content


def _pieces(stream: BinaryIO) -> Iterator[tuple[bytes, bytes, bool] | None]:
    """(separator line, content without the empty line behind it, whether it is the last) of each message.

    None stands for one that is too large.
    """
    held, at_end, too_large = b"", False, False
    searched = 0
    while not at_end:
        chunk = stream.read(max(CHUNK, min(len(held), LARGEST)))
        at_end = not chunk
        if not held:
            chunk = chunk.lstrip(b" \t\r\n")
        held += chunk
        start = 0
        while found := _NEXT.search(held, max(start, searched)):
            yield None if too_large else (*_divided(held[start : found.start()]), False)
            start = searched = found.end()
            too_large = False
        if len(held) - start > LARGEST:
            too_large = True
            start = len(held) - _REACH
        held = held[start:]
        searched = max(0, len(held) - _REACH)
    if too_large:
        yield None
    elif held:
        yield (*_divided(held), True)


def _divided(message: bytes) -> tuple[bytes, bytes]:
    line, end, content = message.partition(b"\n")
    return line + end, content
