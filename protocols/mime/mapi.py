"""Reads the properties that Outlook writes into winmail.dat (MS-OXTNEF 2.1.3.4): bounded by their bytes alone."""

import struct
from collections.abc import Iterator

FIXED = {0x0002: 2, 0x000B: 2, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8,
         0x0048: 16}  # fmt: skip
"""Property type -> octets of one value."""
STRING, UNICODE, OBJECT, BINARY = 0x001E, 0x001F, 0x000D, 0x0102
_VARIABLE = frozenset((0x0000, STRING, UNICODE, OBJECT, BINARY))
_MANY, _NAMED = 0x1000, 0x8000
_COUNT = 20_000
"""Properties of one list that are read; a packing may say that there are four billion."""


def properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the name, the type and the first value of each property, as far as the list can be read.  Never raises."""
    position = 4
    for _ in range(_COUNT):
        if position + 4 > len(data):
            return
        kind, name = struct.unpack_from("<HH", data, position)
        position = _behind_name(data, position + 4) if name >= _NAMED else position + 4
        several = bool(kind & _MANY)
        kind &= ~_MANY
        if kind in FIXED:
            value, position = _fixed(data, position, FIXED[kind], several)
        elif kind in _VARIABLE:
            value, position = _variable(data, position)
        else:
            return
        if position > len(data):
            return
        yield name, kind, value


def _number(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 4], "little")


def _padded(length: int) -> int:
    return length + -length % 4


def _behind_name(data: bytes, position: int) -> int:
    """Where the value begins behind a property's set (a GUID) and its number or its name in it."""
    if _number(data, position + 16) == 0:
        return position + 24
    return position + 24 + _padded(_number(data, position + 20))


def _fixed(data: bytes, position: int, size: int, several: bool) -> tuple[bytes, int]:
    count = 1
    if several:
        count, position = _number(data, position), position + 4
    return data[position : position + size], position + _padded(count * size)


def _variable(data: bytes, position: int) -> tuple[bytes, int]:
    """The first of the values, each with its length in front; what is counted but not there ends the list."""
    count, position = _number(data, position), position + 4
    first = b""
    for number in range(min(count, len(data))):
        if position + 4 > len(data):
            return first, len(data) + 1
        length = _number(data, position)
        if number == 0:
            first = data[position + 4 : position + 4 + length]
        position += 4 + _padded(length)
    return first, position
