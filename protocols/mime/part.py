"""One part of a message: what it says it is, where its bytes stand, and its text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from protocols.mime.charsets import decode
from protocols.mime.transfer import decode_transfer

_META = re.compile(rb"<meta\b[^<>]{0,300}?charset\s*=\s*[\"']?\s*([a-z0-9._:-]{2,40})", re.IGNORECASE)
_META_WITHIN = 4096

Fields = list[tuple[str, bytes]]
"""Header fields as (name, raw value)."""

ENCLOSED = ("message/rfc822", "message/global", "message/news")
"""Types whose content is a message of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A node of the tree: its description, and where its body stands in `source`."""

    index: str
    """The number IMAP gives it ("1.2", RFC 9051 section 6.4.5); a multipart that has none is "TEXT" or "2.TEXT"."""
    type: str
    """Media type in lower case, "text/plain" when absent or unreadable (RFC 2045 section 5.2)."""
    name: str
    """The file name as the sender wrote it, not cleaned, often empty."""
    size: int
    """Octets of the body as it was transferred, before the transfer encoding is undone."""
    disposition: str
    """"inline", "attachment", another word, or ""."""
    charset: str
    encoding: str
    params: Mapping[str, str]
    content_id: str
    """Without angle brackets."""
    source: bytes = field(repr=False)
    start: int = field(repr=False)
    end: int = field(repr=False)
    fields: Fields = field(repr=False)
    children: tuple["Part", ...] = ()
    """The parts of a multipart, or the one content of a message/rfc822."""
    complete: bool = True
    """Whether all of its body is here; else `source` holds its beginning or nothing; `size` is the server's word."""

    @property
    def here(self) -> int:
        """Octets of the body that are here."""
        return self.end - self.start

    @property
    def body(self) -> bytes:
        """The body as it was transferred."""
        return self.source[self.start : self.end]

    def carried(self, octets: int) -> int:
        """How much content so many octets of the body carry, about: base64 is a third longer, and has line ends."""
        if self.encoding == "x-uuencode":
            return octets * 45 // 62
        return octets * 57 // 78 if self.encoding == "base64" else octets

    def decoded(self) -> bytes:
        """Return the body with its transfer encoding undone; damaged encodings give what can be read."""
        return decode_transfer(self.body, self.encoding)

    def text(self) -> str:
        """Return the decoded body as text with LF line ends, by its charset or what it turns out to be.

        HTML may name its charset itself, where the header does not, or calls it ASCII.
        """
        data = self.decoded()
        charset = self.charset
        if self.type == "text/html" and charset.lower() in ("", "us-ascii", "ascii") and not data.isascii():
            found = _META.search(data, 0, _META_WITHIN)
            charset = found[1].decode("ascii") if found else charset
        text = decode(data, charset)
        del data  # of a huge text it would be one copy more
        return text.replace("\r\n", "\n")

    def holding(self, children: tuple["Part", ...]) -> "Part":
        """Return this part with what is inside it: `replace` in a quarter of its time."""
        return Part(
            self.index, self.type, self.name, self.size, self.disposition, self.charset, self.encoding, self.params,
            self.content_id, self.source, self.start, self.end, self.fields, children, self.complete,
        )  # fmt: skip

    def shortened(self, octets: int) -> "Part":
        """Return this part with only the beginning of its body."""
        return replace(self, end=min(self.end, self.start + octets))

    def walk(self) -> Iterator["Part"]:
        """Yield this part and all below it, in the order of the message."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))
