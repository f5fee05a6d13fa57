"""The page that a browser is given of a message."""

import base64
import re

import pytest

from protocols.mime.page import page
from protocols.mime.parse import parse_message

PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def message(html: str) -> bytes:
    return (
        "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html; charset=utf-8\n\n"
        f"{html}\n--b\nContent-Type: image/png\nContent-ID: <logo>\nContent-Transfer-Encoding: base64\n\n"
        f"{PICTURE}\n--b--\n"
    ).encode()


def shown(html: str, *, remote: bool = False) -> str:
    found = page(parse_message(message(html)), title="<x>", remote=remote)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<script>alert(1)</script>", id="H05-script"),
        pytest.param("<p onclick=alert(1) onload=alert(1)>x</p>", id="H05-handler"),
        pytest.param('<a href="javascript:alert(1)">x</a>', id="H06-javascript"),
        pytest.param('<a href="file:///etc/passwd">x</a>', id="H06-file"),
        pytest.param('<iframe src="https://evil.example"></iframe>', id="H05-frame"),
        pytest.param('<form action="https://evil.example"><input name=a></form>', id="H10-form"),
        pytest.param('<link rel=stylesheet href="https://evil.example/a.css">', id="H05-sheet"),
        pytest.param('<meta http-equiv=refresh content="0;url=https://evil.example">', id="H05-refresh"),
        pytest.param('<base href="https://evil.example/">', id="H05-base"),
        pytest.param('<img src="https://evil.example/a.png" srcset="https://evil.example/b.png 2x">', id="H05-img"),
        pytest.param('<td background="https://evil.example/a.png">x', id="H05-background"),
        pytest.param('<p style="background:url(https://evil.example/a.png)">x</p>', id="H05-style"),
        pytest.param("<style>@import 'https://evil.example/a.css';</style>", id="H05-import"),
        pytest.param('<svg><image href="https://evil.example/a.svg"/></svg>', id="H05-svg"),
        pytest.param('<object data="https://evil.example/x"></object>', id="H05-object"),
        pytest.param('<video poster="https://evil.example/x"></video>', id="H05-video"),
    ],
)
def test_nothing_runs_and_nothing_is_loaded(html: str):
    found = shown(f"<html><body>before {html} after</body></html>")
    assert "before" in found
    assert "evil.example" not in found
    assert not re.search(r"<script|onclick|onload|javascript:|file:", found, re.IGNORECASE)
    assert "default-src 'none'; img-src data:;" in found


def test_pictures_of_the_message_are_put_in_and_others_only_when_asked():
    html = (
        '<p>hi</p><img src="cid:logo" alt=logo><img src="https://img.example/a.png"><a href="https://x.example/">x</a>'
    )
    found = shown(html)
    assert f"data:image/png;base64,{PICTURE}" in found
    assert "img.example" not in found
    assert 'href="https://x.example/"' in found
    allowed = shown(html, remote=True)
    assert "https://img.example/a.png" in allowed
    assert "img-src data: https: http:;" in allowed


def test_markup_that_cannot_be_parsed_is_shown_as_text():
    """H02"""
    found = shown("<b>" * 3000 + "words <script>alert(1)</script>")
    assert "<script" not in found
    assert "words" in found


def test_a_title_is_no_markup_and_a_message_without_html_has_no_page():
    assert "<title>&lt;x&gt;</title>" in shown("<p>hi</p>")
    assert page(parse_message(b"Subject: x\n\nplain")) is None
