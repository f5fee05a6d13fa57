"""Very large messages: their beginning first, then the whole in its place, and every line of it."""

import asyncio
from typing import Any

import pytest
from textual.pilot import Pilot

import tui.reading
from protocols.mime.parse import Message
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import MessageId, Summary
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tui.app import BocauApp
from tui.on_disk import message_on_disk
from tui.showing import Showing
from tui.widgets.conversation_view import ConversationView
from tui.widgets.reading_rows import Reading

ROWS = 3000


def view(pilot: Pilot[None]) -> ConversationView:
    assert isinstance(pilot.app, BocauApp)
    assert pilot.app.mail is not None
    return pilot.app.mail.view


def text(pilot: Pilot[None]) -> str:
    """All that the reader would show when one scrolled."""
    reading = view(pilot).reading
    assert reading is not None
    return "" if reading.document is None else "\n".join(one.text for one in reading.document.blocks)


async def put(store: MailStore, kind: str, text: str) -> None:
    """A message of a type into the inbox, newer than all others."""
    made = arrival("Shop", "Large", text, 1, uid=900)
    raw = f"From: shop@example.org\r\nSubject: Large\r\nContent-Type: {kind}; charset=utf-8\r\n\r\n{text}\r\n".encode()
    await deliver(
        store, await folder_of(store, "work", "INBOX"), Arrival(made.digest, made.received, len(raw), uid=900, raw=raw)
    )


def newsletter() -> str:
    rows = "".join(f"<tr><td><b>Product {number}</b></td></tr><tr><td>A word.</td></tr>" for number in range(ROWS))
    return f"<html><body><table>{rows}</table></body></html>"


async def test_a_large_newsletter_is_seen_before_it_is_laid_out_and_does_not_move(
    run: Run, store: MailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = asyncio.Event()
    loop = asyncio.get_running_loop()
    whole = Showing.whole

    def held(showing: Showing, summary: Summary, message: Message, *rest: Any) -> Reading:
        asyncio.run_coroutine_threadsafe(go.wait(), loop).result()
        return whole(showing, summary, message, *rest)

    monkeypatch.setattr(Showing, "whole", held)
    await put(store, "text/html", newsletter())
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Product 0" in screen_text(pilot.app))
        await pilot.press("pagedown")
        await until(pilot, lambda: view(pilot).scroll_offset.y > 0)
        place, seen = view(pilot).scroll_offset.y, screen_text(pilot.app)
        assert f"Product {ROWS - 1}" not in text(pilot)
        go.set()
        await until(pilot, lambda: f"Product {ROWS - 1}" in text(pilot))
        await pilot.pause()
        assert view(pilot).scroll_offset.y == place
        assert screen_text(pilot.app).splitlines()[:20] == seen.splitlines()[:20]
        await pilot.press("G")
        await until(pilot, lambda: f"Product {ROWS - 1}" in screen_text(pilot.app))
        assert "The rest is being laid out" not in screen_text(pilot.app)


async def test_every_line_of_a_long_text_can_be_reached_and_few_are_made(run: Run, store: MailStore):
    await put(store, "text/plain", "\n".join(f"line {number} of a log" for number in range(300_000)))
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "line 0 of a log" in screen_text(pilot.app))
        await pilot.press("G")
        await until(pilot, lambda: "line 299999 of a log" in screen_text(pilot.app))
        await pilot.press("k", "pageup")
        await until(pilot, lambda: "line 299960 of a log" in screen_text(pilot.app))
        await pilot.press("slash", *"150123", "enter")
        await until(pilot, lambda: "line 150123 of a log" in screen_text(pilot.app))
        await pilot.press("escape", "g", "g")
        await until(pilot, lambda: "line 0 of a log" in screen_text(pilot.app))


async def test_long_lines_of_a_long_text_are_wrapped_and_counted(run: Run, store: MailStore):
    lines = (f"{number} " + ("> " if number % 7 else "") + "word " * (number % 40) for number in range(6000))
    await put(store, "text/plain", "\n".join(lines) + "\nthe last line")
    async with run() as pilot:
        await pilot.press("enter", "G")
        await until(pilot, lambda: "the last line" in screen_text(pilot.app))
        assert view(pilot).at_end


async def test_a_huge_text_is_seen_before_it_is_read_and_does_not_move(
    run: Run, store: MailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = asyncio.Event()

    async def held(store: MailStore, message: MessageId) -> Message | None:
        await go.wait()
        return await message_on_disk(store, message)

    monkeypatch.setattr(tui.reading, "message_on_disk", held)
    await put(store, "text/plain", "".join(f"line {number} của một bản ghi\n" for number in range(90_000)))
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "line 0 của một" in screen_text(pilot.app))
        await pilot.press("pagedown")
        await until(pilot, lambda: view(pilot).scroll_offset.y > 0)
        place, seen = view(pilot).scroll_offset.y, screen_text(pilot.app)
        assert "The rest is being read" in text(pilot)
        go.set()
        await until(pilot, lambda: "The rest is being read" not in text(pilot))
        await pilot.pause()
        assert view(pilot).scroll_offset.y == place
        shown = screen_text(pilot.app).splitlines()[:20]
        assert [one[:60].rstrip() for one in shown] == [one[:60].rstrip() for one in seen.splitlines()[:20]]
        await pilot.press("G")
        await until(pilot, lambda: "line 89999 của một" in screen_text(pilot.app))


async def test_quotes_in_a_long_text_are_folded_found_and_selected(run: Run, store: MailStore):
    deep = "".join(f"> > > old {number}\n" for number in range(3000))
    await put(store, "text/plain", f"Hello.\nI agree.\n{deep}And so on.\n" + "more\n" * 3000)
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "3,000 quoted lines" in screen_text(pilot.app))
        assert "And so on." in screen_text(pilot.app)
        await pilot.press("Q")
        await until(pilot, lambda: "old 3" in screen_text(pilot.app))
        await pilot.press("slash", *"old 2999", "enter")
        await until(pilot, lambda: "old 2999" in screen_text(pilot.app))
        row = next(row for row, one in enumerate(screen_text(pilot.app).splitlines()) if "old 2999" in one)
        await pilot.mouse_down(offset=(1, row - 1))
        await pilot.hover(offset=(4, row + 1))
        await pilot.mouse_up(offset=(4, row + 1))
        await until(pilot, lambda: bool(pilot.app.screen.get_selected_text()))
        assert "old 2998" in (pilot.app.screen.get_selected_text() or "")
        assert "old 2999" in (pilot.app.screen.get_selected_text() or "")
