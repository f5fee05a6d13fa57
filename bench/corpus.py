"""Reproducible mail, English and Vietnamese: threads, HTML, attachments, and a few letters with odd bytes."""

import base64
import os
import random
import re
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

ENGLISH = re.split(
    " ",
    "quarterly report invoice meeting build failed deploy review merge budget travel ticket newsletter password "
    "shipment order confirm weekly status lunch server alert disk backup release candidate kernel archive proposal "
    "contract schedule interview feedback customer support refund payment security update roadmap database latency",
)
VIETNAMESE = re.split(
    ", ",
    "hóa đơn, thanh toán, cuộc họp, báo cáo, công ty, khách hàng, đơn hàng, xác nhận, giao hàng, lịch làm việc, "
    "nghỉ phép, hợp đồng, thư mời, phỏng vấn, tài khoản, bảo mật, cập nhật, hệ thống, máy chủ, sự cố, thông báo, "
    "học phí, điện nước, gia đình, bạn bè, Đà Nẵng, Hà Nội, Sài Gòn, bồ câu, cà phê",
)
PEOPLE = (
    ("Nguyễn Văn An", "an"), ("Trần Thị Bình", "binh"), ("Lê Hoàng", "hoang"), ("Phạm Đức", "duc"),
    ("Linh Đặng", "linh"), ("Alice Walker", "alice"), ("Bob Stone", "bob"), ("Carol Díaz", "carol"),
    ("Fumiko Sato", "fumiko"), ("Hans Müller", "hans"), ("CI Robot", "ci"), ("Support Desk", "support"),
)  # fmt: skip
DOMAINS = ("example.com", "example.org", "mail.example.vn")
EPOCH = 1_600_000_000


@dataclass(frozen=True, slots=True)
class Letter:
    """One message and what a server knows beside its bytes."""

    raw: bytes
    when: int
    """Unix seconds; grows from letter to letter."""
    flags: str
    """Maildir letters, sorted."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What a later letter needs for answering this one."""

    message_id: str
    references: tuple[str, ...]
    subject: str


class Corpus:
    """Makes letters one after another; the same seed and size always give the same bytes."""

    def __init__(self, seed: int = 1, text_bytes: int = 2400) -> None:
        """`text_bytes` is the mean length of a text; attachments grow with it."""
        self._random = random.Random(seed)
        self._text_bytes = text_bytes
        self._answerable: deque[_Head] = deque(maxlen=200)
        # Sentences are drawn from a pool: word by word, a hundred thousand letters would take minutes.
        self._sentences = [_capital(self._words(6, 14)) + "." for _ in range(2000)]

    def letters(self, count: int) -> Iterator[Letter]:
        """The next `count` letters: about a third of them answers, four of five read, some starred or answered."""
        when = EPOCH
        for number in range(count):
            when += self._random.randint(60, 3600)
            raw = self._letter(number, when)
            chance = self._random.random
            flags = ("F" if chance() < 0.05 else "") + ("R" if chance() < 0.1 else "")
            yield Letter(raw, when, flags + ("S" if chance() < 0.8 else ""))

    def _letter(self, number: int, when: int) -> bytes:
        head = self._head(number)
        name, box = self._random.choice(PEOPLE)
        sender = f"{box}@{self._random.choice(DOMAINS)}"
        fields = [
            f"Return-Path: <{sender}>",
            f"Received: from mx{self._random.randint(1, 9)}.example.net (mx.example.net [192.0.2.7])\r\n"
            f"\tby mail.example.com with ESMTPS id {self._random.getrandbits(40):x};\r\n\t{formatdate(when)}",
            f"Date: {formatdate(when)}",
            f"From: {encoded(name)} <{sender}>",
            "To: Me Myself <me@example.com>",
            f"Subject: {encoded(head.subject)}",
            f"Message-ID: {head.message_id}",
        ]
        if head.references:
            fields += [f"In-Reply-To: {head.references[-1]}", "References: " + "\r\n ".join(head.references)]
        fields.append("MIME-Version: 1.0")
        return "\r\n".join(fields).encode() + b"\r\n" + self._body(number, self._text(bool(head.references)))

    def _head(self, number: int) -> _Head:
        message_id = f"<{number}.{self._random.getrandbits(48):x}@example.com>"
        if self._answerable and self._random.random() < 0.35:
            parent = self._random.choice(self._answerable)
            subject = "Re: " + parent.subject.removeprefix("Re: ")
            head = _Head(message_id, (*parent.references, parent.message_id)[-10:], subject)
        else:
            head = _Head(message_id, (), _capital(self._words(3, 8)))
        self._answerable.append(head)
        return head

    def _words(self, least: int, most: int) -> str:
        pool = ENGLISH if self._random.random() < 0.6 else VIETNAMESE
        return " ".join(self._random.choices(pool, k=self._random.randint(least, most)))

    def _text(self, answer: bool) -> str:
        wanted = max(200, int(self._random.expovariate(1 / self._text_bytes)))
        lines = self._random.choices(self._sentences, k=wanted // 80 + 1)
        for blank in range(6, len(lines), 7):
            lines[blank] = ""
        if answer:
            quoted = self._random.choices(self._sentences, k=4)
            lines += ["", "On an earlier day, somebody wrote:", *(f"> {line}" for line in quoted)]
        return "\r\n".join(lines)

    def _body(self, number: int, text: str) -> bytes:
        kind = self._random.random()
        plain = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n".encode()
        if kind < 0.55:
            return plain
        if kind < 0.85:
            return self._multipart("alternative", plain, _html(number, text))
        if kind < 0.97:
            size = int(min(400_000, self._random.expovariate(1 / (self._text_bytes * 7)))) + 500
            return self._multipart("mixed", plain, _attachment(number, self._random.randbytes(size)))
        # A legacy character set, as older Vietnamese programs still send it; what it lacks becomes "?".
        opening = b"Content-Type: text/plain; charset=windows-1258\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        return opening + text.encode("cp1258", "replace") + b"\r\n"

    def _multipart(self, kind: str, *parts: bytes) -> bytes:
        boundary = f"=_{self._random.getrandbits(64):x}".encode()
        opening = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (kind.encode(), boundary)
        return opening + b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts) + b"--%s--\r\n" % boundary


