"""Commands of the mail screen that export and import mail: `do_` and the command's id."""

import asyncio
import sqlite3
from datetime import date
from functools import partial

from protocols.mime.safe import SafeText, file_name, line
from store import exports
from store.model import Account, MessageId
from tui.backup import Backup
from tui.new_file import shown, target
from tui.place import Place, place_title
from tui.screens.mail_folders import MailFolders

FORMS = (
    ("mbox", SafeText("one file, mbox")),
    ("maildir", SafeText("a Maildir: a folder; keeps what is read, starred, answered")),
    ("eml", SafeText("a folder with a file for each message, eml")),
)


class MailBackup(MailFolders):
    """Mixed into MailScreen, under its other commands."""

    _running_backup: Backup | None = None

    @property
    def backup(self) -> Backup:
        """What exports and imports, made when it is first wanted."""
        if self._running_backup is None:
            self._running_backup = Backup(self.bocau.store, self.bocau.engine, self.say, self.fail)
        return self._running_backup

    def do_export_folder(self) -> None:
        """Ask where to, and export what the list shows, or what is in the folder under the cursor."""
        place = self.folders.place if self.pane == "folders" else self.place
        if place is None or not (place.query or place.folders):
            self.say(SafeText("Go to the folder first."))
            return
        self._ask_export(place)

    def _ask_export(self, place: Place) -> None:
        from tui.screens.ask_backup import AskBackup

        title = line(place.title, 60)
        name = file_name(title.replace("/", "-") or "mail")

        def answered(answer: tuple[str, str] | None) -> None:
            if answer is not None:
                self.work(partial(self._export, place, *answer), "backup", exclusive=False)

        proposed = shown(target("~", f"{name}.mbox"))
        self.bocau.ask(AskBackup(line(f"Export {title} to", 100), proposed, FORMS, "export", ".mbox"), answered)

    async def _export(self, place: Place, typed: str, form: str) -> None:
        name = file_name(f"{place.title.replace('/', '-') or 'mail'}.mbox")
        path = await asyncio.to_thread(target, typed, name)
        if form != "mbox" and path.name == name and not typed.endswith(name):
            path = path.parent  # a folder was named, and a folder is what is wanted
        await self.backup.export(line(place.title, 60), partial(_found, place), form, path)

    def do_import_mail(self) -> None:
        """Ask what, and import it into the account in front; where several are, ask for one of them first."""
        if (account := self._account()) is not None:
            self._ask_import(account)
        elif self.catalog.accounts:
            self.pick_account("Import mail into", self._ask_import)
        else:
            self.say(SafeText("Add an account first."))

    def _ask_import(self, account: Account) -> None:
        from tui.screens.ask_backup import AskBackup

        place = self.folders.place if self.pane == "folders" else self.place
        folder = self.catalog.folder(place.folders[0]) if place is not None and len(place.folders) == 1 else None
        choices = [("", SafeText("each message where it was"))]
        if folder is not None and folder.account == account.id and folder.selectable:
            choices.append((folder.path, line(f"all into {place_title(folder)}", 60)))

        def answered(answer: tuple[str, str] | None) -> None:
            if answer is not None:
                self.work(partial(self._import, account, *answer), "backup", exclusive=False)

        title = line(f"Import an mbox, a Maildir or eml files into {account.name}", 100)
        self.bocau.ask(AskBackup(title, SafeText("~/"), choices, "import"), answered)

    async def _import(self, account: Account, typed: str, folder: str) -> None:
        path = await asyncio.to_thread(target, typed, "")
        await self.backup.bring(account, path, folder or None)


def _found(place: Place, connection: sqlite3.Connection) -> list[MessageId]:
    """What a place shows, oldest first."""
    if not place.query:
        return exports.ids(connection, place.folders, starred=place.starred)
    from store.search import query, sql

    newest_first = sql.find(connection, query.parse(place.query, date.today()), -1)
    return [MessageId(found) for found in reversed(newest_first)]
