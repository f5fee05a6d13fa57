"""The bytes of a message on the SMTP wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.smtp.wire import public, stuffed


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"A: b\r\nBcc: x\r\nC: d\r\n\r\nBcc: y\r\n", b"A: b\r\nC: d\r\n\r\nBcc: y\r\n"),
        (b"bcc:x\r\n\tfolded\r\n \r\n more\r\nA: b\r\n\r\n", b"A: b\r\n\r\n"),
        (b"A: b\r\nRESENT-BCC : x\r\n\r\n", b"A: b\r\n\r\n"),
        (b"A: b\r\nBCC: x", b"A: b\r\n"),
        (b"A: b\rBcc: x\r\n\r\nz", b"A: b\r\n\r\nz\r\n"),
        (b"A: b\nBcc: x\n\nz\n", b"A: b\r\n\r\nz\r\n"),
        (b"\r\nBcc: body\r\n", b"\r\nBcc: body\r\n"),
        (b"X-Bcc: kept\r\nA: Bcc: kept\r\n", b"X-Bcc: kept\r\nA: Bcc: kept\r\n"),
    ],
)
def test_bcc_leaves_the_header_and_nothing_else_changes(raw: bytes, shown: bytes):
    """L05"""
    assert public(raw) == shown


PIECES = [b"\r", b"\n", b"\r\n", b".", b"..", b"x", b"\x00", b"Bcc: a"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
def test_no_message_can_end_early_or_hold_a_bare_line_end(raw: bytes):
    """X02."""
    wire = stuffed(public(raw))
    assert wire.count(b"\r\n") == wire.count(b"\r") == wire.count(b"\n")
    assert (b"\r\n" + wire).index(b"\r\n.\r\n") == len(wire) - 3
    lines = wire.split(b"\r\n")[:-2]
    assert b"".join(line.removeprefix(b".") + b"\r\n" for line in lines) == public(raw)
