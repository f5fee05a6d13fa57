"""Whether an open store can be trusted: how the last process left it, and what went wrong since it was opened."""

import asyncio
from pathlib import Path

from store.database import Database
from store.errors import DiskFull, SearchDamaged, StoreDamaged, StoreError
from store.paths import write_private
from store.preflight import SALVAGE, verdict_of
from store.presence import Presence
from store.status import StatusBoard

FULL = "The disk is full."
CHECKING = "Something is wrong with the store; it is being looked at."


class Soundness:
    """One for each open store; the status board tells what the person should know."""

    def __init__(self, database: Database, status: StatusBoard, presence: Presence) -> None:
        self._database = database
        self._status = status
        self._presence = presence
        self._doubted = asyncio.Event()
        """Somebody has to look (again)."""
        self.search_doubted = False
        """Whether SQLite itself called the search index damaged."""
        self.reason = ""
        """What SQLite said last against it, in this process."""
        self.alone = True
        """Whether no other process had the store open when this one came."""

    @property
    def path(self) -> Path:
        """The database."""
        return self._database.path

    def begin(self) -> None:
        """Put up this process's mark; look whether the one before took its own down."""
        others, left = self._presence.look()
        self.alone = not others
        if left:
            self._status.update_store(doubted=True)
            self._doubted.set()
        self._presence.enter()
        self._database.outcome = self._heard

    def end(self) -> None:
        """Take the mark down; what there was to doubt is left to the next."""
        self._presence.leave()

    @property
    def is_doubted(self) -> bool:
        """Whether the store was not closed as it should be, or a page was damaged, and nobody has seen to it yet."""
        return self._status.store.doubted

    async def doubt(self) -> None:
        """Wait until there is something to be looked at."""
        await self._doubted.wait()

    def believe(self) -> None:
        """It was looked at, and it is in order."""
        if self._doubted.is_set():
            return  # something else went wrong meanwhile
        self.search_doubted = False
        self.reason = ""
        self._presence.forgive()
        self._status.update_store(doubted=False, error="", hint="")

    def reconsider(self) -> None:
        """Have it looked at once more, unless another process did so: the last look could not be finished."""
        if self.reason or self._presence.look()[1]:
            self._doubted.set()
        else:
            self._status.update_store(doubted=False)

    def expect(self) -> None:
        """It is about to be looked at: what is heard from now on is doubted anew."""
        self._doubted.clear()

    def condemn(self, why: str) -> None:
        """It is damaged: nothing more is written to it, and nobody opens it before it was salvaged."""
        error = StoreDamaged(f"{self.path} is damaged: {why}", SALVAGE)
        self._database.refusal = error
        self._presence.doubt()
        self._status.update_store(error="The store is damaged.", hint=f"{why} Leave, and start again to salvage it.")
        try:
            write_private(verdict_of(self.path), f"{why}\n".encode())
        except StoreError:
            return  # no room to write it down: the next check finds the same

    def _heard(self, error: StoreError | None) -> None:
        """Called with every failure, and with None after every commit."""
        if error is None:
            if self._status.store.error == FULL:
                self._status.update_store(error="", hint="")
        elif isinstance(error, DiskFull):
            self._status.update_store(error=FULL, hint=f"{error.title} {error.hint}")
        elif isinstance(error, StoreDamaged | SearchDamaged):
            self.search_doubted |= isinstance(error, SearchDamaged)
            self.reason = error.title
            if not self._doubted.is_set():
                self._status.update_store(doubted=True)
                self._presence.doubt()
                self._doubted.set()
            if not self._status.store.error:
                self._status.update_store(error=CHECKING, hint=error.title)
