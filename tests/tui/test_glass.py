"""A terminal that is sent differences shows what one shows that is sent everything."""

import inspect
import re

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip

from store.mailstore import MailStore
from store.settings import Settings
from tests.tui.screen_text import until
from tui.app import BocauApp
from tui.glass import Difference, Glass

WIDTH, HEIGHT = 24, 5
SIZE = Size(WIDTH, HEIGHT)
CONSOLE = Console(force_terminal=True, color_system="truecolor", width=WIDTH, legacy_windows=False, _environ={})
STYLES = (
    None,
    Style.parse("#112233 on #445566"),
    Style.parse("bold #112233 on #445566"),
    Style.parse("dim bold italic #aabbcc on #445566"),
    Style.parse("underline #112233"),
    Style.parse("reverse"),
    Style.parse("strike default on default"),
    Style.parse("red on blue"),
    Style.parse("not bold color(200)"),
)
WORDS = ("a", "bc ", "   ", "đường", "→", "●", "山田", "é", "e\u0301", "…", "0", "المال", "🦊")


class Glasses:
    """One terminal that gets all that Textual writes, and one that gets differences."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.size = Size(width, height)
        self.whole, self.other = pyte.Screen(width, height), pyte.Screen(width, height)
        self.glass = Glass()
        for screen in (self.whole, self.other):
            screen.reset_mode(7, private=True)  # Textual turns wrapping off
        self.sent = 0

    def show(self, update: LayoutUpdate | ChopsUpdate) -> str:
        pyte.Stream(self.whole).feed(_known(update.render_segments(CONSOLE)))
        sent = Difference(update, self.glass, self.size).render_segments(CONSOLE)
        pyte.Stream(self.other).feed(_known(sent))
        return sent

    def assert_same(self) -> None:
        for y in range(self.size.height):
            for x in range(self.size.width):
                assert _seen(self.other, y, x) == _seen(self.whole, y, x), (
                    y,
                    x,
                    self.other.display,
                    self.whole.display,
                )


def _known(text: str) -> str:
    """Without links, which pyte prints as text."""
    return re.sub("\x1b]8;.*?\x1b\\\\", "", text)


def _seen(screen: pyte.Screen, y: int, x: int) -> tuple[object, ...]:
    cell = screen.buffer[y][x]
    common = (cell.data, cell.bg, cell.reverse, cell.underscore, cell.strikethrough)
    if cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough):
        return common
    return (*common, cell.fg, cell.bold, cell.italics)


pieces = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(STYLES)), max_size=12)


def strip(parts: list[tuple[str, Style | None]], width: int) -> Strip:
    return Strip([Segment(text, style) for text, style in parts]).adjust_cell_length(width)


@st.composite
def updates(draw: st.DrawFn) -> LayoutUpdate | ChopsUpdate:
    if draw(st.booleans()):
        lines = [draw(pieces) for _ in range(HEIGHT)]
        return LayoutUpdate([[strip(line, WIDTH)] for line in lines], Region(0, 0, WIDTH, HEIGHT))
    cut = draw(st.integers(1, WIDTH - 1))
    chops = [{0: strip(draw(pieces), cut), cut: strip(draw(pieces), WIDTH - cut)} for _ in range(HEIGHT)]
    ys = draw(st.lists(st.integers(0, HEIGHT - 1), min_size=1, unique=True))
    ends = st.sampled_from(((0, cut), (cut, WIDTH), (0, WIDTH)))
    spans = [(y, *draw(ends)) for y in sorted(ys)]
    return ChopsUpdate(chops, spans, [[cut, WIDTH]] * HEIGHT)


@settings(max_examples=150, deadline=None)
@given(st.lists(updates(), min_size=1, max_size=6))
def test_differences_make_the_same_picture_as_everything(given_updates: list[LayoutUpdate | ChopsUpdate]) -> None:
    glasses = Glasses()
    first = LayoutUpdate([[strip([], WIDTH)] for _ in range(HEIGHT)], Region(0, 0, WIDTH, HEIGHT))
    for update in (first, *given_updates):
        glasses.show(update)
        glasses.assert_same()


def _row(text: str, style: Style | None = None, y: int = 1) -> ChopsUpdate:
    chops = [{0: strip([(text, style)], WIDTH)} for _ in range(HEIGHT)]
    return ChopsUpdate(chops, [(y, 0, WIDTH)], [[WIDTH]] * HEIGHT)


def test_what_stands_there_already_is_not_sent_again() -> None:
    glasses = Glasses()
    assert "hello" in glasses.show(_row("hello", STYLES[1]))
    assert glasses.show(_row("hello", STYLES[1])) == ""
    assert glasses.show(_row("help!", STYLES[1])) == "\x1b[2;4H\x1b[38;2;17;34;51;48;2;68;85;102mp!\x1b[m"


def test_after_forgetting_everything_is_sent() -> None:
    glasses = Glasses()
    whole = glasses.show(_row("hello"))
    glasses.glass.forget()
    assert glasses.show(_row("hello")) == whole


def test_another_size_of_the_terminal_is_another_glass() -> None:
    glass = Glass()
    assert glass.difference(_row("hello"), SIZE, ColorSystem.TRUECOLOR)
    assert glass.difference(_row("hello"), Size(WIDTH, HEIGHT + 1), ColorSystem.TRUECOLOR)


def test_a_blank_may_keep_the_colour_of_the_letters_beside_it() -> None:
    glasses = Glasses()
    glasses.show(_row(" " * WIDTH, STYLES[7]))
    assert glasses.show(_row(" " * WIDTH, Style.parse("green on blue"))) == ""
    assert glasses.show(_row(" " * WIDTH, Style.parse("green on red"))) != ""


def test_what_follows_a_character_of_doubtful_width_stands_in_its_column() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # pyte draws six cells, Textual counts two
    glasses = Glasses()
    glasses.show(_row(f"ab{family}cd"))
    assert [_seen(glasses.other, 1, x)[0] for x in (0, 1, 4, 5)] == ["a", "b", "c", "d"]
    glasses.show(_row(f"xb{family}cd"))
    assert [_seen(glasses.other, 1, x)[0] for x in (0, 1, 4, 5)] == ["x", "b", "c", "d"]


def test_a_link_is_sent_with_its_text_and_ends_with_it() -> None:
    sent = Glasses().show(_row("here", Style(link="https://example.org/")))
    assert re.search("\x1b]8;id=[0-9a-f]+;https://example.org/\x1b\\\\here\x1b]8;;\x1b\\\\", sent)


def test_a_link_with_control_characters_is_text_alone() -> None:
    assert "]8;" not in Glasses().show(_row("here", Style(link="https://example.org/\x1b]0;x\x07")))


class Watched(BocauApp):
    """Feeds both terminals with what it displays."""

    CSS_PATH = inspect.getfile(BocauApp).replace("app.py", "screens/mail.tcss")
    glasses: Glasses | None = None

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            if self.glasses is None or self.glasses.size != self.size:
                self.glasses = Glasses(*self.size)
            self.glasses.show(renderable)
        super()._display(screen, renderable)


async def test_a_walk_through_the_app_looks_the_same_on_both(store: MailStore) -> None:
    app = Watched(store, Settings())
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await until(pilot, lambda: app.mail is not None and app.mail.messages.count)
        for keys in ("j j k", "enter", "q j enter", "question_mark", "escape", "slash r e n t enter", "escape"):
            await pilot.press(*keys.split())
            await pilot.pause()
            assert app.glasses is not None
            app.glasses.assert_same()
        await pilot.resize_terminal(80, 24)
        await pilot.press("j", "enter")
        await pilot.pause()
        assert app.glasses is not None
        app.glasses.assert_same()


async def test_a_key_has_the_whole_screen_sent_again(store: MailStore) -> None:
    app = Watched(store, Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.mail is not None and app.mail.messages.count)
        assert app.glasses is not None
        update = app.screen._compositor.render_full_update()
        app.glass.difference(update, app.size, ColorSystem.TRUECOLOR)
        assert not app.glass.difference(update, app.size, ColorSystem.TRUECOLOR)
        await pilot.press("ctrl+l")
        await pilot.pause()
        assert app.glass.difference(update, app.size, ColorSystem.TRUECOLOR)
