"""The time by which lists sort retrieved mail, and names for messages without UIDL."""

from protocols.mime.digest import digest
from protocols.pop3.arrivals import Retrieved, header_key, received_time

NOW = 1_760_000_000
SENT = 1_704_190_600
DATE = b"Date: Tue, 02 Jan 2024 10:16:40 +0000\r\n"
RECEIVED = b"Received: from a by b; Tue, 02 Jan 2024 10:16:41 +0000\r\nReceived: x; Mon, 01 Jan 2024 10:00:00 +0000\r\n"
FUTURE = b"Date: Tue, 02 Jan 2074 10:16:40 +0000\r\n"
LOST = b"Date: Thu, 01 Jan 1970 00:00:07 +0000\r\n"


def received(head: bytes) -> int:
    raw = head + b"Subject: x\r\n\r\nbody\r\n"
    return received_time(raw, digest(raw), NOW)


def test_the_date_header_counts_when_it_is_plausible():
    assert received(RECEIVED + DATE) == SENT


def test_the_last_server_counts_when_the_date_lies():
    assert received(RECEIVED + FUTURE) == received(RECEIVED + LOST) == received(RECEIVED) == SENT + 1


def test_now_counts_when_nothing_else_is_known():
    assert received(b"") == received(FUTURE) == received(b"Received: nonsense\r\n" + LOST) == NOW


def test_an_arrival_keeps_every_octet():
    raw = b"Subject: \xff\x00\r\n\r\n\xfe\n\r"
    row = Retrieved("uid", raw).arrival(digest(raw), NOW)
    assert (row.raw, row.size, row.uidl) == (raw, len(raw), "uid")


def test_a_header_gives_the_same_key_with_and_without_its_body():
    head = b"Subject: one\r\nMessage-ID: <1@x>\r\n\r\n"
    assert header_key(head, 9) == header_key(head + b"body\r\n", 9) == header_key(head.replace(b"\r\n", b"\n"), 9)
    assert header_key(head, 9) != header_key(head, 10)
    assert header_key(head, 9) != header_key(head.replace(b"one", b"two"), 9)
