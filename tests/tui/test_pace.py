"""A paced screen is drawn for every change, and once for several that come together."""

import asyncio

from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from tui.pace import Pace, PacedScreen


class Paced(PacedScreen, Screen[None]):
    """Shows one text."""

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static("before")


class Shown(App[None]):
    """Shows the screen at once."""

    def get_default_screen(self) -> Screen[None]:
        """The paced one."""
        return Paced()


async def test_what_changes_is_drawn_each_time():
    app = Shown()
    async with app.run_test(size=(40, 4)) as pilot:
        text = app.screen.query_one(Static)
        for word in ("one", "two", "three"):
            drawn = asyncio.Event()
            text.update(word)
            text.call_after_refresh(drawn.set)
            await drawn.wait()
            await pilot.pause()
            assert word in "".join(strip.text for strip in app.screen._compositor.render_strips())


async def test_changes_that_come_together_are_drawn_once_and_one_that_is_taken_back_is_not():
    app = Shown()
    async with app.run_test():
        drawings: list[str] = []
        drawn = asyncio.Event()

        def draw(name: str) -> None:
            drawings.append(name)
            drawn.set()

        gone = Pace(app.screen, lambda: draw("gone"))
        gone.resume()
        gone.pause()
        pace = Pace(app.screen, lambda: draw("kept"))
        pace.resume()
        pace.resume()
        await drawn.wait()
        drawn.clear()
        pace.resume()
        await drawn.wait()
        assert drawings == ["kept", "kept"]
