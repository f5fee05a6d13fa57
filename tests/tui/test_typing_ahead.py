"""Keys that come faster than a line to type into can be shown."""

from textual import events

from tests.tui.conftest import Run
from tests.tui.mail_facts import mail
from tests.tui.screen_text import until


async def test_a_query_that_is_typed_at_once_keeps_its_order(run: Run) -> None:
    async with run() as pilot:
        app = pilot.app
        for _ in range(5):
            for key in ("slash", *"invoice"):
                app.post_message(events.Key(key, "/" if key == "slash" else key).set_sender(app))
            await until(pilot, lambda: mail(pilot).bar.is_open and len(mail(pilot).bar.text) == len("invoice"))
            assert mail(pilot).bar.text == "invoice"
            await pilot.press("escape")
            await until(pilot, lambda: not mail(pilot).bar.is_open)


async def test_a_click_into_the_list_and_another_size_leave_the_keys_to_the_query(run: Run) -> None:
    async with run() as pilot:
        await pilot.press("slash", "r", "e")
        await until(pilot, lambda: mail(pilot).bar.text == "re")
        await pilot.resize_terminal(100, 30)
        await pilot.press("n")
        await until(pilot, lambda: mail(pilot).bar.text == "ren")
        await pilot.click("#list", offset=(10, 1))
        await pilot.press("t")
        await until(pilot, lambda: mail(pilot).bar.text == "rent")
        await pilot.press("escape")
        await until(pilot, lambda: not mail(pilot).bar.is_open)
        await pilot.press("j")
        await until(pilot, lambda: mail(pilot).messages.cursor == 1)


async def test_what_is_typed_before_the_program_can_take_it_reaches_the_query(run: Run) -> None:
    async with run() as pilot:
        screen, app = mail(pilot), pilot.app
        app.post_message(events.Key("backslash", "\\").set_sender(app))
        screen.call_later(screen.lay_out)  # as the start does when keys came before it
        for key in "rent":
            app.post_message(events.Key(key, key).set_sender(app))
        await until(pilot, lambda: screen.bar.is_open and screen.bar.text == "rent")


async def test_keys_that_leave_the_reader_and_open_the_next_message_at_once_end_in_the_reader(run: Run) -> None:
    async with run() as pilot:
        screen, app = mail(pilot), pilot.app
        await pilot.press("enter")
        await until(pilot, lambda: screen.pane == "reader" and screen.focused is screen.view)
        for row in (1, 2):
            for key in ("q", "j", "enter"):
                app.post_message(events.Key(key, None if key == "enter" else key).set_sender(app))
            await until(pilot, lambda row=row: screen.messages.cursor == row)
            await until(pilot, lambda: screen.focused is screen.view and screen.view.origin == screen.messages.message)
            await pilot.pause()
            assert screen.pane == "reader"
