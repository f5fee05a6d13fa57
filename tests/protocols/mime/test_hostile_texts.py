"""The examples of the catalogue for charsets, HTML and file names, where no other test has them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from protocols.mime.blocks import Kind, LinkList
from protocols.mime.charsets import decode
from protocols.mime.html import html_blocks
from protocols.mime.read import document
from protocols.mime.safe import file_name, host_of, line, url

ROOT = Path(__file__).parents[3]


def shown(raw: bytes) -> list[str]:
    return [block.text for block in document(raw).blocks if block.text]


@pytest.mark.parametrize(
    "label",
    ["DEFAULT_CHARSET", "X-UNKNOWN", "unknown-8bit", "fakescii", "charset=charset=utf-8",
     "utf-8; format", "\"'utf-8'\"", "us-ascii", ""],
)  # fmt: skip
def test_c01_a_label_that_says_nothing_reads_as_utf_8(label: str):
    assert decode("xin chào".encode(), label) == "xin chào"


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        pytest.param("שלום".encode("iso-8859-8"), "iso-8859-8-i", "שלום", id="C01-hebrew"),
        pytest.param("né".encode("cp850"), "cp-850", "né", id="C01-cp-850"),
        pytest.param("中文".encode("gb18030"), "GB2312_CHARSET", "中文", id="C01-gb2312"),
        pytest.param("𠀀".encode("gb18030"), "gb18030", "𠀀", id="C04-gb18030-of-four-octets"),
        pytest.param("㗎".encode("big5hkscs"), "big5", "㗎", id="C04-hong-kong"),
        pytest.param(b"\x1b(I1\x1b(B ok", "iso-2022-jp", "ｱ ok", id="C04-kana"),
        pytest.param(b"\x1b$)C\x0e3*\x0f ok", "iso-2022-kr", "나 ok", id="C04-korean-shift"),
        pytest.param(b"\xff\xfea\0", "utf-16", "a", id="C05-utf-16"),
    ],
)
def test_a_charset_is_read(data: bytes, label: str, text: str):
    assert decode(data, label).removeprefix("\ufeff") == text


@pytest.mark.parametrize(
    ("data", "label"),
    [
        pytest.param(b"\x1b$)A\x0eVP\x0f ok", "iso-2022-cn", id="C04-chinese-shift"),
        pytest.param(b"\xc0\xaf ok", "utf-8", id="C05-overlong"),
        pytest.param(b"\xed\xa0\xbd\xed\xb8\x80 ok", "utf-8", id="C05-CESU-8"),
        pytest.param(b"\xed\xa0\x80 ok", "utf-8", id="C05-surrogate"),
        pytest.param(b"\xfe\xff\xfe ok", "utf-8", id="C05-no-utf-8-at-all"),
        pytest.param(b"\0o\0k\xd8\0", "utf-16-be", id="C05-half-a-pair"),
        pytest.param(b"\0\0\0o\xff\xff\xff\xff", "utf-32-be", id="C05-beyond-unicode"),
    ],
)
def test_what_is_broken_is_replaced_and_the_rest_is_read(data: bytes, label: str):
    text = decode(data, label)
    assert "o" in text
    assert not any(0xD800 <= ord(char) < 0xE000 for char in text)
    assert "\x1b" not in line(text)


@pytest.mark.parametrize(
    "head",
    [
        "<meta charset=big5>",
        "<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=Big5'>",
        "<meta content=\"text/html;charset='big5'\">",
    ],
)
def test_c06_html_may_name_its_charset_itself(head: str):
    raw = f"Content-Type: text/html\n\n<html><head>{head}</head><body>軟體</body></html>".encode("big5")
    assert shown(raw) == ["軟體"]
    assert shown(raw.replace(b"text/html\n", b"text/html; charset=koi8-r\n", 1)) != ["軟體"]


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<!-- never closed <p>the text</p>", id="H04-comment"),
        pytest.param("<p style='text-indent:-9999px'>preheader</p><p>the text</p>", id="H04-far-away"),
        pytest.param("<p style='opacity:0'>preheader</p><p>the text</p>", id="H04-glass"),
    ],
)
def test_the_text_is_there_and_what_is_hidden_is_not(html: str):
    text = "\n".join(block.text for block in html_blocks(html))
    assert "the text" in text
    assert "preheader" not in text


_WITHOUT_A_NETWORK = """
import sys
from protocols.mime.page import page
from protocols.mime.parse import parse_message
from protocols.mime.read import document
raw = b"Subject: x\\nContent-Type: text/html\\n\\n" + sys.argv[1].encode()
document(raw)
def refuse(event, arguments):
    if event.startswith(("socket.", "urllib.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "webbrowser.")):
        raise SystemExit(f"{event} {arguments}")
    if event == "open" and isinstance(arguments[0], str) and "passwd" in arguments[0]:
        raise SystemExit(arguments[0])
sys.addaudithook(refuse)
for prefer in ("html", "plain"):
    document(raw, prefer=prefer)
for remote in (False, True):
    page(parse_message(raw), remote=remote)
"""
LOADING = """<link rel=prefetch href=http://evil.example><link rel=dns-prefetch href=//evil.example>
<meta http-equiv=refresh content="0;url=http://evil.example"><style>@import 'http://evil.example/a.css';
@font-face{src:url(http://evil.example/a.woff)} p{background:url(http://evil.example/b)}</style>
<body background=http://evil.example/c><img src=http://evil.example/d srcset='http://evil.example/e 2x'>
<img src=cid:nothing><img src=file:///etc/passwd><iframe src=http://evil.example/f></iframe>
<svg><image href=http://evil.example/g /></svg><video poster=http://evil.example/h src=i></video><p>text</p>"""


def test_h05_nothing_is_loaded_and_nobody_is_asked_for_an_address():
    ended = subprocess.run(
        [sys.executable, "-c", _WITHOUT_A_NETWORK, LOADING], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("address", "host"),
    [
        pytest.param("https://bank.example:443@evil.example/", "evil.example", id="H07-user-and-port"),
        pytest.param("https://bank.example.evil.example/", "bank.example.evil.example", id="H07-longer-name"),
        pytest.param("https://bank.example\N{FRACTION SLASH}x.evil.example/", None, id="H07-fraction-slash"),
        pytest.param("https://bank.example\N{BIG SOLIDUS}x.evil.example/", None, id="H07-big-solidus"),
        pytest.param("https://evil.example./", "evil.example", id="H07-trailing-dot"),
        pytest.param("https://evil.example:8443/", "evil.example", id="H07-port"),
        pytest.param("https://ev%69l.example/", None, id="H07-percent"),
        pytest.param("https://" + "a." * 500 + "example/", None, id="H07-very-long"),
        pytest.param("//evil.example", None, id="H07-no-scheme"),
        pytest.param("ms-settings:network", None, id="H06-ms"),
        pytest.param("\\\\evil.example\\share", None, id="H06-unc"),
    ],
)
def test_the_host_of_an_address_is_the_one_it_leads_to(address: str, host: str | None):
    target = url(address)
    if host is None or target is None:
        assert host is None and (target is None or host_of(target).endswith("evil.example"))
    else:
        assert host_of(target) == host


def test_h07_a_base_changes_no_link():
    links = LinkList()
    html_blocks("<base href='https://evil.example/'><a href='/login'>bank</a><a href='//evil.example'>x</a>", links)
    assert links.links == []


def test_h08_a_link_of_a_megabyte_is_none_and_signs_of_a_shell_are_encoded():
    links = LinkList()
    html_blocks(f"<a href='http://a.example/{'x' * 1_000_000}'>long</a>", links)
    assert links.links == []
    html_blocks("<a href='http://a.example/&#10;&#27;[2J&quot;`id`'>short</a>", links)
    assert links.links[0].url == "http://a.example/%1B[2J%22%60id%60"


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<img src='data:image/png;base64," + "A" * 3_000_000 + "'><p>text</p>", id="H09-picture"),
        pytest.param("<p style='background:url(data:image/png;base64," + "A" * 3_000_000 + ")'>text", id="H09-style"),
        pytest.param("<style>" + "a{b:c}" * 500_000 + "</style><p>text</p>", id="H09-sheet"),
    ],
)
def test_what_is_no_text_is_not_copied(html: str):
    assert [block.text for block in html_blocks(html) if block.text not in ("", "[picture]")] == ["text"]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("<form>Name <input value=x><button>Send</button></form>", "Send", id="H10-form"),
        pytest.param("<details><summary>More</summary>inside</details>", "inside", id="H10-details"),
        pytest.param("<p dir=rtl>שלום</p>", "שלום", id="H10-right-to-left"),
        pytest.param("<ruby>漢<rt>kan</rt></ruby>", "漢", id="H10-ruby"),
        pytest.param("<p>a <img src=x alt='😀'> b</p>", "😀", id="H10-picture-of-an-emoji"),
        pytest.param("<p>x<sup>2</sup></p>", "2", id="H10-power"),
        pytest.param("<math><mi>x</mi><mo>=</mo><mn>2</mn></math>", "x=2", id="H10-formula"),
        pytest.param("<object data=film>Film here</object>", "Film here", id="H10-in-place-of-an-object"),
        pytest.param("<form><input type=submit value='Sign in'></form>", "[Sign in]", id="H10-submit"),
        pytest.param("<form><input type=password placeholder=Password></form>", "[Password]", id="H10-password"),
    ],
)
def test_unusual_elements_are_read(html: str, text: str):
    assert text in "\n".join(block.text for block in html_blocks(html))


