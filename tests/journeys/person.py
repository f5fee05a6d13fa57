"""A person before the screen of a running bocau: presses keys, and waits for what she expects to see."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from store import journal
from store.mailstore import MailStore
from store.status import Activity
from tests.tui.screen_text import screen_text, until
from tui.app import BocauApp
from tui.screens.mail import MailScreen


@dataclass
class Person:
    """`pilot` is her hands, the screen her eyes; `store` is for what cannot be seen."""

    pilot: Pilot[None]
    app: BocauApp
    store: MailStore

    @property
    def mail(self) -> MailScreen:
        """The mail screen."""
        assert self.app.mail is not None
        self.app.mail.hold_seconds = self.app.mail.held_until = 0.0  # nobody here types before reading
        return self.app.mail

    @property
    def screen(self) -> str:
        """What is to be seen."""
        return screen_text(self.app)

    @property
    def subjects(self) -> list[str]:
        """The subjects of the list, from its top, as far as they are in memory."""
        window = self.mail.messages.window
        rows = [window.at(row) for row in range(len(window))] if window is not None else []
        return [row.subject for row in rows if row is not None]

    @property
    def subject(self) -> str:
        """The subject under the cursor."""
        window = self.mail.messages.window
        summary = window.summary(self.mail.messages.message) if window is not None else None
        return "" if summary is None else summary.subject

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something; a failure shows the screen."""
        try:
            await until(self.pilot, condition, seconds=20)
        except TimeoutError:
            raise AssertionError(f"it never came to that:\n{self.screen}") from None

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        assert self.mail
        await self.pilot.press(*keys)

    async def write(self, field: str, text: str) -> None:
        """Click into a field of a form, empty it, and paste."""
        await self.pilot.click(f"#{field}")
        await self.pilot.press("end", "ctrl+u")
        self.app.post_message(events.Paste(text))
        await self.until(lambda: self.app.screen.query_one(f"#{field}", Input).value == text)

    async def sees(self, *texts: str) -> None:
        """Wait until all of it is on the screen."""
        await self.until(lambda: all(text in self.screen for text in texts))

    async def lists(self, *subjects: str) -> None:
        """Wait until the list holds exactly these, from its top."""
        await self.until(lambda: self.subjects == list(subjects))

    async def goes_to(self, subject: str) -> None:
        """Put the cursor on a message."""
        await self.press("g", "g")
        while self.subject != subject:
            before = self.mail.messages.cursor
            await self.press("j")
            assert self.mail.messages.cursor != before, f"no {subject!r} in the list:\n{self.screen}"

    async def is_online(self, *accounts: str) -> None:
        """Wait until these accounts have done their first round."""
        await self._heard(lambda: all(self.store.status[a].activity is Activity.ONLINE for a in accounts))

    async def is_in(self, account: str, *activities: Activity) -> None:
        """Wait until an account's connection has come to that."""
        await self._heard(lambda: self.store.status[account].activity in activities)

    async def _heard(self, condition: Callable[[], bool]) -> None:
        with self.store.changes.subscribe() as feed:
            async with asyncio.timeout(20):
                while not condition():
                    await feed.next()

    async def is_answered(self) -> None:
        """Wait until the servers have carried out everything that was done; nothing may have been refused."""
        # a key starts its act beside the screen: before that has reached the journal an empty journal proves nothing
        await self.until(lambda: all(w.is_finished for w in self.app.workers if w.group == "acts"))
        with self.store.changes.subscribe() as feed:
            async with asyncio.timeout(20):
                while entries := await self.store.read(journal.unfinished):
                    assert not [entry.error for entry in entries if entry.error]
                    await feed.next()
