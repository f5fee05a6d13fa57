"""What the answers of STAT, LIST and UIDL say, as numbers and words (RFC 1939 sections 5 and 7)."""

from collections.abc import Iterator
from io import BytesIO

_MOST = 2**31
"""No maildrop holds more messages; a larger number is the server's mistake."""
_LARGEST = 2**63 - 1
"""The largest size that the store can hold."""


def number(word: str, most: int = _MOST) -> int | None:
    """Read a decimal number from 0 to `most`, None when it is something else."""
    if not (word.isascii() and word.isdecimal() and len(word) < 20):
        return None
    value = int(word)
    return value if value <= most else None


def stat(text: str) -> tuple[int, int] | None:
    """Read the text after +OK of STAT as (messages, octets), None when it makes no sense."""
    words = text.split()
    if len(words) < 2:
        return None
    count, size = number(words[0]), number(words[1], _LARGEST)
    return None if count is None or size is None else (count, size)


def sizes(body: bytes) -> dict[int, int]:
    """Read a scan listing as message number -> octets; lines that make no sense are passed over."""
    found: dict[int, int] = {}
    for message, words in _numbered(body):
        size = number(words.split()[0], _LARGEST)
        if size is not None:
            found[message] = size
    return found


def uidls(body: bytes) -> dict[int, str]:
    """Read a unique-id listing as message number -> unique-id, as the server wrote it.

    RFC 1939 allows 1 to 70 octets between 0x21 and 0x7E; longer ids, ids with blanks and ids that come twice exist
    and are kept: only the caller knows what to do with them.  Octets that are not UTF-8 become backslash escapes.
    """
    return dict(_numbered(body))


def _numbered(body: bytes) -> Iterator[tuple[int, str]]:
    """Split lines into message number and the rest; some servers put several blanks, or a +OK, before either."""
    for line in BytesIO(body):
        words = line.decode("utf-8", "backslashreplace").strip(" \t\r\n").split(None, 1)
        if words and words[0].upper() == "+OK":
            words = words[1].split(None, 1) if len(words) == 2 else []
        message = number(words[0]) if len(words) == 2 else None
        if message:
            yield message, words[1]
