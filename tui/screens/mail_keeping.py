"""Commands of the mail screen that say what stays on this disk: `do_` and the command's id."""

from functools import partial

from protocols.errors import ProtocolError
from protocols.mime.safe import SafeText, line
from store import accounts, keeping, usage
from store.errors import StoreError
from store.model import Cached, Folder, Summary
from store.usage import Usage
from tui import format
from tui.reading import sentence
from tui.screens.mail_folders import MailFolders


class MailKeeping(MailFolders):
    """Mixed into MailScreen, under its other commands."""

    def do_keep(self) -> None:
        """Keep the message whole, or no longer; in the folder pane everything in the folder."""
        if self.pane == "folders":
            self.do_keep_folder()
        elif (summary := self.acting.target) is not None:
            self.work(partial(self._keep, summary), "keep", exclusive=False)

    def do_keep_folder(self) -> None:
        """Keep everything in a folder, now and later, or no longer."""
        if (meant := self._meant()) is not None:
            self.work(partial(self._keep_folder, meant[1]), "keep", exclusive=False)

    def do_usage(self) -> None:
        """Tell what each account uses."""
        self.work(self._tell_usage, "usage")

    def measure(self) -> None:
        """Show beside each account's name what it uses; for the folder pane, when somebody goes there."""
        self.work(self._measure, "measure")

    async def _keep(self, summary: Summary) -> None:
        kept = not summary.kept
        row = self.acting.row(summary)
        await self.bocau.store.write(lambda tx: keeping.keep_messages(tx, row, kept), durable=True)
        if not kept:
            self.say(SafeText("Kept no longer than other mail."))
            return
        self.say(SafeText("Kept on this disk."))
        if summary.cached is not Cached.FULL and self.bocau.engine is not None:
            try:
                await self.bocau.engine.fetch(summary.id)
            except (ProtocolError, StoreError, OSError) as error:
                self.say(line(f"Kept; the rest of it comes with the next connection. {sentence(error)}", 200))

    async def _keep_folder(self, folder: Folder) -> None:
        kept = folder.id not in self.catalog.kept
        await self.bocau.store.write(lambda tx: keeping.keep_folder(tx, folder.id, kept), durable=True)
        account = self.catalog.account(folder.account)
        if not kept:
            self.say(line(f"{folder.path} is kept no longer than other mail.", 150))
            return
        self.say(line(f"Everything in {folder.path} stays on this disk.", 150))
        if self.bocau.engine is not None and account is not None:
            self.bocau.engine.refresh(account.name)  # what is missing comes now

    async def _used(self) -> dict[str, Usage]:
        found, owners = await self.bocau.store.study(lambda c: (usage.every(c), accounts.every(c)))
        return {owner.name: found.get(owner.id, Usage()) for owner in owners}

    async def _measure(self) -> None:
        self.used = {name: format.size(used.octets) for name, used in (await self._used()).items() if used.octets}
        self.tell()

    async def _tell_usage(self) -> None:
        for name, used in (await self._used()).items():
            self.notify(format.usage(used), title=line(name, 60), timeout=20, markup=False)
