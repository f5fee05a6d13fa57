"""What a person would see: the screen as text, and waiting until it has come to rest."""

import asyncio
from collections.abc import Callable

from rich.style import Style
from textual.app import App
from textual.pilot import Pilot
from textual.strip import Strip


def rows(app: App[None]) -> list[Strip]:
    """The visible grid as it would be written to the terminal, after all filters."""
    return list(app.screen._compositor.render_strips())


def screen_text(app: App[None]) -> str:
    """The visible grid, one line a row, blanks at the end cut.

    Textual has no public way to ask for it; `rows` is the only place that touches its compositor.
    """
    return "\n".join(strip.text.rstrip() for strip in rows(app))


def segments(app: App[None]) -> list[str]:
    """Every piece of text as it would be written to the terminal, after all filters."""
    return [segment.text for strip in rows(app) for segment in strip]


def styles(app: App[None]) -> list[Style]:
    """The style of every piece of text."""
    return [segment.style for strip in rows(app) for segment in strip if segment.style]


async def until(pilot: Pilot[None], condition: Callable[[], object], seconds: float = 30) -> None:
    """Let the app work until `condition()` holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await pilot.pause()
    await pilot.pause()
