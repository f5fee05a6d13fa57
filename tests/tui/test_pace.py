"""A paced screen is drawn for every change, and once for several that come together."""

import asyncio

import pytest
from textual.app import App, ComposeResult
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tests.tui.screen_text import until
from tui.pace import Pace, PacedScreen, StillBehind


class Paced(PacedScreen, Screen[None]):
    """Shows one text."""

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static("before")


class Question(StillBehind, ModalScreen[None]):
    """Stands in front, and lets what is behind it be seen."""


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


async def test_what_changes_behind_a_dialog_is_drawn_once(monkeypatch: pytest.MonkeyPatch):
    app = Shown()
    async with app.run_test(size=(40, 4)) as pilot:
        paced, text = app.screen, app.screen.query_one(Static)
        await app.push_screen(ModalScreen())
        await pilot.pause()
        drawn: list[object] = []
        monkeypatch.setattr(app, "_display", lambda _, update: drawn.append(update))
        text.update("after")
        await until(pilot, lambda: any(drawn))
        assert "after" in app.export_screenshot()
        assert not paced._repaint_required


async def test_behind_two_dialogs_nothing_is_drawn_without_an_end():
    app = Shown()
    async with app.run_test(size=(40, 4)) as pilot:
        paced, question = app.screen, Question()
        await app.push_screen(question)
        await app.push_screen(ModalScreen())
        for screen in (paced, question):
            screen.refresh()
            await until(pilot, lambda one=screen: not (one._dirty_widgets or one._repaint_required))
