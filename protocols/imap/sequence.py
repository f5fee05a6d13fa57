"""Sequence sets (RFC 9051 section 9): many numbers as few characters, and back, within bounds."""

import re
from collections.abc import Iterable, Iterator

from protocols.errors import Misbehaved

MAX_UID = 0xFFFFFFFF
_SET = re.compile(rb"\d{1,10}(?::\d{1,10})?(?:,\d{1,10}(?::\d{1,10})?)*")


def compress(uids: Iterable[int], limit: int = 1000) -> list[bytes]:
    """Write numbers, in any order, as sets of ranges in ascending order, each shorter than `limit` characters.

    Servers cut or refuse command lines from about 1000 characters on (RFC 7162 section 4 asks for 8192; not all obey).
    """
    sets: list[bytes] = []
    words: list[bytes] = []
    size = 0
    for low, high in _runs(sorted(set(uids))):
        word = b"%d" % low if low == high else b"%d:%d" % (low, high)
        if words and size + len(word) + 1 >= limit:
            sets.append(b",".join(words))
            words, size = [], 0
        words.append(word)
        size += len(word) + 1
    if words:
        sets.append(b",".join(words))
    return sets


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    low = high = None
    for number in numbers:
        if high is not None and number == high + 1:
            high = number
            continue
        if low is not None and high is not None:
            yield low, high
        low = high = number
    if low is not None and high is not None:
        yield low, high


def ranges(text: bytes) -> list[tuple[int, int]]:
    """Read a set as (low, high) pairs in the order of the text; `5:3` means 3 to 5; Misbehaved for anything else."""
    if not _SET.fullmatch(text):
        raise Misbehaved("The server sent a set of message numbers that cannot be read.", step="command")
    pairs = []
    for word in text.split(b","):
        first, _, last = word.partition(b":")
        low, high = int(first), int(last or first)
        low, high = min(low, high), max(low, high)
        if low < 1 or high > MAX_UID:
            raise Misbehaved("The server sent a message number outside of 1 to 4294967295.", step="command")
        pairs.append((low, high))
    return pairs


def expand(text: bytes, limit: int = 1_000_000) -> list[int]:
    """Read a set as the list of its numbers, in the order of the text; Misbehaved above `limit` numbers."""
    pairs = ranges(text)
    if sum(high - low + 1 for low, high in pairs) > limit:
        raise Misbehaved(f"The server sent a set of more than {limit} message numbers.", step="command")
    return [number for low, high in pairs for number in range(low, high + 1)]
