"""Doctor tells what the terminal can do, asks it only where there is one, and waits for no answer for long."""

import os
import sys
from pathlib import Path

import pytest

from tests.servers.pseudo_terminal import PseudoTerminal
from tui.commandline.terminal_checks import abilities_told
from tui.terminal_abilities import Abilities
from tui.terminal_questions import Answers, ask

ROOT = Path(__file__).parents[3]
XTERM = Abilities.of({"TERM": "xterm-256color"})
SILENT = Answers(True)
TMUX = Abilities.of({"TERM": "tmux-256color", "TMUX": "x"})


def told(abilities: Abilities, answers: Answers = SILENT, **options: str) -> dict[str, str]:
    found = abilities_told(abilities, answers, lambda name: options.get(name.replace("-", "_"), ""))
    return {one.check: f"{one.detail} {one.advice}".strip() for one in found}


def test_answers_are_read_in_any_order_and_with_anything_between():
    text = "\x1bP>|foot(1.16)\x1b\\\x1b[?0uj\x1b[?2026;2$y\x1b[?1006;0$y\x1b[3;3R\x1b[?62;4;22c"
    assert Answers.read(text) == Answers(True, "foot(1.16)", True, True, False, 2)
    assert Answers.read("") == Answers()
    assert Answers.read("\x1bP>|\x07evil\x1b\\\x1b[?1;2c") == Answers(True)


def test_nothing_is_asked_without_a_terminal():
    assert ask() == Answers()


def test_a_terminal_that_says_nothing_is_judged_by_its_name():
    assert "goes by its name" in told(XTERM, Answers())["answers"]
    assert "kitty" in told(XTERM, Answers(True, kitty_keys=True))["keys"]
    assert "4 cells" in told(XTERM, Answers(True, joined=4))["widths"]
    assert "mouse = false" in told(XTERM, Answers(True, mouse=False))["mouse"]


def test_tmux_is_asked_whether_it_passes_the_clipboard_on():
    assert "set -g set-clipboard on" in told(TMUX, set_clipboard="external")["clipboard"]
    assert "only you can see" in told(TMUX, set_clipboard="on")["clipboard"]
    assert "only you can see" in told(TMUX, set_clipboard="off", allow_passthrough="all")["clipboard"]
    assert "unknown" in told(TMUX)["clipboard"]


@pytest.mark.parametrize("term", ["linux", "screen"])
def test_what_would_be_printed_is_not_sent(term: str):
    environ = {"TERM": term, **({"STY": "x"} if term == "screen" else {})}
    assert "not sent" in told(Abilities.of(environ))["links"]


@pytest.mark.parametrize("answer", ["", "\x1bP>|a terminal\x1b\\\x1b[?1u\x1b[1;3R\x1b[?62c"], ids=["silent", "answers"])
def test_a_real_terminal_is_asked_and_left_as_it_was(tmp_path: Path, answer: str):
    places = ["--config", str(tmp_path / "c.toml"), "--data", str(tmp_path / "data")]
    patience = 30 if answer else 0.2
    code = f"import tui.terminal_questions as q; q.PATIENCE = {patience}; from tui.cli import main; main()"
    command = [sys.executable, "-c", code, "doctor", *places]
    with PseudoTerminal(command, {"PYTHONPATH": os.fspath(ROOT)}, columns=100, rows=40) as terminal:
        before = terminal.settings
        terminal.wait_for_bytes(b"\x1b[c")
        if answer:
            terminal.send(answer)
        assert terminal.wait_for_end() == 0
        assert terminal.settings == before
    said = terminal.raw.decode()
    assert ("it says that it is a terminal" in said) is bool(answer)
    assert ("kitty" in said) is bool(answer)
    assert ("goes by its name" in said) is not bool(answer)
