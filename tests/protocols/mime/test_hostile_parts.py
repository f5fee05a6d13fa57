"""The examples of the catalogue for headers and parts, where no other test has them."""

import subprocess
import sys
from pathlib import Path

import pytest

from protocols.mime.deceit import warnings
from protocols.mime.digest import digest
from protocols.mime.headers import addresses, date, decode_header, message_ids, parameters
from protocols.mime.parse import DEPTH, parse_message
from protocols.mime.read import document
from protocols.mime.safe import file_name, line
from protocols.mime.unfold import unfolded

ROOT = Path(__file__).parents[3]
MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"


def shown(raw: bytes, prefer: str = "auto") -> list[str]:
    return [block.text for block in document(raw, prefer=prefer).blocks if block.text]


@pytest.mark.parametrize("depth", [300, 1000])
def test_p01_multiparts_and_messages_that_alternate_are_opened_to_a_limit(depth: int):
    level = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\nContent-Type: message/rfc822\n\n"
    message = parse_message(b"".join(level % (number, number) for number in range(depth)) + b"\nhello")
    assert len(message.parts) == DEPTH + 1
    assert message.leaves[0].text().endswith("hello")


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"Subject: " + b"x" * 10_000_000, id="P03-one-of-ten-megabytes"),
        pytest.param(b"Subject: x\n" + b"A: b\n" * 200_000, id="P03-200000"),
        pytest.param(b"Subject: x\n" + b" x\n" * 100_000, id="P03-100000-folds"),
    ],
)
def test_a_list_has_a_line_for_any_header_block(block: bytes):
    found = digest(block + b"\n\nhello")
    assert line(found.subject).startswith("x")
    assert len(line(found.subject)) <= 1000


@pytest.mark.parametrize(
    ("value", "name"),
    [
        pytest.param("a; filename*0=plain; filename*0*=utf-8''coded", {"plain", "coded"}, id="P06-both-kinds"),
        pytest.param("a; filename*0*=utf-8''a; filename*2*=c", {"a"}, id="P06-a-gap"),
        pytest.param("a; filename*=utf-8''%00../x", {"x"}, id="P06-NUL-and-path"),
        pytest.param("a; filename*=utf-8''%1B%5D0%3Bx.pdf", {"_]0;x.pdf"}, id="T20-RFC-2231"),
        pytest.param("a; filename*" + "9" * 5000 + "*=x", {"unnamed"}, id="P06-endless-index"),
    ],
)
def test_a_file_has_a_safe_name_or_none(value: str, name: set[str]):
    assert file_name(parameters(value)[1].get("filename", "")) in name


def test_p07_odd_message_ids_are_no_keys():
    assert message_ids("<a@[b") == ()
    raw = b"Message-ID: <same@x.example>\nMessage-ID: <other@x.example>\n\nhello"
    assert digest(raw).message_id == "<same@x.example>"
    assert digest(b"\n\nhello").message_id == ""


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("1 Jan 1900 00:00:00 +0000", -2208988800, id="P08-1900"),
        pytest.param("1 Jan 1970 00:00:00 -0000", 0, id="P08-minus-zero"),
    ],
)
def test_a_date_of_long_ago_is_one(value: str, seconds: int):
    assert date(value) in (seconds, None)


def test_p08_of_two_dates_the_first_counts():
    raw = b"Date: 1 Jan 1970 00:00:01 +0000\nDate: 1 Jan 1970 00:00:02 +0000\n\n"
    assert digest(raw).date == 1


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        pytest.param(b"", "", id="P09-none"),
        pytest.param(b"From:\n", "", id="P09-empty"),
        pytest.param(b"From: a@x.example, b@y.example\n", "a@x.example", id="P09-list"),
        pytest.param(b"From: group: a@x.example, b@y.example;\n", "a@x.example", id="P09-group"),
        pytest.param(b"Sender: s@x.example\n", "s@x.example", id="P09-only-a-sender"),
    ],
)
def test_a_sender_is_found_where_there_is_one(headers: bytes, sender: str):
    assert digest(headers + b"Subject: x\n\n").sender.address == sender


def test_p09_all_senders_of_a_list_are_told():
    message = parse_message(b"From: a@x.example, b@y.example\n\n")
    assert warnings(message, []) == ("This message names more than one sender: a@x.example, b@y.example",)


def word(text: bytes) -> bytes:
    return b"=?utf-8?Q?" + b"".join(b"=%02X" % byte for byte in text) + b"?="