def letters(count: int, seed: int = 1, text_bytes: int = 2400) -> Iterator[Letter]:
    """`count` letters, oldest first."""
    return Corpus(seed, text_bytes).letters(count)


def messages(count: int, seed: int = 1, text_bytes: int = 2400) -> Iterator[bytes]:
    """The bytes alone of `count` letters, CRLF line ends."""
    return (letter.raw for letter in letters(count, seed, text_bytes))


def write_maildir(folder: Path, count: int, seed: int = 1, text_bytes: int = 2400) -> int:
    """Fill a Maildir (made when missing) and return the bytes of mail in it; file times are the letters' times."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    total = 0
    for number, letter in enumerate(letters(count, seed, text_bytes)):
        size = len(letter.raw)
        path = folder / "cur" / f"{letter.when}.M{number:06d}P1.localhost,S={size},W={size}:2,{letter.flags}"
        path.write_bytes(letter.raw)
        os.utime(path, (letter.when, letter.when))
        total += size
    return total


def encoded(text: str) -> str:
    """A header value as programs send it: plain when ASCII, else folded RFC 2047 words of whole characters."""
    if text.isascii():
        return text
    words, word = [], b""
    for character in text:
        if len(word) + len(character.encode()) > 42:
            words.append(word)
            word = b""
        word += character.encode()
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(one).decode()}?=" for one in (*words, word))


def _capital(text: str) -> str:
    """A sentence's beginning; unlike str.capitalize it leaves `Đà Nẵng` inside alone."""
    return text[:1].upper() + text[1:]


def _lines_of_base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _html(number: int, text: str) -> bytes:
    paragraphs = "".join(f"<p>{line}</p>" for line in re.split(r"\r\n", text))
    page = (
        "<html><head><style>p{margin:0}</style></head><body><table><tr><td>"
        f"{paragraphs}</td></tr></table><a href='https://example.com/{number}'>open</a>"
        "<img src='https://example.com/pixel.gif' width=1 height=1></body></html>"
    )
    opening = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return opening + _lines_of_base64(page.encode())


def _attachment(number: int, data: bytes) -> bytes:
    opening = (
        f'Content-Type: application/pdf; name="file-{number}.pdf"\r\n'
        f'Content-Disposition: attachment; filename="file-{number}.pdf"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return opening.encode() + _lines_of_base64(data)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m bench.corpus MAILDIR COUNT")
    print(f"{write_maildir(Path(sys.argv[1]), int(sys.argv[2])):,} bytes of mail in {sys.argv[1]}")
