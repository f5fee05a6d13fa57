"""How the mail screen follows the store: what changed is read again, and the list is filled as it is looked at."""

import asyncio
from functools import partial

from store.changes import ChangeSet
from store.status import Activity
from tui.catalog import Catalog
from tui.place import Place
from tui.screens.mail_keys import MailKeys
from tui.window import MessageWindow

PAUSE = 0.15
"""Seconds between two looks at what a running sync has changed."""
BATCH = 100
"""Messages from which on a sync comes in batches; a round that looks, or sends what waits, keeps nobody waiting."""


class MailFeed(MailKeys):
    """Mixed into MailScreen."""

    async def follow(self) -> None:
        """Take every change of the store, for as long as the screen stands."""
        async for changes in self.came:
            await self.told(partial(self._changed, changes))
            if self.messages.window is not None:
                await asyncio.sleep(self._pause(self.messages.window.reload_seconds))
                self.messages.window.reload_seconds = 0.0

    def _pause(self, reload_seconds: float) -> float:
        """Seconds from one change to the next: batches of a sync come faster than anybody reads.

        In a first sync of a huge folder the ids are read again and again: that leaves time for keys.
        """
        statuses = self.bocau.store.status.accounts.values()
        if any(one.activity is Activity.SYNCING and one.total > BATCH for one in statuses):
            return min(1.0, max(PAUSE, 10 * reload_seconds))
        return reload_seconds

    async def _changed(self, changes: ChangeSet) -> None:
        if changes.durable:
            before, self.catalog = self.catalog, await self.bocau.store.read(Catalog.read)
            self.remember_changes(changes)
            self.tell_refusals()
            place = self.catalog.renewed(self.place, before)
            if place.folders != self.place.folders:
                await self._regroup(place)
            elif place != self.place:  # it has another name
                self.place = place
            window = self.messages.window
            if window is not None and await window.apply(changes):
                await self.fill()
                self.messages.updated()
                await self.renew_selection(changes)
            self.acting.settle(changes)
            if not self.catalog.is_filling(self.place):
                self.messages.touch()
            await self.reader.changed(changes, self.place, self.load)
        self.tell()
        self.warn()

    async def _regroup(self, place: Place) -> None:
        if place.key != self.place.key:
            await self.go(place)
            return
        window = self.window_of(place)
        await window.open()
        await window.load()
        self.place = place
        self.tell_engine()
        self.view.accounts = self.catalog.names(place)
        self.messages.exchange(window, place, self.view.accounts)

    async def fill(self) -> None:
        """Read the rows that are on the screen and not in memory."""
        window = self.messages.window
        wanted = self.messages.missing()
        if window is not None and wanted is not None and await window.ensure(*wanted):
            self.messages.updated()
            if self.view.reading is None:
                self.rest()

    async def look_ahead(self) -> None:
        """Read what the next pages show, while this one is looked at."""
        try:
            window, wanted = self.messages.window, self.messages.ahead()
            if window is not None and wanted is not None:
                number = len(window)
                await window.ensure(*wanted, around=0)
                if (len(window) != number or window.is_threaded) and window is self.messages.window:
                    self.messages.updated()
        finally:
            self.looking_ahead = False

    async def load_rest(self, window: MessageWindow) -> None:
        """Read what comes after the first page."""
        await window.load()
        if window is self.messages.window:
            self.messages.updated()
            self.tell()
