"""When screens are drawn: at once, then not more often than a terminal can show, and only after a change."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.timer import Timer

if TYPE_CHECKING:
    from textual.screen import Screen

    _Base = Screen[Any]
else:
    _Base = object

PERIOD = 1 / 100
"""Seconds from the beginning of one drawing to that of the next."""


class Pace(Timer):
    """In place of the timer of a Textual screen (8.2), which after a drawing lets one to two of its periods pass.

    What a key starts is drawn in two steps, the cursor and then the text: the second one would wait for 25 ms.
    """

    def __init__(self, screen: "_Base", draw: Callable[[], None]) -> None:
        super().__init__(screen, PERIOD, name="pace", callback=draw, pause=True)
        self._draw = draw
        self._screen = screen
        self._due: asyncio.TimerHandle | None = None
        self._drawn = 0.0

    def resume(self) -> None:
        """There is something to draw: do it as soon as may be."""
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(max(loop.time(), self._drawn + PERIOD), self._go)

    def pause(self) -> None:
        """There is nothing to draw any more; also what a drawing begins with."""
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _go(self) -> None:
        self._due = None
        self._drawn = asyncio.get_running_loop().time()
        self._screen.call_later(self._draw)


class StillBehind(_Base):
    """Mixed into a screen that dialogs stand in front of: what shows behind them is drawn when it changes.

    Textual 8.2 draws it again and again for as long as the dialog stands.
    """

    def _compositor_refresh(self) -> None:
        super()._compositor_refresh()  # in the background: it tells the screen in front what to draw
        if self.app.screen is not self:
            self._repaint_required = False


class PacedScreen(StillBehind):
    """Mixed into a screen."""

    _pace: Pace | None = None

    @property
    def _update_timer(self) -> Timer:
        if self._pace is None:
            self._pace = Pace(self, self._on_timer_update)
        return self._pace
