"""What the mail screen does with one attachment: opens it elsewhere, or gives it to a command."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from protocols.errors import ProtocolError
from protocols.mime.safe import SafeText, line
from store import bodies
from store.errors import StoreError
from store.model import MessageId, Summary
from tui import format, opening, piping
from tui.new_file import suggested
from tui.on_disk import first_on_disk
from tui.piping import Piped
from tui.reading import sentence
from tui.screens.mail_backup import MailBackup
from tui.screens.mail_keeping import MailKeeping

if TYPE_CHECKING:
    from protocols.mime.part import Part
    from protocols.mime.real_type import RealType


class MailOpening(MailKeeping, MailBackup):
    """Mixed into MailScreen."""

    # opening

    async def open_part(self, message: MessageId, part: "Part", again: Callable[[], None]) -> None:
        """Ask whether to open a part, by what it really is and with what, then do it; `again` when it cannot be."""
        if not await self.saving.with_part(message, part, "opened", self._ask_to_open):
            again()

    async def _ask_to_open(self, part: "Part") -> bool:
        from protocols.mime.real_type import of_part

        real = await asyncio.to_thread(of_part, part)
        name = real.file_name(suggested(part.name, part.type, part.index))
        if not real.extension:
            told = real.danger or "Its content does not tell what it is."
            raise StoreError(told, "bocau opens no such file: s saves it, v looks into it.")
        command = opening.viewer(real.type, self.bocau.settings.general.open_with)
        if command is None:
            why = "No program for it was found." if opening.has_display() else "There is no display here."
            raise StoreError(why, "v shows it here, s saves it; general.open_with can name a program.")
        self.say(SafeText(""))
        self._confirm_opening(part, real, name, command)
        return True

    def _confirm_opening(self, part: "Part", real: "RealType", name: SafeText, command: tuple[str, ...]) -> None:
        from protocols.mime.real_type import differs
        from tui.screens.confirm import Confirm
        from tui.screens.confirm_danger import ConfirmDanger

        def answered(yes: bool | None) -> None:
            if yes:
                self.work(partial(self._open_file, name, part, command), "opening", exclusive=False)

        size = format.size(len(part.body)) if not part.encoding else format.size(part.carried(part.here))
        lies = f"It calls itself {part.type}, but it is" if differs(part.type, real.type) else "It is"
        runs = opening.told(opening.with_argument(command, name))
        detail = line(f"{lies} {real.type}, {size}.", 200) + f"\nThis will run: {runs}"
        question = line(f"Open {name}?", 200)
        if real.danger:
            self.bocau.ask(ConfirmDanger(question, real.danger, detail), answered)
        else:
            self.bocau.ask(Confirm(question, detail, "Open"), answered)

    async def _open_file(self, name: SafeText, part: "Part", command: tuple[str, ...]) -> None:
        content = await asyncio.to_thread(part.decoded)
        file = await asyncio.to_thread(self.bocau.private.write, name, content)
        await self.start(command, str(file), name)

    async def start(self, command: tuple[str, ...], argument: str, what: SafeText) -> None:
        """Run a program on a file or an address, and tell what comes of it."""
        self.say_for_now(line(f"Opening {what} with {command[0]} …", 200))
        try:
            code = await opening.run(opening.with_argument(command, argument))
        except OSError as error:
            self.fail(line(f"{command[0]} cannot be run: {(error.strerror or str(error)).lower()}."))
            return
        if code:
            self.fail(line(f"{command[0]} did not open {what} (it ended with {code}).", 300))

    # giving it to a command

    def do_pipe(self) -> None:
        """Give the whole message to a command."""
        summary = self.acting.target
        if summary is not None:
            name = line(summary.subject, 60) or SafeText("(no subject)")
            self.ask_command(name, partial(self._pipe_message, summary))

    def ask_command(self, name: SafeText, run: Callable[[tuple[str, ...]], Coroutine[Any, Any, None]]) -> None:
        """Ask for a command that gets something called `name`, and run it."""
        from tui.screens.ask_command import AskCommand

        def typed(text: str | None) -> None:
            if text is None:
                return
            try:
                command = piping.words(text)
            except StoreError as error:
                self.fail(sentence(error))
                return
            self.work(partial(run, command), "piping")

        self.bocau.ask(AskCommand(line(f"Give {name} to the command", 200)), typed)

    async def pipe_part(self, message: MessageId, part: "Part", command: tuple[str, ...]) -> None:
        """Give a part's content to a command."""

        async def give(part: "Part") -> None:
            await self._piped(command, await asyncio.to_thread(part.decoded))

        await self.saving.with_part(message, part, "piped", give)

    async def _pipe_message(self, summary: Summary, command: tuple[str, ...]) -> None:
        source = await first_on_disk(self.bocau.store, summary.own)
        with self.saving.doing(line(command[0], 60)):
            raw = await self._whole(source)
            if raw is None:
                self.fail(SafeText("The message is not here whole, and cannot be fetched now."))
            else:
                await self._piped(command, raw)

    async def _whole(self, message: MessageId) -> bytes | None:
        """The bytes of a message, fetched when they are not here; None when they cannot be had."""
        raw = await self.bocau.store.read(lambda c: bodies.raw(c, message))
        if raw is not None or self.bocau.engine is None:
            return raw
        self.say(SafeText("Fetching the whole message … · X stops"))
        try:
            await self.bocau.engine.fetch(message)
        except (OSError, StoreError, ProtocolError) as error:
            self.say(SafeText(""))
            self.fail(sentence(error))
            return None
        return await self.bocau.store.read(lambda c: bodies.raw(c, message))

    async def _piped(self, command: tuple[str, ...], content: bytes) -> None:
        from tui.screens.viewer import Viewer
        from tui.viewing import printed

        self.say_for_now(line(f"{command[0]} gets {format.size(len(content))} … · X stops", 200))
        found: Piped = await piping.pipe(command, content)
        ended = "is done" if not found.code else f"ended with {found.code}"
        self.say(line(f"{command[0]} {ended}{'' if found.output.strip() else ', and printed nothing'}.", 200))
        if found.output.strip():
            viewer = Viewer(opening.told(command), printed(found), self.bocau.graphics, coloured=False)
            self.bocau.ask(viewer)
