"""What is safe for a terminal: lines, blocks, URLs and file names."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.mime.safe import block, file_name, host_of, line, url

ANY = st.text(
    st.characters() | st.sampled_from("\x1b\x9b\u202e\u200d\u200b\u0301\u2800\u3164\ue000\ud800\t\r\n \u2028.")
)
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_drawable(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp") and char not in BIDI


@given(ANY)
def test_a_line_holds_only_what_a_terminal_draws(text: str) -> None:
    assert all(is_drawable(char) for char in line(text))


@given(ANY)
def test_a_cleaned_line_stays_as_it_is(text: str) -> None:
    assert line(line(text)) == line(text)


@given(ANY, st.integers(1, 20))
def test_a_line_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    assert len(line(text, limit)) <= limit


@given(ANY)
def test_a_block_holds_only_what_a_terminal_draws_and_line_feeds(text: str) -> None:
    assert all(char == "\n" or is_drawable(char) for char in block(text))


@given(ANY)
def test_a_file_name_is_one_safe_component(text: str) -> None:
    name = file_name(text)
    assert name and len(name.encode()) <= 255
    assert name[0] not in ".-~" and not set(name) & set("/\\\0") and name not in (".", "..")
    assert all(is_drawable(char) for char in name)


@given(ANY | ANY.map(lambda text: "https://" + text) | ANY.map(lambda text: "mailto:a@b" + text))
def test_an_address_to_open_is_printable_ascii(text: str) -> None:
    result = url(text)
    if result is not None:
        assert result.isascii() and result.isprintable() and " " not in result and len(result) <= 2083
        assert result.startswith(("http://", "https://", "mailto:"))
        host_of(result)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("\x1b]52;c;cm0gLXJmIC8K\x1b\\", "�]52;c;cm0gLXJmIC8K�\\", id="T01-clipboard"),
        pytest.param("\x1b]0;pwned\x07x", "�]0;pwned�x", id="T03-title"),
        pytest.param("\x1b]8;;https://evil\x1b\\bank\x1b]8;;\x1b\\", "�]8;;https://evil�\\bank�]8;;�\\", id="T02-link"),
        pytest.param("\x1b]2;rm -rf\x1b\\\x1b[21t", "�]2;rm -rf�\\�[21t", id="T04-title-and-its-report"),
        pytest.param("\x1b[c\x1b[6n\x05\x1bZ\x1bP$qm\x1b\\", "�[c�[6n��Z�P$qm�\\", id="T05-questions"),
        pytest.param("\x1b[2J\x1bc\x1b[?1049l\x0e\x1b(0", "�[2J�c�[?1049l��(0", id="T06-reset"),
        pytest.param("\x90q#0\x9c\x1b_Gf=24;AAAA\x1b\\", "�q#0��_Gf=24;AAAA�\\", id="T08-pictures"),
        pytest.param("subject\x1b]", "subject�]", id="T09-without-an-end"),
        pytest.param("a\x9b31mb\x9d52\x9c", "a�31mb�52�", id="T07-eight-bit-controls"),
        pytest.param("good\rEVIL", "good EVIL", id="T10-carriage-return"),
        pytest.param("one\r\n two\n\nthree", "one two three", id="T11-one-row"),
        pytest.param("invoice_\u202efdp.exe", "invoice_fdp.exe", id="T12-bidi"),
        pytest.param("paypal\u200b.c\u00ado\u2060m\ufeff\U000e0061", "paypal.com", id="T13-zero-width"),
        pytest.param("Boss" + "\u2800" * 200 + "\u3164\xa0\xa0<a@b>", "Boss <a@b>", id="T14-fillers"),
        pytest.param("e" + "\u0301" * 2000 + "x", "é" + "\u0301" * 7 + "x", id="T15-marks"),
        pytest.param("a\udce9b", "a�b", id="T17-surrogate"),
        pytest.param("a\u2028b\u2029c\x85d\x0be", "a b c d e", id="T18-separators"),
        pytest.param("a\tb", "a b", id="T19-tab"),
        pytest.param("[@click=app.quit] [/b] [ANN] \\[bold]", "[@click=app.quit] [/b] [ANN] \\[bold]", id="M01-markup"),
        pytest.param("Tie\u0302\u0301ng Vie\u0323\u0302t", "Tiếng Việt", id="C03-composed"),
    ],
)
def test_a_line_is_clean(text: str, expected: str) -> None:
    assert line(text, 4000)[: len(expected)] == expected


def test_a_block_keeps_lines_and_expands_tabs() -> None:
    assert block("a\tb\r\nc\rd\u2028e") == "a       b\nc\nd\ne"


def test_a_block_keeps_joiners_only_between_what_they_join() -> None:
    assert block("👨\u200d👩\u200d👧 pay\u200dpal نمی\u200cخواهم") == "👨\u200d👩\u200d👧 paypal نمی\u200cخواهم"


def test_t16_a_long_chain_of_joined_emoji_is_taken_apart() -> None:
    assert "\u200d" not in block("\u200d".join("👨" * 50_000))


def test_marks_are_cut_before_they_are_sorted() -> None:
    assert len(block("e" + "\u0301\u0323" * 200_000)) < 12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("../../.bashrc", "bashrc"),
        ("/etc/cron.d/x", "x"),
        ("..\\..\\x.txt", "x.txt"),
        ("C:\\x", "x"),
        ("~/.ssh/authorized_keys", "authorized_keys"),
        ("", "unnamed"),
        ("..", "unnamed"),
        (" . . ", "unnamed"),
        ("-rf", "rf"),
        ("a\0b\x1bc.pdf", "a_b_c.pdf"),
        ("invoice_\u202efdp.exe", "invoice_fdp.exe"),
        ("|cmd `id` $(id) *", "_cmd _id_ _(id) _"),
        ("CON.txt", "_CON.txt"),
        ("trailing. ", "trailing"),
        ("hóa đơn.pdf", "hóa đơn.pdf"),
    ],
)
def test_a01_a02_a_file_name_is_made_safe(text: str, expected: str) -> None:
    assert file_name(text) == expected


def test_a02_a_long_file_name_keeps_its_extension() -> None:
    name = file_name("đ" * 300 + ".pdf")
    assert name.endswith("đ.pdf") and len(name.encode()) <= 255


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "smb://h/x",
        "\\\\unc\\x",
        "tel:1",
        "app.quit",
        "mailto:?attach=/etc/passwd",
        "https://",
        "https:///x",
        "https://a b/",
        "https://%62ank.com/",
        "https://x/" + "a" * 3000,
        "//evil.example/x",
        "",
    ],
)
def test_h06_such_an_address_is_not_opened(text: str) -> None:
    assert url(text) is None


@pytest.mark.parametrize(
    ("text", "expected", "host"),
    [
        ("HTTPS://Example.ORG/Ä b?q=1", "https://example.org/%C3%84%20b?q=1", "example.org"),
        ("http://a/\x1b]52;c;X\x1b\\", "http://a/%1B]52;c;X%1B%5C", "a"),
        ("https://bank.com@evil.example:8443/", "https://bank.com@evil.example:8443/", "evil.example"),
        ("https://аpple.com/", "https://xn--pple-43d.com/", "xn--pple-43d.com"),
        ("http://[::1]:80/x", "http://[::1]:80/x", "[::1]"),
        ("https://x.org/a\nb", "https://x.org/ab", "x.org"),
        ("https://x.org/$(id)`id`'\"", "https://x.org/$(id)%60id%60%27%22", "x.org"),
        ("mailto:a@b.c?subject=Hi&attach=/etc/passwd&bcc=x@y", "mailto:a@b.c?subject=Hi", "b.c"),
    ],
)
def test_h07_an_address_shows_where_it_leads(text: str, expected: str, host: str) -> None:
    result = url(text)
    assert result == expected
    assert host_of(result) == host
