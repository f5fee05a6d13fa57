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
