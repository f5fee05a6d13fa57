"""A password command that has to ask somebody gets the terminal, and never draws over the mail."""

import asyncio
import os
import pty
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.credentials import password, password_at
from store.errors import CredentialsError
from tests.servers.pseudo_terminal import PseudoTerminal
from tests.store.test_credentials import account
from tui.passwords import Passwords

ROOT = Path(__file__).parents[2]
TTY = "/dev/pts/nobody-has-this"


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """A terminal: where somebody types, and where a program reads."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


async def test_an_agent_does_not_draw_over_the_mail(monkeypatch: pytest.MonkeyPatch):
    """K02: gpg's agent asks on the terminal that GPG_TTY names."""
    monkeypatch.setenv("GPG_TTY", TTY)
    assert await password(account("echo x$GPG_TTY"), hidden=True) == "x"
    assert await Passwords().of(account("echo x$GPG_TTY")) == "x"
    assert await password(account("echo x$GPG_TTY")) == f"x{TTY}"


@pytest.mark.parametrize(
    "said",
    ["gpg: decryption failed: Inappropriate ioctl for device", "gpg: problem with the agent: No pinentry",
     "sudo: a terminal is required to read the password", "cannot open /dev/tty", "stdin: not a tty"],
)  # fmt: skip
async def test_a_command_that_cannot_ask_is_told_what_to_do(said: str):
    """K02."""
    with pytest.raises(CredentialsError) as caught:
        await password(account(f"echo '{said}' >&2; exit 2"))
    assert "g ! and then s" in caught.value.hint and said in caught.value.title


async def test_a_command_asks_at_the_terminal_that_is_lent(ends: tuple[int, int]):
    """K02: its answer serves until the end; a token does not."""
    ours, theirs = ends
    asks = account("test -t 0 && test -t 2 && read word && echo $word-$GPG_TTY")
    passwords = Passwords()
    asking = asyncio.create_task(passwords.ask_at(asks, theirs))
    os.write(ours, b"geheim\n")
    await asyncio.wait_for(asking, 30)
    assert await passwords.of(asks) == f"geheim-{os.ttyname(theirs)}"
    with pytest.raises(CredentialsError, match="exit status 3"):
        await password_at(account("true; exit 3"), theirs)
    with pytest.raises(CredentialsError, match="not there"):
        await password_at(account("/nonexistent/x"), theirs)


async def test_what_was_refused_is_asked_again(ends: tuple[int, int]):
    passwords = Passwords()
    await passwords.ask_at(account("echo one"), ends[1])
    with pytest.raises(CredentialsError):
        await passwords.ask_at(account("true; exit 1"), ends[1])
    assert await passwords.of(account("echo two")) == "two"


async def test_a_question_that_is_given_up_ends_its_command(ends: tuple[int, int]):
    """K02."""
    ours, theirs = ends
    asking: asyncio.Task[str] = asyncio.create_task(password_at(account("echo ready >&2; read x"), theirs))
    assert b"ready" in await asyncio.to_thread(os.read, ours, 100)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


def test_the_reader_gives_its_terminal_away_and_takes_it_back(tmp_path: Path):
    """K02, K07: the question stands on an ordinary screen, Ctrl+C is the command's, and nothing of it acts as keys."""
    (tmp_path / "config.toml").write_text(
        '[accounts.old]\nprotocol = "pop3"\naddress = "a@b.example"\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n'
        "password_command = \"test -t 0 || exit 5; echo 'Passphrase, please:' >&2; read word; echo $word\"\n"
        'after_download = "keep"\n'
    )
    code = "import sys; sys.argv[0] = 'bocau'; from tui.cli import main; main()"
    command = [sys.executable, "-c", code, "--config", str(tmp_path / "config.toml"), "--data", str(tmp_path / "data")]
    with PseudoTerminal(command, {"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.wait_for("Inbox")
        terminal.send("g!")
        terminal.wait_for("r try now")
        for answer in ("secret words\n", "\x03"):
            before = len(terminal.raw)
            terminal.send("s")
            terminal.wait_for_bytes(b"Passphrase, please:", before)
            assert 1049 not in terminal.modes and terminal.settings[3] & termios.ECHO  # type: ignore[operator]
            given = len(terminal.raw)
            terminal.send(answer)
            terminal.wait_for_bytes(b"\x1b[?1049h", given)
            terminal.wait_for("r try now")
        terminal.wait_for("command of old was")
        terminal.send("\x11")
        assert terminal.wait_for_end() == 0
    log = tmp_path / "data" / "bocau.log"
    assert not log.exists() or "secret words" not in log.read_text()
