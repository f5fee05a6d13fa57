"""A window on what a query finds: the first page at once, the rest behind it, and what a change does to both."""

import sqlite3
import time
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence

from store.changes import ChangeSet
from store.mailstore import MailStore
from store.model import MessageId, Summary
from store.search import found, rows
from store.search.found import EVERYWHERE, Found, Scope
from store.search.tree import Node
from tui.window import FEW, FIRST_PAGE, MessageWindow


class SearchWindow(MessageWindow):
    """Results stay in their order while they are looked at, and new mail that matches joins them.

    `live`: what no longer matches leaves, but for `held`, the message under the cursor.  Else whatever was found stays,
    wherever it is moved.
    """

    def __init__(self, store: MailStore, query: Node, scope: Scope = EVERYWHERE, *, live: bool = False) -> None:
        super().__init__(store)
        self.query = query
        self.scope = scope
        self.live = live
        self.held: MessageId | None = None
        self.on_server = frozenset()
        self._others: dict[MessageId, tuple[MessageId, ...]] = {}
        self._lapsed: set[MessageId] = set()
        """What no longer matches and stayed, because it was under the cursor."""
        self._complete = False

    @property
    def is_fixed(self) -> bool:
        """Whether messages stay in it wherever they are moved."""
        return not self.live

    @property
    def stays(self) -> bool:
        """Whether messages that are moved may well stay in it: those of a filtered folder go with their folder."""
        return not self.scope.folders or self.scope.starred

    def shows(self, message: MessageId) -> bool:
        """Whether it is among the rows, or one of them stands for it."""
        if not self._complete or self.row_of(message) is not None:
            return True
        return any(message in others for others in self._others.values())

    async def open(self) -> None:
        """Read the first page, so that it can be painted before anything else."""

        def read(connection: sqlite3.Connection) -> tuple[Found, dict[MessageId, Summary]]:
            page = found.page(connection, self.query, FIRST_PAGE, self.scope)
            return page, rows.summaries(connection, page.ids, page.others)

        page, shown = await self._store.seek(read)
        self._ids = array("q", (id for id in page.ids if id in shown))
        self._others = dict(page.others)
        self._complete = page.complete
        self._keep(shown.values())

    async def load(self) -> None:
        """Find all of them."""
        started = time.monotonic()
        staying = self._staying()

        def read(connection: sqlite3.Connection) -> Found:
            everything = found.search(connection, self.query, self.scope)
            known = [MessageId(id) for id in self._ids if not self.live or id in staying]
            return rows.joined(connection, everything, known)

        result = await self._store.seek(read)
        self._ids, self._others = result.ids, dict(result.others)
        self._complete = True
        self.reload_seconds = time.monotonic() - started

    async def apply(self, changes: ChangeSet) -> bool:
        """Bring the window up to date; True when something that it shows may look different."""
        if not self._complete or changes.everything or len(changes.messages) > FEW:
            if not changes.everything and not changes.messages:
                return False
            self._rows.clear()
            await self.load()
            return True
        if not changes.messages:
            return False

        def read(
            connection: sqlite3.Connection,
        ) -> tuple[list[MessageId], Found, dict[MessageId, Summary]]:
            touched = found.related(connection, changes.messages)
            matching = found.among(connection, self.query, self.scope, touched)
            others = {**{one: self._others[one] for one in touched if one in self._others}, **matching.others}
            return touched, matching, rows.summaries(connection, touched, others)

        return await self._settle(*await self._store.seek(read))

    def lapse(self, under_cursor: MessageId | None) -> set[MessageId]:
        """The cursor stands on another message: what stayed only because of it goes, and is answered."""
        self.held = under_cursor
        going = self._lapsed - {under_cursor}
        self._lapsed -= going
        for message in going:
            self._remove(message)
        return going

    async def add_from_server(self, messages: Collection[MessageId]) -> None:
        """Let what only the server found join the results, each in its place, for as long as they are shown."""

        def read(connection: sqlite3.Connection) -> Found:
            return rows.joined(connection, Found(self._ids, self._others), messages)

        before = set(self._ids)
        self._ids = (await self._store.seek(read)).ids
        self.on_server |= {MessageId(id) for id in self._ids if id not in before}

    def _staying(self) -> set[int]:
        return {one for one in (self.held, *self._lapsed, *self.on_server) if one is not None}

    def _shown(self, connection: sqlite3.Connection, ids: Iterable[MessageId]) -> dict[MessageId, Summary]:
        return rows.summaries(connection, ids, self._others)

    async def _settle(self, touched: Sequence[MessageId], matching: Found, now: Mapping[MessageId, Summary]) -> bool:
        matches, different = set(matching.ids), False
        for message in touched:
            summary, known = now.get(message), self.row_of(message) is not None
            if message in matches and summary is not None:
                self._lapsed.discard(message)
                self._others.pop(message, None)
                self._others |= {message: matching.others[message]} if message in matching.others else {}
                if known:
                    self._rows[message] = summary
                elif not self._insert(summary):
                    await self.load()
                    return True
                different = True
            elif known:
                self._outlived(message, None if message in matching.behind else summary)
                different = True
        return different

    def _outlived(self, message: MessageId, summary: Summary | None) -> None:
        """A row that no longer matches."""
        stays = not self.live or message == self.held or message in self.on_server
        if summary is None or not stays:
            self._remove(message)
            return
        self._rows[message] = summary
        if self.live and message not in self.on_server:
            self._lapsed.add(message)

    def _remove(self, message: MessageId) -> None:
        row = self.row_of(message)
        if row is not None:
            del self._ids[row]
        self._rows.pop(message, None)
        self._lapsed.discard(message)
