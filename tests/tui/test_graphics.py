"""A picture in pixels is on the terminal exactly where the screen's cells say so, whatever comes over it."""

import io
import re
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rich.color import ColorSystem
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.color import Color
from textual.geometry import Region, Size
from textual.strip import Strip

from protocols.mime.drawing import Drawing, Form
from protocols.mime.sixel import sixels
from tests.servers.graphic_terminal import GraphicTerminal, sixel_picture
from tui.glass import Glass
from tui.graphics import Graphics
from tui.terminal_filter import TerminalFilter

COLUMNS, ROWS, CELL = 20, 8, (2, 3)
SIZE = Size(COLUMNS, ROWS)
PIXELS = bytes(range(5 * CELL[0] * 4 * CELL[1]))
BAND = 5 * CELL[0]


def drawing(form: Form, shade: int = 0) -> Drawing:
    """Five columns, four rows, no pixel as the others."""
    width, height = 5 * CELL[0], 4 * CELL[1]
    palette = [(number, 255 - number, shade) for number in range(len(PIXELS))]
    if form == "sixel":
        letters = sixels(width, height, palette, PIXELS)
    else:
        made = io.BytesIO()
        Image.frombytes("RGB", (width, height), bytes(value for one in palette for value in one)).save(made, "PNG")
        letters = b64encode(made.getvalue()).decode()
    return Drawing(form, 5, 4, width, height, letters, (width, height))


