"""What the mail screen shows of parts: one of them in the terminal, or the pictures of a message one by one."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.color import Color

from protocols.mime.safe import SafeText, line
from store.model import MessageId, Summary
from tui.new_file import suggested
from tui.on_disk import first_on_disk, opened_up
from tui.saving import savable
from tui.screens.mail_opening import MailOpening

if TYPE_CHECKING:
    from protocols.mime.part import Part
    from tui.screens.viewer import Size, Wish
    from tui.viewing import Room, View


class MailViewing(MailOpening):
    """Mixed into MailScreen."""

    async def view_part(self, message: MessageId, part: "Part", again: Callable[[], None]) -> None:
        """Show a part in the terminal; `again` is called when it is closed, or cannot be shown."""
        title = line(suggested(part.name, part.type, part.index), 120)
        if not await self._view(message, part, title, lambda _: again()):
            again()

    async def _view(
        self,
        message: MessageId,
        part: "Part",
        title: SafeText,
        closed: "Callable[[Wish | None], None]",
        *,
        several: bool = False,
    ) -> bool:
        """Show a part in the terminal; whether that went well."""

        async def show(part: "Part") -> bool:
            from tui.screens.viewer import Viewer
            from tui.viewing import looked_into

            room = await self._room_for_pictures()

            def fit(size: "Size") -> "View":
                return looked_into(part, self.bocau.showing.lay_out, room(size))

            found = await asyncio.to_thread(fit, (self.size.width, self.size.height))
            self.say(SafeText(""))
            colours, graphics = self._draws_colours, self.bocau.graphics
            again = fit if found.picture is not None else None
            self.bocau.ask(Viewer(title, found, graphics, coloured=colours, fit=again, several=several), closed)
            return True

        return bool(await self.saving.with_part(message, part, "shown", show))

    @property
    def _draws_colours(self) -> bool:
        look = self.bocau.look
        return look.colours and not look.ascii and not look.accessible

    async def _room_for_pictures(self) -> "Callable[[Size], Room]":
        """What room there is on a screen of a size, and how the terminal draws a picture there."""
        from tui.screens.viewer import inside
        from tui.viewing import Room

        background = Color.parse(self.app.theme_variables.get("surface", "#000000")).rgb
        wanted = self.bocau.settings.general.pictures
        form, cell = (None, (0, 0)) if not self._draws_colours else await self.bocau.pictures.form()

        def room(size: "Size") -> Room:
            columns, rows = inside(size)
            return Room(columns, max(2, rows - 1), "none" if wanted == "none" else form or "blocks", cell, background)

        return room

    # the pictures of a message

    def do_pictures(self) -> None:
        """Show the pictures of the message, those inside its text too, one after the other."""
        summary = self.acting.target
        if summary is not None:
            self.work(partial(self._find_pictures, summary), "viewing")

    async def _find_pictures(self, summary: Summary) -> None:
        source = await first_on_disk(self.bocau.store, summary.own)
        message = await self.saving.message(source)
        if message is None:
            return
        message = await opened_up(self.bocau.store, source, message)
        found = [part for part in savable(message) if part.type.startswith("image/")]
        if found:
            await self._show_picture(source, found, 0)
        else:
            self.say(SafeText("There are no pictures in this message."))

    async def _show_picture(self, source: MessageId, found: "Sequence[Part]", number: int) -> None:
        part = found[number]

        def closed(wish: "Wish | None") -> None:
            if wish is not None:
                step = 1 if wish == "next" else -1
                self.work(partial(self._show_picture, source, found, (number + step) % len(found)), "viewing")

        which = f"{number + 1} of {len(found)}: " if len(found) > 1 else ""
        title = line(f"{which}{suggested(part.name, part.type, part.index)}", 120)
        await self._view(source, part, title, closed, several=len(found) > 1)
