"""The keys that copy: what goes to the terminal's clipboard, and what is said of it."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from store.mailstore import MailStore
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tui.app import BocauApp
from tui.terminal_sequences import copied


class Written:
    """In place of a terminal."""

    def __init__(self) -> None:
        self.mouse = True
        self.said: list[str] = []
        self.write = self.said.append

    def set_mouse(self, on: bool) -> None:
        self.mouse = on


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Written:
    written = Written()
    monkeypatch.setattr(BocauApp, "terminal", property(lambda self: written))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    return written


@pytest.fixture
def press(terminal: Written) -> Callable[..., object]:
    async def pressing(pilot: Pilot[None], *keys: str, wanted: str) -> None:
        terminal.said.clear()
        await pilot.press(*keys)
        await until(pilot, lambda: terminal.said)
        assert terminal.said == [copied(wanted)]  # type: ignore[arg-type]

    return pressing


async def test_links_address_message_id_and_text_are_copied(run: Run, store: MailStore, press):  # type: ignore[no-untyped-def]
    text = "See https://example.org/one and https://example.org/two now."
    await deliver(store, await folder_of(store, "work", "INBOX"), arrival("Eve", "Links", text, 1, uid=900))
    async with run() as pilot:
        await pilot.press("g", "g")
        await press(pilot, "y", "y", wanted="Links")  # not open: its subject
        await press(pilot, "y", "a", wanted="someone@example.org")
        await pilot.press("enter")
        await until(pilot, lambda: "See https" in screen_text(pilot.app))
        await press(pilot, "y", "y", wanted="https://example.org/one")
        assert "if it allows that" in screen_text(pilot.app)
        await press(pilot, "2", "y", "y", wanted="https://example.org/two")
        await press(pilot, "y", "t", wanted=text)
        await pilot.press("3", "y", "y")
        await until(pilot, lambda: "There is no link 3" in screen_text(pilot.app))


async def test_the_mouse_is_given_away_and_taken_back(run: Run, terminal: Written):
    async with run() as pilot:
        await pilot.press("y", "s")
        await until(pilot, lambda: "mouse off" in screen_text(pilot.app))
        assert not terminal.mouse
        await pilot.press("y", "s")
        await until(pilot, lambda: "mouse off" not in screen_text(pilot.app))
        assert terminal.mouse


async def test_ctrl_c_says_how_to_leave_in_our_words(run: Run, terminal: Written):
    async with run() as pilot:
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "Ctrl+Q quits" in screen_text(pilot.app))
        await pilot.press("question_mark")
        await until(pilot, lambda: "Keys" in screen_text(pilot.app))
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert "[b]" not in screen_text(pilot.app)
