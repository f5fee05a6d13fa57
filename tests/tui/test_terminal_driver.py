"""A terminal is taken whole and given back whole, at every end that a program can have."""

import os
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.pseudo_terminal import PseudoTerminal

ROOT = Path(__file__).parents[2]
ALWAYS_ON = {7, 25}
"""Lines wrap and the cursor shows: so a terminal is found, and so it is left."""


def command(home: Path) -> list[str]:
    """`bocau` on a POP3 account whose server is not there."""
    (home / "config.toml").write_text(
        '[accounts.old]\nprotocol = "pop3"\naddress = "a@b.example"\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n'
        'password_command = "echo x"\nafter_download = "keep"\n'
    )
    code = "import sys; sys.argv[0] = 'bocau'; from tui.cli import main; main()"
    return [sys.executable, "-c", code, "--config", str(home / "config.toml"), "--data", str(home / "data")]


@contextmanager
def opened(home: Path, **options: int) -> Iterator[PseudoTerminal]:
    """The reader, its list drawn."""
    with PseudoTerminal(command(home), {"PYTHONPATH": str(ROOT)}, **options) as terminal:
        terminal.wait_for("Inbox")
        terminal.wait_for(r"old .*again at")
        yield terminal


def assert_given_back(terminal: PseudoTerminal) -> None:
    assert terminal.modes == ALWAYS_ON
    assert terminal.raw.count(b"\x1b[>1u") == terminal.raw.count(b"\x1b[<u")
    assert terminal.raw.count(b"\x1b[22;2t") == terminal.raw.count(b"\x1b[23;2t")


def test_leaving_gives_the_terminal_back(tmp_path: Path):
    """K07."""
    with PseudoTerminal(command(tmp_path), {"PYTHONPATH": str(ROOT)}) as terminal:
        before = terminal.settings
        terminal.wait_for("Inbox")
        assert {1000, 1002, 1006, 1049, 2004, 1004} <= terminal.modes
        assert terminal.settings != before
        terminal.send("\x11")
        assert terminal.wait_for_end() == 0
        assert_given_back(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals):
    """K07, R04."""
    with opened(tmp_path) as terminal:
        os.kill(terminal.pid, number)
        assert terminal.wait_for_end() == 128 + number
        assert_given_back(terminal)
        assert b"Traceback" not in terminal.raw


def test_a_window_that_is_closed_ends_it(tmp_path: Path):
    """R04."""
    with opened(tmp_path) as terminal:
        terminal.hang_up()
        assert terminal.wait_for_end() == 128 + signal.SIGHUP
    log = tmp_path / "data" / "bocau.log"
    assert not log.exists() or "Traceback" not in log.read_text()


