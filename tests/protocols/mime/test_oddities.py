"""Odd messages, made here and real ones, from bytes to what is shown: nothing raised, unsafe or silent."""

import pytest

from bench import oddities, readable
from protocols.mime.read import document


def test_odd_messages_are_all_read():
    """P26: and every text of theirs is shown or named."""
    found = readable.read(oddities.messages(1500))
    assert (found.exceptions, found.unsafe, found.silent) == ([], 0, [])
    assert len(found.seconds) == 1500


@pytest.mark.skipif(readable.corpora() is None, reason="no corpora beside the project")
def test_real_oddities_are_all_read():
    """P27"""
    found = readable.read(readable.real())
    assert (found.exceptions, found.unsafe, found.silent) == ([], 0, [])


def test_a_text_that_no_rule_shows_is_named():
    """P22"""
    raw = (
        b"Content-Type: multipart/related; boundary=b\n\n--b\n\nfirst\n--b\nContent-Type: text/plain\n\nsecond\n--b--\n"
    )
    assert document(raw).blocks[-1].text == "Not shown: unnamed (part 2, text/plain, 6 B)"
