"""Commands of the mail screen that save what is attached, and its list: `do_` and the command's id."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from protocols.mime.safe import SafeText, line
from store import parts
from store.model import MessageId, Summary
from tui import format
from tui.new_file import downloads, shown, suggested, target
from tui.on_disk import first_on_disk, opened_up, with_body
from tui.saving import find_part, savable
from tui.screens.mail_links import MailLinks

if TYPE_CHECKING:
    from protocols.mime.parse import Message
    from protocols.mime.part import Part
    from protocols.mime.real_type import RealType
    from tui.screens.message_parts import Action

JUDGED = 30_000_000
"""Octets of the largest part whose content is looked at for the list."""


class MailSaving(MailLinks):
    """Mixed into MailScreen, under its other commands."""

    def do_parts(self) -> None:
        """List the parts of the message, to do something with one."""
        summary = self.acting.target
        if summary is not None:
            self.work(partial(self._list_parts, summary), "parts")

    def do_stop_saving(self) -> None:
        """Stop what is being fetched to be saved, and what is being exported or imported."""
        if self.backup.is_running:
            self.backup.stop()
        else:
            self.saving.stop()

    async def _list_parts(self, summary: Summary, first: str = "") -> None:
        from tui.screens.message_parts import MessageParts

        # of a row that stands for several accounts' messages, the one that is here
        source = await first_on_disk(self.bocau.store, summary.own)
        message = await self.saving.message(source)
        if message is None:
            return
        message = await opened_up(self.bocau.store, source, message)
        held = await self.bocau.store.read(lambda c: parts.readable(c, source))
        begun = {} if held is None else dict(held.begun)
        found = savable(message)
        real = await self._real_types(source, found)
        attached = next((part.index for part in message.attachments), "")

        def chosen(answer: "tuple[Action, str] | None") -> None:
            if answer is not None:
                self._act_on_part(summary, source, message, answer)

        subject = line(summary.subject, 150) or SafeText("(no subject)")
        self.bocau.ask(MessageParts(subject, found, begun, real, first or attached), chosen)

    async def _real_types(self, message: MessageId, found: "Sequence[Part]") -> "Mapping[str, RealType]":
        """What the parts that are here really are."""
        from protocols.mime.real_type import of_part

        real = {}
        for part in found:
            if part.complete and part.size <= JUDGED:
                whole = await with_body(self.bocau.store, message, part)
                real[part.index] = await asyncio.to_thread(of_part, whole)
        return real

    def _act_on_part(
        self, summary: Summary, source: MessageId, message: "Message", answer: "tuple[Action, str]"
    ) -> None:
        action, index = answer
        part = find_part(message, index)
        again = partial(self.work, partial(self._list_parts, summary, index), "parts")
        if action == "save-all":
            self._ask_folder(source, message)
        elif part is None:
            return
        elif action == "save":
            self._ask_path(source, part)
        elif action == "open":
            self.work(partial(self.open_part, source, part, again), "opening", exclusive=False)
        elif action == "view":
            self.work(partial(self.view_part, source, part, again), "viewing")
        else:
            self.ask_command(
                line(suggested(part.name, part.type, part.index), 60), partial(self.pipe_part, source, part)
            )

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

    def _ask_folder(self, source: MessageId, message: "Message") -> None:
        from tui.screens.ask_path import AskPath

        found = list(message.attachments) or savable(message)

        def typed(text: str | None) -> None:
            if text is not None:
                self.work(partial(self._save_all, source, found, text), "saves", exclusive=False)

        title = line(f"Save {format.count(len(found), 'file')} into the folder")
        self.bocau.ask(AskPath(title, shown(downloads())), typed)

    async def _save_all(self, source: MessageId, found: "Sequence[Part]", typed: str) -> None:
        saved = 0
        folder = typed.rstrip("/") + "/"
        for part in found:
            path = await asyncio.to_thread(target, folder, suggested(part.name, part.type, part.index))
            saved += await self.saving.save(source, part, path)
        if saved == len(found):
            self.say(line(f"Saved {format.count(saved, 'file')} into {shown(path.parent)}", 300))
