"""Whose word about senders is believed, and how it is told."""

import pytest

from protocols.mime.authentication import Verdict, told, trusted_by


@pytest.mark.parametrize(
    ("written", "host", "names"),
    [
        pytest.param(("mx.example.com",), "imap.gmail.com", ("mx.example.com",), id="written"),
        pytest.param((), "imap.gmail.com", ("mx.google.com",), id="a-provider"),
        pytest.param((), "imap.notgmail.com", (), id="a-name-that-ends-like-one"),
        pytest.param((), "imap.example.com", (), id="nobody"),
    ],
)
def test_who_is_trusted_is_written_or_known_by_the_server(written: tuple[str, ...], host: str, names: tuple[str, ...]):
    assert trusted_by(written, host) == names


def test_verdicts_are_told_in_a_line_without_control_signs():
    found = [Verdict("dmarc", "pass", "a.example"), Verdict("spf", "pass", "a.example"), Verdict("dkim", "fail")]
    assert told(found) == "DMARC pass (a.example), SPF pass, DKIM fail"
    assert told([]) == ""
