"""Dates, sizes and cut text."""

import time

import pytest
from rich.cells import cell_len

from store.model import Address
from tests.tui.conftest import DAY, NOW
from tui import format


@pytest.fixture(autouse=True)
def utc():
    time.tzset()


def test_a_date_is_as_short_as_it_can_be():
    assert format.short_date(NOW, NOW) == "14:05"
    assert format.short_date(NOW - DAY, NOW) == "12 Nov"
    assert format.short_date(NOW - 400 * DAY, NOW) == "2025-10-09"
    assert format.short_date(None, NOW) == ""


@pytest.mark.parametrize("seconds", [-(10**18), 10**18, -1, 0])
def test_no_date_is_too_odd(seconds: int):
    assert len(format.short_date(seconds, NOW)) <= 10
    format.long_date(seconds)


def test_a_long_date_names_its_zone():
    assert format.long_date(NOW) == "Fri 13 Nov 2026, 14:05 +0000"


@pytest.mark.parametrize(
    ("octets", "text"), [(0, "0 B"), (812, "812 B"), (4_200, "4.2 kB"), (31_000_000, "31 MB"), (999_999, "1.0 MB")]
)
def test_sizes_are_for_people(octets: int, text: str):
    assert format.size(octets) == text


@pytest.mark.parametrize("text", ["plain", "a longer plain text", "日本語のテキスト", "e\u0301" * 30, "đơn 日本", ""])
@pytest.mark.parametrize("width", [1, 2, 3, 7, 12, 40])
def test_fitted_text_has_exactly_its_width(text: str, width: int):
    assert cell_len(format.fit(text, width)) == width
    assert cell_len(format.clip(text, width)) <= width


def test_cut_text_ends_with_an_ellipsis():
    assert format.fit("abcdef", 4) == "abc…"
    assert format.clip("日本語", 4) == "日…"


def test_a_person_without_a_name_is_its_address():
    assert format.name(Address("", "a@example.org")) == "a@example.org"
    assert format.name(Address("", "")) == "(no sender)"
    assert format.person(Address("Anna", "a@example.org")) == "Anna <a@example.org>"


def test_numbers_agree_with_their_noun():
    assert format.count(1, "message") == "1 message"
    assert format.count(12_000, "message") == "12,000 messages"


def test_a_part_of_a_size_is_told_in_the_unit_of_the_whole():
    assert [format.sizes(*pair) for pair in ((0, 500), (3_100_000, 8_200_000), (12_400_000, 147_000_000))] == [
        "0 of 500 B",
        "3.1 of 8.2 MB",
        "12 of 147 MB",
    ]
    assert format.sizes(5, 999_600) == "0.0 of 1.0 MB"
    assert format.sizes(1_500_000_000, 2_000_000_000) == "1.5 of 2.0 GB"
