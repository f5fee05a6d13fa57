"""The signs of the screen, in each alphabet."""

from collections.abc import Iterator
from dataclasses import asdict

import pytest
from rich.cells import cell_len
from wcwidth import wcwidth

from tui import marks
from tui.marks import ASCII, UNICODE, WORDS, Marks

TREE = {"branch", "last_branch", "trunk", "no_trunk"}


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = marks.now()
    yield
    marks.choose(before)


@pytest.mark.parametrize("signs", [UNICODE, ASCII])
def test_a_sign_is_one_cell_wide_and_a_tree_line_two(signs: Marks):
    for name, sign in asdict(signs).items():
        assert cell_len(sign) == (2 if name in TREE else 1), name
        assert sum(wcwidth(char) for char in sign) == cell_len(sign), name


@pytest.mark.parametrize("signs", [ASCII, WORDS])
def test_ascii_signs_and_words_are_ascii(signs: Marks):
    assert all(sign.isascii() and sign.isprintable() for sign in asdict(signs).values())


def test_signs_of_one_column_are_told_apart():
    for signs in (UNICODE, ASCII, WORDS):
        assert len({signs.pending, signs.attachment, signs.answered, signs.forwarded}) == 4
        assert len({signs.star, signs.kept}) == 2
        assert len({signs.warning, signs.error}) == 2


def test_the_chosen_signs_are_drawn_until_others_are_chosen():
    marks.choose(ASCII)
    assert marks.now().unread == "N"
    marks.choose(UNICODE)
    assert marks.now().unread == "●"
