"""Odd messages by the thousand, the same ones each time: parts of honest mail put together wrongly, and damaged."""

import base64
import random
from collections.abc import Iterator

SEED = 20261123

_WORDS = (
    "meeting",
    "hóa đơn",
    "Überweisung",
    "写真",
    "שלום",
    "прогноз",
    "lunch",
    "invoice",
    "👩‍👩‍👧",
    "\u202egnp.exe",
    "\x1b[31m",
    "a\u0301\u0301",
)
_CHARSETS = (
    "utf-8",
    "us-ascii",
    "iso-8859-1",
    "windows-1258",
    "utf-7",
    "x-unknown",
    "gb2312",
    "iso-2022-jp",
    "\"'utf-8'\"",
    "unicode_escape",
    "",
)
_ENCODINGS = ("7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "binary", "gzip", "")
_TYPES = (
    "text/plain",
    "text/html",
    "text/enriched",
    "text/calendar",
    "text/vcard",
    "message/rfc822",
    "message/delivery-status",
    "application/octet-stream",
    "application/ms-tnef",
    "image/png",
    "text",
    "multipart/mixed",
    "x y z",
)
_HTML = (
    "<p>{}</p>",
    "<table><tr><td>{}<td>b</table>",
    "<ul><li>{}",
    "<a href='https://x.example/{}'>{}</a>",
    "<style>{}</style>x",
    "<div style='display:none'>{}</div>y",
    "<pre>{}",
    "<blockquote>{}<b",
    "&#27;{}",
    "<!-- {}",
)
_HEADERS = (
    "From: {} <a@x.example>",
    "From: a@x.example, b@y.example",
    "To: {}: a@x.example;",
    "Subject: =?utf-8?q?{}?=",
    "Subject: {}",
    "Date: Thu, 32 Foo 2026 99:99:99 +9999",
    "Date: Mon, 23 Nov 2026 10:00:00 +0000",
    "Reply-To: <<>>",
    "Message-ID: <>",
    "X-{}",
    "Received: {}",
)


def messages(number: int, seed: int = SEED) -> Iterator[bytes]:
    """So many odd messages, up to some dozens of kilobytes each."""
    chance = random.Random(seed)
    for _ in range(number):
        raw = _message(chance, 0)
        yield _damaged(chance, raw) if chance.random() < 0.4 else raw


def newsletter(octets: int = 1_000_000) -> bytes:
    """An HTML newsletter of about that size: tables in tables, pictures, links that are tracked."""
    row = (
        '<tr><td align="center" style="padding:10px 20px;font-family:Arial;color:#333333"><table width="100%"><tr><td>'
        '<a href="https://click.example/t?id={0}" style="color:#1a73e8"><b>Product number {0}</b></a></td></tr><tr><td>'
        "Some words about the <i>wonderful</i> product, only &euro;&nbsp;{0},99 until Sunday. "
        '<img src="https://img.example/{0}.png" width="200" height="100" alt="Picture {0}"></td></tr></table></td>'
        "</tr>\n"
    )
    rows = "".join(row.format(number) for number in range(octets // 430))
    head = "<html><head><style>.a{color:red}</style></head><body><div style='display:none'>preheader</div><table>"
    html = f"{head}{rows}</table><img src='https://t.example/p.gif' width=1 height=1></body></html>"
    return b"From: shop@x.example\r\nSubject: News\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()


def long_text(lines: int = 300_000) -> bytes:
    """A plain message of so many lines."""
    body = "".join(f"{number} {'> ' * (number % 3)}a line of a log that somebody sent\r\n" for number in range(lines))
    return b"From: robot@x.example\r\nSubject: Log\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + body.encode()


def _message(chance: random.Random, depth: int) -> bytes:
    headers = [chance.choice(_HEADERS).format(_words(chance, 3)) for _ in range(chance.randint(0, 6))]
    return "\r\n".join(headers).encode("utf-8", "replace") + b"\r\n" + _part(chance, depth)


def _part(chance: random.Random, depth: int) -> bytes:
    if depth < 4 and chance.random() < 0.35:
        kind = chance.choice(("mixed", "alternative", "related", "digest", "signed", "report"))
        boundary = chance.choice(("b", "bb", "b b", "=_x", ""))
        parts = [_part(chance, depth + 1) for _ in range(chance.randint(0, 4))]
        body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
        end = b"--" + boundary.encode() + b"--\r\n" if chance.random() < 0.8 else b""
        return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode() + body + end
    kind, charset, encoding = chance.choice(_TYPES), chance.choice(_CHARSETS), chance.choice(_ENCODINGS)
    head = f"Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n"
    if chance.random() < 0.2:
        head += f"Content-Disposition: attachment; filename*0*=utf-8''%1b{_words(chance, 1)}\r\n"
    return head.encode("utf-8", "replace") + b"\r\n" + _body(chance, kind, encoding, depth)


def _body(chance: random.Random, kind: str, encoding: str, depth: int) -> bytes:
    if kind == "message/rfc822" and depth < 4:
        return _message(chance, depth + 1)
    if kind == "text/html":
        text = "".join(chance.choice(_HTML).replace("{}", _words(chance, 2)) for _ in range(chance.randint(1, 30)))
    else:
        text = "\r\n".join("> " * chance.randint(0, 2) + _words(chance, 8) for _ in range(chance.randint(0, 40)))
    data = text.encode("utf-8", "replace")
    return base64.encodebytes(data) if encoding == "base64" and chance.random() < 0.8 else data


def _words(chance: random.Random, most: int) -> str:
    return " ".join(chance.choices(_WORDS, k=chance.randint(1, most)))


def _damaged(chance: random.Random, raw: bytes) -> bytes:
    """Cut, doubled, or with bytes that fell into it."""
    data = bytearray(raw)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(data) + 1)
        way = chance.randrange(3)
        if way == 0:
            del data[place : place + chance.randint(1, 40)]
        elif way == 1:
            data[place:place] = chance.randbytes(chance.randint(1, 8))
        else:
            data[place:place] = data[: chance.randint(0, 60)]
    return bytes(data)
