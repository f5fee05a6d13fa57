"""The screen people live in: folders, list and message, all from the store and live through the change feed."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer

from protocols.mime.safe import SafeText
from store.changes import Subscription
from store.errors import StoreError
from store.model import MessageId, Summary
from tui.acting import Acting
from tui.catalog import Catalog
from tui.commands import Pane
from tui.host import Host
from tui.pace import PacedScreen
from tui.place import Place
from tui.reading import Reader
from tui.saving import Saving
from tui.screens.mail_marking import MailMarking
from tui.widgets.caret_view import CaretView
from tui.widgets.folder_tree import FolderTree
from tui.widgets.heading import Heading
from tui.widgets.message_list import MessageList
from tui.widgets.message_view import MessageView
from tui.widgets.query_bar import QueryBar
from tui.widgets.status_line import StatusLine
from tui.widgets.virtual_list import VirtualList
from tui.window import MessageWindow

PREVIEW_AFTER = 0.2
"""Seconds the cursor rests before the reader follows: stepping through a list must not wrap every message."""


class MailScreen(MailMarking, PacedScreen, Screen[None]):
    """Wires the widgets; what each command does stands in MailCommands."""

    AUTO_FOCUS = ""
    TITLE = "bocau"

    def __init__(self) -> None:
        super().__init__()
        self.folders = FolderTree(id="folders")
        self.messages = MessageList(id="list")
        self.view = CaretView(id="reader")
        self.heading = Heading(id="heading")
        self.bar = QueryBar(id="query")
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
        self.came = Subscription()
        self._preview: Timer | None = None
        self.looking_ahead = False

    @property
    def bocau(self) -> Host:
        """The app, with its own type."""
        return cast(Host, self.app)

    def compose(self) -> ComposeResult:
        """The panes; the reader may stand beside the list, below it, or in its place."""
        with Horizontal(id="panes"):
            yield self.folders
            with Container(id="mail"):
                yield self.bar
                with Vertical(id="listing"):
                    yield self.heading
                    yield self.messages
                yield self.view
        yield self.status

    async def on_mount(self) -> None:
        """Paint the first page before anything else is read."""
        store = self.bocau.store
        self.reader = Reader(store, self.bocau.engine, self.view, self.bocau.showing, self.trusted)
        self.reader.own = [one.address for one in self.bocau.settings.accounts]
        self.acting = Acting(store, self.messages, self.start_act, self.say, self.fail, self.in_reader)
        self.acting.undo_key = lambda: self.key_of("undo")
        self.saving = Saving(store, self.bocau.engine, self.say, self.fail)
        self.view.clickable = self.bocau.links
        self.view.key_of = self.key_of
        self.view.is_spoken = self.bocau.look.accessible
        self.hold()
        self.bocau.changed.subscribe(self, self.came.offer)
        try:
            self.catalog = await store.read(Catalog.read)
            self.tell_refusals()
            await self.recall_choices()
            await self.recall_look()
            self.lay_out(restyle=False)
            await self.go(self.catalog.start())
        except StoreError as error:  # damage shows where it is first read
            self.bocau.cannot_begin(error)
            return
        self.call_after_refresh(lambda: self.work(self.follow, "feed"))
        self.call_after_refresh(lambda: self.work(self.catch_up, "threads"))
        self.call_after_refresh(self.bocau.painted.set)

    async def go(self, place: Place, window: MessageWindow | None = None) -> None:
        """Show a place from its top; `window` when its messages are known already (a search)."""
        if window is None:
            window = self.window_of(place)
            await window.open()
        self.place = place
        self.tell_engine()
        self.opened = None
        self.view.show(None)
        self.view.accounts = self.catalog.names(place)
        self.mark_words(place)
        self.messages.show(window, place, self.view.accounts, filling=self.catalog.is_filling(place))
        self.tell()
        for notice in self.catalog.notices(place):
            self.notify(notice, severity="warning", timeout=12, markup=False)
        if not window.complete:
            self.call_after_refresh(lambda: self.work(partial(self.load_rest, window), "load"))

    def tell_engine(self) -> None:
        """What is on the screen comes first."""
        if self.bocau.engine is not None:
            self.bocau.engine.focus(() if self.place.starred else self.place.folders)

    # the list and the reader

    @on(VirtualList.Moved, "#list")
    def _list_moved(self) -> None:
        self.let_go()
        if self.messages.missing():
            self.work(self.fill, "rows")
        elif not self.looking_ahead and self.messages.ahead():
            self.looking_ahead = True
            self.call_after_refresh(lambda: self.work(self.look_ahead, "ahead"))  # this page comes first
        self.rest()
        if self.picked != self.told_of_picked:
            self.tell()

    def rest(self) -> None:
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

    @on(MessageView.LinkClicked)
    def _link_clicked(self, event: MessageView.LinkClicked) -> None:
        self.follow_link(event.link)

    @on(MessageView.Drawn)
    def _drawn(self, event: MessageView.Drawn) -> None:
        if self.opened is not None and self.opened == self.view.origin:
            for summary in self.view.drawn:
                if summary.id == event.message:
                    self.acting.opened(summary)

    def _follow_cursor(self) -> None:
        summary = self._current()
        shown = self.view.reading
        if summary is None:
            self.view.show(None)
            if self.pane == "reader" and not self.messages.count:
                self.switch("list")
        elif (shown is None or self.view.origin != summary.id) and self.reader.on_its_way != summary.id:
            if self.opened != summary.id:  # it is followed, not opened
                self.opened = None
            self.load(summary)

    def _current(self) -> Summary | None:
        return self.messages.window.summary(self.messages.message) if self.messages.window else None

    def load(self, summary: Summary) -> None:
        """Bring a message into the reader, in place of the one before."""
        self.reader.on_its_way = summary.id
        whole = self.choices.conversation
        self.work(partial(self.reader.load, summary, self.place, whole=whole), "reader")

    def places(self) -> Iterator[Place]:
        """Every place of the folder pane, for the palette."""
        yield from self.folders.places
