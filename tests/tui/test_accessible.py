"""The screen for a screen reader or a braille line: words, one pane, the cursor on what is read."""

import re
import sys
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store.mailstore import MailStore
from store.settings import General, Settings
from tests.servers.pseudo_terminal import PseudoTerminal
from tests.tui.conftest import Run, deliver, fill, folder_of
from tests.tui.mail_facts import mail
from tests.tui.screen_text import screen_text, until
from tests.tui.test_thread_reading import reading
from tests.tui.thread_mail import garden, letter
from tui.cursor import place_on

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


def heard(pilot: Pilot[None]) -> str:
    """What the screen says from the terminal's cursor on, to the end of its line."""
    place = place_on(pilot.app.screen)
    return "" if place is None else screen_text(pilot.app).split("\n")[place.y][place.x :].strip()


def before_cursor(pilot: Pilot[None]) -> str:
    """What the screen says up to the terminal's cursor, in its line."""
    place = place_on(pilot.app.screen)
    return "" if place is None else screen_text(pilot.app).split("\n")[place.y][: place.x]


async def test_a_message_is_heard_line_by_line(store: MailStore, run: Run):
    text = "\n".join(f"Line {number}." for number in range(1, 90))
    await deliver(store, await folder_of(store, "work", "INBOX"), letter("long", 0, text=text))
    async with run((80, 24), settings=WORDS) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Line 1." in screen_text(pilot.app))
        assert heard(pilot).startswith("Subject")
        for said in ("From", "To", "Date"):
            await pilot.press("j")
            assert heard(pilot).startswith(said)
        while heard(pilot) != "Line 1.":
            await pilot.press("j")
        for number in range(2, 60):
            await pilot.press("j")
            await until(pilot, lambda said=f"Line {number}.": heard(pilot) == said)  # type: ignore[misc]
        for number in range(58, 1, -1):
            await pilot.press("k")
            await until(pilot, lambda said=f"Line {number}.": heard(pilot) == said)  # type: ignore[misc]
        await pilot.press("G")
        await until(pilot, lambda: heard(pilot) == "Line 89.")
        await pilot.press("g", "g")
        await until(pilot, lambda: heard(pilot).startswith("Subject"))
        await pilot.press("pagedown")
        await until(pilot, lambda: heard(pilot).startswith("Line"))


async def test_in_a_conversation_acts_are_for_the_message_that_is_heard(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((80, 30), settings=WORDS) as pilot:
        await reading(pilot, ids["plan"])
        view = mail(pilot).view
        await until(pilot, lambda: "This is new." in screen_text(pilot.app))
        for _ in range(40):
            await pilot.press("k")
        assert heard(pilot).startswith("Subject")
        while "Carl" not in heard(pilot):
            await pilot.press("j")
        assert heard(pilot).startswith("folded; Carl")
        assert view.reading is not None and view.reading.summary.id == ids["old"]


async def test_the_cursor_stands_where_the_next_letter_goes_and_on_the_choice_that_keys_move_to(run: Run):
    async with run((80, 24), settings=WORDS) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "Open message" in screen_text(pilot.app))
        assert heard(pilot).startswith("a command")
        await pilot.press("down")
        assert heard(pilot).startswith("Show folders")
        await pilot.press(*"fold")
        await until(pilot, lambda: before_cursor(pilot).endswith("fold"))


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
