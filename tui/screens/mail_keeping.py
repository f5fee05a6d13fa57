"""Commands of the mail screen that say what stays on this disk: `do_` and the command's id."""

import sqlite3
from functools import partial

from protocols.errors import ProtocolError
from protocols.mime.safe import line
from store import accounts, keeping, listing, usage
from store.errors import StoreError
from store.model import Cached, Folder, MessageId, Summary
from store.operations import Keep
from store.usage import Usage
from tui import format
from tui.reading import sentence
from tui.screens.mail_folders import MailFolders

FETCHED = 20
"""Messages that are fetched one by one as soon as they are kept; more come with the next round."""


class MailKeeping(MailFolders):
    """Mixed into MailScreen, under its other commands."""

    def do_keep(self) -> None:
        """Keep the message whole, or no longer; in the folder pane everything in the folder."""
        if self.pane == "folders":
            self.do_keep_folder()
        elif messages := self.acting.targets(self.count):
            self.work(partial(self._keep, messages), "keep", exclusive=False)

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

    async def _keep(self, messages: tuple[MessageId, ...]) -> None:
        def look(connection: sqlite3.Connection) -> tuple[set[MessageId], dict[MessageId, Summary]]:
            return keeping.kept_messages(connection, messages), listing.summaries(connection, messages[:FETCHED])

        already, found = await self.bocau.store.read(look)
        kept = not already.issuperset(messages)
        self.acting.do(Keep(messages, kept))
        await self.acting.rest()
        engine = self.bocau.engine
        if not kept or engine is None:
            return
        try:
            for summary in found.values():
                if summary.cached is not Cached.FULL:
                    await engine.fetch(summary.id)
        except (ProtocolError, StoreError, OSError) as error:
            self.say(line(f"Kept; the rest of it comes with the next connection. {sentence(error)}", 200))
        if len(messages) > FETCHED:
            engine.refresh(None)  # what is missing comes now

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
