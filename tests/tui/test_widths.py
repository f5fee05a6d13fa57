"""Columns stay in line on terminals that count cells in different ways."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region, Size
from textual.strip import Strip
from wcwidth import wcwidth

from store.model import Address
from tests.tui.conftest import NOW
from tests.tui.test_rows import SUMMARY
from tui import widths
from tui.columns import Columns
from tui.glass import Difference, Glass
from tui.rows import pieces
from tui.widths import GAP, cells, head, needs_gap, simple, widest

WIDTH = 80
CONSOLE = Console(force_terminal=True, color_system="truecolor", width=WIDTH, legacy_windows=False, _environ={})
LOOKS = {part: Style.parse(f"#11{number}233") for number, part in enumerate(("mark", "star", "text", "faint", "label"))}
CURSOR = Style.parse("bold #ffffff on #2c4258")
NAMES = {
    "Latin": "Anna Keller",
    "Vietnamese": "Nguyễn Thị Đoàn",
    "decomposed": "Nguyễn",
    "Japanese": "山田太郎 さん",
    "half width": "ﾔﾏﾀﾞ",
    "Korean": "김철수 한국",
    "Devanagari": "नरेन्द्र हिन्दी में",
    "Tamil": "தமிழ் பெயர்",
    "Khmer": "ភាសាខ្មែរ",
    "Burmese": "မြန်မာ",
    "Thai": "ภาษาไทยน้ำ",
    "Arabic": "مرحبا بالعالم",
    "Hebrew": "שָׁלוֹם",
    "family": "👨\u200d👩\u200d👧\u200d👦 family",
    "heart": "❤\ufe0f love",
    "flags": "🇻🇳 🇩🇪 flags",
    "keycap": "1\ufe0f\u20e3 2\ufe0f\u20e3",
    "skin": "👍🏽 👋🏿 ok",
    "new emoji": "\U0001fae0 \U0001fac4 \U0001f9cc",
    "ambiguous": "●★…·○▲↑ ½ °",
    "marks": "Z\u0351\u036b\u0343a\u0334l\u0335g\u0336o",
}


def narrow(char: str) -> int:
    """As pyte and kitty: a vowel sign has no cell of its own."""
    return int(wcwidth(char))


def broad(char: str) -> int:
    """As xterm, VTE and the system's wcwidth: it has one."""
    return 1 if unicodedata.category(char) == "Mc" else int(wcwidth(char))


def old(char: str) -> int:
    """As a terminal of ten years ago: emoji that it does not know are narrow."""
    return 1 if char >= "\U0001f900" and wcwidth(char) == 2 else int(wcwidth(char))


@pytest.fixture(params=[narrow, broad, old], ids=lambda one: one.__name__)
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    measure: Callable[[str], int] = request.param
    monkeypatch.setattr("pyte.screens.wcwidth", measure)
    yield


def screen_of(rows: list[Strip], *before: list[Strip]) -> pyte.Screen:
    """What a terminal shows that is sent these rows, after others."""
    screen = pyte.Screen(WIDTH, len(rows))
    screen.reset_mode(7, private=True)
    stream, glass = pyte.Stream(screen), Glass()
    size = Size(WIDTH, len(rows))
    for shown in (*before, rows):
        update = LayoutUpdate([[strip] for strip in shown], Region(0, 0, WIDTH, len(shown)))
        stream.feed(Difference(update, glass, size).render_segments(CONSOLE))
    return screen


def row(name: str, *, at_cursor: bool = False, width: int = WIDTH) -> Strip:
    summary = replace(SUMMARY, sender=Address(name, "a@b"), subject=f"{name} {name}", preview=f"{name}. " * 9)
    drawn = pieces(summary, Columns.of(width), float(NOW))
    if at_cursor:
        return Strip([Segment("".join(piece.text for piece in drawn), CURSOR)])
    return Strip([Segment(piece.text, LOOKS[piece.part]) for piece in drawn])


def column(screen: pyte.Screen, y: int, first: int, last: int) -> str:
    return "".join(screen.buffer[y][x].data for x in range(first, last))


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("at_cursor", [False, True])
def test_the_date_stands_in_its_column_whatever_the_row_says(at_cursor: bool):
    screen = screen_of([row(name, at_cursor=at_cursor) for name in NAMES.values()])
    for y, name in enumerate(NAMES):
        assert column(screen, y, WIDTH - 6, WIDTH) == "13:55 ", (name, screen.display[y])


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("at_cursor", [False, True])
def test_the_subject_begins_in_its_column_whatever_the_name(at_cursor: bool):
    screen = screen_of([row(name, at_cursor=at_cursor) for name in NAMES.values()])
    begin = 4 + Columns.of(WIDTH).cells_of("from") + 1
    for y, (name, text) in enumerate(NAMES.items()):
        assert column(screen, y, begin - 1, begin).strip(f" {GAP}") == "", (name, screen.display[y])
        assert screen.buffer[y][begin].data.startswith(simple(unicodedata.normalize("NFC", text))[0]), name


@pytest.mark.usefixtures("terminal")
def test_nothing_of_an_older_row_stays_when_another_one_is_drawn_over_it():
    odd = [row(name) for name in NAMES.values()]
    plain = [row("plain") for _ in NAMES]
    screen = screen_of(plain, odd)
    assert len(set(screen.display)) == 1
    assert screen_of(odd, plain).display == screen_of(odd).display


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("measure", [narrow, broad, old])
def test_no_terminal_counts_more_cells_than_the_widest(name: str, measure: Callable[[str], int]):
    text = NAMES[name]
    assert cells(text) <= widest(text)
    assert sum(max(0, measure(char)) for char in text) <= widest(text)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30), st.integers(0, 20))
@settings(max_examples=200, deadline=None)
def test_a_beginning_fits_and_is_one(text: str, width: int):
    start = head(text, width)
    assert text.startswith(start)
    assert cell_len(start) <= width and widest(start) <= width


def test_emoji_are_simple_in_a_list():
    assert simple("👨\u200d👩\u200d👧 and ❤\ufe0f") == "👨 and ❤"
    assert simple("👍🏽 1\ufe0f\u20e3") == "👍 1"
    assert simple("नरेन्द्र") == "नरेन्द्र"


def test_a_gap_is_needed_where_widths_or_directions_are_unsure():
    assert unicodedata.bidirectional(GAP) == "L" and cell_len(GAP) == 1 == wcwidth(GAP)
    assert all(map(needs_gap, (NAMES["Arabic"], NAMES["Hebrew"], NAMES["Devanagari"], NAMES["flags"])))
    assert not any(map(needs_gap, (NAMES["Latin"], NAMES["Vietnamese"], NAMES["Japanese"])))


def test_colours_of_columns_survive():
    screen = screen_of([row(NAMES["Devanagari"])])
    assert screen.buffer[0][WIDTH - 6].fg == screen.buffer[0][WIDTH - 2].fg


def test_only_signs_of_which_all_terminals_agree_count_as_plain():
    for char in map(chr, range(0x110000)):
        if widths._PLAIN.fullmatch(char):
            assert not widths._UNSURE.match(char) and not widths._TO_LEFT.match(char)
            assert unicodedata.category(char) != "Mc" or char in "\u302e\u302f", hex(ord(char))
            assert unicodedata.bidirectional(char) not in ("R", "AL", "AN"), hex(ord(char))
