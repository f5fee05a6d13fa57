"""Commands of the mail screen that go to places: one method a command, `do_` and the command's id."""

from functools import partial

from protocols.mime.safe import SafeText, line
from store.model import Account, FolderId, Role
from tui.folder_choices import remember_opened
from tui.place import Place
from tui.screens.mail_tree import MailTree


class MailPlaces(MailTree):
    """Mixed into MailScreen."""

    _lately: tuple[FolderId, ...] = ()
    """The folders that were opened last in this session, the last one first."""

    def _role(self, role: Role) -> None:
        self.visit(self.catalog.role(role, self.place.account) or self.catalog.role(role))

    def visit(self, place: Place | None) -> None:
        """Show a place in the list, and remember it when it is a folder."""
        super().visit(place)
        if place is None or not place.account or len(place.folders) != 1 or place.folders == self._lately[:1]:
            return
        self._lately = tuple(dict.fromkeys((*place.folders, *(self._lately or self.catalog.lately))))
        self.work(partial(self._remember_opened, self._lately), "lately", exclusive=False)

    async def _remember_opened(self, opened: tuple[FolderId, ...]) -> None:
        await self.bocau.store.write(lambda tx: remember_opened(tx, opened))

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

    def do_go_junk(self) -> None:
        """The junk."""
        self._role(Role.JUNK)

    def do_go_all(self) -> None:
        """All mail, where a server has such a folder."""
        self._role(Role.ALL)

    def do_go_account(self) -> None:
        """The inbox of an account: the one whose number was typed, else one that is picked."""
        number = self.count or next((int(key) for key in self.stroke[-1:] if key.isdecimal()), 0)
        accounts = self.catalog.accounts
        if not number and len(accounts) > 1:
            self.pick_account("Go to the inbox of", self._to_account)
        elif number > len(accounts):
            self.say(SafeText(f"There is no account {number}."))
        elif accounts:
            self._to_account(accounts[max(0, number - 1)])

    def _to_account(self, account: Account) -> None:
        self.visit(self.catalog.role(Role.INBOX, account.name))

    def do_go_folder(self) -> None:
        """Any folder of any account, by a few letters of its path."""
        from tui.screens.pick import Pick

        asked = "a few letters of its path: proj 26, ar/20"
        self.bocau.ask(Pick("Go to", self.catalog.destinations, asked), self._picked)

    def _picked(self, place: Place | None) -> None:
        if place is not None:
            self.visit(place)

    def do_go_unread(self) -> None:
        """The next folder with unread mail, at the first message that is unread."""
        found = self.catalog.unread_after(self.place)
        if found is None:
            self.say(SafeText("No other folder has unread mail."))
            return
        self.work(partial(self._to_first_unread, found[0]), "place")

    async def _to_first_unread(self, place: Place) -> None:
        await self.go(place)
        self.switch("list")
        window = self.messages.window
        row = await window.next_unread(-1, 1) if window is not None else None
        if row is not None and window is self.messages.window:
            self.messages.move_to(row)

    def everything_read(self) -> None:
        """There is nothing unread here: name the next folder with unread mail; asked again, go there."""
        found = self.catalog.unread_after(self.place)
        if found is None:
            self.say(SafeText("Everything is read."))
            return
        place, unread = found
        key = next(iter(self.bocau.keymap.keys("next-unread")), "")
        account = f"{place.account}: " if len(self.catalog.accounts) > 1 else ""
        offer = line(f"Everything here is read · {key} {account}{place.title} ({unread:,})", 200)
        if self.act == offer:
            self.work(partial(self._to_first_unread, place), "place")
        else:
            self.say(offer)
