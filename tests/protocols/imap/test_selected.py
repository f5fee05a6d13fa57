"""What a server says of a selected folder: counts that stay right, and who is believed about what changed."""

import pytest

from protocols.imap.capabilities import Capabilities
from protocols.imap.framing import Response
from protocols.imap.selected import Selected, Since


def after(*lines: bytes, since: Since | None = None, exists: int = 10) -> Selected:
    """A folder of ten messages whose SELECT was answered with `lines`."""
    state = Selected(b"INBOX", since)
    for line in (b"%d EXISTS" % exists, b"OK [UIDVALIDITY 7] valid", *lines):
        state.read(Response((b"* " + line,)))
    return state


def test_the_count_follows_exists_expunge_and_vanished():
    """I04."""
    state = after()
    for line, count in (
        (b"12 EXISTS", 12),
        (b"3 EXPUNGE", 11),
        (b"VANISHED 4:6,9", 7),
        (b"VANISHED (EARLIER) 1:4294967295", 7),
        (b"11 EXISTS", 11),
    ):
        state.note(Response((b"* " + line,)))
        assert state.exists == count
    assert state.vanished == [(4, 6), (9, 9), (1, 4294967295)]
    assert state.doubt == ""


def test_what_comes_before_closed_was_about_the_folder_before():
    state = Selected(b"INBOX", Since(7, 5))
    lines = (b"50 EXISTS", b"VANISHED 1:3", b"2 FETCH (UID 2 FLAGS ())", b"OK [CLOSED] gone", b"4 EXISTS")
    for line in (*lines, b"OK [UIDVALIDITY 7] valid", b"OK [HIGHESTMODSEQ 5] highest"):
        state.read(Response((b"* " + line,)))
    assert (state.exists, state.vanished, state.fetched) == (4, [], [])
    assert state.told


@pytest.mark.parametrize("nonsense", [b"VANISHED", b"VANISHED 1:*", b"VANISHED (EARLIER) x", b"VANISHED 1:500"])
def test_a_vanished_that_makes_no_sense_is_remembered_as_a_doubt_and_nothing_else(nonsense: bytes):
    """I07."""
    state = after(nonsense)
    assert state.doubt
    assert (state.exists, state.vanished) == (10, [])


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((b"OK [HIGHESTMODSEQ 5] same",), True),
        ((b"OK [HIGHESTMODSEQ 9] more", b"2 FETCH (UID 2 FLAGS ())"), True),
        ((b"OK [HIGHESTMODSEQ 9] more", b"VANISHED (EARLIER) 2"), True),
        ((b"OK [HIGHESTMODSEQ 9] more",), False),  # and not a word of what changed
        ((b"OK [NOMODSEQ] none",), False),
        ((b"OK [HIGHESTMODSEQ 5] same", b"OK [UIDVALIDITY 8] another folder"), False),
    ],
)
def test_only_a_server_that_shows_it_is_believed_to_have_told_what_changed(lines: tuple[bytes, ...], told: bool):
    assert after(*lines, since=Since(7, 5)).told is told
    assert not after(*lines).told


@pytest.mark.parametrize("value", [0, 1 << 63, 10**30])
def test_a_modseq_that_no_server_can_have_is_none(value: int):
    """I07."""
    assert after(b"OK [HIGHESTMODSEQ %d] highest" % value).highestmodseq is None


def test_a_uidvalidity_of_more_than_32_bits_is_one_and_zero_is_none():
    """I05."""
    assert after(b"OK [UIDVALIDITY 1720000000000] valid").uidvalidity == 1720000000000
    assert after(b"OK [UIDVALIDITY 0] valid").uidvalidity == 0


def test_trust_goes_down_step_by_step():
    offers = Capabilities.parse(b"IMAP4rev1 ENABLE QRESYNC")
    assert (offers.trusted_qresync, offers.trusted_modseq) == (True, True)
    offers = offers.demoted()
    assert (offers.trusted_qresync, offers.trusted_modseq) == (False, True)
    offers = offers.demoted()
    assert (offers.trusted_qresync, offers.trusted_modseq) == (False, False)
    assert offers == Capabilities.parse(b"IMAP4rev1 ENABLE")


def test_icloud_is_believed_in_nothing():
    offers = Capabilities.parse(b"IMAP4rev1 XAPPLEPUSHSERVICE ENABLE CONDSTORE QRESYNC")
    assert (offers.trusted_qresync, offers.trusted_modseq) == (False, False)
