"""The bytes of a message as they go over SMTP: CRLF only, no Bcc, dots stuffed."""

import re

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BCC = re.compile(rb"^(?:resent-)?bcc[ \t]*:.*\n(?:[ \t].*\n)*", re.IGNORECASE | re.MULTILINE)


def public(raw: bytes) -> bytes:
    """Take Bcc and Resent-Bcc out of the header; every other octet of a message with CRLF line ends stays.

    Bare CR and bare LF become CRLF (RFC 5321 section 2.3.8): what a server made of them would be its own guess, and
    that guess can smuggle a second message, or a header line that was not one here.
    """
    ends = raw.count(b"\r\n")
    if not (ends == raw.count(b"\n") == raw.count(b"\r")):
        raw = _LINE_END.sub(b"\r\n", raw)
    if not raw.endswith(b"\r\n"):
        raw += b"\r\n"
    size = header_size(raw)
    header = raw[:size]
    shown = _BCC.sub(b"", header)
    return raw if len(shown) == size else shown + raw[size:]


def header_size(raw: bytes) -> int:
    """Count the octets of the header lines, without the empty line behind them; the line ends must be CRLF."""
    if raw.startswith(b"\r\n"):
        return 0
    end = raw.find(b"\r\n\r\n")
    return len(raw) if end < 0 else end + 2


def stuffed(message: bytes) -> bytes:
    """Double the dots that begin lines and put the lone dot behind (RFC 5321 section 4.5.2)."""
    body = message.replace(b"\r\n.", b"\r\n..")
    return (b"." if body.startswith(b".") else b"") + body + b".\r\n"
