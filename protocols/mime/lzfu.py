"""Unpacks compressed RTF (MS-OXRTFCP), in which Outlook stores the text of a message."""

import struct

_BEGINNING = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What the dictionary holds before anything was read (section 2.1.1.1)."""
_SIZE = 4096
_PACKED, _PLAIN = 0x75465A4C, 0x414C454D
OCTETS = 8_000_000
"""More than so much is not unpacked."""


def unpacked_rtf(data: bytes) -> bytes:
    """The RTF in `data`, as far as it can be unpacked; empty when it is something else.  Never raises."""
    if len(data) < 16:
        return b""
    _, size, kind, _ = struct.unpack_from("<4I", data)
    size = min(size, OCTETS)
    if kind == _PLAIN:
        return data[16 : 16 + size]
    return _unpacked(data, size) if kind == _PACKED else b""


def _unpacked(data: bytes, size: int) -> bytes:
    window = bytearray(_BEGINNING.ljust(_SIZE, b"\0"))
    write = len(_BEGINNING)
    result = bytearray()
    position = 16
    while position < len(data) and len(result) < size:
        control = data[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                chunk = data[position : position + 1]
                position += 1
            elif position + 2 > len(data):
                return bytes(result)
            else:
                reference = int.from_bytes(data[position : position + 2], "big")
                position += 2
                chunk = _repeated(window, write, reference >> 4, (reference & 15) + 2)
                if reference >> 4 == write:  # the end
                    return bytes(result)
            result += chunk
            for byte in chunk:
                window[write] = byte
                write = (write + 1) % _SIZE
    return bytes(result)


def _repeated(window: bytearray, write: int, start: int, length: int) -> bytes:
    """So many bytes of the dictionary from `start`; what they write while they are read is read too."""
    found = bytearray()
    for step in range(length):
        at = (start + step) % _SIZE
        behind = (at - write) % _SIZE
        found.append(found[behind] if behind < step else window[at])
    return bytes(found)
