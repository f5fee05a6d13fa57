"""Files that MIME does not know of: uuencoded in a text, packed by Outlook."""

import binascii
import struct

import pytest
from hypothesis import given, strategies

from protocols.mime.digest import digest
from protocols.mime.parse import Message, parse_message
from protocols.mime.read import document
from protocols.mime.unfold import unfolded

PICTURE = bytes(range(256)) * 3


def uuencoded(data: bytes, name: str = "picture.jpg", end: bytes = b"`\nend\n") -> bytes:
    lines = [binascii.b2a_uu(data[start : start + 45]) for start in range(0, len(data), 45)]
    return f"begin 644 {name}\n".encode() + b"".join(lines) + end


def attribute(level: int, number: int, kind: int, data: bytes) -> bytes:
    """One attribute of MS-OXTNEF 2.1.3."""
    return struct.pack("<BHHI", level, number, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def winmail(*attributes: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)


PACKED = winmail(
    attribute(1, 0x9006, 8, struct.pack("<I", 0x10000)),
    attribute(1, 0x9007, 6, struct.pack("<II", 1252, 0)),
    attribute(1, 0x800C, 2, b"The text in it\0"),
    attribute(2, 0x9002, 6, b"\0" * 14),
    attribute(2, 0x8010, 1, b"plan.pdf\0"),
    attribute(2, 0x800F, 6, b"%PDF-1.4 small"),
)


def opened(raw: bytes) -> Message:
    return unfolded(parse_message(raw))


def packed_message(text: bytes, data: bytes = PACKED, kind: bytes = b"application/ms-tnef") -> bytes:
    body = binascii.b2a_base64(data)
    return (
        b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\n' + text + b"\n--b\nContent-Type: " + kind
        + b'; name="winmail.dat"\nContent-Transfer-Encoding: base64\n\n' + body + b"\n--b--\n"
    )  # fmt: skip


def test_a_file_in_the_middle_of_a_text_is_an_attachment_and_the_text_stays_readable():
    """P16"""
    message = opened(b"Subject: x\n\nbefore\n" + uuencoded(PICTURE) + b"after\n")
    (file,) = message.attachments
    assert (file.index, file.name, file.type, file.decoded()) == ("1+2", "picture.jpg", "image/jpeg", PICTURE)
    shown = [block.text for block in document(b"Subject: x\n\nbefore\n" + uuencoded(PICTURE) + b"after\n").blocks]
    assert "before" in shown
    assert "after" in shown
    assert any("picture.jpg" in text for text in shown)


def test_the_index_knows_the_file_and_not_its_digits():
    found = digest(b"Subject: x\n\nbefore\n" + uuencoded(PICTURE) + b"after\n")
    assert found.attachments == 1
    assert found.filenames == ("picture.jpg",)
    assert found.text is not None
    assert len(found.text) < 40


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"begin 644 nothing\nThis is prose that goes on,\nand on.\n", id="P16-fake-begin"),
        pytest.param(b"We begin 10 minutes later.\nend\n", id="P16-prose"),
        pytest.param(b"begin 644 x\n" + b"\xff" * 60 + b"\nend\n", id="P16-length-beyond-the-line"),
    ],
)
def test_prose_stays_untouched(text: bytes):
    message = opened(b"Subject: x\n\n" + text)
    assert message.attachments == ()
    assert message.root.text() == text.decode("utf-8", "replace") or b"\xff" in text


def test_a_file_without_an_end_goes_as_far_as_its_lines():
    """P16"""
    (file,) = opened(b"Subject: x\n\n" + uuencoded(PICTURE, end=b"") + b"\nafter\n").attachments
    assert file.decoded() == PICTURE


def test_a_path_stands_in_the_name_until_it_is_cleaned_for_saving():
    """P16: nothing is ever written under a name that a mail gives."""
    (file,) = opened(b"Subject: x\n\n" + uuencoded(PICTURE, "../../x")).attachments
    assert file.name == "../../x"


@given(strategies.binary(max_size=400))
def test_anything_after_begin_is_survived(data: bytes):
    opened(b"Subject: x\n\nbegin 644 a\n" + data)


def test_a_winmail_dat_shows_what_it_holds():
    """P18"""
    message = opened(packed_message(b"hello"))
    (file,) = message.attachments
    assert (file.index, file.name, file.type, file.decoded()) == (
        "2+2",
        "plan.pdf",
        "application/pdf",
        b"%PDF-1.4 small",
    )
    assert [part.text() for part in message.readable] == ["hello"]


def test_the_text_of_a_winmail_dat_is_shown_when_there_is_no_other():
    """P18"""
    texts = [block.text for block in document(packed_message(b" ", kind=b"application/octet-stream")).blocks]
    assert "The text in it" in texts


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(PACKED[:40], id="P18-cut"),
        pytest.param(PACKED[:6] + b"\xff" * 100, id="P18-garbage"),
        pytest.param(b"no packing at all", id="P18-something-else"),
        pytest.param(winmail(attribute(2, 0x800F, 6, b"data before any name")), id="P18-data-before-name"),
        pytest.param(winmail(*[attribute(1, 0x1234, 6, b"")] * 30_000), id="P18-endless-attributes"),
    ],
)
def test_a_broken_winmail_dat_stays_an_attachment(data: bytes):
    message = opened(packed_message(b"hello", data))
    assert [part.name for part in message.attachments] == ["winmail.dat"]


@given(strategies.binary(max_size=300))
def test_any_packing_is_survived(data: bytes):
    opened(packed_message(b"hello", PACKED[:20] + data))