SPOOF = b"potus@whitehouse.gov"
MAILSPLOIT = [
    word(SPOOF) + word(b"\0") + word(SPOOF) + b"@mailsploit.com",
    word(SPOOF) + word(b"\n") + word(SPOOF) + b"@mailsploit.com",
    word(SPOOF) + word(b"\n\0") + word(SPOOF) + b"@mailsploit.com",
    word(SPOOF + b"\0") + b"@mailsploit.com",
    word(SPOOF + b"\n\0") + b"@mailsploit.com",
    word(SPOOF + b"\r\n") + b"@mailsploit.com",
    word(SPOOF) + b"\\00@mailsploit.com",
    b'"' + word(SPOOF) + b'\\0"@mailsploit.com',
    b'"' + word(SPOOF + b"\0") + b'" <a@mailsploit.com>',
    word(SPOOF + b"\0") + b" <a@mailsploit.com>",
    word(b"<" + SPOOF + b">\n") + b" <a@mailsploit.com>",
    word(b"POTUS <" + SPOOF + b">\0") + b"<a@mailsploit.com>",
    b"potus <" + word(SPOOF + b"\0") + b"@mailsploit.com>",
]


@pytest.mark.parametrize("value", MAILSPLOIT)
def test_p11_no_encoded_word_hides_where_mail_comes_from(value: bytes):
    (found,) = addresses(value)
    assert found.address.endswith("@mailsploit.com")
    assert not {"\0", "\n", "\r"} & set(found.address + found.name)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(b"=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?=", "=?utf-8?q?a?=", id="P12-nested"),
        pytest.param(b"=?utf-8?q?=C4?= =?utf-8?q?=91?=", "đ", id="P12-a-character-in-two-words"),
        pytest.param(b"a\vb\fc", "a b c", id="P13-VT-and-FF"),
        pytest.param(b"a\0b", "a b", id="P13-NUL"),
    ],
)
def test_a_header_is_decoded_once_and_kept_on_its_line(value: bytes, text: str):
    assert line(decode_header(value)) == text


def test_p12_an_encoded_word_in_quotes_is_a_name():
    (found,) = addresses('"=?utf-8?q?Nguy=E1=BB=85n?=" <a@x.example>')
    assert (found.name, found.address) == ("Nguyễn", "a@x.example")


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        pytest.param("gb18030", "发票", id="P13-gb18030"),
        pytest.param("big5", "軟體", id="P13-big5"),
        pytest.param("koi8-r", "Счёт", id="P13-koi8-r"),
        pytest.param("utf-8", "hóa đơn", id="P13-utf-8"),
        pytest.param("iso-8859-1", "façade", id="P13-latin-1"),
    ],
)
def test_raw_headers_are_read_in_the_charset_of_the_text(charset: str, text: str):
    raw = f"Subject: {text}\nFrom: {text} <a@x.example>\nContent-Type: text/plain; charset={charset}\n\nx"
    data = raw.encode(charset)
    assert digest(data).subject == text
    assert digest(data).sender.name == text
    assert parse_message(data).header("subject") == text


@pytest.mark.parametrize(
    ("raw", "texts"),
    [
        pytest.param(b"Content-Type: multipart/mixed; boundary=" + b"x" * 200 + b"\n\n--" + b"x" * 200 + b"\n\nhi\n",
                     ["hi\n"], id="P14-200-characters"),
        pytest.param(MIXED + b"--b\n" + MIXED + b"--b\n\nx\n--b--\n--b\n\ny\n", ["", "x"], id="P14-same-as-parent"),
        pytest.param(MIXED + b"see --b in the preamble\n--b\n\nx\n--b--", ["x"], id="P14-in-the-preamble"),
    ],
)  # fmt: skip
def test_text_is_reached_whatever_the_boundary(raw: bytes, texts: list[str]):
    assert [leaf.text() for leaf in parse_message(raw).leaves][: len(texts)] == texts


@pytest.mark.parametrize(
    ("encoding", "body", "content"),
    [
        pytest.param("binary", b"a\r\nb", b"a\r\nb", id="P15-binary"),
        pytest.param("unheard-of", b"abc", b"abc", id="P15-unknown"),
        pytest.param("quoted-printable", b"a=", b"a", id="P15-soft-break-at-the-end"),
        pytest.param("x-uuencode", b"begin 644\n#86)C\n`\nend\n", b"abc", id="P15-uuencode-without-a-name"),
        pytest.param("x-uuencode", b"begin 644 a\n" + b"M\n" * 400_000, None, id="P15-zeros-without-end"),
    ],
)
def test_a_transfer_encoding_is_undone_as_far_as_it_goes(encoding: str, body: bytes, content: bytes | None):
    (part,) = parse_message(f"Content-Transfer-Encoding: {encoding}\n\n".encode() + body).leaves
    decoded = part.decoded()
    assert decoded == content if content is not None else len(decoded) <= 4 * len(body) + 63


def test_p15_a_multipart_that_calls_itself_base64_is_a_multipart():
    raw = b"Content-Transfer-Encoding: base64\n" + MIXED + b"--b\n\nhello\n--b--\n"
    assert shown(raw) == ["hello"]


