"""The screen people live in: folders, list and message, all from the store and live through the change feed."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer

from protocols.mime.safe import SafeText
from store.changes import ChangeSet, Subscription
from store.errors import StoreError
from store.model import MessageId, Summary
from store.status import Activity
from tui import empty, format
from tui.acting import Acting
from tui.catalog import Catalog
from tui.commands import Context, Pane, command
from tui.host import Host
from tui.keymap import pressed
from tui.place import Place
from tui.reading import Reader
from tui.saving import Saving
from tui.screens.mail_commands import MailCommands
from tui.widgets.folder_tree import FolderTree, entries
from tui.widgets.heading import Heading
from tui.widgets.message_list import MessageList
from tui.widgets.message_view import MessageView
from tui.widgets.status_line import StatusLine, status_text, troubles
from tui.widgets.virtual_list import VirtualList
from tui.window import MessageWindow

PREVIEW_AFTER = 0.2
"""Seconds the cursor rests before the reader follows: stepping through a list must not wrap every message."""
PAUSE = 0.15
"""Seconds between two looks at what a running sync has changed."""
HOLD = 0.15
"""Seconds after start and after getting the focus in which no key changes mail: it was meant for another window."""
WIDE, STACKED, STACKED_HEIGHT = 160, 100, 24
"""Cells from which on the panes stand side by side, or list and message one above the other."""


class MailScreen(MailCommands, Screen[None]):
    """Wires the widgets; what each command does stands in MailCommands."""

    AUTO_FOCUS = ""
    TITLE = "bocau"

    def __init__(self) -> None:
        super().__init__()
        self.folders = FolderTree(id="folders")
        self.messages = MessageList(id="list")
        self.view = MessageView(id="reader")
        self.heading = Heading(id="heading")
        self.status = StatusLine(id="status")
        self.catalog = Catalog()
        self.place: Place = Place(SafeText(""))
        self.pane: Pane = "list"
        self.act = SafeText("")
        self.opened: MessageId | None = None
        """The message that the user opened, as against one that the reader merely follows."""
        self.warned: dict[str, str] = {}
        """Account -> the refusal that the user was told of."""
        self.used: Mapping[str, str] = {}
        """Account -> what it uses on this disk, as of the last time that somebody went to the folder pane."""
        self.warned_store = ""
        """What the user was told of the store itself."""
        self.held_until = 0.0
        self._came = Subscription()
        self._preview: Timer | None = None
        self._looking_ahead = False

    @property
    def bocau(self) -> Host:
        """The app, with its own type."""
        return cast(Host, self.app)

    def compose(self) -> ComposeResult:
        """The panes; the reader may stand beside the list, below it, or in its place."""
        with Horizontal(id="panes"):
            yield self.folders
            with Container(id="mail"):
                with Vertical(id="listing"):
                    yield self.heading
                    yield self.messages
                yield self.view
        yield self.status

    async def on_mount(self) -> None:
        """Paint the first page before anything else is read."""
        store = self.bocau.store
        self.reader = Reader(store, self.bocau.engine, self.view)
        self.acting = Acting(store, self.messages, self.start_act, self.say, self.fail)
        self.saving = Saving(store, self.bocau.engine, self.say, self.fail)
        self.hold()
        self.bocau.changed.subscribe(self, self._came.offer)
        try:
            self.catalog = await store.read(Catalog.read)
            self.lay_out()
            await self.go(self.catalog.start())
        except StoreError as error:  # damage shows where it is first read
            self.bocau.cannot_begin(error)
            return
        self.call_after_refresh(lambda: self.work(self._follow, "feed"))
        self.call_after_refresh(self.bocau.painted.set)

    async def go(self, place: Place, window: MessageWindow | None = None) -> None:
        """Show a place from its top; `window` when its messages are known already (a search)."""
        if window is None:
            window = MessageWindow(self.bocau.store, place.folders, starred=place.starred)
            await window.open()
        self.place = place
        self._tell_engine()
        self.opened = None
        self.view.show(None)
        self.view.accounts = self.catalog.names(place)
        self.messages.show(window, place, self.view.accounts, filling=self.catalog.is_filling(place))
        self.tell()
        for notice in self.catalog.notices(place):
            self.notify(notice, severity="warning", timeout=12, markup=False)
        if not window.complete:
            self.call_after_refresh(lambda: self.work(partial(self._load, window), "load"))

    def _tell_engine(self) -> None:
        """What is on the screen comes first."""
        if self.bocau.engine is not None:
            self.bocau.engine.focus(() if self.place.starred else self.place.folders)

    def tell(self) -> None:
        """Bring folder pane, heading and status line up to date with the catalog."""
        catalog, place = self.catalog, self.place
        statuses = self.bocau.store.status.accounts
        marks, joined, stars = troubles(statuses), catalog.unified(), catalog.stars()
        rows = entries(catalog.accounts, catalog.folders, marks, joined, stars, catalog.kept, self.used)
        self.folders.show(rows, place)
        self.messages.make_room(doubled=bool(catalog.twice))
        self.messages.explain(empty.sentences(catalog, place, statuses))
        total, unread = (self.messages.count, 0) if place.query or place.starred else catalog.counts(place)
        detail = f"{unread:,} unread of {total:,}" if unread else format.count(total, "message")
        account = f" · {place.account}" if place.account and len(catalog.accounts) > 1 else ""
        self.heading.show(f"{place.title}{account}", detail)
        names = [account.name for account in catalog.accounts]
        waiting = sum(catalog.waiting.values())
        store, told = self.bocau.store.status.store, self.saving.is_running
        self.status.show(status_text(names, statuses, waiting, self.act, self._keys(), store, told=told))

    def _keys(self) -> list[str]:
        wanted = {
            "list": ("open", "archive", "delete", "search", "help"),
            "reader": ("back", "archive", "delete", "help"),
            "folders": ("open-folder", "leave-folders", "help"),
        }[self.pane]
        told = ((self.bocau.keymap.keys(id)[0], command(id).title.split(",")[0].split()[0].lower()) for id in wanted)
        return [f"{'Esc' if key == 'Escape' else key} {word}" for key, word in told]

    # panes

    @property
    def is_narrow(self) -> bool:
        """Whether only one pane fits."""
        return self.size.width < STACKED

    def lay_out(self) -> None:
        """Show the panes that fit, and give the present one the focus."""
        width, height = self.size
        wide = width >= WIDE
        stacked = not wide and width >= STACKED and height >= STACKED_HEIGHT
        one = not wide and not stacked
        self.set_class(wide, "-wide")
        self.set_class(stacked, "-stacked")
        self.set_class(width < STACKED, "-narrow")
        self.folders.display = width >= STACKED or self.pane == "folders"
        mail = self.query_one("#mail")
        mail.display = width >= STACKED or self.pane != "folders"
        self.query_one("#listing").display = not one or self.pane != "reader"
        self.view.display = not one or self.pane == "reader"
        self.focused_pane().focus(scroll_visible=False)

    def focused_pane(self) -> VirtualList | MessageView:
        """The widget of the present pane."""
        panes: dict[Pane, VirtualList | MessageView] = {
            "folders": self.folders,
            "list": self.messages,
            "reader": self.view,
        }
        return panes[self.pane]

    def switch(self, pane: Pane) -> None:
        """Go to a pane."""
        if pane != self.pane:
            self.pane = pane
            self.lay_out()
            self.tell()
            if pane == "folders":
                self.measure()

    def on_resize(self, event: events.Resize) -> None:
        """Other panes may fit now."""
        if self.is_mounted:
            self.lay_out()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click into a pane makes it the present one."""
        for pane in _PANES:
            if event.widget.id == pane and self.pane != pane:
                self.switch(pane)

    # keys

    def on_key(self, event: events.Key) -> None:
        """Every key comes by here once; what completes a command runs it."""
        if self.app.screen is not self:  # typed before a dialog stood: acting on it here would change mail unasked
            event.stop()
            event.prevent_default()
            self.bocau.typed_ahead(event)
            return
        context: Context = self.pane
        found = self.bocau.keymap.feed(pressed(event.key, event.character), context)
        if found is None and not self.bocau.keymap.waiting:
            return
        event.stop()
        event.prevent_default()
        if found is not None and not (found.destructive and time.monotonic() < self.held_until):
            self.command(found.id)

    def hold(self) -> None:
        """For a moment no key changes mail."""
        self.held_until = time.monotonic() + HOLD

    def on_screen_resume(self) -> None:
        """Another screen closed: its last key must not act here twice."""
        self.bocau.keymap.reset()

    # the list and the reader

    @on(VirtualList.Moved, "#list")
    def _list_moved(self) -> None:
        if self.messages.missing():
            self.work(self._fill, "rows")
        elif not self._looking_ahead and self.messages.ahead():
            self._looking_ahead = True
            self.call_after_refresh(lambda: self.work(self._look_ahead, "ahead"))  # this page comes first
        self._rest()

    def _rest(self) -> None:
        """When the cursor rests, the reader follows."""
        if self.view.display:
            if self._preview is not None:
                self._preview.stop()
            self._preview = self.set_timer(PREVIEW_AFTER, self._follow_cursor)

    @on(VirtualList.Chosen, "#list")
    def _list_chosen(self) -> None:
        self.command("open")

    @on(VirtualList.Chosen, "#folders")
    def _folder_chosen(self) -> None:
        self.command("open-folder")

    @on(MessageView.Drawn)
    def _drawn(self, event: MessageView.Drawn) -> None:
        reading = self.view.reading
        if reading is not None and event.message == self.opened == reading.summary.id:
            self.acting.opened(reading.summary)

    def _follow_cursor(self) -> None:
        summary = self._current()
        shown = self.view.reading
        if summary is None:
            self.view.show(None)
            if self.pane == "reader" and not self.messages.count:
                self.switch("list")
        elif shown is None or shown.summary.id != summary.id:
            self.load(summary)

    def _current(self) -> Summary | None:
        return self.messages.window.summary(self.messages.message) if self.messages.window else None

    def load(self, summary: Summary) -> None:
        """Bring a message into the reader, in place of the one before."""
        self.work(partial(self.reader.load, summary), "reader")

    # the feed

    async def _follow(self) -> None:
        async for changes in self._came:
            await self.told(partial(self._changed, changes))
            if self.messages.window is not None:
                # in a first sync of a huge folder the ids are read again and again: leave time for keys
                await asyncio.sleep(min(1.0, max(self._pause, 10 * self.messages.window.reload_seconds)))
                self.messages.window.reload_seconds = 0.0

    @property
    def _pause(self) -> float:
        """Seconds from one change to the next: batches of a sync come faster than anybody reads."""
        statuses = self.bocau.store.status.accounts.values()
        return PAUSE if any(one.activity is Activity.SYNCING for one in statuses) else 0.0

    async def _changed(self, changes: ChangeSet) -> None:
        if changes.durable:
            self.catalog = await self.bocau.store.read(Catalog.read)
            place = self.catalog.renewed(self.place)
            if place.folders != self.place.folders:
                await self._regroup(place)
            elif place != self.place:  # it has another name
                self.place = place
            window = self.messages.window
            if window is not None and await window.apply(changes):
                await self._fill()
                self.messages.updated()
            if not self.catalog.is_filling(self.place):
                self.messages.touch()
            read = self.view.reading
            if read is not None and (changes.everything or not changes.messages.isdisjoint(read.summary.ids)):
                await self.reader.renew(read.summary.id, self.load)
        self.tell()
        self.warn()

    async def _regroup(self, place: Place) -> None:
        if place.key != self.place.key:
            await self.go(place)
            return
        window = MessageWindow(self.bocau.store, place.folders, starred=place.starred)
        await window.open()
        await window.load()
        self.place = place
        self._tell_engine()
        self.view.accounts = self.catalog.names(place)
        self.messages.exchange(window, place, self.view.accounts)

    async def _fill(self) -> None:
        window = self.messages.window
        wanted = self.messages.missing()
        if window is not None and wanted is not None and await window.ensure(*wanted):
            self.messages.updated()
            if self.view.reading is None:
                self._rest()

    async def _look_ahead(self) -> None:
        """Read what the next pages show, while this one is looked at."""
        try:
            window, wanted = self.messages.window, self.messages.ahead()
            if window is not None and wanted is not None:
                number = len(window)
                await window.ensure(*wanted, around=0)
                if len(window) != number and window is self.messages.window:
                    self.messages.updated()
        finally:
            self._looking_ahead = False

    async def _load(self, window: MessageWindow) -> None:
        await window.load()
        if window is self.messages.window:
            self.messages.updated()
            self.tell()

    def places(self) -> Iterator[Place]:
        """Every place of the folder pane, for the palette."""
        yield from self.folders.places


_PANES: tuple[Pane, ...] = ("folders", "list", "reader")
