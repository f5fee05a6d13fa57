"""Commands of the mail screen for threads: trees in the list, folding them, going from one to the next."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from protocols.mime.safe import SafeText
from store import thread_backfill
from tui.commands import Situation
from tui.screens.mail_feed import MailFeed
from tui.thread_choices import ThreadChoices, remember

if TYPE_CHECKING:
    from tui.place import Place
    from tui.thread_window import ThreadWindow
    from tui.window import MessageWindow

PAUSE = 0.05
"""Seconds between two slices of mail of before: the disk is needed for other things too."""


class MailThreads(MailFeed):
    """Mixed into MailScreen."""

    choices = ThreadChoices()

    async def recall_choices(self) -> None:
        """What the configuration says of threads, and what was chosen by key since."""
        defaults = ThreadChoices(trees=self.bocau.settings.general.threads)
        self.choices = await self.bocau.store.read(lambda c: ThreadChoices.read(c, defaults))

    async def catch_up(self) -> None:
        """Mail that an earlier bocau stored gets its place in the trees, a little at a time."""
        store = self.bocau.store
        is_left = await store.read(thread_backfill.is_needed)
        while is_left:
            is_left = await store.write(thread_backfill.step)
            await asyncio.sleep(PAUSE)

    @property
    def situation(self) -> Situation:
        """Whose keys hold now: those of the present pane, and of what it shows."""
        if self.pane == "list" and self._threads is not None:
            return "tree"
        return super().situation

    @property
    def _threads(self) -> "ThreadWindow | None":
        window = self.messages.window
        return cast("ThreadWindow", window) if window is not None and window.is_threaded else None

    def window_of(self, place: "Place") -> "MessageWindow":
        """A window on a place, not opened yet."""
        if not self.choices.trees or place.query or place.filter:
            return super().window_of(place)
        from tui.thread_window import ThreadWindow

        return ThreadWindow(self.bocau.store, place.folders, starred=place.starred, folded=self.choices.folded)

    def _choose(self, name: str, value: bool) -> None:
        self.choices = replace(self.choices, **{name: value})

        async def write() -> None:
            await self.bocau.store.write(partial(remember, name=name, value=value))

        self.work(write, f"choice-{name}")

    # trees or single messages

    def do_threads(self) -> None:
        """Threads in the list, or single messages."""
        if self.place.query or self.place.filter:
            self.say(SafeText("What a search finds is not grouped."))
            return
        self._choose("trees", not self.choices.trees)
        self.work(self._regroup_list, "place")

    async def _regroup_list(self) -> None:
        window, place = self.window_of(self.place), self.place
        await window.open()
        message = self.messages.message
        if message is not None and await window.find(message) is None and not window.complete:
            await window.load()
            await window.find(message)
        if place is not self.place:
            return
        self.messages.exchange(window, place, self.view.accounts)
        self.say_for_now(SafeText("Threads." if window.is_threaded else "Single messages."))
        await self.fill()
        if not window.complete:
            self.work(partial(self.load_rest, window), "load")

    # folding

    def do_fold_thread(self) -> None:
        """One row for the thread under the cursor, or all its messages."""
        if (window := self._threads) is not None:
            self.work(partial(self._fold, window), "fold", exclusive=False)

    def do_fold_threads(self) -> None:
        """One row for each thread, or all messages."""
        if (window := self._threads) is not None:
            folded = not window.folded
            self._choose("folded", folded)
            self.work(partial(self._fold, window, all_of_them=folded), "fold", exclusive=False)

    async def _fold(self, window: "ThreadWindow", all_of_them: bool | None = None) -> None:
        if all_of_them is None:
            await window.fold(self.messages.cursor)
        else:
            await window.fold_all(folded=all_of_them, message=self.messages.message)
        if window is self.messages.window:
            self.messages.updated()
            await self.fill()
            self.tell()

    # going on

    def do_next_thread(self) -> None:
        """To the thread below."""
        self._step_thread(1)

    def do_previous_thread(self) -> None:
        """To the thread above."""
        self._step_thread(-1)

    def _step_thread(self, step: int) -> None:
        window = self._threads
        row: int | None = self.messages.cursor
        for _ in range(self.count or 1):
            following = None if window is None or row is None else window.next_thread(row, step)
            if following is None:
                break
            row = following
        if row is not None:
            self.messages.move_to(row)