def test_the_end_of_the_input_ends_it(tmp_path: Path):
    """R04: Without SIGHUP: somebody has detached it from its terminal."""
    code = "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    started = command(tmp_path)
    started[2] = f"{code}; {started[2]}"
    with PseudoTerminal(started, {"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.wait_for("Inbox")
        terminal.hang_up()
        assert terminal.wait_for_end() == 128 + signal.SIGHUP


def test_the_mouse_can_be_left_to_the_terminal(tmp_path: Path):
    with opened(tmp_path) as terminal:
        terminal.send("ys")
        terminal.wait_for("The mouse selects text")
        assert not {1000, 1002, 1003, 1006} & terminal.modes
        terminal.send("ys")
        terminal.wait_for("The mouse acts")
        assert {1000, 1002, 1006} <= terminal.modes


def test_the_mouse_can_be_off_from_the_beginning(tmp_path: Path):
    started = command(tmp_path)
    with (tmp_path / "config.toml").open("a") as file:
        file.write("[general]\nmouse = false\n")
    with PseudoTerminal(started, {"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.wait_for("Inbox")
        assert not {1000, 1002, 1003, 1006} & terminal.modes


def test_a_storm_of_sizes_ends_in_the_last_one(tmp_path: Path):
    """R04."""
    with opened(tmp_path) as terminal:
        for number in range(200):
            terminal.resize(1 + number * 7 % 300, 1 + number * 3 % 100)
            terminal.read(0)
        terminal.resize(1, 1)
        terminal.read(0.1)
        terminal.resize(90, 30)
        terminal.send("?")
        terminal.wait_for("Keys in")
        terminal.send("\x1b")
        terminal.wait_for(r"\A.*Inbox.*\n(.*\n){28}.*old .*again at.*\Z")
        terminal.send("\x11")
        assert terminal.wait_for_end() == 0
        assert b"Traceback" not in terminal.raw


def test_a_terminal_that_takes_nothing_keeps_neither_keys_nor_the_end_waiting(tmp_path: Path):
    with opened(tmp_path) as terminal:
        slave = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY)
        termios.tcflow(slave, termios.TCOOFF)
        for number in range(5):  # each draws the whole screen: more than the system's buffer holds
            terminal.resize(200 - number % 2, 60)
            terminal.send("j" * 5)
        os.kill(terminal.pid, signal.SIGTERM)
        status = terminal.wait_for_end()
        os.close(slave)
        assert status == 128 + signal.SIGTERM


def test_a_signal_is_heard_behind_many_keys(tmp_path: Path):
    """Each wake-up of the loop is a byte in a small pipe; what a signal writes there is lost when it is full."""
    with opened(tmp_path) as terminal:
        for _ in range(30):
            terminal.send("jk" * 300)
            terminal.read(0)
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait_for_end() == 128 + signal.SIGTERM


def test_a_terminal_that_goes_on_is_drawn_again(tmp_path: Path):
    with opened(tmp_path) as terminal:
        slave = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY)
        termios.tcflow(slave, termios.TCOOFF)
        terminal.send("?")
        termios.tcflow(slave, termios.TCOON)
        os.close(slave)
        terminal.wait_for("Keys in")


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_show_it_is_told_so(tmp_path: Path, term: str):
    """R04."""
    with PseudoTerminal(command(tmp_path), {"PYTHONPATH": str(ROOT), "TERM": term}) as terminal:
        assert terminal.wait_for_end() == 2
        assert b"TERM is" in terminal.raw and b"\x1b" not in terminal.raw


def shell(tmp_path: Path) -> PseudoTerminal:
    """An interactive bash with the reader as its job."""
    line = " ".join(f"'{word}'" if " " in word else word for word in command(tmp_path))
    terminal = PseudoTerminal(["bash", "--norc", "--noprofile", "-i"], {"PYTHONPATH": str(ROOT), "PS1": "shell> "})
    terminal.wait_for("shell>")
    terminal.send(line.replace("'import", '"import').replace("main()'", 'main()"') + "\n")
    terminal.wait_for_bytes(b"\x1b[?1049h")
    terminal.wait_for("Inbox")
    return terminal


@pytest.mark.parametrize("how", ["key", "signal"])
def test_a_job_stops_and_comes_back(tmp_path: Path, how: str):
    """K07, R04."""
    with shell(tmp_path) as terminal:
        terminal.wait_for("again at")
        if how == "key":
            terminal.send("\x1a")
        else:
            os.kill(os.tcgetpgrp(terminal.fd), signal.SIGTSTP)
        terminal.wait_for_bytes(b"Stopped")
        assert not {1000, 1002, 1006, 1049, 1004} & terminal.modes  # 2004 the shell may have taken
        terminal.send("echo be'twee'n\n")
        terminal.wait_for("^between")
        mark = len(terminal.raw)
        terminal.send("fg\n")
        terminal.wait_for_bytes(b"\x1b[?1049h", mark)
        terminal.wait_for_bytes(b"again at", mark)
        terminal.send("?")
        terminal.wait_for("Keys in")
        mark = len(terminal.raw)
        terminal.send("\x1b\x11")
        terminal.wait_for_bytes(b"\x1b[?1049l", mark)
        terminal.wait_for_bytes(b"shell> ", mark)


def test_a_job_in_the_background_leaves_the_terminal_alone(tmp_path: Path):
    with shell(tmp_path) as terminal:
        terminal.wait_for("again at")
        terminal.send("\x1a")
        terminal.wait_for_bytes(b"Stopped")
        terminal.send("bg; echo in'front'\n")
        terminal.wait_for("^infront")
        mark = len(terminal.raw)
        terminal.send("echo still'here'\n")
        terminal.wait_for("^stillhere")
        assert b"\x1b[?1049h" not in terminal.raw[mark:]
        terminal.send("fg\n")
        terminal.wait_for_bytes(b"\x1b[?1049h", mark)
        mark = len(terminal.raw)
        terminal.send("\x11")
        terminal.wait_for_bytes(b"shell> ", mark)


def test_without_a_shell_it_does_not_stop_for_ever(tmp_path: Path):
    with opened(tmp_path) as terminal:
        terminal.send("\x1a")
        terminal.wait_for("There is no shell")
