"""The bench's terminal shows what a person would see, and ends what it started."""

import os
import sys

import pytest

from bench.terminal import ProgramEndedError, Terminal

ECHO = """
import os, sys, tty
tty.setraw(0)
size = os.get_terminal_size()
os.write(1, b"\\x1b[?2026h\\x1bP+q544e\\x1b\\\\\\x1b]0;title\\x07ready %dx%d" % size)
while True:
    key = os.read(0, 20)
    os.write(1, b"\\x1b[2J\\x1b[Hgot " + repr(key).encode())
"""


def echo(**options: int) -> Terminal:
    return Terminal([sys.executable, "-c", ECHO], **options)


def test_the_screen_has_the_size_and_text_that_the_program_sees():
    with echo(columns=80, rows=24) as terminal:
        assert terminal.wait_for("ready") > 0
        assert terminal.text().strip() == "ready 80x24"


def test_a_key_is_answered_and_its_bytes_are_counted():
    with echo() as terminal:
        terminal.wait_for("ready")
        answer = terminal.press("down")
        assert terminal.text().strip() == r"got b'\x1b[B'"
        assert answer.written == len(b"\x1b[2J\x1b[H" + rb"got b'\x1b[B'")
        assert terminal.resident_mib() > 1


def test_a_control_key_is_sent_as_its_code():
    with echo() as terminal:
        terminal.wait_for("ready")
        terminal.press("ctrl-p")
        assert terminal.text().strip() == r"got b'\x10'"


def test_a_program_that_ends_early_shows_its_last_screen():
    with (
        Terminal([sys.executable, "-c", "print('sorry')"]) as terminal,
        pytest.raises(ProgramEndedError, match="sorry"),
    ):
        terminal.wait_for("welcome")


def test_leaving_the_terminal_ends_the_program():
    with echo() as terminal:
        terminal.wait_for("ready")
    with pytest.raises(ProcessLookupError):
        os.kill(terminal.pid, 0)


LIST = """
import os, sys, tty
tty.setraw(0)
cursor = 2
def paint():
    rows = (f"\\x1b[{y + 1}H" + ("\\x1b[7m" if y == cursor else "") + f"row{y}" * 20 + "\\x1b[0m" for y in range(1, 9))
    return "".join(rows).encode()
os.write(1, paint())
while os.read(0, 1):
    os.write(1, b"\\x1b[20Hsomething else")
    cursor += 1
    os.write(1, paint())
"""


def test_a_moved_cursor_is_seen_among_other_output():
    with Terminal([sys.executable, "-c", LIST], columns=80, rows=24) as terminal:
        terminal.wait_for("row8")
        assert terminal.press_and_see("j") > 0
        assert "something else" in terminal.text()


def test_a_cursor_that_stays_is_not_seen():
    with echo(columns=80, rows=24) as terminal:
        terminal.wait_for("ready")
        with pytest.raises(TimeoutError, match="did not move"):
            terminal.press_and_see("j", 0.2)


def test_a_key_is_timed_up_to_what_it_brings_and_that_must_not_stand_there_already():
    with echo() as terminal:
        terminal.wait_for("ready")
        assert terminal.press_for("x", "got b'x'") > 0
        with pytest.raises(ValueError, match="stands there already"):
            terminal.press_for("y", "got")
