"""Commands of the mail screen that pick messages: one method a command, `do_` and the command's id."""

import sqlite3
from functools import partial

from protocols.mime.safe import SafeText
from store import listing
from store.changes import ChangeSet
from store.picking import Picked, Which, pick, still_there
from tui import marks
from tui.catalog import Catalog
from tui.place import folder_title
from tui.screens.mail_saving import MailSaving

_WORDS = {Which.ALL: "", Which.UNREAD: "unread ", Which.READ: "read ", Which.STARRED: "starred "}


class MailSelecting(MailSaving):
    """Mixed into MailScreen, under its other commands."""

    told_of_picked = ""
    """What the heading said of `picked` last."""
    _names_of: Catalog | None = None

    def do_select(self) -> None:
        """Pick the row, or no longer; with a count so many rows."""
        self.messages.toggle_rows(self.messages.rows_from_cursor(self.count or 1))
        self.tell()

    def do_select_next(self) -> None:
        """Pick the row, or no longer, and go on to the next."""
        self.do_select()
        self.messages.move_by(self.count or 1)

    def do_select_range(self) -> None:
        """Begin a range that the cursor draws, or end it."""
        if self.messages.selection.is_range:
            self.messages.end_range()
        else:
            self.messages.begin_range()
        self.tell()

    def do_select_all(self) -> None:
        """Pick all messages of the place."""
        self._select(Which.ALL)

    def do_select_unread(self) -> None:
        """Pick what is unread, and nothing else."""
        self._select(Which.UNREAD)

    def do_select_read(self) -> None:
        """Pick what is read, and nothing else."""
        self._select(Which.READ)

    def do_select_starred(self) -> None:
        """Pick what has a star, and nothing else."""
        self._select(Which.STARRED)

    def do_select_none(self) -> None:
        """Pick nothing."""
        self.messages.clear_selection()
        self.tell()

    def release_selection(self) -> bool:
        """Escape ends a range first, then the selection; whether there was one."""
        selection = self.messages.selection
        if selection.is_range:
            self.do_select_range()
        elif selection:
            self.do_select_none()
        else:
            return False
        return True

    def _select(self, which: Which) -> None:
        self.bocau.hold_keys()  # what is typed next is for what is picked
        self.work(partial(self._select_and_go_on, which), "selection")

    async def _select_and_go_on(self, which: Which) -> None:
        try:
            await self._select_by_store(which)
        finally:
            self.bocau.ready()

    async def _select_by_store(self, which: Which) -> None:
        window, place = self.messages.window, self.place
        if window is None:
            return
        if not window.complete:
            await window.load()
        starred, folders = place.starred, place.folders
        drawn = window.ids()

        def read(connection: sqlite3.Connection) -> Picked:
            rows = listing.vector(connection, folders, starred=starred) if threaded else drawn  # a thread may be folded
            return pick(connection, folders, rows, which, starred=starred)

        threaded = window.is_threaded
        picked = await self.bocau.store.study(read)
        if window is self.messages.window:
            self.messages.take(picked)
            self.tell()
            if not picked.rows:
                self.say_for_now(SafeText(f"There is no {_WORDS[which]}message here."))

    async def renew_selection(self, changes: ChangeSet) -> None:
        """What is not in this place any more is not picked any more."""
        selection = self.messages.selection
        touched = {one for one in selection.messages if changes.everything or one in changes.messages}
        if not selection or not touched:
            return
        folders, starred = self.place.folders, self.place.starred
        left = await self.bocau.store.read(lambda c: still_there(c, folders, touched, starred=starred))
        window = self.messages.window
        selection.forget({one for one in touched if one not in left or not (window is None or window.shows(one))})

    def name_folders(self) -> None:
        """Let the list name the folders of its messages, as the catalog has them."""
        if self._names_of is not self.catalog:
            self._names_of = self.catalog
            self.messages.folder_names = {folder.id: folder_title(folder) for folder in self.catalog.folders}

    @property
    def picked(self) -> str:
        """For the heading: how many messages are picked, and how many came in above what is seen; empty for none."""
        selection, said = self.messages.selection, []
        if selection or selection.is_range:
            said.append(f"{len(selection):,} selected{', range' if selection.is_range else ''}")
        if new := len(self.messages.arrivals):
            said.append(f"{new:,} new {marks.now().new}")
        return f" {marks.now().dot} ".join(said)
