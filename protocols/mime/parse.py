"""Takes a message apart into its parts (RFC 2046): bounded in depth and number, linear, never an exception."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from protocols.mime import choose
from protocols.mime.boundary import part_headers, sections
from protocols.mime.headers import decode_header, in_utf8, parameters, split_headers
from protocols.mime.part import ENCLOSED, Fields, Part

__all__ = ["Message", "Part", "described", "parse_message", "part_tree"]

DEPTH = 50
"""Levels of nesting that are opened; what lies deeper is one part of text (mutt's limit)."""
PARTS = 1000
"""Parts of one message; what follows the last one stays inside it."""

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """A parsed message: decoded headers and the tree of parts."""

    headers: tuple[tuple[str, str], ...]
    """Names as written and decoded values, not cleaned for display."""
    root: Part = field(repr=False)
    body_offset: int

    def header(self, name: str) -> str:
        """Return the first value of a header by its name in any case, "" when there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    @property
    def fields(self) -> Fields:
        """Names and raw values of the message's own header fields."""
        return self.root.fields

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, containers included, in the order of the message."""
        return tuple(self.root.walk())

    @property
    def leaves(self) -> tuple[Part, ...]:
        """The parts that hold content."""
        return tuple(part for part in self.root.walk() if not part.children)

    @property
    def attachments(self) -> tuple[Part, ...]:
        """What a reader lists as attached."""
        return choose.attachments(self.root)

    @property
    def readable(self) -> tuple[Part, ...]:
        """The parts that the reader shows by default."""
        return choose.readable(self.root)

    @property
    def alternatives(self) -> tuple[Part, ...]:
        """The text parts among which multipart/alternative lets the reader choose."""
        return choose.alternatives(self.root)


def parse_message(raw: bytes) -> Message:
    """Parse the bytes of a message.  Never raises: what is no header is body, what is no multipart is text."""
    fields, offset = split_headers(raw)
    said = next((value for name, value in fields if name.lower() == "content-type"), b"")
    headers = tuple((name, decode_header(in_utf8(value, said))) for name, value in fields)
    return Message(headers, part_tree(raw, fields, offset), offset)


def part_tree(raw: bytes, fields: Fields, offset: int) -> Part:
    """Return the tree of a message whose header block is already split."""
    return _Grower().message(raw, fields, (offset, len(raw)), "", 0)


@lru_cache(maxsize=512)
def _content(value: bytes) -> tuple[str, Mapping[str, str]]:
    return parameters(value)


@lru_cache(maxsize=64)
def _encoding(value: bytes) -> str:
    return value.decode("latin-1").strip().lower()


def described(source: bytes, fields: Fields, span: tuple[int, int], index: str, default: str = "text/plain") -> Part:
    """Return the part, without children, that header fields describe; `default` is its type when they name none."""
    values = {name.lower(): value for name, value in reversed(fields) if name[:1] in "Cc"}
    kind, params = _content(values.get("content-type", b"")[:4096])
    disposition, details = _content(values.get("content-disposition", b"")[:4096])
    return Part(
        index=index,
        type=kind if _TYPE.fullmatch(kind) else default,
        name=details.get("filename") or params.get("name", ""),
        size=span[1] - span[0],
        disposition=disposition,
        charset=params.get("charset", ""),
        encoding=_encoding(values.get("content-transfer-encoding", b"")[:100]),
        params=params,
        content_id=values.get("content-id", b"")[:998].decode("latin-1").strip(" <>\t\r\n"),
        source=source,
        start=span[0],
        end=span[1],
        fields=fields,
    )


class _Grower:
    """Builds one tree; recursion goes as deep as DEPTH, and `left` counts the parts that may still come."""

    def __init__(self) -> None:
        self.left = PARTS

    def message(self, source: bytes, fields: Fields, span: tuple[int, int], prefix: str, depth: int) -> Part:
        """Build the root part of a message, or of a message inside one, whose children are numbered below `prefix`."""
        head = next((value for name, value in fields if name.lower() == "content-type"), b"")
        index = prefix + ("TEXT" if head.lstrip()[:10].lower() == b"multipart/" else "1")
        return self.part(source, fields, span, index, depth)

    def part(
        self, source: bytes, fields: Fields, span: tuple[int, int], index: str, depth: int, default: str = "text/plain"
    ) -> Part:
        """Build the part whose header fields are known, with all below it."""
        self.left -= 1
        part = described(source, fields, span, index, default)
        if not part.type.startswith(("multipart/", "message/")):
            return part
        if depth >= DEPTH:
            return replace(part, type="text/plain")
        children = (
            self._sections(part, depth + 1) if part.type.startswith("multipart/") else self._enclosed(part, depth + 1)
        )
        return part.holding(children) if children else part

    def _sections(self, part: Part, depth: int) -> tuple[Part, ...]:
        """Build the children of a multipart; without usable delimiters there are none, and it is read as text."""
        boundary = part.params.get("boundary", "").rstrip().encode("utf-8", "replace")
        prefix = part.index.removesuffix("TEXT") if part.index.endswith("TEXT") else part.index + "."
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        children: list[Part] = []
        for start, end in sections(part.source, part.start, part.end, boundary, self.left):
            if self.left <= 0:
                break
            fields, offset = part_headers(part.source, start, end)
            children.append(
                self.part(part.source, fields, (offset, end), f"{prefix}{len(children) + 1}", depth, default)
            )
        return tuple(children)

    def _enclosed(self, part: Part, depth: int) -> tuple[Part, ...]:
        """Build the message inside a message/rfc822, which some senders encode against RFC 2046 section 5.2.1."""
        if part.type not in ENCLOSED or self.left <= 0 or part.start == part.end:
            return ()
        if part.encoding in ("base64", "quoted-printable"):
            source, start, end = (data := part.decoded()), 0, len(data)
        else:
            source, start, end = part.source, part.start, part.end
        fields, offset = part_headers(source, start, end)
        return (self.message(source, fields, (offset, end), part.index + ".", depth),)
