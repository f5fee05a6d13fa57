"""What the index learns from a message: fields, preview, searchable text, for any bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import oddities
from protocols.mime.digest import TEXT_LIMIT, digest, digest_headers, words
from protocols.mime.preview import preview
from store.model import Address

MESSAGE = (
    "From: =?utf-8?q?L=C3=AA?= <le@example.org>\r\nTo: Bob <bob@example.com>, c@d\r\nCc: e@f\r\n"
    "Subject: Hóa đơn\r\nDate: Fri, 21 Nov 2025 10:00:00 +0700\r\nMessage-ID: <3@x>\r\n"
    "References: <1@x> <2@x>\r\nIn-Reply-To: <2@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    "On Monday, Bob wrote:\r\n> old\r\n\r\nXin  chào.\r\n-- \r\nLê\r\n"
    "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n--b--\r\n"
).encode()


@given(st.binary() | st.binary().map(lambda data: b"Content-Type: text/html\n\n" + data))
def test_any_bytes_have_a_digest(raw: bytes) -> None:
    for found in (digest(raw), digest_headers(raw)):
        texts = [found.subject, found.message_id, found.preview, found.text or "", str(found.sender), *found.filenames]
        joined = "".join(texts)
        joined.encode("utf-8")
        assert "\0" not in joined and len(found.preview) <= 160


def test_a_message_is_digested() -> None:
    found = digest(MESSAGE)
    assert found.sender == Address("Lê", "le@example.org")
    assert found.to == (Address("Bob", "bob@example.com"), Address("", "c@d"))
    assert (found.subject, found.date, found.message_id) == ("Hóa đơn", 1763694000, "<3@x>")
    assert found.references == ("<1@x>", "<2@x>")
    assert (found.attachments, found.filenames) == (1, ("a.pdf",))
    assert found.preview == "Xin chào."
    assert found.text is not None and "> old" in found.text


def test_the_words_of_a_message_are_those_of_its_digest() -> None:
    for raw in (MESSAGE, *oddities.messages(200)):
        found = digest(raw)
        assert words(raw) == (found.text, found.filenames)


def test_headers_alone_have_no_text() -> None:
    head = MESSAGE[: MESSAGE.index(b"\r\n\r\n") + 4]
    found = digest_headers(head, 5000)
    assert (found.subject, found.text, found.preview, found.attachments) == ("Hóa đơn", None, "", 0)


def test_html_is_searched_as_it_is_seen() -> None:
    html = (
        "<style>css</style><div style='display:none'>hidden &zwnj;&nbsp;</div>"
        "<p>H<b>el</b>lo</p><script>bad()</script><p>you &amp; me"
    )
    found = digest(b"Content-Type: text/html\r\n\r\n" + html.encode())
    assert found.preview == "Hello you & me"
    assert found.text is not None and not any(word in found.text for word in ("css", "hidden", "bad"))


@pytest.mark.timeout(30)
def test_p24_the_text_of_a_huge_message_is_cut() -> None:
    found = digest(b"\n\n" + b"word\n" * 2_000_000)
    assert found.text is not None and len(found.text) <= TEXT_LIMIT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n\n> quoted\nNew words.\n\nMore.", "New words. More."),
        ("Am 1.2. schrieb Bob <b@x>:\n> x\nDanke", "Danke"),
        ("Vào thứ hai, Lê đã viết:\n> x\nCảm ơn", "Cảm ơn"),
        ("Hi\n-- \nsignature", "Hi"),
        ("Hi\n-----Original Message-----\nold", "Hi"),
        ("=====\nHi", "Hi"),
        ("\u200c \u00ad\u034f\nHi\u200b", "Hi"),
        ("> only a quote", "> only a quote"),
        ("word " * 100, "word " * 31 + "word…"),
        ("", ""),
    ],
)
def test_a_preview_is_what_the_sender_wrote(text: str, expected: str) -> None:
    assert preview(text) == expected


def test_an_invitation_is_previewed_and_found_by_its_words():
    calendar = (
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1@x\r\n"
        "SUMMARY;LANGUAGE=en:Review\\, the mon\r\n th\r\nLOCATION:the loft\r\n"
        "ATTENDEE;CN=Mai:mailto:mai@pigeon.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    head = "From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    alone = digest(f"{head}Content-Type: text/calendar; charset=utf-8\r\n\r\n{calendar}".encode())
    assert alone.preview.startswith("Review, the month the loft")
    assert alone.text is not None and "mai@pigeon.example" in alone.text and "VCALENDAR" not in alone.text
    both = digest(
        f'{head}Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        f"Content-Type: text/calendar\r\n\r\n{calendar}\r\n--b\r\n"
        "Content-Type: text/plain\r\n\r\nPlease come.\r\n--b--\r\n".encode()
    )
    assert both.preview.startswith("Please come.")
