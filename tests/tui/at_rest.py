"""Waiting until the app has nothing left to do: by what it has to do, not by how long anything takes."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual import app as textual_app
from textual import pilot as textual_pilot
from textual.pilot import Pilot
from textual.timer import Timer

from store.changes import ChangeSet
from tui.app import BocauApp
from tui.screens.mail import MailScreen

LONG = 0.3
"""Seconds from which on a timer is for people who wait: nobody here does."""
AT_ONCE = 0.001
"""Seconds that every shorter one takes."""
FOREVER = frozenset({"feed", "mender", "herald"})
"""Groups of workers that go on for as long as the app."""
CALM = 2
"""So many looks in a row find nothing to do."""


class AtRest:
    """For one app at a time.  How busy the machine is decides nothing any more: keys follow one another at once."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._following = 0
        """Change sets that the mail screen is taking in."""
        self._timers: list[Timer] = []
        changed, set_timer = MailScreen._changed, MailScreen.set_timer

        async def follow(this: MailScreen, changes: ChangeSet) -> None:
            self._following += 1
            try:
                await changed(this, changes)
            finally:
                self._following -= 1

        def begin_timer(this: MailScreen, delay: float, callback: Callable[[], Any]) -> Timer:
            timer = set_timer(this, delay if delay > LONG else AT_ONCE, callback)
            if delay <= LONG:
                self._timers.append(timer)
            return timer

        async def no_pause(*_: float) -> None:
            await asyncio.sleep(0)

        patch.setattr(MailScreen, "_changed", follow)
        patch.setattr(MailScreen, "set_timer", begin_timer)
        patch.setattr(MailScreen, "hold_seconds", 0.0)
        patch.setattr(textual_app, "wait_for_idle", no_pause)
        patch.setattr(textual_pilot, "wait_for_idle", no_pause)

    async def wait(self, pilot: Pilot[None], seconds: float = 30) -> None:
        """Until every key is worked off, every change is taken in, and everything is drawn."""
        app, calm = pilot.app, 0
        assert isinstance(app, BocauApp)
        try:
            async with asyncio.timeout(seconds):
                while calm < CALM:
                    await pilot.pause()
                    calm = calm + 1 if not self._left(app) else 0
        except TimeoutError:
            raise AssertionError(f"It never comes to rest: {self._left(app)}") from None

    def _left(self, app: BocauApp) -> list[object]:
        """What is still to be done."""
        if app._exception is not None or (mail := app.mail) is None:
            return []
        self._timers = [timer for timer in self._timers if timer._task is not None and not timer._task.done()]
        feeds = [mail.came, *app.store.changes._subscriptions]
        left: list[object] = [one for one in feeds if one._pending]
        nodes = (app, mail)  # dialogs are left before they are done
        left += [one for one in app.workers if not one.is_finished and one.node in nodes and one.group not in FOREVER]
        if mail.reader._wanted._waiters and not mail.reader._wanted.is_set():
            left = [one for one in left if getattr(one, "group", "") != "reader"]  # it waits for what comes into sight
        return [*left, *self._timers, *(["changes"] if self._following else []), *(["keys"] if app.holds_keys else [])]
