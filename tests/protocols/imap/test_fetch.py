"""FETCH responses as values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import Misbehaved
from protocols.imap.fetch import read_date, read_fetch
from protocols.imap.framing import Framer, Response
from store.model import Flag


def response(raw: bytes) -> Response:
    (one,) = Framer().feed(raw + b"\r\n")
    return one


@pytest.mark.parametrize(
    "raw",
    [
        b"* 3 FETCH (UID 12 FLAGS (\\Seen $Work) MODSEQ (99))",
        b"* 3 FETCH (MODSEQ (99) FLAGS (\\SEEN \\Recent $Work) UID 12)",
        b"* 3 fetch (flags (\\seen $Work $Work) modseq (99) uid 12 )",
    ],
)
def test_flags_are_read_in_any_order(raw):
    """I12."""
    got = read_fetch(response(raw))
    assert (got.sequence, got.uid, got.flags, got.labels, got.modseq) == (3, 12, Flag.SEEN, ("$Work",), 99)


def test_a_summary_with_a_literal_is_read():
    raw = (
        b'* 1 FETCH (UID 7 FLAGS () INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 4286'
        b" BODY[HEADER.FIELDS (FROM TO)] {13}\r\nFrom: a@b\r\n\r\n X-GM-MSGID 1278455344230334865 EMAILID (M6d))"
    )
    got = read_fetch(response(raw))
    assert (got.uid, got.flags, got.labels, got.internaldate, got.size) == (7, Flag.NONE, (), 837596665, 4286)
    assert got.sections == {"BODY[HEADER.FIELDS (FROM TO)]": b"From: a@b\r\n\r\n"}
    assert got.extra == {"X-GM-MSGID": b"1278455344230334865", "EMAILID": b"M6d"}


def test_bodies_come_as_literal_quoted_or_nothing():
    raw = b'* 1 FETCH (BODY[]<0> {3}\r\n(\r\n BODY[1] "x" BODY[2] NIL BINARY[3] ~{2}\r\n\0) UID 9)'
    assert read_fetch(response(raw)).sections == {"BODY[]<0>": b"(\r\n", "BODY[1]": b"x", "BINARY[3]": b"\0)"}


def test_envelope_and_structure_go_through_the_full_parser():
    raw = (
        b'* 2 FETCH (FLAGS (\\Draft 2024) UID 8 ENVELOPE (NIL "a (b* " NIL NIL NIL NIL NIL NIL NIL {4}\r\n<i@> )'
        b' BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1) INTERNALDATE " 1-Jan-2024 00:00:00 +0000"'
        b" RFC822.SIZE 5 MODSEQ (5) BODY[TEXT] {2}\r\nab)"
    )
    got = read_fetch(response(raw))
    assert got.envelope.subject == b"a (b* " and got.envelope.message_id == b"<i@>"
    assert got.structure[:2] == (b"TEXT", b"PLAIN")
    assert (got.flags, got.labels, got.internaldate, got.size, got.modseq) == (Flag.DRAFT, ("2024",), 1704067200, 5, 5)
    assert got.sections == {"BODY[TEXT]": b"ab"}


def test_a_fetch_without_flags_says_nothing_about_flags():
    assert read_fetch(response(b"* 1 FETCH (UID 5 MODSEQ (3))")).flags is None


def test_a_fetch_without_a_uid_is_only_read_when_asked():
    """I06."""
    raw = response(b"* 4 FETCH (FLAGS (\\Seen))")
    with pytest.raises(Misbehaved, match="UID"):
        read_fetch(raw)
    assert read_fetch(raw, need_uid=False).sequence == 4


@pytest.mark.parametrize(
    "raw",
    [
        b"* 1 FETCH (UID 0 FLAGS ())",
        b"* 1 FETCH (UID 4294967296 FLAGS ())",
        b"* 1 FETCH (UID 1 FLAGS (",
        b"* 1 FETCH (UID 1 FLAGS)",
        b"* 1 FETCH NIL",
        b"* 1 FETCH (UID 1 ENVELOPE (NIL))",
        b"* 1 FETCH (UID 1 ENVELOPE NIL)",
        b'* 1 FETCH (UID 1 ENVELOPE (NIL "a"b" NIL))',
        b"* 1 FETCH (UID 1 BODYSTRUCTURE " + b"(" * 20_000 + b")" * 20_001,
        b"* x FETCH (UID 1)",
        b"* 1 FETCH (UID 1 BODY[] {1}\r\na",
        b"* 1 FETCH (UID 1 MODSEQ (x))",
    ],
)
def test_a_broken_fetch_is_an_error_of_that_response(raw):
    """I06, I11."""
    with pytest.raises(Misbehaved):
        read_fetch(response(raw))


def test_keywords_are_bounded():
    """I12."""
    words = b" ".join(b"k%d" % n for n in range(10_000))
    assert len(read_fetch(response(b"* 1 FETCH (UID 1 FLAGS (" + words + b"))")).labels) == 256


def test_dates_that_are_none_are_none():
    assert read_date(b"17-Foo-1996 02:44:25 -0700") is None
    assert read_date(b"today") is None
    assert read_date(b"17-anf-1996 02:44:25 -0700") is None


@given(st.binary(max_size=120).filter(lambda raw: b"\n" not in raw and not raw.endswith(b"}")))
def test_no_bytes_break_the_reader(raw):
    for one in (Response((b"* 1 FETCH (" + raw,)), Response((b"* 1 FETCH (UID 1 BODY[] {1}", b"x", raw))):
        try:
            read_fetch(one)
        except Misbehaved:
            continue


@given(
    st.sampled_from([b"", b" MODSEQ (7)"]),
    st.sampled_from([b"", b" FLAGS ()", b" FLAGS (\\Seen work)"]),
    st.sampled_from([b"", b' INTERNALDATE " 7-Jul-1996 02:44:25 -0730"', b' INTERNALDATE "1-Foo-1996 02:44:25"']),
    st.sampled_from([b"", b" RFC822.SIZE 99999999999999999999", b" RFC822.SIZE 12"]),
    st.sampled_from([b"", b" BODY[HEADER.FIELDS (FROM)] {3}\r\na\n)"]),
    st.sampled_from([b"0", b"1", b"4294967295", b"4294967296"]),
)
def test_the_usual_order_of_items_says_what_any_other_says(modseq, flags, date, size, section, uid):
    items = modseq + flags + date + size + section
    usual = read_fetch(response(b"* 3 FETCH (UID %s%s)" % (uid, items)), need_uid=False)
    other = read_fetch(response(b"* 3 FETCH (%s UID %s)" % (items.lstrip(), uid)), need_uid=False)
    assert usual == other
