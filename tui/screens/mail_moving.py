"""Commands of the mail screen that move and open: one method a command, `do_` and the command's id."""

from functools import partial
from typing import TYPE_CHECKING

from tui.screens.mail_parts import MailParts

if TYPE_CHECKING:
    from tui.commands import Pane


class MailMoving(MailParts):
    """Mixed into MailScreen."""

    # moving

    def _move(self, lines: int, pages: float = 0) -> None:
        if self.pane == "reader":
            self.view.page(pages) if pages else self.view.scroll_lines(lines)
            return
        target = self.folders if self.pane == "folders" else self.messages
        target.page(pages) if pages else target.move_by(lines)

    def do_down(self) -> None:
        """One line down, or as many as were typed."""
        self._move(self.count or 1)

    def do_up(self) -> None:
        """One line up, or as many as were typed."""
        self._move(-(self.count or 1))

    def do_page_down(self) -> None:
        """One page down."""
        self._move(0, self.count or 1)

    def do_page_up(self) -> None:
        """One page up."""
        self._move(0, -(self.count or 1))

    def do_half_page_down(self) -> None:
        """Half a page down."""
        self._move(0, 0.5 * (self.count or 1))

    def do_half_page_up(self) -> None:
        """Half a page up."""
        self._move(0, -0.5 * (self.count or 1))

    def do_top(self) -> None:
        """To the first line, or to the one whose number was typed."""
        if not self._to_line():
            self.view.top() if self.pane == "reader" else self._move(-1 << 40)

    def do_bottom(self) -> None:
        """To the last line, or to the one whose number was typed."""
        if not self._to_line():
            self.view.bottom() if self.pane == "reader" else self._move(1 << 40)

    def _to_line(self) -> bool:
        """Go to the line of the number that was typed; False: none was."""
        if not self.count:
            return False
        if self.pane == "reader":
            self.view.top()
            self.view.scroll_lines(self.count - 1)
        else:
            (self.folders if self.pane == "folders" else self.messages).move_to(self.count - 1)
        return True

    def do_next_unread(self) -> None:
        """To the next unread message."""
        self.work(partial(self._to_unread, 1), "unread")

    def do_previous_unread(self) -> None:
        """To the unread message before."""
        self.work(partial(self._to_unread, -1), "unread")

    async def _to_unread(self, step: int) -> None:
        window = self.messages.window
        row = await window.next_unread(self.messages.cursor, step) if window is not None else None
        if window is None or row is None or window is not self.messages.window:
            self.everything_read()
            return
        self.messages.move_to(row)
        if self.pane == "folders":
            self.switch("list")
        elif self.pane == "reader":
            await window.ensure(row, row + 1)
            self._open()

    def do_next_folder(self) -> None:
        """To the folder below."""
        self._step_folder(self.count or 1)

    def do_previous_folder(self) -> None:
        """To the folder above."""
        self._step_folder(-(self.count or 1))

    def _step_folder(self, step: int) -> None:
        places = self.folders.places
        keys = [place.key for place in places]
        if places:
            here = keys.index(self.place.key) if self.place.key in keys else -1 if step > 0 else len(places)
            self.visit(places[max(0, min(len(places) - 1, here + step))])

    def do_next_pane(self) -> None:
        """Folders, list, message in turn."""
        following: dict[Pane, Pane] = {"folders": "list", "list": "reader", "reader": "folders"}
        self.switch(following[self.pane])
        if self.pane == "reader":
            self._open()

    # opening

    def do_open(self) -> None:
        """Read the message under the cursor."""
        if self.messages.message is not None:
            self._open()
            self.switch("reader")

    def _open(self) -> None:
        summary = self.messages.window.summary(self.messages.message) if self.messages.window else None
        if summary is None:
            self.work(self._open_late, "open")
            return
        self.opened = summary.id
        shown, coming = self.view.reading, self.reader.on_its_way
        is_shown = shown is not None and self.view.origin == summary.id and shown.document is not None
        if not is_shown or coming not in (None, summary.id):  # else that would take its place
            if coming != summary.id:
                self.load(summary)
        else:  # the preview has drawn it already
            for drawn in self.view.drawn:
                self.acting.opened(drawn)

    async def _open_late(self) -> None:
        """The row under the cursor was not read yet."""
        window, row = self.messages.window, self.messages.cursor
        if window is not None and window.id_at(row) is not None:
            await window.ensure(row, row + 1)
            if window is self.messages.window and window.summary(self.messages.message) is not None:
                self._open()

    def do_next_message(self) -> None:
        """Open the message below."""
        self.messages.move_by(self.count or 1)
        self._open()

    def do_previous_message(self) -> None:
        """Open the message above."""
        self.messages.move_by(-(self.count or 1))
        self._open()

    def do_to_folders(self) -> None:
        """To the folder pane."""
        self.switch("folders")

    def do_open_folder(self) -> None:
        """Show the folder under the cursor."""
        self.visit(self.folders.place)

    def do_page_or_next(self) -> None:
        """A page on, at the end the next unread message."""
        if self.view.at_end:
            self.do_next_unread()
        else:
            self.view.page(1)

    def do_back(self) -> None:
        """From the message to the list."""
        self.opened = None
        self.switch("list")

    def do_leave_folders(self) -> None:
        """From the folders to the list."""
        self.switch("list")

    def do_quit_or_back(self) -> None:
        """Out of the message, out of the search, or out of the program."""
        if self.pane == "reader":
            self.do_back()
        elif self.pane == "folders" and self.is_narrow:
            self.switch("list")
        elif self.is_searching:
            self.do_close_search()
        else:
            self.do_quit()

    def do_quit(self) -> None:
        """Leave the program."""
        self.app.exit()
