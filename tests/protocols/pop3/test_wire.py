"""The POP3 framer: any split of the octets, hostile octets, and the bytes of messages kept exactly."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.pop3.wire import Challenge, Event, Farewell, Malformed, Reply, Response, Wire

GREETING = b"+OK ready\r\n"


def framed(data: bytes, *replies: Reply, cuts: tuple[int, ...] = (), body_limit: int = 1000) -> list[Event]:
    wire = Wire(body_limit=body_limit, status_limit=200)
    for reply in replies:
        wire.expect(reply)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [event for start, end in itertools.pairwise(edges) for event in wire.receive(data[start:end])]


def one(data: bytes, reply: Reply = Reply.LINES) -> Event:
    greeting, event = framed(GREETING + data, reply)
    assert isinstance(greeting, Response)
    return event


def stuffed(message: bytes) -> bytes:
    """What a correct server sends for a message whose last line is ended."""
    return b"".join(b"." + line if line.startswith(b".") else line for line in message.splitlines(keepends=True))


LINE = st.binary(max_size=12).map(lambda line: line.replace(b"\r", b"").replace(b"\n", b""))
DOTTED = st.one_of(LINE, st.sampled_from([b".", b"..", b".x", b"", b"..."]))
MESSAGE = st.lists(DOTTED, max_size=8).map(lambda lines: b"".join(line + b"\r\n" for line in lines))
NOISE = st.lists(
    st.sampled_from([b"+OK", b"-ERR", b" ", b"\r\n", b"\n", b"\r", b".", b"..", b"+ eA==", b"[IN-USE]", b"x", b"\x00"]),
    max_size=40,
).map(b"".join)


@given(MESSAGE)
def test_a_message_comes_out_as_it_was_before_stuffing(message: bytes) -> None:
    event = one(b"+OK 10 octets\r\n" + stuffed(message) + b".\r\n")
    assert event == Response(True, "", "10 octets", message)


@given(st.lists(MESSAGE, max_size=4), st.lists(st.integers(min_value=0), max_size=10))
def test_any_split_of_pipelined_responses_gives_the_same_events(messages: list[bytes], cuts: list[int]) -> None:
    data = GREETING + b"".join(b"+OK\r\n" + stuffed(m) + b".\r\n-ERR [SYS/TEMP] no\r\n" for m in messages)
    replies = [Reply.LINES, Reply.LINES] * len(messages)
    events = framed(data, *replies, cuts=tuple(cuts))
    assert events == framed(data, *replies)
    assert [event.body for event in events if isinstance(event, Response) and event.ok][1:] == messages


@given(NOISE, st.lists(st.sampled_from(Reply), max_size=5), st.lists(st.integers(min_value=0), max_size=10))
def test_any_split_of_noise_gives_the_same_events(noise: bytes, replies: list[Reply], cuts: list[int]) -> None:
    events = framed(noise, *replies, cuts=tuple(cuts), body_limit=10)
    assert events == framed(noise, *replies, body_limit=10)
    assert events == framed(noise, *replies, cuts=tuple(range(len(noise))), body_limit=10)
    assert not any(isinstance(event, Malformed | Farewell) for event in events[:-1])


def test_a_response_code_is_read_apart_from_the_text() -> None:
    assert one(b"-ERR [in-use] Do you have another session?\r\n") == Response(
        False, "IN-USE", "Do you have another session?", None
    )


def test_a_refused_multi_line_command_has_no_body() -> None:
    assert one(b"-ERR no such message\r\n") == Response(False, "", "no such message", None)


def test_a_dot_after_a_bare_line_feed_does_not_end_a_message_of_a_server_that_speaks_crlf() -> None:
    message = b"Subject: x\r\n\r\nforged:\n.\r\n+OK forged answer\r\n"
    assert one(b"+OK\r\n" + message + b".\r\n") == Response(True, "", "", message)


@pytest.mark.parametrize("status", [b"+OK\n", b"+OK\r\n"])
@pytest.mark.parametrize("end", [b".\n", b".\r\n"])
def test_a_server_that_speaks_bare_line_feeds_is_understood(status: bytes, end: bytes) -> None:
    assert one(status + b"Subject: x\n\n..a\n..\n" + end) == Response(True, "", "", b"Subject: x\n\n.a\n.\n")


def test_a_line_that_a_server_forgot_to_stuff_is_kept_whole() -> None:
    assert one(b"+OK\r\n.signature\r\n.\r\n") == Response(True, "", "", b".signature\r\n")


def test_carriage_returns_and_nul_inside_lines_are_kept() -> None:
    assert one(b"+OK\r\na\rb\x00\r\r\n.\r\n") == Response(True, "", "", b"a\rb\x00\r\r\n")


def test_a_long_line_is_no_error_below_the_limit_of_the_response() -> None:
    wire = Wire()
    wire.expect(Reply.LINES)
    wire.receive(GREETING + b"+OK\r\n")
    line = b"x" * 65536
    for _ in range(64):
        assert wire.receive(line) == []
    assert wire.receive(b"\r\n.\r\n") == [Response(True, "", "", line * 64 + b"\r\n")]


def test_a_response_that_never_ends_is_refused_at_the_limit() -> None:
    events = framed(GREETING + b"+OK\r\n" + b"x" * 1006, Reply.LINES)
    assert events[1:] == [Malformed("a response is too long")]


def test_a_response_of_exactly_the_limit_is_accepted() -> None:
    body = b"x" * 998 + b"\r\n"
    assert framed(GREETING + b"+OK\r\n" + body + b".\r\n", Reply.LINES)[1] == Response(True, "", "", body)
    assert framed(GREETING + b"+OK\r\ny" + body + b".\r\n", Reply.LINES)[1] == Malformed("a response is too long")


def test_an_endless_status_line_is_refused() -> None:
    assert framed(b"+OK " + b"x" * 300) == [Malformed("a status line is too long")]


@pytest.mark.parametrize(
    "banner", [b"HTTP/1.1 400 Bad Request\r\n", b"SSH-2.0-OpenSSH\r\n", b"\x15\x03\x01\n", b"\r\n"]
)
def test_a_banner_of_another_protocol_is_refused(banner: bytes) -> None:
    assert framed(banner) == [Malformed("a response starts with neither +OK nor -ERR")]


def test_octets_behind_an_answer_that_nobody_asked_for_are_refused() -> None:
    events = framed(GREETING + b"+OK begin TLS\r\n+OK injected\r\n", Reply.LINE)
    assert events[2:] == [Malformed("the server spoke out of turn")]


def test_an_error_that_nobody_asked_for_is_a_farewell_and_ends_the_conversation() -> None:
    events = framed(GREETING + b"-ERR [SYS/TEMP] Shutting down\r\n+OK more\r\n")
    assert events[1:] == [Farewell("SYS/TEMP", "Shutting down")]


def test_a_challenge_leaves_the_answer_owed() -> None:
    events = framed(GREETING + b"+ \r\n+\r\n+ cHJvb2Y=\r\n+OK in\r\n", Reply.SASL)
    assert events[1:] == [Challenge(b""), Challenge(b""), Challenge(b"cHJvb2Y="), Response(True, "", "in", None)]


def test_a_challenge_outside_of_sign_in_is_refused() -> None:
    assert framed(GREETING + b"+ x\r\n", Reply.LINE)[1] == Malformed("a response starts with neither +OK nor -ERR")
