"""The document that the reader shows, with its warnings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.mime.blocks import Document, Kind
from protocols.mime.long_text import Chunk, LongBlocks
from protocols.mime.read import document

ALTERNATIVE = (
    b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nthe plain text of it\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<p>the <b>html</b> of it</p>\r\n--b--\r\n"
)


def text_of(shown: Document) -> str:
    return "\n".join(block.text for block in shown.blocks)


@settings(deadline=None)
@given(
    st.binary() | st.binary().map(lambda data: b"Content-Type: text/html\n\n" + data),
    st.sampled_from(["auto", "plain", "html"]),
)
def test_any_bytes_are_a_document(raw: bytes, prefer: str) -> None:
    shown = document(raw, prefer=prefer)
    assert shown.blocks
    assert not set(text_of(shown)) & set("\r\t\x1b\x9b\u202e\u2028\0")


@pytest.mark.parametrize(
    ("prefer", "text"),
    [("auto", "the plain text of it"), ("plain", "the plain text of it"), ("html", "the html of it")],
)
def test_a_reader_can_choose(prefer: str, text: str) -> None:
    assert text_of(document(ALTERNATIVE, prefer=prefer)).strip() == text


def test_a_message_without_headers_is_shown_as_it_stands() -> None:
    shown = document(b"\x00\x01 no headers here\nat all")
    assert shown.blocks[0].kind is Kind.NOTICE
    assert "no headers here\nat all" in text_of(shown)


def test_a_message_inside_shows_its_headers_and_text() -> None:
    shown = document(b"Content-Type: message/rfc822\r\n\r\nFrom: A <a@b>\r\nSubject: =?utf-8?q?=C4=91?=\r\n\r\ninner")
    assert [block.text for block in shown.blocks if block.kind is Kind.HEADERS] == ["From: A <a@b>", "Subject: đ"]
    assert "inner" in text_of(shown)


def test_headers_that_came_back_without_their_message_are_headers() -> None:
    head = b"Content-Type: text/rfc822-headers\r\n\r\nReceived: from a\r\n\tby b\r\nSubject: =?utf-8?q?=C4=91?=\r\n"
    assert [(block.kind, block.text) for block in document(head).blocks] == [
        (Kind.RULE, ""),
        (Kind.HEADERS, "Received: from a by b"),
        (Kind.HEADERS, "Subject: đ"),
    ]
    assert "and more" in text_of(document(head + b"\r\nand more"))


def test_attachments_are_named_safely() -> None:
    raw = b'Subject: x\r\nContent-Type: application/pdf; name="a\x1b]0;x\x1b.pdf"\r\n\r\nabc'
    shown = document(raw)
    assert "Attached: a�]0;x�.pdf (part 1, application/pdf, 3 B)" in text_of(shown)


def test_p20_a_report_is_shown_as_it_stands() -> None:
    shown = document(b"Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822;a@b\r\nStatus: 5.1.1")
    assert "Status: 5.1.1" in text_of(shown)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('From: "ceo@corp.example" <evil@x.example>', "ceo@corp.example"),
        ("From: Spoof <spoof@x.example> <real@y.example>", "real@y.example"),
        ("From: a@x.example, b@y.example", "more than one sender"),
        ("From: a@x.example\r\nFrom: b@y.example", "more than one From"),
    ],
)
def test_p09_p10_a_sender_who_poses_is_named(head: str, said: str) -> None:
    shown = document(f"{head}\r\n\r\nx".encode())
    assert any(said in warning for warning in shown.warnings)


def test_an_honest_sender_is_not_warned_of() -> None:
    assert document(b'From: "a@x.example" <a@x.example>\r\n\r\nhttps://x.example/').warnings == ()


def test_h07_a_link_that_poses_is_named() -> None:
    shown = document(b"Content-Type: text/html\r\n\r\n<a href=https://evil.example/>https://bank.example/</a>")
    assert shown.warnings == ("A link reads “https://bank.example/” but leads to evil.example.",)


@pytest.mark.timeout(60)
def test_p24_the_lines_of_a_huge_text_are_made_only_when_they_are_looked_at() -> None:
    shown = document(b"Subject: x\n\n" + b"word\n" * 1_000_000)
    assert isinstance(shown.blocks, LongBlocks)
    assert next(iter(shown.blocks)).text == "word"
    made = next(piece.source.made for piece in shown.blocks.pieces if isinstance(piece, Chunk))
    assert sum(map(len, made.values())) < 1000


def test_p24_a_huge_text_of_another_kind_is_cut_and_says_so() -> None:
    shown = document(b"Subject: x\nContent-Type: text/enriched\n\n" + b"word\n" * 1_000_000)
    assert shown.blocks[-1].kind is Kind.NOTICE
