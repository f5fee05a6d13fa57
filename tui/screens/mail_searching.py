"""Commands of the mail screen that search and filter: results as one types, and back where one was."""

import math
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer

from protocols.mime.safe import SafeText, line
from store import labels
from store.changes import ChangeSet
from store.search import history
from store.search.errors import QueryError
from tui.place import Place, of_search
from tui.screens.mail_servers import MailServers
from tui.turns import Work
from tui.widgets.query_bar import QueryBar
from tui.window import MessageWindow

if TYPE_CHECKING:
    from store.search.tree import Node
    from tui.search_origin import Origin
    from tui.search_window import SearchWindow

DEBOUNCE = 0.008
"""Seconds without a key until a search begins: the keys of a paste, or of a macro, would only stop it."""
SEARCH_SIGN, FILTER_SIGN = "/", "\\"
HELP = SafeText("Enter keeps them   Esc goes back   Tab completes   Up: earlier searches")
EXAMPLES = "words, from:anna, subject:rent, is:unread, after:2024-01"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the bar was opened for: a search over everything, or a filter of `base`."""

    base: Place | None
    origin: "Origin | None"

    def place(self, text: str) -> Place:
        """The place that a query makes."""
        return of_search(text) if self.base is None else replace(self.base, filter=text)


class MailSearching(MailServers):
    """Mixed into MailScreen."""

    asked: Asked | None = None
    """What the bar was opened for, while it stands."""
    _typing: Timer | None = None

    @property
    def origins(self) -> "list[Origin]":
        """Where Escape goes back to, the last first."""
        found: list[Origin] = self.__dict__.setdefault("_origins", [])
        return found

    @property
    def is_searching(self) -> bool:
        """Whether Escape in the list leads out of a search or a filter."""
        place = self.place
        return bool(self.origins or place.filter or (place.query and not place.saved))

    def do_search(self) -> None:
        """Search everything on this disk, and what is typed shows its results at once."""
        text = "" if self.place.saved or self.place.filter else self.place.query
        self._open_bar(SEARCH_SIGN, text, None)

    def do_filter(self) -> None:
        """Show of this list only what matches."""
        base = replace(self.place, filter="")
        self._open_bar(FILTER_SIGN, self.place.filter, base)

    def _open_bar(self, sign: str, text: str, base: Place | None) -> None:
        from tui.search_origin import Origin

        self.switch("list")
        self.asked = Asked(base, Origin.of(self.place, self.messages))
        self.bocau.hold_keys()
        self.bar.ask(sign, text, EXAMPLES)
        self.tell()
        self.call_after_refresh(self.bocau.ready)
        self.work(self._learn_names, "names")

    async def _learn_names(self) -> None:
        """What Tab completes, and what was searched for before."""
        from tui.search_hints import Names

        known, before = await self.bocau.store.read(lambda c: (labels.known(c), history.read(c)))
        self.bar.remember(before)
        self.bar.names = Names(
            tuple(dict.fromkeys(folder.path for folder in self.catalog.folders)),
            tuple(account.name for account in self.catalog.accounts),
            tuple(label for label, _ in known),
        )

    def on_query_bar_typed(self, event: QueryBar.Typed) -> None:
        """Search for what is typed, unless something is wrong with it."""
        if self._typing is not None:
            self._typing.stop()
        if self.asked is None:
            return
        from store.search import query

        text = event.text.strip()
        try:
            tree = query.parse(text, date.today())
        except QueryError as error:
            if not self.bar.hint():
                self._explain_query(error, event.text)
            return
        if not self.bar.hint():
            self.bar.note(HELP)
        if text:
            self._typing = self.set_timer(DEBOUNCE, partial(self._look_for, text, tree))
        elif self.asked.origin is not None:
            self.work(partial(self._go_back_to, self.asked.origin), "place")

    def on_query_bar_kept(self, event: QueryBar.Kept) -> None:
        """Keep the results as the place; nothing typed is nothing searched, and no filter."""
        text, asked = event.text.strip(), self.asked
        if asked is None:
            return
        from store.search import query

        try:
            tree = query.parse(text, date.today())
        except QueryError as error:
            self._explain_query(error, event.text)
            return
        self._close_bar()
        if not text:
            self._entered_nothing(asked)
            return
        self._note_origin(asked)
        if self.place != asked.place(text):
            self._await_place(partial(self._keep_results, text, tree, asked))
        else:
            self.ask_servers(self.place)
        if asked.base is None:
            self.work(partial(self._note_query, text), "history", exclusive=False)

    def on_query_bar_left(self, event: QueryBar.Left) -> None:
        """Back to exactly where one was."""
        asked = self.asked
        self._close_bar()
        if asked is not None and asked.origin is not None and asked.origin.window is not self.messages.window:
            self._await_place(partial(self._go_back_to, asked.origin))

    def do_close_search(self) -> None:
        """From results, or a filter, to where one was before."""
        if self.release_selection():
            return
        if self.origins:
            self._await_place(partial(self._go_back_to, self.origins.pop()))
        elif self.place.filter:
            self.visit(replace(self.place, filter=""))
        elif self.is_searching:
            self.visit(self.catalog.start())

    def visit(self, place: Place | None) -> None:
        """Show a place in the list; whatever was searched for before is behind us."""
        self.origins.clear()
        super().visit(place)

    def remember_changes(self, changes: ChangeSet) -> None:
        """Something changed: what is not on the screen catches up when it is gone back to."""
        asked = [self.asked.origin] if self.asked is not None and self.asked.origin is not None else []
        for origin in (*self.origins, *asked):
            if origin.window is not self.messages.window:
                origin.note(changes)

    def let_go(self) -> None:
        """The cursor moved: what no longer matches, and stayed only because it was under it, goes."""
        if not self.place.query and not self.place.filter:
            return
        from tui.search_window import SearchWindow

        window = self.messages.window
        if isinstance(window, SearchWindow) and (gone := window.lapse(self.messages.message)):
            self.messages.selection.forget(gone)
            self.messages.updated()

    def window_of(self, place: Place) -> MessageWindow:
        """A window on a place, not opened yet.  Raises QueryError for a saved query that is none any more."""
        if not place.query and not place.filter:
            return super().window_of(place)
        from store.search import query

        return self._results_window(place, query.parse(place.filter or place.query, date.today()))

    def _results_window(self, place: Place, tree: "Node") -> "SearchWindow":
        from store.search import query
        from store.search.found import EVERYWHERE, Scope
        from store.search.tree import And
        from tui.search_window import SearchWindow

        scope = EVERYWHERE if place.query else Scope(place.folders, place.starred)
        if place.filter and place.query:
            tree = And((query.parse(place.query, date.today()), tree))
        return SearchWindow(self.bocau.store, tree, scope, live=bool(place.filter or place.saved))

    def _look_for(self, text: str, tree: "Node") -> None:
        asked = self.asked
        if asked is not None:
            self.workers.cancel_group(self, "load")  # the rest of results that nobody will look at
            self.work(partial(self._show_found, text, tree, asked), "place")

    async def _show_found(self, text: str, tree: "Node", asked: Asked) -> None:
        window = self._results_window(asked.place(text), tree)
        await window.open()
        if self.asked is asked:
            await self.go(asked.place(text), window)

    async def _keep_results(self, text: str, tree: "Node", asked: Asked) -> None:
        window = self._results_window(asked.place(text), tree)
        await window.open()
        await self.go(asked.place(text), window)
        self.ask_servers(self.place)

    async def _note_query(self, text: str) -> None:
        await self.bocau.store.write(lambda tx: history.add(tx, text))

    def _await_place(self, work: Work) -> None:
        """Show another list; until it stands no key changes mail: it was meant for that one."""
        self.held_until = math.inf

        async def held() -> None:
            try:
                await work()
            finally:
                self.held_until = 0.0
                self.hold()

        self.work(held, "place")

    def _note_origin(self, asked: Asked) -> None:
        """Remember where Escape goes back to: of one search after another the place before the first."""
        if asked.origin is None:
            return
        before = asked.origin.place
        if asked.base is None and before.query and not before.saved:
            del self.origins[1:]
        elif asked.base is None or not before.filter:
            self.origins.append(asked.origin)

    async def _go_back_to(self, origin: "Origin") -> None:
        place = self.catalog.renewed(origin.place)
        if place.key != origin.place.key or place.folders != origin.place.folders:
            await self.go(place)  # its folders are others now
            return
        changed = await origin.catch_up(self.messages.rows_seen)
        await self.go(place, origin.window)
        origin.put_back(self.messages)
        self.switch("list")
        await self.renew_selection(changed)
        self.tell()

    def _entered_nothing(self, asked: Asked) -> None:
        """Enter on an empty line: back without a search, or without a filter."""
        if asked.base is not None and asked.origin is not None and asked.origin.place.filter:
            self.do_close_search()
        elif asked.origin is not None:
            self._await_place(partial(self._go_back_to, asked.origin))

    def _close_bar(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self.asked = None
        self.bar.close()
        self.tell()
        self.set_focus(self.focused_pane(), scroll_visible=False)

    def _explain_query(self, error: QueryError, typed: str) -> None:
        # blanks may stand before the query
        column = error.column + len(typed) - len(typed.lstrip())
        self.bar.wrong(column, line(error.problem, 300), line(error.hint, 300))
