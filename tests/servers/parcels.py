"""Large letters with attachments, made of numbers so that every byte is the same in each run."""

import base64
import random


def content(number: int, size: int) -> bytes:
    """The bytes of an attachment."""
    return random.Random(number).randbytes(size)


def parcel(number: int, size: int = 2_000_000, *, text: str = "Here it is.") -> bytes:
    """A letter with its text in two forms, one attachment of `size` bytes, and a small one."""
    encoded = base64.encodebytes(content(number, size)).replace(b"\n", b"\r\n")
    head = (
        f"From: Anna <anna@example.com>\r\nTo: me@example.com\r\nSubject: letter {number}\r\n"
        f"Message-ID: <{number}@example.com>\r\nDate: Tue, 16 Jul 2024 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="outer"\r\n\r\nA preamble.\r\n--outer\r\n'
        'Content-Type: multipart/alternative; boundary="inner"\r\n\r\n--inner\r\n'
        "Content-Type: text/plain; charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"{text} Hóa đơn {number}.\r\n--inner\r\n"
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"<p>{text} Hóa đơn {number}.</p>\r\n--inner--\r\n--outer\r\n"
        "Content-Type: application/pdf; name*=utf-8''h%C3%B3a%20%C4%91%C6%A1n.pdf\r\n"
        "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n"
        " filename*=utf-8''h%C3%B3a%20%C4%91%C6%A1n.pdf\r\n\r\n"
    )
    tail = (
        "\r\n--outer\r\nContent-Type: text/csv; charset=utf-8\r\n"
        'Content-Disposition: attachment; filename="sum.csv"\r\n\r\n1,2,3\r\n--outer--\r\nAn epilogue.\r\n'
    )
    return head.encode() + encoded + tail.encode()
