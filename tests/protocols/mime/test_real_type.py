"""What an attachment really is is judged by its content; its sender's words only make it more dangerous."""

import io
import zipfile

import pytest

from protocols.mime.parse import parse_message
from protocols.mime.real_type import differs, of_part, real_type


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "declared", "name", "kind"),
    [
        pytest.param(b"%PDF-1.7 ...", "text/plain", "a.txt", "application/pdf", id="A06-pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n...", "application/pdf", "a.pdf", "image/png", id="A06-mismatch"),
        pytest.param(zipped("x.txt"), "", "a.zip", "application/zip", id="zip"),
        pytest.param(
            zipped("[Content_Types].xml", "word/document.xml"),
            "application/octet-stream",
            "a.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            id="docx",
        ),
        pytest.param(b"a,b\n1,2\n", "text/csv", "a.csv", "text/csv", id="csv"),
        pytest.param(b"a,b\n1,2\n", "application/pdf", "a.pdf", "text/plain", id="text-that-lies"),
        pytest.param(b"BEGIN:VCALENDAR\r\n", "text/plain", "a.ics", "text/calendar", id="calendar"),
        pytest.param(b"BMW and Bentley\n", "text/plain", "a.txt", "text/plain", id="words"),
        pytest.param(b"\x00\x01\x02\xfe", "application/pdf", "a.pdf", "", id="unknown"),
    ],
)
def test_content_tells_the_type(data: bytes, declared: str, name: str, kind: str):
    found = real_type(data, declared, name)
    assert found.type == kind
    assert not found.danger
    assert bool(found.extension) is bool(kind)


@pytest.mark.parametrize(
    ("data", "declared", "name"),
    [
        pytest.param(b"MZ\x90\0\x03\0\0\0", "application/pdf", "bill.pdf", id="A06-exe"),
        pytest.param(b"\x7fELF\x02\x01", "image/png", "a.png", id="A06-elf"),
        pytest.param(b"#!/bin/sh\nrm -rf ~\n", "text/plain", "readme.txt", id="A06-script"),
        pytest.param(b"[Desktop Entry]\nExec=sh\n", "text/plain", "a.txt", id="A06-desktop"),
        pytest.param(b"# x\n[Desktop Entry]\nExec=sh\n", "text/plain", "a.txt", id="A06-desktop-below-a-remark"),
        pytest.param(b"L\0\0\0\x01\x14\x02\0", "application/pdf", "a.pdf", id="A06-lnk"),
        pytest.param(b"[InternetShortcut]\nURL=x\n", "text/plain", "a.txt", id="A06-url"),
        pytest.param(b"<!DOCTYPE html><p>x", "image/png", "a.png", id="A06-html"),
        pytest.param(b"<?xml version='1.0'?><svg onload=x>", "image/png", "a.png", id="A06-svg"),
        pytest.param(zipped("META-INF/MANIFEST.MF"), "application/zip", "a.zip", id="A06-jar"),
        pytest.param(b"WScript.Echo(1)\n", "text/plain", "bill.pdf.js", id="A06-js"),
        pytest.param(b"import os\n", "text/x-python", "a.command", id="A06-command"),
        pytest.param(zipped("word/document.xml", "word/vbaProject.bin"), "", "a.docx", id="A06-macros"),
        pytest.param(b"%!PS-Adobe-3.0\n", "application/pdf", "a.pdf", id="A06-postscript"),
    ],
)
def test_what_could_run_is_dangerous_whatever_it_calls_itself(data: bytes, declared: str, name: str):
    assert real_type(data, declared, name).danger


def test_a_file_is_called_by_what_it_is():
    """A06: programs choose by the ending what they do."""
    pdf = real_type(b"%PDF-1.7", "application/x-desktop", "bill.desktop")
    assert pdf.file_name("../bill.desktop") == "bill.pdf"
    assert pdf.file_name("bill") == "bill.pdf"
    assert pdf.file_name("x" * 400 + ".html").endswith("x.pdf")
    assert real_type(b"text", "text/html", "a.html").file_name("a.html") == "a.txt"


def test_an_enclosed_message_is_one():
    raw = b"Content-Type: message/rfc822\r\n\r\nSubject: inside\r\n\r\nText.\r\n"
    assert of_part(parse_message(raw).root).type == "message/rfc822"


@pytest.mark.parametrize(
    ("declared", "found", "lies"),
    [
        ("application/pdf", "application/pdf", False),
        ("application/pdf", "application/x-executable", True),
        ("application/pdf", "application/zip", True),
        ("application/octet-stream", "application/pdf", False),
        ("image/jpg", "image/jpeg", False),
        ("image/png", "text/html", True),
        ("text/csv", "text/plain", False),
        ("application/pdf", "", False),
    ],
)
def test_a_type_that_lies_is_told_from_one_that_is_only_vague(declared: str, found: str, lies: bool):
    """P23, A06"""
    assert differs(declared, found) is lies
