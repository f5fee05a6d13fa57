"""A fault of our own is told by its places: no mail, no password, nothing that a terminal obeys."""

import sys
from pathlib import Path

from tests.servers.pseudo_terminal import PseudoTerminal
from tests.tui.test_terminal_driver import ROOT, assert_given_back, command
from tui.fault import places

BREAK = (
    "import sys; sys.argv[0] = 'bocau'\n"
    "from tui.screens.mail import MailScreen\n"
    "def broken(self):\n"
    "    password = ''.join(['pigeon', '-local'])\n"
    "    try:\n"
    "        int(password)\n"
    "    except ValueError as error:\n"
    "        raise RuntimeError('\\x1b]52;c;eA==\\x07' + password) from error\n"
    "MailScreen.do_help = broken\n"
    "from tui.cli import main; main()\n"
)


def test_a_crash_report_holds_neither_words_nor_local_variables(tmp_path: Path):
    """T23, K05, K07: a planted secret never appears, and the terminal is given back."""
    started = command(tmp_path)
    started[2] = BREAK
    with PseudoTerminal(started, {"PYTHONPATH": str(ROOT)}, columns=100) as terminal:
        terminal.wait_for("Inbox")
        terminal.send("?")
        assert terminal.wait_for_end() != 0
        assert_given_back(terminal)
    assert b"RuntimeError" in terminal.raw and b"ValueError" in terminal.raw
    assert b"pigeon-local" not in terminal.raw and b"\x1b]52" not in terminal.raw
    log = tmp_path / "data" / "bocau.log"
    assert not log.exists() or "pigeon-local" not in log.read_text()


def test_errors_that_hold_others_are_told_by_their_places_too():
    """T23"""
    try:
        raise ExceptionGroup("pigeon", [ValueError("pigeon\x1b[2J"), KeyError("pigeon")])
    except ExceptionGroup as error:
        told = places(error)
    assert "ExceptionGroup" in told and "ValueError" in told and "KeyError" in told
    assert "pigeon" not in told.replace('"pigeon', "") and "\x1b" not in told
    assert Path(__file__).name in told and sys.exception() is None
