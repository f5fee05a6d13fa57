"""Commands of the mail screen that save what is attached: `do_` and the command's id."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from protocols.mime.safe import SafeText, line
from store import parts
from store.model import MessageId, Summary
from tui import format
from tui.new_file import downloads, shown, suggested, target
from tui.on_disk import first_on_disk
from tui.saving import find_part, savable
from tui.screens.mail_backup import MailBackup
from tui.screens.mail_keeping import MailKeeping

if TYPE_CHECKING:
    from protocols.mime.part import Part


class MailSaving(MailKeeping, MailBackup):
    """Mixed into MailScreen, under its other commands."""

    def do_parts(self) -> None:
        """List the parts of the message, to save one."""
        summary = self.acting.target
        if summary is not None:
            self.work(partial(self._list_parts, summary), "parts")

    def do_stop_saving(self) -> None:
        """Stop what is being fetched to be saved, and what is being exported or imported."""
        if self.backup.is_running:
            self.backup.stop()
        else:
            self.saving.stop()

    async def _list_parts(self, summary: Summary) -> None:
        from tui.screens.message_parts import MessageParts

        # of a row that stands for several accounts' messages, the one that is here
        source = await first_on_disk(self.bocau.store, summary.own)
        message = await self.saving.message(source)
        if message is None:
            return
        held = await self.bocau.store.read(lambda c: parts.readable(c, source))
        begun = {} if held is None else dict(held.begun)
        attached = {part.index for part in message.attachments}

        def chosen(index: str | None) -> None:
            part = find_part(message, index) if index is not None else None
            if part is not None:
                self._ask_path(source, part)

        subject = line(summary.subject, 150) or SafeText("(no subject)")
        self.bocau.ask(MessageParts(subject, savable(message), begun, attached), chosen)

    def _ask_path(self, message: MessageId, part: "Part") -> None:
        from tui.screens.ask_path import AskPath

        name = suggested(part.name, part.type, part.index)

        def typed(text: str | None) -> None:
            if text is not None:
                self.work(partial(self._save, message, part, text, name), "saves", exclusive=False)

        title = line(f"Save {name} ({format.size(part.carried(part.size))}) as", 200)
        self.bocau.ask(AskPath(title, shown(downloads() / name)), typed)

    async def _save(self, message: MessageId, part: "Part", typed: str, name: SafeText) -> None:
        await self.saving.save(message, part, await asyncio.to_thread(target, typed, name))