class Shown:
    """A glass, and the terminal that it writes to."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.glass, self.terminal = Glass(), GraphicTerminal(COLUMNS, ROWS, CELL)
        self.drawings = {self.glass.graphics.add(drawing(form, shade)): shade for shade in (1, 2)}
        self.first, self.second = self.drawings

    def show(self, lines: list[list[Segment]]) -> str:
        """Everything anew, as Textual gives it."""
        strips = [[Strip(TerminalFilter().apply(one, Color(0, 0, 0))).adjust_cell_length(COLUMNS)] for one in lines]
        return self.update(LayoutUpdate(strips, Region(0, 0, COLUMNS, ROWS)))

    def update(self, update: LayoutUpdate | ChopsUpdate) -> str:
        sent = self.glass.difference(update, SIZE, ColorSystem.TRUECOLOR)
        self.terminal.write(sent)
        return sent

    def seen(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Cells that show a picture: which one, and which row of it."""
        if self.form == "sixel":
            by_letters = {drawing("sixel", shade).letters: number for number, shade in self.drawings.items()}
            return {cell: (by_letters[letters], row) for cell, (letters, row) in self.terminal.sixels.items()}
        return {
            cell: (number, y // CELL[1])
            for number, cells in self.terminal.placed.items()
            for cell, (_, y) in cells.items()
        }


def lines(shown: Shown, *placed: tuple[int, int, int, int, int]) -> list[list[Segment]]:
    """A screen of text with (picture, row, column, first row of the picture, rows)."""
    rows = [list("abcdefghijklmnopqrst") for _ in range(ROWS)]
    styles: dict[tuple[int, int], tuple[int, int]] = {}
    for number, y, x, first, count in placed:
        for down in range(count):
            for right in range(5):
                rows[y + down][x + right] = " "
                styles[y + down, x + right] = (number, first + down)
    graphics = shown.glass.graphics
    return [
        [Segment(text, graphics.style(*styles[y, x]) if (y, x) in styles else None) for x, text in enumerate(row)]
        for y, row in enumerate(rows)
    ]


def whole(number: int, y: int, x: int) -> dict[tuple[int, int], tuple[int, int]]:
    return {(y + row, x + column): (number, row) for row in range(4) for column in range(5)}


FORMS = pytest.mark.parametrize("form", ["kitty", "sixel"])


@FORMS
def test_it_comes_moves_and_goes(form: Form):
    shown = Shown(form)
    shown.show(lines(shown, (shown.first, 1, 2, 0, 4)))
    assert shown.seen() == whole(shown.first, 1, 2)
    shown.show(lines(shown, (shown.first, 3, 9, 0, 4)))
    assert shown.seen() == whole(shown.first, 3, 9)
    shown.show(lines(shown, (shown.second, 3, 9, 0, 4)))
    assert shown.seen() == whole(shown.second, 3, 9)
    shown.show(lines(shown))
    assert not shown.seen() and shown.terminal.screen.display[3] == "abcdefghijklmnopqrst"


@FORMS
def test_what_stands_there_is_not_sent_again(form: Form):
    shown = Shown(form)
    screen = lines(shown, (shown.first, 1, 2, 0, 4))
    assert len(shown.show(screen)) > 200
    assert shown.show(screen) == ""
    changed = [*screen[:7], [Segment("other")]]
    assert len(shown.show(changed)) < 60


def test_scrolling_sends_a_picture_of_the_kitty_protocol_only_once():
    shown = Shown("kitty")
    shown.show(lines(shown, (shown.first, 4, 2, 0, 4)))
    sent = shown.show(lines(shown, (shown.first, 0, 2, 1, 3)))
    assert "a=p" in sent and "a=t" not in sent
    assert set(shown.seen().values()) == {(shown.first, row) for row in (1, 2, 3)}


def test_sixels_that_are_cut_off_are_not_shown():
    shown = Shown("sixel")
    shown.show(lines(shown, (shown.first, 0, 2, 1, 3)))
    assert not shown.seen()


@FORMS
def test_text_that_comes_over_it_is_seen_and_then_the_picture_again(form: Form):
    """A dialog in front of it."""
    shown = Shown(form)
    screen = lines(shown, (shown.first, 1, 2, 0, 4))
    covered = [list(one) for one in screen]
    covered[2][4] = Segment("X")
    shown.show(screen)
    shown.show(covered)
    assert (2, 4) not in shown.seen() and shown.terminal.screen.display[2][4] == "X"
    shown.show(screen)
    assert shown.seen() == whole(shown.first, 1, 2)


@FORMS
def test_after_forgetting_it_is_sent_again_and_nothing_stays(form: Form):
    """Ctrl+L, another size, `fg`."""
    shown = Shown(form)
    screen = lines(shown, (shown.first, 1, 2, 0, 4))
    shown.show(screen)
    shown.glass.forget()
    shown.show(screen)
    assert shown.seen() == whole(shown.first, 1, 2)
    shown.glass.forget()
    shown.show(lines(shown))
    assert not shown.seen() and not shown.terminal.pictures


@FORMS
def test_a_picture_that_is_dropped_goes_with_all_that_was_kept(form: Form):
    shown = Shown(form)
    screen = lines(shown, (shown.first, 1, 2, 0, 4))
    shown.show(screen)
    shown.glass.graphics.drop(shown.first)
    shown.show(lines(shown))
    assert not shown.seen() and not shown.terminal.pictures


def test_pieces_of_an_update_leave_the_rest_of_it_alone():
    shown = Shown("sixel")
    screen = lines(shown, (shown.first, 1, 2, 0, 4))
    shown.show(screen)
    chops = [{0: Strip(one)} for one in screen]
    chops[2] = {0: Strip([Segment("XX"), *screen[2][2:]])}
    shown.update(ChopsUpdate(chops, [(2, 0, COLUMNS)], [[COLUMNS]] * ROWS))
    assert shown.seen() == whole(shown.first, 1, 2) and shown.terminal.screen.display[2].startswith("XX")


places = st.tuples(st.integers(0, 4), st.integers(0, 15), st.integers(0, 3)).map(lambda at: (*at, 4 - at[2]))
steps = st.one_of(places, st.just("forget"), st.just("none"), st.tuples(st.just("cover"), st.integers(0, 19)))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(("kitty", "sixel")), st.lists(steps, max_size=8))
def test_the_terminal_shows_what_the_cells_say(form: Form, given_steps: list[object]):
    shown = Shown(form)
    screen = lines(shown)
    for step in given_steps:
        if step == "forget":
            shown.glass.forget()
        elif step == "none":
            screen = lines(shown)
        elif isinstance(step, tuple) and step[0] == "cover":
            screen = [[*one[: step[1]], Segment("#"), *one[step[1] + 1 :]] for one in screen]
        elif isinstance(step, tuple):
            screen = lines(shown, (shown.first, *step))
        shown.show(screen)
        wanted = {
            (y, x): found
            for y, row in enumerate(screen)
            for x, segment in enumerate(row)
            if segment.style is not None and (found := segment.style.meta.get("bocau.picture"))
        }
        is_whole = len(wanted) in ({5, 10, 15, 20} if form == "kitty" else {20})
        assert shown.seen() == (
            wanted if is_whole else {cell: at for cell, at in shown.seen().items() if cell in wanted}
        )


@FORMS
def test_the_sequences_hold_nothing_but_permitted_letters(form: Form):
    """T08"""
    shown = Shown(form)
    sent = shown.show(lines(shown, (shown.first, 1, 2, 0, 4)))
    shown.glass.graphics.drop(shown.first)
    sent += shown.show(lines(shown))
    pictures = re.findall("\x1b[P_].*?\x1b\\\\", sent, re.S)
    assert pictures
    allowed = r"\x1b(?:_G[A-Za-z0-9=,]+(?:;[A-Za-z0-9+/=]+)?|P0;1q[\"#0-9;!$\-?-~]+)\x1b\\"
    assert all(re.fullmatch(allowed, one) for one in pictures)


def test_a_style_that_text_of_a_mail_could_have_shows_no_picture():
    """T08: there is none of that number."""
    graphics = Graphics()
    glass = Glass()
    strip = Strip([Segment(" " * 5, graphics.style(0x62000000, 0))]).adjust_cell_length(COLUMNS)
    sent = glass.difference(LayoutUpdate([[strip]] * ROWS, Region(0, 0, COLUMNS, ROWS)), SIZE, None)
    assert "\x1b_" not in sent and "\x1bP" not in sent


def test_the_test_reads_sixels():
    assert sixel_picture(drawing("sixel").letters).size == (BAND, 12)