def test_h10_a_form_tells_where_it_would_send_what_is_typed():
    html = "<form action='https://evil.example/steal'>Your code <input name=code><input type=hidden value=no></form>"
    shown = [block.text for block in html_blocks(html) if block.text]
    assert shown == ["A form in this message would send what is typed to evil.example.", "Your code"]


def test_h10_a_form_whose_address_hides_something_is_told_of_too():
    shown = html_blocks("<form action='https://bank.com@evil.example\\\\x/'>Code</form><form action='/here'>x</form>")
    told = [block.text for block in shown if block.text.startswith("A form")]
    assert len(told) == 1


def test_h07_pictures_that_are_all_of_a_message_are_seen_with_their_links():
    links = LinkList()
    html = "<a href='https://evil.example/login'><img src='cid:1'></a><img src=x width=1 height=1>"
    assert [block.text for block in html_blocks(html, links) if block.text] == ["[picture]"]
    assert [(link.text, link.host) for link in links.links] == [("[picture]", "evil.example")]
    ornament = html.replace("src='cid:1'", "src='cid:1' alt=''")
    described = [block.text for block in html_blocks(f"<p>{'a text ' * 20}</p>{ornament}") if block.text]
    assert described == [("a text " * 20).strip()]


@pytest.mark.parametrize("text", ["[@click=app.quit]x[/]", "[link='https://evil.example']x[/link]"])
def test_h11_markup_of_the_screen_stays_text(text: str):
    assert [block.text for block in html_blocks(f"<p>{text}</p>") if block.text] == [text]


def test_h11_what_the_conversion_makes_is_cleaned():
    block, *_ = html_blocks("<p>a&#27;]52;c;x&#x9b;31m&#x202e;b</p>")
    assert block.kind is Kind.PARAGRAPH
    assert block.text == "a\ufffd]52;c;x›31mb"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        pytest.param("a/../../b", "b", id="A01-inside"),
        pytest.param("%2e%2e%2f", "%2e%2e%2f", id="A01-percent"),
        pytest.param(".", "unnamed", id="A01-dot"),
        pytest.param("...", "unnamed", id="A01-dots"),
        pytest.param("   ", "unnamed", id="A01-blanks"),
        pytest.param("a\nb.pdf", "a b.pdf", id="A02-line-break"),
        pytest.param(".hidden", "hidden", id="A02-leading-dot"),
        pytest.param("a" * 300, "a" * 255, id="A02-300-octets"),
        pytest.param("cafe\u0301.txt", "café.txt", id="A02-composed"),
    ],
)
def test_a_file_name_is_one_harmless_component(name: str, clean: str):
    assert file_name(name) == clean
    assert os.sep not in file_name(name)
