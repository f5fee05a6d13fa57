"""The mouse: clicks, the wheel and double clicks, and no key ever acts on what the wheel has taken out of sight."""

import pytest
from textual import events
from textual.pilot import Pilot

from store.mailstore import MailStore
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tui.screens.mail import MailScreen


def mail(pilot: Pilot[None]) -> MailScreen:
    screen = pilot.app.mail  # type: ignore[attr-defined]
    assert isinstance(screen, MailScreen)
    return screen


async def wheel(pilot: Pilot[None], where: str, down: bool) -> None:
    """One step of the wheel over a widget."""
    kind = events.MouseScrollDown if down else events.MouseScrollUp
    await pilot._post_mouse_events([kind], widget=where, button=0)  # as pilot.click does


@pytest.fixture
async def long(store: MailStore) -> MailStore:
    """A list that is longer than the screen."""
    letters = [arrival(f"Sender {number:03}", "x", "", 100_000 + number, uid=500 + number) for number in range(100)]
    await deliver(store, await folder_of(store, "work", "INBOX"), *letters)
    return store


async def test_the_wheel_scrolls_and_the_cursor_stays_in_sight(run: Run, long: MailStore):
    async with run() as pilot:
        messages = mail(pilot).messages
        await until(pilot, lambda: messages.count > 100)
        for _ in range(4):
            await wheel(pilot, "#list", down=True)
        await until(pilot, lambda: messages.top_row == 12)
        await until(pilot, lambda: messages.cursor == 12)
        summary = messages.window.summary(messages.message) if messages.window else None
        assert summary is not None and summary.sender.name in screen_text(pilot.app)
        for _ in range(9):
            await wheel(pilot, "#list", down=False)
        await until(pilot, lambda: messages.top_row == 0)
        assert 0 <= messages.cursor < messages.rows_seen


async def test_the_wheel_ends_at_the_end(run: Run, long: MailStore):
    async with run() as pilot:
        messages = mail(pilot).messages
        await until(pilot, lambda: messages.count > 100)
        for _ in range(60):
            await wheel(pilot, "#list", down=True)
        await until(pilot, lambda: messages.top_row == messages.count - messages.rows_seen)
        assert messages.cursor >= messages.top_row


async def test_a_double_click_opens(run: Run):
    async with run() as pilot:
        await pilot.click("#list", offset=(30, 3), times=2)
        await until(pilot, lambda: "Come for lunch." in screen_text(pilot.app))
        assert mail(pilot).pane == "reader"
