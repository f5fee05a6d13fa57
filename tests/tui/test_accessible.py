"""The screen for a screen reader or a braille line: words, one pane, the cursor on what is read."""

import re
import sys
from pathlib import Path

import pytest

from store.mailstore import MailStore
from store.settings import General, Settings
from tests.servers.pseudo_terminal import PseudoTerminal
from tests.tui.conftest import Run, fill
from tests.tui.mail_facts import mail
from tests.tui.screen_text import screen_text, until

ROOT = Path(__file__).parents[2]
DRAWN = re.compile("[\u2190-\u2bff]")
"""Arrows, lines, blocks, shapes and dingbats."""
WORDS = Settings(General(accessible=True))
CONFIGURATION = """
[accounts.work]
protocol = "imap"
host = "127.0.0.1"
port = 1
security = "none"
address = "me@example.com"
password_command = "echo x"
[accounts.home]
protocol = "pop3"
host = "127.0.0.1"
port = 1
security = "none"
address = "me@example.com"
password_command = "echo x"
after_download = "keep"
"""


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_nothing_but_words_is_drawn_in_one_pane_at_a_time(run: Run, size: tuple[int, int]):
    async with run(size, settings=WORDS) as pilot:
        screen = mail(pilot)
        listing = screen.query_one("#listing")
        assert not DRAWN.search(screen_text(pilot.app))
        assert listing.display and not screen.folders.display and not screen.view.display
        await pilot.press("enter")
        await until(pilot, lambda: "the rent is due on Monday" in screen_text(pilot.app))
        assert screen.view.display and not listing.display
        assert not DRAWN.search(screen_text(pilot.app))
        await pilot.press("escape", "h")
        await until(pilot, lambda: "Projects" in screen_text(pilot.app))
        assert screen.folders.display and not screen.query_one("#mail").display
        assert not DRAWN.search(screen_text(pilot.app))


async def test_a_row_is_a_sentence(run: Run):
    async with run((120, 30), settings=WORDS) as pilot:
        lines = screen_text(pilot.app).splitlines()
        assert lines[1] == "unread, 1 attachment; from Anna Keller; Rent for November; 13:55; account work"
        assert "starred; from Jürgen Weiß; Re: Garden; 10 Nov; account work" in lines
        assert "answered; from someone@example.org; (no subject); 2025-10-09; account work" in lines
        assert "2 attachments; from 山田太郎; 写真を送ります; 12 Nov; account work" in lines


async def test_a_question_has_no_frame(run: Run):
    async with run(settings=WORDS) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: pilot.app.screen is not mail(pilot))
        await until(pilot, lambda: "Moving" in screen_text(pilot.app))
        assert not re.search("[\u2500-\u257f]", screen_text(pilot.app))


async def test_what_a_box_would_say_stands_in_the_status_line(run: Run):
    async with run(settings=WORDS) as pilot:
        mail(pilot).notify("The server refused it.", title="work", severity="error", markup=False)
        await until(pilot, lambda: "error: work: The server refused it." in screen_text(pilot.app).splitlines()[-1])


async def test_the_terminals_cursor_stands_on_the_row_that_is_read(tmp_path: Path):
    data, config = tmp_path / "data", tmp_path / "config.toml"
    async with await MailStore.open(data) as store:
        await fill(store)
    config.write_text(CONFIGURATION)
    code = "import sys; sys.argv[0] = 'bocau'; from tui.cli import main; main()"
    command = [sys.executable, "-c", code, "--config", str(config), "--data", str(data), "--accessible"]
    with PseudoTerminal(command, {"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.wait_for("from Anna Keller")
        terminal.wait_until(lambda: 25 in terminal.modes and row_at(terminal).startswith("unread, 1 attachment"))
        for key, said in (("j", "from Nguyễn"), ("j", "from 山田太郎"), ("k", "from Nguyễn"), ("G", "from someone@")):
            terminal.send(key)
            terminal.wait_until(lambda said=said: said in row_at(terminal))
        terminal.send("h")
        terminal.wait_until(lambda: "All inboxes" in row_at(terminal))
        terminal.send("\x1b")
        terminal.wait_until(lambda: "from someone@" in row_at(terminal))
        assert not DRAWN.search(terminal.text)


def row_at(terminal: PseudoTerminal) -> str:
    """What the line says in which the cursor stands."""
    return [*terminal.text.split("\n"), *[""] * 99][terminal.cursor[0]]
