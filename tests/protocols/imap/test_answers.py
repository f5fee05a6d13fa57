"""What people read of a server's answer: its words, without how long it took and without codes."""

import pytest

from protocols.errors import Refused, SignInRefused, Throttled
from protocols.imap.answers import Tagged, refusal, spoken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"Mailbox doesn't exist: Work (0.001 + 0.000 secs).", "Mailbox doesn't exist: Work"),
        (b"Quota exceeded (it is full) (0.003 + 0.000 + 0.002 secs).", "Quota exceeded (it is full)"),
        (b"[ALERT] [TEMPFAIL] Try later", "Try later"),
        (b"[OVERQUOTA x y] It is full.", "It is full."),
        (b"[it is] not a code", "[it is] not a code"),
        (b"took (0.5 secs) long", "took (0.5 secs) long"),
        (b"\xff (0.001 + 0.000 secs)", "\N{REPLACEMENT CHARACTER}"),
        (b"", ""),
    ],
)
def test_the_words_stay_and_the_rest_goes(text: bytes, expected: str):
    assert spoken(text) == expected


def test_refusals_in_the_same_words_are_equal_however_long_they_took():
    told = [Tagged.read(b"NO", b"[CANNOT] Not here (0.00%d + 0.000 secs)." % n) for n in (1, 2)]
    errors = [refusal(one, "COPY") for one in told]
    assert [type(one) for one in errors] == [Refused, Refused]
    assert {(one.title, one.text) for one in errors if isinstance(one, Refused)} == {
        ("The server refused COPY: Not here", "Not here")
    }


@pytest.mark.parametrize(
    ("command", "kind"), [("LOGIN", SignInRefused), ("SELECT", Refused)], ids=["signing in", "anything else"]
)
def test_a_refusal_says_what_the_server_said(command: str, kind: type[Exception]):
    error = refusal(Tagged.read(b"NO", b"[X-A] [X-B] No. (0.001 + 0.000 secs)."), command)
    assert type(error) is kind and error.title.endswith(": No.")


def test_patience_is_read_before_the_words_are_cleaned():
    error = refusal(Tagged.read(b"NO", b"[LIMIT] Too many simultaneous connections. (0.001 + 0.000 secs)."), "SELECT")
    assert isinstance(error, Throttled)
    assert error.title == "The server asks to come back later: Too many simultaneous connections."
