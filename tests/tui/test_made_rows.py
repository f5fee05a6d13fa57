"""Rows that are made as far as they are looked at."""

from collections.abc import Iterator

import pytest
from rich.style import Style

from tui.widgets.made_rows import MadeRows, Row, Stretch

NONE = Style.null()


def row(text: str) -> Row:
    return [(text, NONE)]


def source(taken: list[str]) -> Iterator[Row | Stretch]:
    """Two rows, a hundred stretches of ten rows, one row; says what is made."""
    yield row("a")
    yield row("b")
    for number in range(100):

        def make(number: int = number) -> list[Row]:
            taken.append(f"made {number}")
            return [row(f"{number}.{one}") for one in range(10)]

        yield Stretch(10, make, lambda number=number: f"{number}.")
    yield row("end")


def test_rows_are_made_when_they_are_looked_at():
    taken: list[str] = []
    rows = MadeRows(source(taken))
    assert len(rows) == 0
    rows.ensure(3)
    assert len(rows) == 12
    assert not taken
    assert [rows[number][0][0] for number in (0, 1, 2, 11)] == ["a", "b", "0.0", "0.9"]
    assert taken == ["made 0"]
    rows.ensure(None)
    assert len(rows) == 1003
    assert rows[1002] == row("end")
    assert rows[1001] == row("99.9")
    assert taken == ["made 0", "made 99"]


def test_what_was_looked_at_long_ago_is_forgotten_and_made_again():
    taken: list[str] = []
    rows = MadeRows(source(taken))
    rows.ensure(None)
    for number in range(2, 1002, 10):
        assert rows[number][0][0] == f"{(number - 2) // 10}.0"
    assert rows[2] == row("0.0")
    assert taken.count("made 0") == 2


def test_a_row_that_is_not_there_is_an_error():
    rows = MadeRows(source([]))
    rows.ensure(2)
    with pytest.raises(IndexError):
        rows[2]
    with pytest.raises(IndexError):
        rows[-1]


def test_only_stretches_whose_text_may_match_are_made():
    taken: list[str] = []
    rows = MadeRows(source(taken))
    rows.ensure(None)
    found = [number for number, one in rows.matching(lambda text: text == "50.") if one[0][0] == "50.3"]
    assert found == [505]
    assert taken == ["made 50"]
