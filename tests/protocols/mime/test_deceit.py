"""What a message is suspected of, what its attachments really are, and what the receiving server found out."""

import base64
import io
import zipfile

import pytest

from protocols.mime import sniff
from protocols.mime.authentication import Verdict, is_refuted, verdicts
from protocols.mime.deceit import site
from protocols.mime.headers import split_headers
from protocols.mime.read import document


def warned(headers: str, body: str = "hello") -> tuple[str, ...]:
    return document(f"{headers}\n\n{body}".encode()).warnings


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        pytest.param("From: CEO <ceo@corp.example> <evil@x.example>", "ceo@corp.example", id="P10-two-angles"),
        pytest.param('From: "ceo@corp.example" <evil@x.example>', "but the address is evil@x.example", id="P10-name"),
        pytest.param("From: a@x.example\nFrom: b@y.example", "more than one From", id="P09-two"),
        pytest.param(
            "From: Boss <boss@x.example>\nSender: s@y.example",
            "Sent by s@y.example in the name of boss@x.example.",
            id="P09-sender-differs",
        ),
        pytest.param("From: a@x.example\nReply-To: b@y.example", "Answers go to b@y.example", id="L03-reply-to"),
        pytest.param("From: a@xn--pple-43d.example", "mixes Cyrillic and Latin letters", id="H07-mixed-sender"),
    ],
)
def test_a_sender_that_poses_is_pointed_out(headers: str, told: str):
    assert any(told in warning for warning in warned(headers))


@pytest.mark.parametrize(
    "headers",
    [
        "From: An <an@example.com>\nReply-To: an@mail.example.com",
        "From: list@example.com\nReply-To: me@other.example\nList-Id: <x.example.com>",
        "From: an@example.com\nSender: x-bounces@lists.example\nList-Id: <x.example.com>",
        "From: An <an@example.com>\nSender: AN@example.com",
        "From: An <an@bücher.example>",
    ],
)
def test_ordinary_senders_are_left_alone(headers: str):
    assert warned(headers) == ()


def test_a_link_with_letters_of_two_alphabets_says_which():
    """H07"""
    (warning,) = warned("From: a@x.example", "see https://xn--pple-43d.com/login")
    assert warning == "A link's host xn--pple-43d.com reads “аpple.com”, which mixes Cyrillic and Latin letters."


def attached(name: str, kind: str, content: str) -> tuple[str, ...]:
    part = f'Content-Type: {kind}\nContent-Disposition: attachment; filename="{name}"\n\n{content}'
    return warned("From: a@x.example\nContent-Type: multipart/mixed; boundary=b", f"--b\n\nhi\n--b\n{part}\n--b--")


@pytest.mark.parametrize(
    ("name", "kind", "content", "told"),
    [
        ("invoice.pdf.exe", "application/pdf", "x", "invoice.pdf.exe is a program, made to look like a PDF file."),
        ("photo.jpg", "image/jpeg", "MZ\x90", "photo.jpg is a program, although its name does not say so."),
        ("list.xlsm", "application/octet-stream", "x", "list.xlsm can hold macros, which are programs."),
        ("scan.pdf", "application/pdf", "<html><body>", "scan.pdf calls itself application/pdf, but is text/html."),
        ("bill.html", "text/html", "<p>x", "bill.html is a web page: opened in a browser it can pose as any site."),
    ],
)
def test_attachments_that_are_programs_or_lie_are_named(name: str, kind: str, content: str, told: str):
    """A06, P23"""
    assert attached(name, kind, content) == (f"The attachment {told}",)


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (("a.txt", "in/invoice.pdf.exe"), ("The archive x.zip holds a program: invoice.pdf.exe.",)),
        (("word/document.xml", "word/vbaProject.bin"), ("The attachment x.zip holds macros, which are programs.",)),
        (("a.txt", "exe", "b.exe/"), ()),
    ],
)
def test_a06_an_archive_that_holds_a_program_is_named(entries: tuple[str, ...], told: tuple[str, ...]):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for entry in entries:
            archive.writestr(entry, "x")
    content = "\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(packed.getvalue()).decode()
    part = f'Content-Type: application/zip\nContent-Disposition: attachment; filename="x.zip"{content}'
    mixed = "From: a@x.example\nContent-Type: multipart/mixed; boundary=b"
    assert warned(mixed, f"--b\n\nhi\n--b\n{part}\n--b--") == told


def test_an_ordinary_attachment_is_left_alone():
    assert attached("plan.pdf", "application/pdf", "%PDF-1.4") == ()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"MZ\x90\0", "application/vnd.microsoft.portable-executable"),
        (b"PK\x03\x04", "application/zip"),
        (b"<?xml version='1.0'?><svg>", "image/svg+xml"),
        (b"<!DOCTYPE html>", "text/html"),
        (b"#!/bin/sh", "text/x-script"),
        (b"just words\n", "text/plain"),
        (b"\0\1\2\3", ""),
        (b"", ""),
    ],
)
def test_content_is_known_by_how_it_begins(data: bytes, kind: str):
    assert sniff.content_type(data) == kind


def test_containers_and_other_names_of_one_type_are_believed():
    assert not sniff.disagrees(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"
    )
    assert not sniff.disagrees("image/pjpeg", "image/jpeg")
    assert not sniff.disagrees("application/octet-stream", "image/png")
    assert sniff.disagrees("image/png", "image/jpeg")


RESULTS = (
    b"Authentication-Results: mx.mine.example; dkim=fail header.d=x.example;\r\n"
    b" dkim=pass (good) header.d=bank.example; spf=pass smtp.mailfrom=a@bank.example;\r\n"
    b" dmarc=pass (p=REJECT) header.from=bank.example\r\n"
    b"Authentication-Results: mx.mine.example; dmarc=fail header.from=forged.example\r\n"
    b"Authentication-Results: mx.evil.example; dmarc=pass header.from=bank.example\r\n\r\n"
)


def test_only_the_first_word_of_a_trusted_server_counts():
    """E07"""
    fields, _ = split_headers(RESULTS)
    assert verdicts(fields, {"mx.mine.example"}) == (
        Verdict("dmarc", "pass", "bank.example"),
        Verdict("spf", "pass", "bank.example"),
        Verdict("dkim", "pass", "bank.example"),
    )
    assert verdicts(fields, ()) == ()
    assert verdicts(fields, {"elsewhere.example"}) == ()


def test_a_sender_is_refuted_by_dmarc_and_without_it_by_spf_unless_a_signature_holds():
    assert is_refuted([Verdict("dmarc", "fail")])
    assert is_refuted([Verdict("spf", "fail")])
    assert not is_refuted([Verdict("spf", "fail"), Verdict("dkim", "pass")])
    assert not is_refuted([Verdict("dkim", "fail")])


def test_a_site_is_what_somebody_registered():
    assert site("a.b.example.com") == "example.com"
    assert site("mail.example.co.uk") == "example.co.uk"
    assert site("localhost") == "localhost"
