"""What each command does on the mail screen: one method a command, `do_` and the command's id."""

from functools import partial
from typing import TYPE_CHECKING

from protocols.mime.safe import SafeText, line
from store.errors import StoreError
from store.model import FolderId, MessageId, Role, Summary
from tui.acting import Acting, Work
from tui.catalog import Catalog
from tui.commands import Pane
from tui.host import Host
from tui.place import Place, of_folder, place_title
from tui.reading import sentence
from tui.widgets.folder_tree import FolderTree
from tui.widgets.message_list import MessageList
from tui.widgets.message_view import MessageView

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.window import MessageWindow

    class _Base(Screen[None]):
        """What the commands use of the mail screen."""

        @property
        def bocau(self) -> Host: ...

        folders: FolderTree
        messages: MessageList
        view: MessageView
        catalog: Catalog
        place: Place
        pane: Pane
        act: SafeText
        opened: MessageId | None
        acting: Acting

        @property
        def is_narrow(self) -> bool: ...
        def switch(self, pane: Pane) -> None: ...
        def tell(self) -> None: ...
        async def go(self, place: Place, window: MessageWindow | None = None) -> None: ...
        def load(self, summary: Summary) -> None: ...
else:
    _Base = object


class MailCommands(_Base):
    """Mixed into MailScreen."""

    def command(self, id: str) -> None:
        """Run a command by its id."""
        getattr(self, f"do_{id.replace('-', '_')}")()

    def start_act(self, work: Work) -> None:
        """Run an act beside the screen."""
        self.work(work, "acts", exclusive=False)

    def work(self, work: Work, group: str, *, exclusive: bool = True) -> None:
        """Run something beside the screen, in place of what runs in its group; what the store cannot do is told."""
        self.run_worker(partial(self.told, work), group=group, exclusive=exclusive)

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

    def fail(self, text: SafeText) -> None:
        """Tell what went wrong."""
        self.notify(text, severity="error", markup=False)

    def visit(self, place: Place | None) -> None:
        """Show a place in the list."""
        if place is None:
            self.say(SafeText("There is no such folder."))
            return

        async def go() -> None:
            await self.go(place)
            self.switch("list")

        self.work(go, "place")

    # moving

    def _move(self, lines: int, pages: float = 0) -> None:
        if self.pane == "reader":
            self.view.page(pages) if pages else self.view.scroll_lines(lines)
            return
        target = self.folders if self.pane == "folders" else self.messages
        target.page(pages) if pages else target.move_by(lines)

    def do_down(self) -> None:
        """One line down."""
        self._move(1)

    def do_up(self) -> None:
        """One line up."""
        self._move(-1)

    def do_page_down(self) -> None:
        """One page down."""
        self._move(0, 1)

    def do_page_up(self) -> None:
        """One page up."""
        self._move(0, -1)

    def do_half_page_down(self) -> None:
        """Half a page down."""
        self._move(0, 0.5)

    def do_half_page_up(self) -> None:
        """Half a page up."""
        self._move(0, -0.5)

    def do_top(self) -> None:
        """To the first line."""
        self.view.top() if self.pane == "reader" else self._move(-1 << 40)

    def do_bottom(self) -> None:
        """To the last line."""
        self.view.bottom() if self.pane == "reader" else self._move(1 << 40)

    def do_next_unread(self) -> None:
        """To the next unread message."""
        self.work(partial(self._to_unread, 1), "unread")

    def do_previous_unread(self) -> None:
        """To the unread message before."""
        self.work(partial(self._to_unread, -1), "unread")

    async def _to_unread(self, step: int) -> None:
        window = self.messages.window
        row = await window.next_unread(self.messages.cursor, step) if window is not None else None
        if window is None or row is None or window is not self.messages.window:
            self.say(SafeText("Everything here is read."))
            return
        self.messages.move_to(row)
        if self.pane == "folders":
            self.switch("list")
        elif self.pane == "reader":
            await window.ensure(row, row + 1)
            self._open()

    def do_next_folder(self) -> None:
        """To the folder below."""
        self._step_folder(1)

    def do_previous_folder(self) -> None:
        """To the folder above."""
        self._step_folder(-1)

    def _step_folder(self, step: int) -> None:
        places = self.folders.places
        keys = [place.key for place in places]
        if places:
            here = keys.index(self.place.key) if self.place.key in keys else -step
            self.visit(places[max(0, min(len(places) - 1, here + step))])

    def do_next_pane(self) -> None:
        """Folders, list, message in turn."""
        following: dict[Pane, Pane] = {"folders": "list", "list": "reader", "reader": "folders"}
        self.switch(following[self.pane])
        if self.pane == "reader":
            self._open()

    # opening

    def do_open(self) -> None:
        """Read the message under the cursor."""
        if self.messages.message is not None:
            self._open()
            self.switch("reader")

    def _open(self) -> None:
        summary = self.messages.window.summary(self.messages.message) if self.messages.window else None
        if summary is None:
            self.work(self._open_late, "open")
            return
        self.opened = summary.id
        shown = self.view.reading
        if shown is None or shown.summary.id != summary.id or shown.document is None:
            self.load(summary)
        else:  # the preview has drawn it already
            self.acting.opened(summary)

    async def _open_late(self) -> None:
        """The row under the cursor was not read yet."""
        window, row = self.messages.window, self.messages.cursor
        if window is not None and window.id_at(row) is not None:
            await window.ensure(row, row + 1)
            if window is self.messages.window and window.summary(self.messages.message) is not None:
                self._open()

    def do_next_message(self) -> None:
        """Open the message below."""
        self.messages.move_by(1)
        self._open()

    def do_previous_message(self) -> None:
        """Open the message above."""
        self.messages.move_by(-1)
        self._open()

    def do_to_folders(self) -> None:
        """To the folder pane."""
        self.switch("folders")

    def do_open_folder(self) -> None:
        """Show the folder under the cursor."""
        self.visit(self.folders.place)

    def do_page_or_next(self) -> None:
        """A page on, at the end the next unread message."""
        if self.view.at_end:
            self.do_next_unread()
        else:
            self.view.page(1)

    def do_back(self) -> None:
        """From the message to the list."""
        self.opened = None
        self.switch("list")

    def do_leave_folders(self) -> None:
        """From the folders to the list."""
        self.switch("list")

    def do_close_search(self) -> None:
        """From search results to the folder they were started in."""
        if self.place.query:
            self.visit(self.catalog.renewed(self.bocau.before_search or self.catalog.start()))

    def do_quit_or_back(self) -> None:
        """Out of the message, out of the search, or out of the program."""
        if self.pane == "reader":
            self.do_back()
        elif self.pane == "folders" and self.is_narrow:
            self.switch("list")
        elif self.place.query:
            self.do_close_search()
        else:
            self.do_quit()

    def do_quit(self) -> None:
        """Leave the program."""
        self.app.exit()

    # triage

    def _read_on(self) -> None:
        """In the reader, what follows the message that went away is opened."""
        if self.pane == "reader":
            self._open()

    def do_archive(self) -> None:
        """Archive the message."""
        self.acting.archive()
        self._read_on()

    def do_delete(self) -> None:
        """Into the trash; out of the trash only after a question."""
        summary = self.acting.target
        if summary is None:
            return
        folder = self.catalog.folder(summary.folder)
        if folder is None or folder.role is not Role.TRASH:
            self.acting.delete(summary)
            self._read_on()
            return
        from tui.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.acting.delete(summary)

        self.bocau.ask(Confirm("Remove this message for good?", "It cannot come back.", "Remove"), answered)

    def do_star(self) -> None:
        """Star on, star off."""
        self.acting.star()

    def do_mark_read(self) -> None:
        """Mark read."""
        self.acting.mark(read=True)

    def do_mark_unread(self) -> None:
        """Mark unread; the reader does not mark it again."""
        self.opened = None
        self.acting.mark(read=False)

    def do_move(self) -> None:
        """Pick a folder and move the message into it."""
        summary = self.acting.target
        if summary is None:
            return
        from tui.screens.pick_folder import PickFolder

        mine = [f for f in self.catalog.of_account(summary.account) if f.selectable and f.id != summary.folder]

        def picked(folder: FolderId | None) -> None:
            if folder is not None:
                self.acting.move(summary.id, folder)
                self._read_on()

        self.bocau.ask(PickFolder("Move to", [(place_title(f), f.id) for f in mine]), picked)

    def do_undo(self) -> None:
        """Take back the last act."""
        self.acting.undo()

    # places

    def _role(self, role: Role) -> None:
        self.visit(self.catalog.role(role, self.place.account) or self.catalog.role(role))

    def do_go_unified(self) -> None:
        """All inboxes."""
        self.visit(self.catalog.start())

    def do_go_inbox(self) -> None:
        """The inbox."""
        self._role(Role.INBOX)

    def do_go_sent(self) -> None:
        """What was sent."""
        self._role(Role.SENT)

    def do_go_trash(self) -> None:
        """The trash."""
        self._role(Role.TRASH)

    def do_go_drafts(self) -> None:
        """The drafts."""
        self._role(Role.DRAFTS)

    def do_go_archive(self) -> None:
        """The archive."""
        self._role(Role.ARCHIVE)

    def visit_folder(self, folder: FolderId) -> None:
        """Show a folder by its id."""
        found = self.catalog.folder(folder)
        account = self.catalog.account(found.account) if found else None
        if found is not None and account is not None:
            self.visit(of_folder(found, account))

    # all the rest

    def do_search(self) -> None:
        """Ask for a query."""
        from tui.screens.search import Search

        def answered(found: tuple[Place, "MessageWindow"] | None) -> None:
            if found is None:
                return
            if not self.place.query:
                self.bocau.before_search = self.place
            self.work(partial(self._results, *found), "place")

        self.bocau.ask(Search(self.place.query), answered)

    async def _results(self, place: Place, window: "MessageWindow") -> None:
        await self.go(place, window)
        self.switch("list")

    def do_sync(self) -> None:
        """Ask the servers now."""
        if self.bocau.engine is None:
            self.say(SafeText("Nothing here fetches mail now."))
            return
        self.bocau.engine.refresh(self.place.account or None)
        self.say(SafeText("Asking for new mail …"))

    def do_add_account(self) -> None:
        """Set up another account."""
        self.bocau.add_account()

    def do_theme(self) -> None:
        """The next theme."""
        self.say(SafeText(f"Colours: {self.bocau.next_theme()}"))

    def do_picture(self) -> None:
        """Write the screen as an SVG."""
        try:
            self.say(SafeText(f"Saved {self.bocau.save_picture()}"))
        except OSError as error:
            self.fail(line(f"The picture could not be written: {error.strerror}."))

    def do_palette(self) -> None:
        """Find a command."""
        self.app.action_command_palette()

    def do_help(self) -> None:
        """Show the keys of this pane."""
        from tui.screens.help import Help

        self.bocau.ask(Help(self.pane, self.bocau.keymap))
