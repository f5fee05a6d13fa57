"""Sequence sets: shorter to write, bounded to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import Misbehaved
from protocols.imap.sequence import compress, expand, ranges

UIDS = st.sets(st.integers(1, 0xFFFFFFFF), max_size=400) | st.sets(st.integers(1, 300), max_size=300)


@given(UIDS)
def test_what_was_compressed_expands_to_the_same_numbers(uids):
    """I20."""
    sets = compress(uids, limit=100)
    assert [number for one in sets for number in expand(one)] == sorted(uids)
    assert all(len(one) < 100 for one in sets)


def test_neighbours_become_ranges():
    assert compress([5, 3, 4, 9, 9, 1]) == [b"1,3:5,9"]
    assert compress([]) == []


def test_a_reversed_range_means_the_same_numbers():
    assert expand(b"9,5:3") == [9, 3, 4, 5]


def test_a_huge_range_is_refused_without_being_built():
    with pytest.raises(Misbehaved):
        expand(b"1:4294967295")
    assert ranges(b"1:4294967295") == [(1, 4294967295)]


@pytest.mark.parametrize("text", [b"", b"1,", b":3", b"0", b"1:*", b"4294967296", b"a", b"1 2", b"99999999999"])
def test_what_is_no_set_is_refused(text):
    with pytest.raises(Misbehaved):
        expand(text)
