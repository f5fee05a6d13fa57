"""The parts of the mail screen that its commands use, and how they tell what they did."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from protocols.mime.safe import SafeText, line
from store.changes import Subscription
from store.errors import StoreError
from store.model import MessageId, Summary
from store.status import Activity
from tui.acting import Acting
from tui.catalog import Catalog
from tui.commands import Pane, Situation
from tui.host import Host
from tui.place import Place
from tui.reading import Reader, sentence
from tui.saving import Saving
from tui.strokes import Stroke, parse_stroke, told
from tui.turns import Work
from tui.widgets.caret_view import CaretView
from tui.widgets.folder_tree import FolderTree
from tui.widgets.heading import Heading
from tui.widgets.message_list import MessageList
from tui.widgets.message_view import MessageView
from tui.widgets.query_bar import QueryBar
from tui.widgets.status_line import StatusLine
from tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.window import MessageWindow

    class _Base(Screen[None]):
        """What the commands use of the mail screen."""

        @property
        def bocau(self) -> Host: ...

        folders: FolderTree
        messages: MessageList
        view: CaretView
        catalog: Catalog
        place: Place
        pane: Pane
        act: SafeText
        opened: MessageId | None
        warned: dict[str, str]
        warned_store: str
        used: Mapping[str, str]
        acting: Acting
        saving: Saving
        reader: Reader
        heading: Heading
        status: StatusLine
        held_until: float
        came: Subscription
        looking_ahead: bool
        bar: QueryBar

        @property
        def is_narrow(self) -> bool: ...
        @property
        def is_searching(self) -> bool: ...
        def do_close_search(self) -> None: ...
        def saved_searches(self) -> list[tuple[Place, int]]: ...
        def saved_totals(self) -> dict[Place, int]: ...
        def switch(self, pane: Pane) -> None: ...
        def focused_pane(self) -> VirtualList | MessageView: ...
        def tell(self) -> None: ...
        async def go(self, place: Place, window: MessageWindow | None = None) -> None: ...
        def load(self, summary: Summary) -> None: ...
        async def fill(self) -> None: ...
        def hold(self) -> None: ...
        def rest(self) -> None: ...
        def tell_engine(self) -> None: ...
        def ask_servers(self, place: Place) -> None: ...
        def everything_read(self) -> None: ...
        def take_keys_of(self, preset: str) -> None: ...
        def use_look(self, name: str, value: str) -> None: ...
else:
    _Base = object

FOR_NOW = 8.0
"""Seconds for which words stand that nothing replaces."""


class MailParts(_Base):
    """Mixed into MailScreen, under its commands."""

    count = 0
    """The number typed before the key of the command that runs, such as 5 of `5j`; 0: none."""
    stroke: Stroke = ()
    """The keys that started the command that runs; none when it was chosen by its name."""

    @property
    def situation(self) -> Situation:
        """Whose keys hold now: those of the present pane."""
        return self.pane

    def key_of(self, id: str) -> str:
        """The first key of a command, as it is told to people; empty when it has none."""
        keys = self.bocau.keymap.keys(id)
        return told(parse_stroke(keys[0])) if keys else ""

    def command(self, id: str) -> None:
        """Run a command by its id."""
        self.messages.touch()
        self.messages.keep_up()
        getattr(self, f"do_{id.replace('-', '_')}")()

    def start_act(self, work: Work) -> None:
        """Run an act beside the screen."""
        self.work(work, "acts", exclusive=False)

    def work(self, work: Work, group: str, *, exclusive: bool = True) -> None:
        """Run something beside the screen, in place of what runs in its group; what the store cannot do is told."""
        told: Callable[[], Awaitable[None]] = partial(self.told, work)
        self.run_worker(told, group=group, exclusive=exclusive)

    async def told(self, work: Work) -> None:
        """Do some work; tell the user when the store cannot."""
        try:
            await work()
        except StoreError as error:
            self.fail(sentence(error))

    def say(self, text: SafeText) -> None:
        """Tell in the status line what was done."""
        self.act = text
        self.tell()

    def say_for_now(self, text: SafeText) -> None:
        """Tell what is being begun; nobody tells its end, so the words go by themselves."""
        self.say(text)

        def over() -> None:
            if self.act is text:
                self.say(SafeText(""))

        self.set_timer(FOR_NOW, over)

    def fail(self, text: SafeText) -> None:
        """Tell what went wrong."""
        self.notify(text, severity="error", timeout=8, markup=False)

    def warn(self) -> None:
        """Say once, in full, what the user has to mend about an account: the status line has little room."""
        statuses = self.bocau.store.status.accounts
        refused = {name: one for name, one in statuses.items() if one.activity is Activity.REFUSED and one.error}
        for name, status in refused.items():
            if self.warned.get(name) != status.error:
                text = line(f"{status.error} {status.hint}", 400)
                self.notify(text, title=line(name, 60), severity="error", timeout=12, markup=False)
        self.warned = {name: status.error for name, status in refused.items()}
        store = self.bocau.store.status.store
        if store.error and store.hint and self.warned_store != store.error:
            self.notify(line(store.hint, 400), title=line(store.error, 60), severity="error", timeout=20, markup=False)
        self.warned_store = store.error

    def window_of(self, place: Place) -> "MessageWindow":
        """A window on a place, not opened yet."""
        from tui.window import MessageWindow

        return MessageWindow(self.bocau.store, place.folders, starred=place.starred)

    def visit(self, place: Place | None) -> None:
        """Show a place in the list."""
        if place is None:
            self.say(SafeText("There is no such folder."))
            return

        async def go() -> None:
            await self.go(place)
            self.switch("list")
            if place.saved:
                self.ask_servers(self.place)

        self.work(go, "place")
