"""Arguments of IMAP commands: atoms, quoted strings and literals, so that no value can break out of its place."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_ATOM = re.compile(rb"[A-Za-z0-9!#$&'+,\-./:;<=>?@^_`|~\[\]]+")
"""ASTRING-CHAR of RFC 9051, without the characters that servers have stumbled over."""
_QUOTABLE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]{0,1000}")
_FORBIDDEN = re.compile(rb"[\x00\r\n]")
_NONSYNC_PLUS = 100_000
"""Above this a refusal (quota) is worth a round trip: ask before sending the bytes, as isync does."""
_NONSYNC_MINUS = 4096
"""LITERAL- (RFC 7888 section 5) allows no more."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes sent as a literal: anything is allowed in them but NUL (RFC 9051 section 4.3)."""

    data: bytes = field(repr=False)


Argument = bytes | str | Literal


def quoted(text: str | bytes) -> bytes:
    """Write a quoted string (ASCII); ValueError for what cannot stand in one."""
    raw = text.encode() if isinstance(text, str) else text
    if not _QUOTABLE.fullmatch(raw):
        raise ValueError("a quoted string holds at most 1000 ASCII characters, none of them NUL, CR or LF")
    return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def astring(text: str | bytes) -> bytes | Literal:
    """Choose the shortest form that every server reads: atom, quoted string or literal (UTF-8); NUL is refused."""
    raw = text.encode() if isinstance(text, str) else text
    if b"\0" in raw:
        raise ValueError("NUL cannot be sent to an IMAP server")
    # An atom NIL would be read as "no string".
    if _ATOM.fullmatch(raw) and raw.upper() != b"NIL" and len(raw) <= 1000:
        return raw
    return quoted(raw) if _QUOTABLE.fullmatch(raw) else Literal(raw)


def encode(words: Iterable[Argument], capabilities: frozenset[str]) -> list[bytes]:
    """Write a command as the pieces to send: after each but the last, the server's `+` has to be waited for.

    The last piece ends in CRLF.  ValueError when a word that is not a literal holds NUL, CR or LF.
    """
    pieces = [bytearray()]
    for index, word in enumerate(words):
        if index:
            pieces[-1] += b" "
        if isinstance(word, Literal):
            if b"\0" in word.data:
                raise ValueError("NUL cannot be sent to an IMAP server")
            if _non_synchronising(len(word.data), capabilities):
                pieces[-1] += b"{%d+}\r\n" % len(word.data) + word.data
            else:
                pieces[-1] += b"{%d}\r\n" % len(word.data)
                pieces.append(bytearray(word.data))
            continue
        raw = word.encode() if isinstance(word, str) else word
        if _FORBIDDEN.search(raw):
            raise ValueError("NUL, CR and LF cannot stand in a command line")
        pieces[-1] += raw
    pieces[-1] += b"\r\n"
    return [bytes(piece) for piece in pieces]


def _non_synchronising(size: int, capabilities: frozenset[str]) -> bool:
    if "LITERAL+" in capabilities:
        return size <= _NONSYNC_PLUS
    return size <= _NONSYNC_MINUS and not capabilities.isdisjoint({"LITERAL-", "IMAP4REV2"})
