"""A message of which only some parts are here is read like a whole one, as far as it goes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.mime.choose import texts
from protocols.mime.digest import digest, digest_parts
from protocols.mime.parse import Message, Part, parse_message
from protocols.mime.partial import partial_message
from protocols.mime.read import document, message_document
from store.structure import Structure

MIXED = (
    b"From: Anna <anna@example.com>\r\nSubject: =?utf-8?q?h=C3=B3a?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="o"\r\n\r\n--o\r\n'
    b'Content-Type: multipart/alternative; boundary="i"\r\n\r\n--i\r\n'
    b"Content-Type: text/plain; charset=windows-1258; format=flowed\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    b"\r\nXin ch=E0o =\r\nb=E1n.\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>you</b></p>\r\n--i--\r\n--o\r\n"
    b"Content-Type: message/rfc822\r\n\r\nFrom: bob@example.com\r\nSubject: inside\r\nContent-Type: text/plain\r\n\r\n"
    b"The text inside.\r\n--o\r\nContent-Type: message/rfc822; name=closed.eml\r\n"
    b"Content-Disposition: attachment; filename=closed.eml\r\n\r\nSubject: closed\r\n\r\nnever read\r\n--o\r\n"
    b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename=a.pdf\r\n\r\nJVBERg==\r\n--o--\r\n"
)
SINGLE = (
    b"From: anna@example.com\r\nSubject: one\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>B\xc3\xa1nh</p>\r\n"
)


def described(part: Part) -> Structure:
    """What a server says of a part."""
    return Structure(
        part.index, part.type, part.name, part.size, part.encoding, part.disposition, part.charset, part.content_id,
        part.params, tuple(map(described, part.children)),
    )  # fmt: skip


def header(message: Part) -> bytes:
    return b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in message.fields) + b"\r\n"


def sections(raw: bytes, *, mime: bool = True) -> dict[str, bytes]:
    """The headers and texts of a message as IMAP gives them out."""
    root = parse_message(raw).root
    found = {"HEADER": header(root)}
    for part in texts(root):
        if part.children:
            found[f"{part.index}.HEADER"] = header(part.children[0])
        else:
            found[part.index] = part.body
            if mime and part is not root:
                found[f"{part.index}.MIME"] = header(part)
    return found


def partial(raw: bytes, *, mime: bool = True) -> Message:
    read = sections(raw, mime=mime)
    return partial_message(described(parse_message(raw).root), read, read)


def shown(message: Message) -> list[str]:
    return [block.text for block in message_document(message).blocks]


@pytest.mark.parametrize("raw", [MIXED, SINGLE])
@pytest.mark.parametrize("mime", [True, False])
def test_texts_headers_and_attachments_read_as_in_the_whole_message(raw: bytes, mime: bool):
    half, whole = partial(raw, mime=mime), parse_message(raw)
    assert half.headers == whole.headers
    assert [part.index for part in half.leaves] == [part.index for part in whole.leaves]
    assert [part.index for part in half.readable] == [part.index for part in whole.readable]
    assert [part.name for part in half.attachments] == [part.name for part in whole.attachments]
    assert digest_parts(half.fields, half.root) == digest(raw)
    expected = [block.text for block in document(raw).blocks]
    assert [line for line in shown(half) if "Attached" not in line] == [
        line for line in expected if "Attached" not in line
    ]


def test_what_is_not_here_says_so():
    half = partial(MIXED)
    assert [line for line in shown(half) if "Attached" in line] == [
        "Attached: closed.eml (part 3, message/rfc822, 29 B, not here yet)",
        "Attached: a.pdf (part 4, application/pdf, 5 B, not here yet)",
    ]
    assert not half.root.complete
    assert {part.index: part.complete for part in half.leaves} == {
        "1.1": True, "1.2": True, "2.1": True, "3.1": False, "4": False,
    }  # fmt: skip
    root = described(parse_message(MIXED).root)
    there = partial_message(root, {}, [part.section for part in root.walk()])
    assert all(part.complete for part in there.parts)
    closed = partial_message(root, {}, ["3"]).attachments[0]
    assert (closed.index, closed.complete) == ("3", True)
    nothing = partial_message(root, {}, ())
    assert shown(nothing)[0] == "This message has no readable headers; it is shown as it stands."
    assert any("This text is not here yet" in line for line in shown(nothing))


def test_the_beginning_of_a_text_is_shown_as_such():
    half = partial_message(described(parse_message(SINGLE).root), {"HEADER": SINGLE, "1": b"<p>B\xc3"}, ["HEADER"])
    assert shown(half)[0].startswith("B")
    assert shown(half)[-1] == "This part has 14 B; only its beginning is shown."


TREES = st.recursive(
    st.builds(
        Structure, st.sampled_from(["1", "2", "1.1"]), st.sampled_from(["text/plain", "text/html", "image/png", "x/y"]),
        st.text(max_size=5), st.integers(0, 10), st.sampled_from(["base64", "quoted-printable", "", "x"]),
        st.sampled_from(["", "attachment", "inline"]), st.sampled_from(["utf-8", "x", ""]),
    ),
    lambda inner: st.builds(
        Structure, st.sampled_from(["TEXT", "2.TEXT", "3"]),
        st.sampled_from(["multipart/mixed", "multipart/alternative", "multipart/related", "message/rfc822"]),
        children=st.lists(inner, max_size=4).map(tuple),
    ),
    max_leaves=8,
)  # fmt: skip
NAMES = st.sampled_from(["HEADER", "1", "2", "1.1", "1.MIME", "2.MIME", "3.HEADER", "TEXT"])


@settings(deadline=None, max_examples=100)
@given(TREES, st.dictionaries(NAMES, st.binary(max_size=60)), st.sets(NAMES))
def test_whatever_a_server_says_of_parts_can_be_read(tree, texts, complete):
    message = partial_message(tree, texts, complete)
    message_document(message)
    digest_parts(message.fields, message.root)
