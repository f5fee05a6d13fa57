"""Header blocks: split into names and raw values, and the readers of the values, in one place."""

import re
from functools import lru_cache

from protocols.mime.addresses import addresses
from protocols.mime.charsets import decode
from protocols.mime.dates import date
from protocols.mime.parameters import parameters
from protocols.mime.words import decode_header, unfolded

__all__ = ["addresses", "date", "decode_header", "in_utf8", "message_ids", "parameters", "split_headers"]

COUNT = 10_000
"""Header fields of one block that are read."""

_BLOCK_LIMIT = 4 * 1024 * 1024
_FOLDS = 200
"""Continuation lines that are joined one by one."""
_BLANK = re.compile(rb"\n\r?\n")
# A field with its continuation lines; only LF ends a line, so a bare CR never begins a header of its own.
_FIELD = re.compile(rb"([!-9;-~]{1,998})[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)\n?")
_NAME = re.compile(rb"([!-9;-~]{1,998})[ \t]*")
# The same over a whole block; possessive, since with the bytes of strangers nothing may be tried twice.
_CLEAN = re.compile(rb"(?:[!-9;-~]{1,998}+[ \t]*+:.*+(?:\n[ \t].*+)*+\n?+)++")
_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n)*(?:>?From [^\n]*\n)?")
_ID = re.compile(r"<[^<>\s]{1,998}>")


def in_utf8(value: bytes, content_type: bytes) -> bytes:
    """A raw value in UTF-8: 8-bit bytes, which RFC 5322 forbids, are in the charset of the message's text as a rule."""
    if value.isascii():
        return value
    try:
        value.decode()
    except UnicodeDecodeError:
        charset = parameters(content_type[:4096])[1].get("charset", "")
        return decode(value, charset).encode() if charset else value
    return value


def split_headers(raw: bytes) -> tuple[list[tuple[str, bytes]], int]:
    """Return the fields of a header block as (name, raw value), and the offset where the body begins.

    RFC 5322 section 2.2, as receivers bear it: a byte order mark, blank lines and an mbox "From " line in front are
    skipped; a line that is no field ends the block, unless fields follow before the first blank line.  Values keep
    their folding.
    """
    lead = _LEADING.match(raw)
    start = lead.end() if lead else 0
    if raw.startswith((b"\n", b"\r\n"), start):
        return [], raw.index(b"\n", start) + 1
    blank = _BLANK.search(raw, start, start + _BLOCK_LIMIT)
    end, body = (blank.start() + 1, blank.end()) if blank else (min(len(raw), start + _BLOCK_LIMIT), len(raw))
    if raw.count(b"\n", start, end) > COUNT:
        return _damaged_block(raw, start, end, body if blank else None)
    if (fields := _plain_block(raw[start:end])) is not None:
        return fields, body
    if _CLEAN.fullmatch(raw, start, end):
        return [(name.decode("latin-1"), value.rstrip(b"\r")) for name, value in _FIELD.findall(raw, start, end)], body
    return _damaged_block(raw, start, end, body if blank else None)


def _plain_block(block: bytes) -> list[tuple[str, bytes]] | None:
    """Read what nearly all blocks look like in a third of the time that expressions take; None for all others."""
    if block.count(b"\n ") + block.count(b"\n\t") > _FOLDS:
        return None
    fields: list[tuple[str, bytes]] = []
    for line in block.split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            if not fields:
                return None
            name, value = fields[-1]
            fields[-1] = name, value + b"\n" + line
        elif line:
            written, colon, value = line.partition(b":")
            if not colon or not (name := _name(written)):
                return None
            fields.append((name, value.lstrip(b" \t")))
    return [(name, value.rstrip(b"\r")) for name, value in fields] or None


@lru_cache(maxsize=1024)
def _name(written: bytes) -> str:
    """The name of a field as it stands before the colon; empty when it is none.  Mail has the same few again."""
    found = _NAME.fullmatch(written)
    return found[1].decode("latin-1") if found else ""


def _damaged_block(raw: bytes, start: int, end: int, after_blank: int | None) -> tuple[list[tuple[str, bytes]], int]:
    """Read field by field what is not all fields; `after_blank` is where the body begins if there is a blank line."""
    fields: list[tuple[str, bytes]] = []
    position = start
    while position < end and len(fields) < COUNT:
        match = _FIELD.match(raw, position, end)
        if match is None:
            following = _next_field(raw, position, end)
            if following < 0 or (after_blank is None and fields):
                return fields, position if fields or after_blank is None else start
            position = following
            continue
        fields.append((match[1].decode("latin-1"), match[2].rstrip(b"\r")))
        position = match.end()
    return fields, len(raw) if after_blank is None else after_blank


_NEXT = re.compile(rb"\n(?=[!-9;-~]{1,998}[ \t]*:)")


def _next_field(raw: bytes, position: int, end: int) -> int:
    """Return where the next line that looks like a field begins, or -1."""
    found = _NEXT.search(raw, position, end)
    return found.end() if found else -1


def message_ids(value: bytes | str) -> tuple[str, ...]:
    """Return the Message-IDs of a Message-ID, References or In-Reply-To value, with their brackets, in order.

    RFC 5322 section 3.6.4; a single word without brackets, as some senders write it, is taken as one; empty or longer
    than 998 characters is none.
    """
    text = unfolded(value)
    found = tuple(_ID.findall(text))
    if not found and text.count("@") == 1 and len(text) < 998 and not re.search(r"[\s<>]", text):
        return (f"<{text}>",)
    return found
