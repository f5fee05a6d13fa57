"""Commands of the mail screen that change folders: `do_` and the command's id."""

import sqlite3
from collections.abc import Callable
from functools import partial

from protocols.errors import ProtocolError
from protocols.mime.safe import SafeText, line
from store import folder_changes
from store.errors import StoreError
from store.folder_changes import CreateFolder, DeleteFolder, Fate, FolderChange, RenameFolder, SubscribeFolder
from store.model import Account, Folder, Role
from tui import format
from tui.fuzzy import Choice, Finder
from tui.place import place_title
from tui.reading import sentence
from tui.screens.mail_moving import MailMoving


class MailFolders(MailMoving):
    """Mixed into MailScreen, under its other commands.

    A change is done when the server has done it: until then the folder pane shows what was.
    """

    def _meant(self) -> tuple[Account, Folder] | None:
        """The folder under the cursor of the folder pane, else the one that the list shows."""
        place = self.folders.place if self.pane == "folders" else self.place
        folder = self.catalog.folder(place.folders[0]) if place is not None and len(place.folders) == 1 else None
        account = self.catalog.account(folder.account) if folder is not None else None
        if folder is None or account is None:
            self.say(SafeText("Go to the folder first."))
            return None
        return account, folder

    def _account(self) -> Account | None:
        """The account in front of the user; None where several are."""
        place = self.folders.place if self.pane == "folders" else self.place
        if len(self.catalog.accounts) == 1:
            return self.catalog.accounts[0]
        return next((a for a in self.catalog.accounts if place is not None and a.name == place.account), None)

    def do_new_folder(self) -> None:
        """Ask for a name, where several accounts are in front for one of them first, and create a folder."""
        if (account := self._account()) is not None:
            self._new_folder(account)
        elif self.catalog.accounts:
            self.pick_account("A new folder in", self._new_folder)
        else:
            self.say(SafeText("Add an account first."))

    def pick_account(self, title: str, then: Callable[[Account], None]) -> None:
        """Let an account be picked."""
        from tui.screens.pick import Pick

        def picked(account: Account | None) -> None:
            if account is not None:
                then(account)

        choices = [Choice(line(account.name, 100), account) for account in self.catalog.accounts]
        self.bocau.ask(Pick(title, Finder(choices), "a few letters of the account's name"), picked)

    def _new_folder(self, account: Account) -> None:
        from tui.screens.ask_name import AskName

        def named(path: str | None) -> None:
            if path is not None:
                self._change(account, CreateFolder(path), "Creating", "Created", line(path, 100))

        self.bocau.ask(AskName(line(f"A new folder in {account.name}", 60)), named)

    def do_rename_folder(self) -> None:
        """Ask for another name, or another place."""
        if (meant := self._meant()) is None:
            return
        from tui.screens.ask_name import AskName

        account, folder = meant
        if folder.role is Role.INBOX:  # RFC 9051 section 6.3.6: its mail would go, and it would stay
            self.say(SafeText("An inbox keeps its name."))
            return

        def named(path: str | None) -> None:
            if path is not None:
                change = RenameFolder(folder.path, path)
                self._change(account, change, "Renaming", "Renamed", line(f"{folder.path} to {path}", 150))

        self.bocau.ask(AskName(SafeText("Another name, or another place"), line(folder.path, 500)), named)

    def do_delete_folder(self) -> None:
        """Say what goes with the folder, and delete it when that is meant."""
        if (meant := self._meant()) is not None:
            self.work(partial(self._ask_delete, *meant), "folders", exclusive=False)

    async def _ask_delete(self, account: Account, folder: Folder) -> None:
        from tui.screens.confirm import Confirm

        change = DeleteFolder(folder.path, folder.total)

        def check(connection: sqlite3.Connection) -> tuple[int, Fate]:
            folder_changes.check(connection, account.id, change)
            return len(folder_changes.inside(connection, folder)), folder_changes.fate(connection, folder)

        detail = _what_goes(folder.total, *await self.bocau.store.read(check))

        def answered(yes: bool | None) -> None:
            if yes:
                self._change(account, change, "Deleting", "Deleted", line(folder.path, 100))

        owner = f" of {account.name}" if len(self.catalog.accounts) > 1 else ""
        question = line(f"Delete the folder {place_title(folder)}{owner}?", 200)
        self.bocau.ask(Confirm(question, detail, "Delete"), answered)

    def do_subscribe_folder(self) -> None:
        """Subscribe to the folder, or not any more."""
        if (meant := self._meant()) is None:
            return
        account, folder = meant
        wanted = not folder.subscribed
        doing, done = ("Subscribing", "Subscribed") if wanted else ("Unsubscribing", "Unsubscribed")
        self._change(account, SubscribeFolder(folder.path, wanted), doing, done, line(folder.path, 100))

    def _change(self, account: Account, change: FolderChange, doing: str, done: str, what: SafeText) -> None:
        self.work(partial(self._changing, account, change, doing, done, what), "folders", exclusive=False)

    async def _changing(self, account: Account, change: FolderChange, doing: str, done: str, what: SafeText) -> None:
        if self.bocau.engine is None:
            self.say(SafeText("Nothing here talks to servers now."))
            return
        self.say(SafeText(f"{doing} {what} …"))
        try:
            await self.bocau.engine.change_folder(account.name, change)
        except (ProtocolError, StoreError, OSError) as error:
            self.say(SafeText(""))
            self.fail(sentence(error))
        else:
            self.say(SafeText(f"{done} {what}"))


def _what_goes(messages: int, below: int, fate: Fate) -> str:
    """What deleting a folder means for the mail in it, and for the folders inside it."""
    held, one = format.count(messages, "message"), messages == 1
    if not messages:
        text = "It is empty."
    elif fate is Fate.TRASH:
        text = f"{held} {'goes' if one else 'go'} to the trash."
    elif fate is Fate.LABEL:
        text = f"{held} {'loses this label, and stays' if one else 'lose this label, and stay'} in All Mail."
    else:
        text = f"{held} {'goes' if one else 'go'} with it and cannot come back."
    if below:
        text += f" {format.count(below, 'folder')} inside it {'stays' if below == 1 else 'stay'}."
    return text
