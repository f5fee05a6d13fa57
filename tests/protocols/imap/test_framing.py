"""Framing: any split of the bytes gives the same responses, in bounded space."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import Misbehaved
from protocols.imap.framing import Framer, Response

LINE = st.binary(max_size=20).filter(lambda line: b"\n" not in line and not line.endswith((b"\r", b"}")))
RESPONSE = st.tuples(LINE, st.lists(st.tuples(st.binary(max_size=30), LINE), max_size=3))


def wire_form(line: bytes, literals: list[tuple[bytes, bytes]]) -> tuple[bytes, Response]:
    parts, raw = [b"* X " + line], b""
    for literal, after in literals:
        parts[-1] += b"{%d}" % len(literal)
        parts += [literal, after]
    for index, part in enumerate(parts):
        raw += part if index % 2 else part + b"\r\n"
    return raw, Response(tuple(parts))


def framed(*chunks: bytes, **limits: int) -> list[Response]:
    framer = Framer(**limits)
    return [response for chunk in chunks for response in framer.feed(chunk)]


@given(st.lists(RESPONSE, max_size=6), st.lists(st.integers(1, 40), max_size=60))
def test_any_split_of_the_bytes_gives_the_same_responses(responses, sizes):
    """I03."""
    forms = [wire_form(*response) for response in responses]
    raw = b"".join(form for form, _ in forms)
    chunks = []
    for size in sizes:
        chunks.append(raw[:size])
        raw = raw[size:]
    framer = Framer()
    got = [response for chunk in (*chunks, raw) for response in framer.feed(chunk)]
    assert got == [response for _, response in forms]
    assert not framer.pending


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_no_bytes_at_all_break_the_framer(chunks):
    try:
        for response in framed(*chunks, max_line=500, max_literal=500):
            assert len(response.parts) % 2 == 1
    except Misbehaved:
        return


def test_single_bytes_and_large_chunks_give_the_same_responses():
    raw = b"".join(b"* %d FETCH (UID %d BODY[] {5}\r\nab\r\nc FLAGS (\\Seen))\r\n" % (n, n) for n in range(1, 500))
    assert framed(*(raw[i : i + 1] for i in range(len(raw)))) == framed(raw)
    assert len(framed(raw)) == 499


def test_twenty_thousand_lines_in_one_chunk_are_framed():
    """I03."""
    assert len(framed(b"".join(b"* %d FETCH (FLAGS ())\r\n" % n for n in range(20_000)))) == 20_000


def test_a_literal_may_hold_anything():
    """I02."""
    assert framed(b"* 1 FETCH (BODY[] {8}\r\nA1 OK\r\n* UID 1)\r\n")[0].parts[1] == b"A1 OK\r\n*"


def test_an_empty_literal_and_a_literal8_are_literals():
    """I02."""
    assert framed(b"* X {0}\r\n ~{2}\r\n\0\0)\r\n")[0].parts == (b"* X {0}", b"", b" ~{2}", b"\0\0", b")")


@pytest.mark.parametrize(
    "line", [b"* OK see {12}", b"A1 NO [X] {3}", b"+ go on {7}", b"* BYE {1}", b"* BAD {99999999999}"]
)
def test_human_text_that_looks_like_a_literal_is_text(line):
    assert framed(line + b"\r\n* 1 EXISTS\r\n") == [Response((line,)), Response((b"* 1 EXISTS",))]


@pytest.mark.parametrize("line", [b"* X {-5}", b"* X {}", b"* X {5", b"* X {a}", b"* X {5}x"])
def test_what_only_resembles_a_literal_is_text(line):
    """I02."""
    assert framed(line + b"\r\n") == [Response((line,))]


def test_a_lone_line_feed_ends_a_line():
    """I01."""
    assert [response.line for response in framed(b"* OK a\n* OK b\r\n")] == [b"* OK a", b"* OK b"]


def test_an_endless_line_is_refused_before_its_end():
    """I01."""
    with pytest.raises(Misbehaved, match="line"):
        framed(b"* " + b"x" * 600, max_line=500)


@pytest.mark.parametrize("size", [b"501", b"4294967295", b"99999999999999999999"])
def test_a_literal_above_the_limit_is_refused_when_it_is_announced(size):
    """I02."""
    with pytest.raises(Misbehaved, match="announced"):
        framed(b"* 1 FETCH (BODY[] {" + size + b"}\r\n", max_literal=500)


def test_literals_of_one_response_are_limited_together():
    """I02."""
    with pytest.raises(Misbehaved, match="announced"):
        framed(b"* X {300}\r\n" + b"a" * 300 + b" {300}\r\n", max_literal=500)


def test_pending_tells_of_a_response_that_is_not_over():
    framer = Framer()
    assert not framer.pending
    assert list(framer.feed(b"* X {3}\r\nab")) == []
    assert framer.pending


def test_a_response_knows_its_name_number_and_text():
    exists = Response((b"* 23 EXISTS",))
    assert (exists.name, exists.number, exists.text) == ("EXISTS", 23, b"")
    listed = Response((b'* list () "/" "a b"',))
    assert (listed.name, listed.number, listed.text) == ("LIST", None, b'() "/" "a b"')
    assert Response((b"* 99999999999 EXISTS",)).number is None
