"""The second wall: no control character and no unclean address reaches the terminal, whatever a widget draws."""

import re

from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from protocols.mime.safe import url
from tui.cells import Looks, Pen
from tui.terminal_filter import TerminalFilter

BLACK = Color(0, 0, 0)
CLEAN = re.compile(r"(?:\x1b\[[0-9;]*m|\x1b\]8;(?:id=[0-9a-f]+)?;[!-~]*\x1b\\|[^\x00-\x1f\x7f-\x9f])*")
NASTY = st.text(st.sampled_from("ab /:\x00\x07\x1b\\];\n\r\x7f\x9b\x9d\u202e\u2028é")) | st.sampled_from(
    ["http://a\x1b\\\x1b]52;c;eA==\x07", "https://a b", "javascript:alert(1)", "file:///etc/passwd", "HTTPS://A"]
)


def filtered(text: str, link: str | None) -> Segment:
    ((segment),) = TerminalFilter().apply([Segment(text, Style(link=link, bold=True))], BLACK)
    return segment


def drawn(segment: Segment) -> str:
    """As the glass writes it."""
    look, pen = Looks(ColorSystem.TRUECOLOR).of(segment.style), Pen()
    return pen.turn(look) + segment.text + pen.lay_down()


@given(NASTY | st.text(), NASTY | st.text() | st.just(None))
def test_nothing_unclean_gets_through(text: str, link: str | None):
    """T24."""
    segment = filtered(text, link or None)
    assert CLEAN.fullmatch(drawn(segment)), repr(drawn(segment))
    assert segment.style is not None and segment.style.bold
    assert segment.style.link is None or url(segment.style.link) is not None


@given(st.sampled_from(["https://example.org/", "http://bücher.example/ä b", "mailto:a@b.example?subject=x%0Ay"]))
def test_clean_links_stay(address: str):
    clean = url(address)
    assert clean is not None
    segment = filtered("text", clean)
    assert segment.style is not None and segment.style.link == clean
    assert f";{clean}\x1b\\text\x1b[m\x1b]8;;\x1b\\" in drawn(segment)


def test_clean_segments_are_passed_on_as_they_are():
    segments = [Segment("text", Style(link="https://example.org/")), Segment("more")]
    assert TerminalFilter().apply(segments, BLACK) is segments
