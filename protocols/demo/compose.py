"""Builds the bytes of the demo's letters by hand: fast, reproducible, and able to be wrong on purpose."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import formatdate


@dataclass(frozen=True, slots=True)
class Person:
    """A display name and an address."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{encoded(self.name)} <{self.address}>" if self.name else f"<{self.address}>"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a letter."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says; `raw` makes its bytes."""

    sender: Person
    to: Person
    subject: str
    text: str
    when: int
    """Unix seconds."""
    message_id: str
    references: tuple[str, ...] = ()
    html: str = ""
    attached: Sequence[Attached] = ()
    headers: tuple[tuple[str, str], ...] = field(default=())
    """More fields, values as they stand on the wire."""

    def raw(self) -> bytes:
        """The message, CRLF lines; boundaries come from the Message-ID, so that the same letter is the same bytes."""
        fields = [
            ("Return-Path", f"<{self.sender.address}>"),
            ("Date", formatdate(self.when)),
            ("From", str(self.sender)),
            ("To", str(self.to)),
            ("Subject", encoded(self.subject)),
            ("Message-ID", self.message_id),
        ]
        if self.references:
            fields += [("In-Reply-To", self.references[-1]), ("References", "\r\n ".join(self.references))]
        fields += [*self.headers, ("MIME-Version", "1.0")]
        head = "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
        return head + self._body()

    def _body(self) -> bytes:
        seed = self.message_id.strip("<>").partition("@")[0]
        body = text_part("plain", self.text)
        if self.html:
            body = multipart("alternative", f"alt-{seed}", body, text_part("html", self.html))
        if self.attached:
            body = multipart("mixed", f"mix-{seed}", body, *(_file_part(one) for one in self.attached))
        return body


def text_part(kind: str, text: str) -> bytes:
    """A text part in UTF-8: as it is when its lines are short, else in base64."""
    content = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    plain = max(map(len, content.splitlines()), default=0) < 900
    encoding = b"8bit" if plain else b"base64"
    head = b"Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n" % (kind.encode(), encoding)
    return head + (content if plain else _base64(content))


def multipart(kind: str, boundary: str, *parts: bytes) -> bytes:
    """Parts, each with its own headers, as one (RFC 2046 section 5.1)."""
    mark = f"=_{boundary}".encode()
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (kind.encode(), mark)
    return head + b"".join(b"--%s\r\n%s\r\n" % (mark, part) for part in parts) + b"--%s--\r\n" % mark


def encoded(text: str) -> str:
    """A header value: plain when ASCII, else folded words of whole characters (RFC 2047)."""
    if text.isascii():
        return text
    words, word = [], b""
    for character in text:
        if len(word) + len(character.encode()) > 42:
            words.append(word)
            word = b""
        word += character.encode()
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(one).decode()}?=" for one in (*words, word))


def pdf(title: str) -> bytes:
    """A small document that PDF readers open: one page with one line (ASCII only)."""
    safe = title.encode("ascii", "replace").replace(b"(", b"[").replace(b")", b"]")
    stream = b"BT /F1 18 Tf 60 760 Td (%s) Tj ET" % safe
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    content, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(content)
    return content + b"xref\n0 6\n0000000000 65535 f \n" + table + tail


def _file_part(one: Attached) -> bytes:
    name = one.name
    ascii_name = name.encode("ascii", "replace").decode().replace('"', "'")
    extended = "" if name.isascii() else f";\r\n filename*=utf-8''{_percent(name)}"
    head = (
        f'Content-Type: {one.type}; name="{ascii_name}"\r\n'
        f'Content-Disposition: attachment; filename="{ascii_name}"{extended}\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + _base64(one.content)


def _percent(name: str) -> str:
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}" for byte in name.encode())


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")
