"""A whole message that is reduced to its texts is read as before, and says what is missing."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.corpus import messages
from protocols.demo.hostile import hostile
from protocols.demo.people import ME
from protocols.mime import reduced as module
from protocols.mime.blocks import Document, Kind
from protocols.mime.parse import parse_message
from protocols.mime.partial import partial_message
from protocols.mime.read import message_document
from protocols.mime.reduced import reduced
from store import structure

PDF = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n\r\n" + b"%PDF" * 1000


def mixed(*parts: bytes) -> bytes:
    head = b"From: anna@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n"
    return head + b"\r\n" + b"".join(b"--o\r\n" + part + b"\r\n" for part in parts) + b"--o--\r\n"


INSIDE = b"Content-Type: message/rfc822\r\n\r\nFrom: bob@example.com\r\nSubject: inside\r\n\r\nThe text inside."
ENCODED = (
    b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"U3ViamVjdDogZW5jb2RlZA0KDQpUaGUgdGV4dCBpbnNpZGUu"
)
HTML = (
    b"Content-Type: text/html; charset=windows-1258\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>b=E1n</p>"
)
FLOWED = b"Content-Type: text/plain; format=flowed\r\n\r\nOne \r\nline.\r\n"


def shown(raw: bytes) -> tuple[Document, Document]:
    """What the reader shows of the whole, and of what is left of it."""
    tree, sections = reduced(raw)
    texts = {name: content for name, (content, _) in sections.items()}
    complete = [name for name, (_, whole) in sections.items() if whole]
    kept = structure.read(structure.written(tree))
    return message_document(parse_message(raw)), message_document(partial_message(kept, texts, complete))


@pytest.mark.parametrize("raw", [mixed(FLOWED), mixed(HTML, INSIDE), mixed(ENCODED), FLOWED, HTML, b"", b"\0\xff"])
def test_the_reader_shows_the_same(raw: bytes):
    whole, left = shown(raw)
    assert left == whole


def test_mail_of_all_kinds_is_shown_the_same_but_for_what_is_attached():
    for raw in messages(60, seed=7):
        whole, left = ([b for b in one.blocks if b.kind is not Kind.NOTICE] for one in shown(raw))
        assert left == whole


def test_an_attachment_is_told_and_not_held():
    raw = mixed(FLOWED, PDF)
    tree, sections = reduced(raw)
    assert list(sections) == ["HEADER", "1"]
    [pdf] = [part for part in tree.walk() if part.name]
    assert (pdf.section, pdf.type, pdf.name, pdf.size) == ("2", "application/pdf", "a.pdf", 4000)


def test_of_an_endless_text_only_the_beginning_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "TEXT_BYTES", 5)
    assert reduced(b"Subject: x\r\n\r\n12345")[1]["1"] == (b"12345", True)
    assert reduced(b"Subject: x\r\n\r\n123456")[1]["1"] == (b"12345", False)


@given(st.integers(0, 200), st.integers(0, 1 << 30))
def test_hostile_mail_is_reduced_without_an_error(number: int, seed: int):
    raw = bytearray(hostile(number, ME, 1_700_000_000))
    chance = random.Random(seed)
    for _ in range(3):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    shown(bytes(raw))
