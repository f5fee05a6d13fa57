"""Commands of the mail screen about saved searches: save, rename, remove; and how much each of them finds."""

import sqlite3
import time
from datetime import date
from functools import partial

from textual.timer import Timer

from protocols.mime.safe import SafeText, line
from store.changes import ChangeSet
from store.search import saved
from store.search.errors import QueryError
from tui import format, marks
from tui.place import Place, of_search
from tui.screens.mail_searching import MailSearching

COUNT_AFTER = 1.0
"""Seconds from a change until saved searches are counted again: during a sync one change follows the other."""
SHARE = 20
"""Counting may take this part of the time."""

Counts = dict[tuple[str, str], tuple[int, int]]
"""(name, query) -> how many messages a saved search finds, and how many of them are unread."""


class MailSaved(MailSearching):
    """Mixed into MailScreen."""

    _counts: Counts = {}  # noqa: RUF012 (replaced, never changed)
    _counting: Timer | None = None
    _count_pause = COUNT_AFTER
    _counts_are_old = True

    def do_save_search(self) -> None:
        """Ask for a name, and keep what is searched for as a folder of the folder pane."""
        text = self._savable()
        if not text:
            self.say(SafeText("Search or filter first; then the search can be saved."))
            return
        from tui.screens.ask_name import AskName

        def named(name: str | None) -> None:
            if name is not None:
                self.work(partial(self._save_search, name, text), "saved", exclusive=False)

        self.bocau.ask(AskName(line(f"Save the search {text} as", 60), example="a name for the folder pane"), named)

    def do_rename_search(self) -> None:
        """Ask for another name of a saved search."""
        place = self._saved_in_front()
        if place is None:
            return
        from tui.screens.ask_name import AskName

        def named(name: str | None) -> None:
            if name is not None:
                self.work(partial(self._rename_search, place, name), "saved", exclusive=False)

        self.bocau.ask(AskName(SafeText("Another name for the search"), line(place.saved, 100), example=""), named)

    def do_remove_search(self) -> None:
        """Forget a saved search, after a question."""
        place = self._saved_in_front()
        if place is None:
            return
        from tui.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.work(partial(self._remove_search, place), "saved", exclusive=False)

        detail = line(f"It finds {place.query}. No mail is touched.", 300)
        self.bocau.ask(Confirm(line(f"Remove the search {place.saved}?", 150), detail, "Remove"), answered)

    def _savable(self) -> str:
        """The query that finds what is shown everywhere; empty when nothing is searched for."""
        place = self.place
        if not place.filter:
            return "" if place.saved else place.query
        return " ".join([*self._scope_words(place), _grouped(place.filter)])

    def _scope_words(self, place: Place) -> list[str]:
        """The operators that stand for a place."""
        if place.query:
            return [_grouped(place.query)]
        words = [f'account:"{place.account}"'] if place.account else []
        if place.starred:
            return [*words, "is:starred"]
        if place.role is not None and len(place.folders) != 1:
            return [*words, f"folder:{place.role.value}"]
        folder = self.catalog.folder(place.folders[0]) if len(place.folders) == 1 else None
        return [*words, f'folder:"{folder.path}"'] if folder is not None else words

    async def _save_search(self, name: str, text: str) -> None:
        kept = await self.bocau.store.write(lambda tx: saved.save(tx, name, text))
        self.visit(of_search(kept.query, kept.name))
        self.say(line(f"Saved the search {kept.name}.", 150))

    async def _rename_search(self, place: Place, name: str) -> None:
        one = await self.bocau.store.read(lambda c: saved.by_name(c, place.saved))
        is_shown = self.place.key == place.key
        await self.bocau.store.write(lambda tx: saved.rename(tx, one.id, name))
        if is_shown:
            # at once: the feed would look for the old name, and leave a place that is gone
            self.place = of_search(one.query, " ".join(name.split()))
            self.visit(self.place)

    async def _remove_search(self, place: Place) -> None:
        one = await self.bocau.store.read(lambda c: saved.by_name(c, place.saved))
        await self.bocau.store.write(lambda tx: saved.remove(tx, one.id))
        if self.place.key == place.key:
            self.visit(self.catalog.start())  # in place of what may still be on its way to it
        self.say(line(f"Removed the search {one.name}.", 150))

    def _saved_in_front(self) -> Place | None:
        place = self.folders.place if self.pane == "folders" else self.place
        if place is None or not place.saved:
            self.say(SafeText("Go to the saved search first."))
            return None
        return place

    # how much they find

    def saved_searches(self) -> list[tuple[Place, int]]:
        """The saved searches for the folder pane, with what is unread among their results as far as that is known."""
        places = [place for place, _ in self.catalog.searches]
        if places and self._counts_are_old and self.folders.display:
            self._count_soon()
        return [(place, self._known(place)[1]) for place in places]

    def saved_totals(self) -> dict[Place, int]:
        """How many messages each of them finds."""
        places = [place for place, _ in self.catalog.searches]
        return {place: self._known(place)[0] for place in places if self._key(place) in self._counts}

    def result_detail(self) -> str:
        """What stands beside the title of a place that has no counters of its own."""
        window, total = self.messages.window, self.messages.count
        unread = 0 if self.place.filter else self._known(self.place)[1]
        if window is not None and not window.complete:
            return f"the newest {total:,} …"
        said = f"{unread:,} unread of {total:,}" if unread else format.count(total, "message")
        return f"{said} {marks.now().dot} {self.said_by_servers}" if self.said_by_servers else said

    def remember_changes(self, changes: ChangeSet) -> None:
        """Something changed: searches may find something else."""
        super().remember_changes(changes)
        self._counts_are_old = True
        if self.catalog.searches and self.folders.display:
            self._count_soon()

    def _count_soon(self) -> None:
        if self._counting is None:
            self._counting = self.set_timer(self._count_pause, lambda: self.work(self._count, "counts"))

    async def _count(self) -> None:
        self._counts_are_old = False
        places = [place for place, _ in self.catalog.searches]
        started = time.monotonic()
        try:
            counted = await self.bocau.store.study(lambda c: _counted(c, places))
        finally:
            self._counting = None
            self._count_pause = max(COUNT_AFTER, SHARE * (time.monotonic() - started))
        if counted != self._counts:
            self._counts = counted
            self.tell()

    def _known(self, place: Place) -> tuple[int, int]:
        return self._counts.get(self._key(place), (0, 0))

    def _key(self, place: Place) -> tuple[str, str]:
        return place.saved, place.query


def _counted(connection: sqlite3.Connection, places: list[Place]) -> Counts:
    from store.search import found, query

    counts: Counts = {}
    for place in places:
        try:
            tree = query.parse(place.query, date.today())
        except QueryError:  # of another version; it tells when it is opened
            continue
        counts[place.saved, place.query] = found.counts(connection, tree)
    return counts


def _grouped(text: str) -> str:
    """A query as a part of another one: alternatives in it stay together."""
    return f"({text})" if " or " in f" {text.lower()} " else text
