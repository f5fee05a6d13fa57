"""Opens winmail.dat (MS-OXTNEF): the text and the files that Outlook packed into it."""

import logging
import struct
from dataclasses import dataclass

# Outlook's packing is read by a library that knows its oddities; its work is bounded before it begins.
from tnefparse import TNEF

from protocols.mime.lzfu import unpacked_rtf

TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
OCTETS = 64_000_000
"""Larger packings stay as they are."""
_ATTRIBUTES = 20_000
_WORK = 2_000_000_000
"""Octets that the library copies at most: it cuts the rest off anew for every attribute."""
_TROUBLE = (
    ValueError, IndexError, KeyError, TypeError, AttributeError, AssertionError, OverflowError, RecursionError,
    MemoryError, LookupError, NameError, NotImplementedError, struct.error,
)  # fmt: skip
"""What the library raises on damaged packings; the part is then an attachment like any other."""

logging.getLogger("tnefparse").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Packed:
    """One thing in a packing: a file, or the message's text, whose `type` is known and which has no name."""

    name: str
    data: bytes
    type: str = ""


def unpacked(data: bytes) -> list[Packed]:
    """What a winmail.dat holds, the best form of its text first; empty when it cannot be read.  Never raises."""
    if not _is_bounded(data):
        return []
    try:
        tnef = TNEF(data, do_checksum=False)
        return [*_text(tnef), *_files(tnef)]
    except _TROUBLE:
        return []


def _is_bounded(data: bytes) -> bool:
    """Walk the attributes (level, id, length, data, checksum: MS-OXTNEF 2.1.3) before the library does."""
    if len(data) > OCTETS or not data.startswith(b"\x78\x9f\x3e\x22"):
        return False
    position, attributes = 6, 0
    while position + 11 <= len(data):
        (length,) = struct.unpack_from("<I", data, position + 5)
        position += 11 + length
        attributes += 1
        if attributes > _ATTRIBUTES:
            return False
    return attributes * len(data) <= _WORK


def _text(tnef: TNEF) -> list[Packed]:
    rtf = unpacked_rtf(_octets(_one(tnef._rtfbody)))  # the library would want another library for it
    for kind, value in (("text/html", tnef.htmlbody), ("text/rtf", rtf), ("text/plain", tnef.body)):
        text = _octets(_one(value))
        if text.strip(b"\0 \r\n\t"):
            return [Packed("", text.rstrip(b"\0"), kind)]
    return []


def _files(tnef: TNEF) -> list[Packed]:
    found = []
    for file in tnef.attachments:
        data = _octets(file.data)
        name = file.long_filename()
        if isinstance(name, bytes):
            name = name.decode("utf-8", "replace")
        if data or name:
            found.append(Packed(str(name).strip("\0"), data))
    return found


def _one(value: object) -> object:
    return value[0] if isinstance(value, list) and value else value


def _octets(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else b""
