"""Undoes content transfer encodings (RFC 2045 section 6) on damaged input too: best effort, never an exception."""

import binascii
import re

_NOT_BASE64 = bytes(
    byte for byte in range(256) if not (chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "+/"))
)
_BASE64 = bytes(sorted(set(range(256)) - set(_NOT_BASE64) | {61}))
_LOOKED_AT, _ENOUGH = 400, 16
_UNREADABLE = 1000
"""Lines that are no uuencoded data, after which a body is no longer read as such."""
_GROWTH = 4
"""Times its size that a body may grow to: each line of two octets can stand for 63 zeros."""
_LINE = re.compile(rb"[^\r\n]+")
_UUENCODE = frozenset(("x-uuencode", "x-uue", "uuencode", "uue"))


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """Return the content of a body; unknown encodings are returned as they stand."""
    name = encoding.strip().lower().replace("_", "-")
    if name == "base64":
        return _base64(data)
    if name.startswith("quoted-printable"):
        return binascii.a2b_qp(data)
    if name in _UUENCODE:
        return _uuencoded(data)
    return data


def _base64(data: bytes) -> bytes:
    """Decode; what only says that it is base64, but is text as it stands, is returned as it is."""
    first = data[:_LOOKED_AT].strip().partition(b"\n")[0].strip()
    if len(first.translate(None, _BASE64)) * 8 > len(first) >= _ENOUGH:
        return data
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        digits = data.translate(None, _NOT_BASE64)
        digits = digits[: len(digits) - 1] if len(digits) % 4 == 1 else digits
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def _uuencoded(data: bytes) -> bytes:
    """Decode the lines between "begin" and "end"; a line's length byte never reads beyond the line."""
    start = data.find(b"begin ") if not data.startswith(b"begin ") else 0
    if start < 0:
        return data
    result: list[bytes] = []
    unreadable, room = 0, max(1_000_000, _GROWTH * len(data))
    for number, found in enumerate(_LINE.finditer(data, start)):
        line = found[0]
        if line.strip() == b"end" or unreadable > _UNREADABLE or room < 0:
            break
        content = _uu_line(line) if number else b""
        if content is None:
            unreadable += 1
        else:
            result.append(content)
            room -= len(content)
    return b"".join(result)


def _uu_line(line: bytes) -> bytes | None:
    """The content of a line, with zeros for blanks that were cut off its end; None when it cannot be read."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Sendmail and others count wrongly or pad with blanks: believe the length byte, as far as there are characters.
        digits = min((((line[0] - 32) & 63) * 4 + 5) // 3, len(line))
        try:
            return binascii.a2b_uu(line[:digits])
        except binascii.Error:
            return None
