"""Commands of the mail screen that change mail, go to places and all the rest: `do_` and the command's id."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from protocols.mime.safe import SafeText, line
from store.model import Folder, FolderId, MessageId, Role
from tui.place import Place, of_folder, place_title
from tui.screens.mail_saving import MailSaving

if TYPE_CHECKING:
    from tui.window import MessageWindow


class MailCommands(MailSaving):
    """Mixed into MailScreen."""

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
        row = self.acting.row(summary)
        folder = self.catalog.folder(summary.folder)
        if folder is None or folder.role is not Role.TRASH:
            self.acting.delete(row)
            self._read_on()
            return
        from tui.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.acting.delete(row)

        detail = "It cannot come back."
        if len(row) > 1:
            detail = f"{len(row)} accounts have it, and it goes from all of them. {detail}"
        self.bocau.ask(Confirm("Remove this message for good?", detail, "Remove"), answered)

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

        def picked(message: MessageId, folder: FolderId) -> None:
            self.acting.move(message, folder)
            self._read_on()

        self._pick("Move to", picked)

    def do_copy(self) -> None:
        """Pick a folder and copy the message into it."""
        self._pick("Copy to", lambda message, folder: self.acting.copy(message, folder))

    def _pick(self, title: str, then: Callable[[MessageId, FolderId], None]) -> None:
        """Let a folder be picked, of the message's account or of another one; `then` gets both."""
        summary = self.acting.target
        if summary is None:
            return
        from tui.screens.pick_folder import PickFolder

        row = self.acting.row(summary)
        drawn = [one for one in summary.everywhere if one.id in row]
        held = {one.account: one.id for one in reversed(drawn)}
        here = {one.folder for one in drawn}
        others = [account.id for account in self.catalog.accounts if account.id not in held]
        found = [f for a in (*reversed(held), *others) for f in self.catalog.of_account(a)]
        choices = [f for f in found if f.selectable and f.id not in here]

        def picked(folder: FolderId | None) -> None:
            if folder is not None:  # it takes the message of its own account; the others stay where they are
                account = next(f.account for f in choices if f.id == folder)
                then(held.get(account, summary.id), folder)

        self.bocau.ask(PickFolder(title, [(self._named(f), f.id) for f in choices]), picked)

    def _named(self, folder: Folder) -> SafeText:
        """A folder for the picker, with its account where there are several."""
        account = self.catalog.account(folder.account)
        if account is None or len(self.catalog.accounts) < 2:
            return place_title(folder)
        return line(f"{account.name}: {place_title(folder)}", 300)

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

    def do_go_starred(self) -> None:
        """What has a star."""
        self.visit(self.catalog.starred(self.place.account) or self.catalog.starred())

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
        self.say_for_now(SafeText("Asking for new mail …"))

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
