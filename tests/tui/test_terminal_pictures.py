"""How pictures are drawn: what the terminal says it understands, asked once and late; its answers are no keys."""

import fcntl
import os
import pty
import struct
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from textual.events import Key

from store.config import load
from store.errors import ConfigurationError
from store.settings import PICTURES, Pictures
from tui.graphics import GONE
from tui.terminal_input import TerminalParser
from tui.terminal_pictures import TerminalPictures, cell_size

KITTY, CELLS, SIXEL, PLAIN = "\x1b_Gi=1644167165;OK\x1b\\", "\x1b[6;18;9t", "\x1b[?62;4;22c", "\x1b[?62;22c"
REFUSED = "\x1b_Gi=1644167165;ENOENT\x1b\\"
XTERM = {"TERM": "xterm-256color"}


class Terminal:
    """One that answers so, and whose system knows its size or not."""

    def __init__(self, answers: Sequence[str] = (), cell: tuple[int, int] | None = None) -> None:
        self.at_end = ""
        self.asked = 0
        self._answers, self._cell = answers, cell

    async def ask(self, question: str, seconds: float) -> Sequence[str]:
        assert question.endswith("\x1b[c") and seconds <= 1
        self.asked += 1
        return self._answers

    def cell_size(self) -> tuple[int, int] | None:
        return self._cell


@pytest.mark.parametrize(
    ("wanted", "environ", "answers", "cell", "form"),
    [
        ("auto", XTERM, (KITTY, CELLS, SIXEL), None, ("kitty", (9, 18))),
        ("auto", XTERM, (CELLS, SIXEL), None, ("sixel", (9, 18))),
        ("auto", XTERM, (SIXEL,), (8, 17), ("sixel", (8, 17))),
        ("auto", XTERM, (SIXEL,), None, (None, None)),  # nobody knows how large they would become
        ("auto", XTERM, ("\x1b[6;0;0t", SIXEL), None, (None, None)),
        ("auto", XTERM, (REFUSED, CELLS, PLAIN), None, (None, None)),
        ("auto", XTERM, (), (8, 17), (None, None)),
        ("auto", {"TERM": "xterm-kitty"}, (), None, ("kitty", (10, 20))),  # a slow line
        ("auto", {**XTERM, "TERM_PROGRAM": "WezTerm"}, (), (8, 17), ("kitty", (8, 17))),
        ("kitty", XTERM, (PLAIN,), None, ("kitty", (10, 20))),
        ("sixel", XTERM, (PLAIN,), None, ("sixel", (6, 12))),
        ("sixel", {**XTERM, "TMUX": "x"}, (), (8, 17), ("sixel", (8, 17))),  # tmux draws them itself
    ],
)
async def test_what_the_terminal_understands_is_used(
    wanted: Pictures,
    environ: Mapping[str, str],
    answers: Sequence[str],
    cell: tuple[int, int] | None,
    form: tuple[str | None, tuple[int, int] | None],
):
    terminal = Terminal(answers, cell)
    pictures = TerminalPictures(wanted, terminal, environ)
    found = await pictures.form()
    assert found[0] == form[0] and (form[1] is None or found == form)
    assert await pictures.form() == found and terminal.asked <= 1
    assert terminal.at_end == (GONE if form[0] == "kitty" else "")


@pytest.mark.parametrize(
    ("wanted", "environ"),
    [
        ("blocks", XTERM), ("none", XTERM), ("auto", {"TERM": "linux"}), ("auto", {"TERM": "dumb"}),
        ("auto", {**XTERM, "TMUX": "/tmp/x,1,0"}), ("auto", {"TERM": "screen", "STY": "x"}),
        ("kitty", {**XTERM, "TMUX": "x"}), ("sixel", {"TERM": "screen", "STY": "x"}), ("kitty", {"TERM": "linux"}),
    ],
)  # fmt: skip
async def test_half_blocks_are_drawn_without_a_question(wanted: Pictures, environ: Mapping[str, str]):
    terminal = Terminal((KITTY, CELLS, SIXEL), (9, 18))
    assert (await TerminalPictures(wanted, terminal, environ).form())[0] is None
    assert not terminal.asked


async def test_without_a_terminal_there_are_half_blocks():
    assert (await TerminalPictures("kitty", None, XTERM).form())[0] is None


def heard(parser: TerminalParser, *chunks: str) -> list[str]:
    found = [message.key for chunk in chunks for message in parser.feed(chunk) if isinstance(message, Key)]
    return found + [message.key for message in parser.tick() if isinstance(message, Key)]


LONG = "\x1b[?64;1;2;4;6;9;15;16;17;18;21;22;28c"
"""What xterm says: longer than Textual takes a sequence to be."""


@pytest.mark.parametrize("answer", [KITTY, CELLS, SIXEL, LONG])
def test_an_answer_is_no_key_wherever_it_is_split(answer: str):
    """T05"""
    for at in range(1, len(answer)):
        parser = TerminalParser()
        parser.expect(60)
        assert heard(parser, f"j{answer[:at]}", f"{answer[at:]}k") == ["j", "k"]
        assert parser.told == [answer]


def test_an_answer_that_nobody_expects_is_no_key_either():
    """T05"""
    parser = TerminalParser()
    assert heard(parser, f"{LONG}j{CELLS}") == ["j"] and not parser.told


def test_escape_is_a_key_while_an_answer_is_expected(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr("tui.terminal_input.get_time", lambda: now)
    parser = TerminalParser()
    parser.expect(60)
    assert list(parser.feed("\x1b")) == []
    assert parser.seconds_left() == pytest.approx(0.1)
    now += 0.2
    list(parser.tick())
    assert parser.seconds_left() is not None  # now it may begin a key, as ever
    assert heard(parser, "[A") == ["up"]


def test_the_system_may_know_the_size_of_a_cell():
    ours, theirs = pty.openpty()
    try:
        for size, wanted in (((24, 80, 800, 480), (10, 20)), ((24, 80, 0, 0), None), ((24, 80, 65535, 1), None)):
            fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", *size))
            assert cell_size(theirs) == wanted
    finally:
        os.close(ours)
        os.close(theirs)
    assert cell_size(theirs) is None


@pytest.mark.parametrize("wanted", PICTURES)
def test_the_configuration_says_how(tmp_path: Path, wanted: Pictures):
    file = tmp_path / "config.toml"
    file.write_text(f'[general]\npictures = "{wanted}"\n')
    assert load(file).general.pictures == wanted


def test_another_word_is_refused_with_those_that_are_allowed(tmp_path: Path):
    file = tmp_path / "config.toml"
    file.write_text('[general]\npictures = "iterm"\n')
    with pytest.raises(ConfigurationError, match="pictures") as caught:
        load(file)
    assert "auto, kitty, sixel, blocks, none" in f"{caught.value} {caught.value.hint}"
