"""What the reader shows is selected with the mouse and copied."""

from textual.pilot import Pilot

from store.mailstore import MailStore
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tui.app import BocauApp
from tui.widgets.conversation_view import ConversationView

TEXT = "First line of words.\nSecond \x1b[31mline.\nThird line, 写真 too.\n" + "more\n" * 60


def view(pilot: Pilot[None]) -> ConversationView:
    assert isinstance(pilot.app, BocauApp)
    assert pilot.app.mail is not None
    return pilot.app.mail.view


def selected(pilot: Pilot[None]) -> str | None:
    return pilot.app.screen.get_selected_text()


def row_of(pilot: Pilot[None], text: str) -> int:
    return next(row for row, shown in enumerate(screen_text(pilot.app).splitlines()) if text in shown)


async def opened(pilot: Pilot[None]) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: "Third line" in screen_text(pilot.app))


async def put(store: MailStore) -> None:
    await deliver(store, await folder_of(store, "work", "INBOX"), arrival("Anna", "Words", TEXT, 1, uid=900))


async def drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int]) -> None:
    await pilot.mouse_down(offset=start)
    await pilot.hover(offset=end)
    await pilot.mouse_up(offset=end)
    await pilot.pause()


async def test_text_is_selected_over_several_lines(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        row = row_of(pilot, "First line")
        await drag(pilot, (7, row), (6, row + 2))
        text = selected(pilot)
        assert text is not None
        assert text.startswith("line of words.\nSecond")
        assert text.endswith("\nThird")
        assert "\x1b" not in text


async def test_what_is_selected_looks_so_until_other_text_comes(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        row = row_of(pilot, "First line")
        await drag(pilot, (1, row), (5, row))
        assert selected(pilot) == "First"
        strip = view(pilot).render_line(row - view(pilot).region.y)
        look = view(pilot).get_component_rich_style("reader--selection")
        assert [text for text, style, _ in strip if style and style.bgcolor == look.bgcolor] == ["First"]
        assert look.color != look.bgcolor  # it can be read
        await pilot.press("n")
        await until(pilot, lambda: "the rent is due" in screen_text(pilot.app))
        assert not selected(pilot)


async def test_a_selection_is_of_the_text_and_not_of_the_screen(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        row = row_of(pilot, "First line")
        await drag(pilot, (1, row), (21, row))
        await pilot.press("j", "j")
        assert selected(pilot) == "First line of words."
