"""The MIME tree of good, broken and hostile messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.mime.parse import DEPTH, PARTS, parse_message

PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: multipart/alternative; boundary=bb\r\n",
        b"\n--b\n",
        b"\r\n--bb\r\n",
        b"--b--\n",
        b"--bb--",
        b"\n",
        b"\r\n\r\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Type: text/html; charset=foo\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Transfer-Encoding: x-uuencode\n",
        b"begin 644 ../../x\n",
        b"\xff!!!\n",
        b"YWJj====",
        b"=ZZ=\n",
        b"Content-Disposition: attachment; filename=x\n",
        b"text ",
    ]
)
MESSAGES = st.binary() | st.lists(PIECES | st.binary(max_size=6), max_size=30).map(b"".join)


def multipart(*parts: bytes, kind: str = "mixed", boundary: str = "b") -> bytes:
    mark = b"\r\n--" + boundary.encode()
    body = b"".join(mark + b"\r\n" + part for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\r\n\r\n".encode() + body + mark + b"--\r\n"


PLAIN = b"Content-Type: text/plain\r\n\r\nplain text that is long enough"
HTML = b"Content-Type: text/html\r\n\r\n<p>html</p>"
MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
PDF = b'Content-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj'


@given(MESSAGES)
def test_any_bytes_are_a_message(raw: bytes) -> None:
    message = parse_message(raw)
    for part in message.parts:
        assert 0 <= part.start <= part.end <= len(part.source)
        part.decoded()
        part.text().encode("utf-8")
    assert set(message.readable) <= set(message.parts) and set(message.attachments) <= set(message.parts)
    assert set(message.alternatives) <= set(message.leaves)
    message.header("subject")


def test_parts_are_numbered_as_imap_numbers_them() -> None:
    inner = multipart(PLAIN, HTML, kind="alternative", boundary="i")
    message = parse_message(multipart(inner, b"Content-Type: message/rfc822\r\n\r\n" + inner, PDF, boundary="o"))
    assert [part.index for part in message.parts] == ["TEXT", "1", "1.1", "1.2", "2", "2.TEXT", "2.1", "2.2", "3"]
    assert [part.index for part in parse_message(PLAIN).parts] == ["1"]


def test_a_part_knows_its_name_size_and_content() -> None:
    (part,) = parse_message(multipart(PLAIN, PDF)).attachments
    assert (part.type, part.name, part.size, part.decoded()) == ("application/pdf", "a.pdf", 4, b"abc")


def test_headers_are_decoded_and_found_in_any_case() -> None:
    message = parse_message(b"Subject: =?utf-8?q?=C4=91?=\r\nsubject: second\r\n\r\n")
    assert message.header("SUBJECT") == "đ"
    assert message.headers == (("Subject", "đ"), ("subject", "second"))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("depth", [100, 1000, 10_000])
def test_p01_nesting_is_opened_to_a_limit_and_the_rest_stays_text(depth: int) -> None:
    head = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
    parts = b"".join(head % (level, level) for level in range(depth))
    message = parse_message(parts + b"\nhello")
    assert len(message.parts) == DEPTH + 1
    assert message.leaves[0].text().endswith("hello")
    enclosed = parse_message(b"Content-Type: message/rfc822\n\n" * depth + b"\nhello")
    assert len(enclosed.parts) == DEPTH + 1


@pytest.mark.timeout(20)
def test_p02_a_million_parts_are_a_thousand() -> None:
    assert len(parse_message(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 1_000_000).parts) == PARTS


@pytest.mark.parametrize(
    ("raw", "texts"),
    [
        pytest.param(b"Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n", ["--b\n\nx\n--b--\n"], id="missing"),
        pytest.param(b'Content-Type: multipart/mixed; boundary=""\n\nx', ["x"], id="empty"),
        pytest.param(MIXED.replace(b"=b", b'="b "') + b"--b \n\nx\n--b-- \n", ["x"], id="trailing-blank"),
        pytest.param(MIXED + b"--b\n\nx\n--bb\ny\n--b--", ["x\n--bb\ny"], id="prefix-of-another"),
        pytest.param(MIXED + b"--b\n\nx\n--b\n\ny", ["x", "y"], id="never-closed"),
        pytest.param(b"Content-Type: multipart/mixed; boundary=b\n\nno parts", ["no parts"], id="no-delimiter"),
        pytest.param(b"Content-Type: multipart/mixed; boundary='a:b=?'\n\n--'a:b=?'\n\nx", ["x"], id="specials"),
    ],
)
def test_p14_all_text_is_reached_whatever_the_boundary(raw: bytes, texts: list[str]) -> None:
    assert [leaf.text() for leaf in parse_message(raw).leaves] == texts


@pytest.mark.parametrize(
    ("encoding", "body", "content"),
    [
        ("base64", b"YW\r\n!J!j", b"abc"),
        ("base64", b"YWJj====", b"abc"),
        ("base64", b"YWI", b"ab"),
        (
            "base64",
            b"<p>This says that it is base64, and is not.</p>",
            b"<p>This says that it is base64, and is not.</p>",
        ),
        ("base64", b"YWJjYQ==\r\n____\r\nA list's footer", b"abca"),
        ("BASE64 ", b"YWJj", b"abc"),
        ("7-bit", b"abc", b"abc"),
        ("gzip", b"abc", b"abc"),
        ("quoted-printable ", b"a=\r\nb=C3=A0=", b"ab\xc3\xa0"),
        ("quoted-printable", b"=ZZ", b"=ZZ"),
        ("x-uuencode", b"begin 644 ../../x\n#86)C\n`\nend\n", b"abc"),
        ("x-uuencode", b"begin 644 x\n\xff\xff\xff\n#86)C\n", b"abc"),
        ("x-uuencode", b"no begin", b"no begin"),
    ],
)
def test_p15_p16_transfer_encodings_are_undone_as_far_as_they_go(encoding: str, body: bytes, content: bytes) -> None:
    (part,) = parse_message(f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body).leaves
    assert part.decoded() == content


def test_the_reader_prefers_plain_text_and_can_switch() -> None:
    message = parse_message(multipart(PLAIN, HTML, kind="alternative"))
    assert [part.type for part in message.readable] == ["text/plain"]
    assert [part.type for part in message.alternatives] == ["text/plain", "text/html"]


@pytest.mark.parametrize("stub", [b"", b" \r\n", b"View this newsletter in your browser: https://x.example"])
def test_p22_a_stub_of_plain_text_gives_way_to_html(stub: bytes) -> None:
    html = b"Content-Type: text/html\r\n\r\n" + b"<p>news</p>" * 500
    message = parse_message(multipart(b"Content-Type: text/plain\r\n\r\n" + stub, html, kind="alternative"))
    assert [part.type for part in message.readable] == ["text/html"]


def test_p22_related_shows_its_start_and_hides_its_pictures() -> None:
    picture = b"Content-Type: image/png\r\nContent-ID: <p@x>\r\n\r\nabc"
    message = parse_message(multipart(HTML, picture, kind="related"))
    assert [part.type for part in message.readable] == ["text/html"]
    assert message.attachments == ()


def test_p23_a_message_typed_as_pdf_stays_an_attachment() -> None:
    disguised = b"Content-Type: application/pdf\r\n\r\nContent-Type: text/html\r\n\r\n<script>"
    message = parse_message(multipart(PLAIN, disguised))
    assert [part.type for part in message.attachments] == ["application/pdf"]
    assert [part.type for part in message.readable] == ["text/plain"]


def test_p19_nothing_is_fetched_for_an_external_body() -> None:
    head = b'Content-Type: message/external-body; access-type=local-file; name="/etc/passwd"'
    message = parse_message(head + b"\r\n\r\nContent-Type: text/plain\r\n\r\n")
    assert message.readable == (message.root,) and message.root.children == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"Message-ID: <>\n\n",
        b"Message-ID: <[\n\n",
        b"From: <a@[b\n\n",
        b"To: <\n\n",
        b'To: a@, @b, "\n\n',
        b"To: a:;a:;\n\n",
        b"From: =?utf-8?q?a=0D=0Ab?= <a@b>\n\n",
        b"To: " + b"(" * 500 + b"\n\n",
        b"Content-Type: text/plain; charset=foo\n\nx",
        b'Content-Type: text/plain; charset="utf-8\0x"\n\nx',
        b"Content-Type: text/plain; charset=idna\n\nx\xff",
        b"Content-Disposition: attachment; filename*99" + b"9" * 5000 + b"=x\n\nx",
        b"Content-Type: multipart/mixed\n\nx",
        b"Date: 31 Dec 99999 00:00:00 +0000\n\n",
        b"Date: 1 Jan 2020 00:00:00 +999999\n\n",
        b"Subject: =?utf-8?b?a?=\n\n",
        b"Subject: caf\xe9\n\n",
    ],
)
def test_p26_what_breaks_the_standard_library_is_read(raw: bytes) -> None:
    message = parse_message(raw)
    assert len(message.headers) == 1
    assert [part.text() for part in message.leaves]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"=ybegin line=128 size=99999999 name=../../x\n\x9b\x1b]0;x\n=yend size=1\n", id="P17-yenc"),
        pytest.param(b"(This file must be converted with BinHex 4.0)\n:$f*TEQKPH#jdCA0d,R0TG!\n", id="P17-binhex"),
    ],
)
def test_what_is_packed_in_forgotten_ways_is_left_as_it_stands(body: bytes) -> None:
    message = parse_message(b"Subject: x\n\n" + body)
    assert message.attachments == ()
    assert message.root.decoded() == body


def test_p25_headers_that_steer_other_programs_mean_nothing_here() -> None:
    message = parse_message(
        b"X-Mozilla-External-Attachment-URL: file:///etc/passwd\nX-Mozilla-Status: 0009\nStatus: RO\n"
        b"X-Keywords: $Junk\nContent-Location: http://evil.example/\nX-Face: x\n\nhello"
    )
    assert message.attachments == ()
    assert message.root.text() == "hello"