def test_p16_a_file_without_a_name_is_found_too():
    (file,) = document_attachments(b"Subject: x\n\nhello\nbegin 644\n#86)C\n`\nend\n")
    assert file == ("", b"abc")


def document_attachments(raw: bytes) -> list[tuple[str, bytes]]:
    return [(part.name, part.decoded()) for part in unfolded(parse_message(raw)).attachments]


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b'message/partial; id="../../x\0y"; number=1; total=2147483648', id="P19-partial"),
        pytest.param(b"message/partial; id=a; number=2; total=3", id="P19-the-rest-is-missing"),
        pytest.param(b"message/external-body; access-type=anon-ftp; site=evil.example; name=x", id="P19-ftp"),
        pytest.param(b'message/external-body; access-type=local-file; name="/etc/passwd"', id="P19-local-file"),
    ],
)
def test_nothing_is_put_together_or_fetched(head: bytes):
    message = parse_message(b"Content-Type: " + head + b"\n\nContent-Type: text/plain\n\nhello")
    assert message.root.children == ()
    assert shown(b"Subject: x\nContent-Type: " + head + b"\n\nContent-Type: text/plain\n\nhello")


def test_p20_an_invitation_that_attaches_a_local_file_links_to_nothing():
    event = "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260101T100000Z\nATTACH:file:///etc/passwd\nEND:VEVENT\n"
    calendar = f"BEGIN:VCALENDAR\nMETHOD:CANCEL\n{event}END:VCALENDAR\n"
    found = document(f"Subject: x\nContent-Type: text/calendar; method=CANCEL\n\n{calendar}".encode())
    assert found.links == ()
    assert found.blocks[0].text == "Cancelled: x"


def test_p20_the_page_for_other_programs_is_not_the_text():
    amp = b"--b\nContent-Type: text/x-amp-html\n\n<html amp4email>secret</html>\n"
    raw = b"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nhello\n" + amp + b"--b--\n"
    assert shown(raw) == ["hello"]


def test_p21_ten_thousand_levels_of_quotation_are_fifty():
    raw = b"Subject: x\nContent-Type: text/plain; format=flowed\n\n" + b">" * 10_000 + b" deep\n From me\n"
    (deep, plain) = [block for block in document(raw).blocks if block.text]
    assert (deep.quote, deep.text) == (50, "deep")
    assert plain.text == "From me"


@pytest.mark.parametrize(
    ("raw", "texts"),
    [
        pytest.param(
            b'Content-Type: multipart/related; start="<none>"; boundary=b\n\n--b\n\nhello\n--b--', ["hello"],
            id="P22-no-such-start",
        ),
        pytest.param(MIXED + b"--b\n\none\n--b\n\ntwo\n--b--", ["one", "two"], id="P22-two-texts"),
        pytest.param(
            MIXED + b"--b\nContent-Type: image/png; name=a.png\n\nx\n--b\n\nhello\n--b--",
            ["hello", "Attached: a.png (part 1, image/png, 1 B)"], id="P22-picture-first",
        ),
    ],
)  # fmt: skip
def test_no_part_is_hidden_by_another(raw: bytes, texts: list[str]):
    assert shown(raw) == texts


def test_parts_stand_apart_and_an_empty_one_leaves_no_line():
    empty, attached = b"--b\n\n\n\n", b"--b\nContent-Type: image/png; name=a.png\n\nx\n--b--"
    raw = MIXED + b"--b\n\none\n\n\n" + empty + b"--b\n\ntwo\n" + attached
    texts = [block.text for block in document(raw).blocks]
    assert texts == ["one", "", "two", "", "Attached: a.png (part 4, image/png, 1 B)"]


def test_a_multipart_without_parts_or_text_says_that_there_is_none():
    assert shown(b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n\n\n") == [
        "This message has no text to show."
    ]


def test_p22_the_other_form_is_there_when_it_is_asked_for():
    html = b"--b\nContent-Type: text/html\n\n<p>another text</p>\n"
    raw = b"Content-Type: multipart/alternative; boundary=b\n\n--b\n\none text\n" + html + b"--b--\n"
    assert (shown(raw, "plain"), shown(raw, "html")) == (["one text"], ["another text"])


_LIMITED = """
import resource, sys
from pathlib import Path
from protocols.mime.digest import digest
from protocols.mime.read import document
raw = b"Subject: x\\n\\n" + eval(sys.argv[1])
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 200_000_000, taken + 200_000_000))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
shown = document(raw)
assert len(next(iter(shown.blocks)).text) > 0
assert digest(raw).text
"""


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("b'ab\\n' * 17_000_000", id="P24-17-million-lines"),
        pytest.param("b'x' * 10_000_000", id="P24-one-line-of-ten-megabytes"),
    ],
)
def test_a_huge_text_takes_bounded_memory(body: str):
    subprocess.run([sys.executable, "-c", _LIMITED, body], cwd=ROOT, check=True)
