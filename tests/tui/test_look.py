"""What is drawn where a terminal shows less than most."""

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from store.settings import General
from tui.ascii_filter import AsciiFilter, ascii_text
from tui.look import Look
from tui.marks import ASCII, UNICODE, WORDS
from tui.widths import GAP


@pytest.mark.parametrize(
    ("environ", "ascii", "foreign"),
    [
        ({}, False, True),
        ({"LANG": "en_US.UTF-8"}, False, True),
        ({"LC_CTYPE": "vi_VN.utf8", "LANG": "C"}, False, True),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, True, False),
        ({"LC_ALL": "", "LANG": "de_DE.ISO-8859-1"}, True, False),
        ({"LC_ALL": "C.UTF-8"}, False, True),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, True, True),
        ({"LANG": "C.UTF-8", "TERM": "xterm-256color"}, False, True),
    ],
)
def test_the_environment_tells_what_can_be_drawn(environ: dict[str, str], ascii: bool, foreign: bool):
    look = Look.of(General(), environ)
    assert (look.ascii, look.foreign, look.colours, look.accessible) == (ascii, foreign, True, False)


def test_the_configuration_knows_better():
    assert Look.of(General(ascii=True), {"LANG": "C.UTF-8"}) == Look(ascii=True)
    assert Look.of(General(ascii=False), {"LC_ALL": "C", "TERM": "linux"}) == Look()


def test_without_colours_when_asked():
    assert not Look.of(General(), {"NO_COLOR": "1"}).colours
    assert Look.of(General(), {"NO_COLOR": ""}).colours


def test_each_look_has_its_signs():
    assert Look().marks is UNICODE
    assert Look(ascii=True).marks is ASCII
    assert Look(ascii=True, accessible=True).marks is WORDS


SAMPLES = [
    "plain", "Nguyễn Văn An", "đường Đà Nẵng", "Jürgen Weiß", "写真を送ります",
    "→ ● ★ … · ─│╭", "👨‍👩‍👧 ❤️ 🇻🇳 1️⃣ 👍🏽", "العربية", "हिन्दी", "“quoted” — ‘so’",
    "\u2800", "１２３", "ｶﾅ", "한국어",
]  # fmt: skip


@pytest.mark.parametrize("text", SAMPLES)
def test_ascii_text_is_ascii_and_as_wide(text: str):
    plain = ascii_text(text)
    assert plain.isascii() and plain.isprintable()
    assert len(plain) == cell_len(text)


def test_accents_are_dropped_and_what_has_no_likeness_is_marked():
    assert ascii_text("Nguyễn Đà Nẵng") == "Nguyen Da Nang"
    assert ascii_text("写真 ok") == "???? ok"
    assert ascii_text("“a” — b…") == '"a" - b.'


def test_mail_keeps_its_alphabet_where_only_the_drawing_is_ascii():
    assert ascii_text("│ Nguyễn 写真 …", letters=False) == "| Nguyễn 写真 ."
    assert ascii_text(f"हिन्दी{GAP}13:55", letters=False) == f"हिन्दी{GAP}13:55"  # columns stay in line by it


@pytest.mark.parametrize("letters", [True, False])
def test_the_filter_keeps_styles_and_widths(letters: bool):
    bold = Style(bold=True)
    before = [Segment("│ Hóa đơn", bold), Segment("plain", None)]
    after = AsciiFilter(letters=letters).apply(before, Color.parse("black"))
    assert [segment.style for segment in after] == [bold, None]
    assert [segment.cell_length for segment in after] == [segment.cell_length for segment in before]
    assert after[0].text == ("| Hoa don" if letters else "| Hóa đơn")
