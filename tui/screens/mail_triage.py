"""Commands of the mail screen that change mail: one method a command, `do_` and the command's id."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from protocols.mime.safe import SafeText, line
from store import labels, picking
from store.model import ActId, Folder, FolderId, MessageId, Role, Summary
from store.operations import Junk, Mute
from tui import format
from tui.place import place_title
from tui.screens.mail_selecting import MailSelecting

SENT_TO = 5
"""Folders that mail was moved or copied to lately, which are offered first."""
KNOWN = 500
"""Messages of which it is asked where they are before folders are offered."""


class MailTriage(MailSelecting):
    """Mixed into MailScreen.  A command is for the reader's message, else the selection, else the row and its count."""

    _sent_to: tuple[FolderId, ...] = ()
    """The folders that were chosen lately, the last one first."""
    _refusals: Mapping[ActId, int] | None = None
    """Act -> operations that servers had refused of it, as of the last look."""

    async def on_unmount(self) -> None:
        """What was done in the last moment is written before the store is closed."""
        if hasattr(self, "acting"):  # else it could not even begin
            await self.acting.finish()

    def in_reader(self) -> Summary | None:
        """The message that the reader shows, or was asked to show, while it is in front."""
        if self.pane != "reader":
            return None
        reading, window = self.view.reading, self.messages.window
        wanted = self.opened if self.is_opening else reading.summary.id if reading is not None else None
        if wanted is None or self.messages.is_leaving(wanted):
            return None
        found = window.summary(wanted) if window is not None else None
        return found or (reading.summary if reading is not None and reading.summary.id == wanted else None)

    @property
    def is_opening(self) -> bool:
        """Whether the message that somebody asked for is still on its way into the reader."""
        return self.opened is not None and self.opened == self.reader.on_its_way

    def _read_on(self) -> None:
        """In the reader, what follows the message that went away is opened."""
        if self.pane == "reader":
            self._open()

    # out of the list

    def do_archive(self) -> None:
        """Archive."""
        self.acting.archive(self.count)
        self._read_on()

    def do_delete(self) -> None:
        """Into the trash; out of the trash only after a question."""
        self._delete(self.acting.targets(self.count))

    def do_delete_thread(self) -> None:
        """All messages of the thread that are here."""
        if messages := self.acting.targets(self.count):
            self.work(partial(self._delete_thread, messages), "acts", exclusive=False)

    async def _delete_thread(self, messages: tuple[MessageId, ...]) -> None:
        folders = self.place.folders
        self._delete(tuple(await self.bocau.store.read(lambda c: picking.thread_of(c, messages, folders))))

    def _delete(self, messages: tuple[MessageId, ...]) -> None:
        if not messages:
            return
        roles = {folder.id: folder.role for folder in self.catalog.folders}
        here = {roles.get(folder) for folder in self.place.folders}
        if here and Role.TRASH not in here:
            self.acting.delete(messages)
            self._read_on()
        else:
            self.work(partial(self._ask_delete_for_good, messages), "acts", exclusive=False)

    async def _ask_delete_for_good(self, messages: tuple[MessageId, ...]) -> None:
        """Of what is in the trash it is asked once; all of it, or nothing, is deleted."""
        lost = await self.bocau.store.read(lambda c: picking.in_role(c, messages, Role.TRASH))
        count = len(lost - self.acting.also(lost))

        def answered(yes: bool | None) -> None:
            if yes:
                self.acting.delete(messages, frozenset(lost))
                self._read_on()

        if not lost:
            answered(True)
            return
        from tui.screens.confirm import Confirm

        detail = "It cannot come back." if count == 1 else "They cannot come back."
        if count == 1 < len(lost):
            detail = f"{len(lost)} accounts have it, and it goes from all of them. {detail}"
        if len(lost) < len(messages):
            detail = f"The other {len(messages) - len(lost):,} go to the trash. {detail}"
        what = "this message" if count == 1 else f"{count:,} messages"
        self.bocau.ask(Confirm(f"Remove {what} for good?", detail, "Remove"), answered)

    def do_junk(self) -> None:
        """Junk; in the junk folder, no junk."""
        messages = self.acting.targets(self.count)
        self.acting.do(Junk(messages, junk=self._makes_junk(messages)))
        self._read_on()

    def _makes_junk(self, messages: Sequence[MessageId]) -> bool | None:
        """Whether a key makes junk of messages, by where they were shown; None where nobody could see where they are.

        What a server has moved into the junk folder since stays there.
        """
        junk = {folder.id for folder in self.catalog.folders if folder.role is Role.JUNK}
        shown = set(self.place.folders)
        if not shown or (shown & junk and shown - junk):
            wanted = set(messages)
            shown = {one.folder for row in self._known_rows(messages) for one in row.everywhere if one.id in wanted}
        return not shown <= junk if shown else None

    def do_mute(self) -> None:
        """Mute the thread, or no longer."""
        self.acting.do(Mute(self.acting.targets(self.count)))

    # flags and labels

    def do_star(self) -> None:
        """Star on, star off."""
        self.acting.star(self.count)

    def do_mark_read(self) -> None:
        """Mark read."""
        self.acting.mark(read=True, rows=self.count)

    def do_mark_unread(self) -> None:
        """Mark unread; the reader does not mark it again."""
        self.acting.mark(read=False, rows=self.count)
        self.opened = None

    def do_toggle_read(self) -> None:
        """Read what is unread, else mark it unread."""
        self.acting.toggle_read(self.count)
        self.opened = None

    def do_label(self) -> None:
        """Pick labels to put on, or to take off."""
        if messages := self.acting.targets(self.count):
            self.work(partial(self._label, messages), "pick")

    async def _label(self, messages: tuple[MessageId, ...]) -> None:
        from tui.screens.pick_label import Labelling, PickLabel

        known, having = await self.bocau.store.study(lambda c: (labels.known(c), picking.labels_of(c, messages)))

        def picked(wanted: Labelling | None) -> None:
            if wanted is not None and wanted != Labelling():
                self.acting.label(messages, wanted.add, wanted.remove)

        self.bocau.ask(PickLabel(known, having, len(messages)), picked)

    # into folders

    def do_move(self) -> None:
        """Pick a folder and move into it."""

        def picked(messages: tuple[MessageId, ...], folder: FolderId) -> None:
            self.acting.move(messages, folder)
            self._read_on()

        self._pick("Move to", picked)

    def do_copy(self) -> None:
        """Pick a folder and copy into it."""
        self._pick("Copy to", self.acting.copy)

    def _pick(self, title: str, then: Callable[[tuple[MessageId, ...], FolderId], None]) -> None:
        """Let a folder be picked, of the messages' account or of another one; `then` gets both."""
        messages = self.acting.targets(self.count)
        if not messages:
            return
        from tui.screens.pick_folder import PickFolder

        choices = self._choices(messages)
        what, where = title.split(maxsplit=1)
        shown = title if len(messages) == 1 else f"{what} {format.count(len(messages), 'message')} {where}"

        def picked(folder: FolderId | None) -> None:
            if folder is not None:
                self._sent_to = (folder, *(one for one in self._sent_to if one != folder))[:SENT_TO]
                then(messages, folder)

        self.bocau.ask(PickFolder(shown, [(self._named(f), f.id) for f in choices]), picked)

    def _choices(self, messages: Sequence[MessageId]) -> list[Folder]:
        """The folders that messages may go to: those chosen lately first, then those of their own accounts.

        Not the one that all are in.
        """
        wanted = set(messages)
        drawn = [one for row in self._known_rows(messages) for one in row.everywhere if one.id in wanted]
        held = list(dict.fromkeys(one.account for one in reversed(drawn)))
        here = {one.folder for one in drawn}
        if len(here) > len({one.account for one in drawn}):
            here = set()
        accounts = [*held, *(account.id for account in self.catalog.accounts if account.id not in held)]
        found = [folder for account in accounts for folder in self.catalog.of_account(account)]
        lately = {folder: place for place, folder in enumerate(self._sent_to)}
        found.sort(key=lambda folder: lately.get(folder.id, SENT_TO))
        return [folder for folder in found if folder.selectable and folder.id not in here]

    def _known_rows(self, messages: Sequence[MessageId]) -> list[Summary]:
        """What is known of some messages without a look into the store."""
        window, reading = self.messages.window, self.view.reading
        rows: Iterable[Summary | None] = map(window.summary, messages[:KNOWN]) if window is not None else ()
        return [row for row in rows if row is not None] or ([reading.summary] if reading is not None else [])

    def _named(self, folder: Folder) -> SafeText:
        """A folder for the picker, with its account where there are several."""
        account = self.catalog.account(folder.account)
        if account is None or len(self.catalog.accounts) < 2:
            return place_title(folder)
        return line(f"{account.name}: {place_title(folder)}", 300)

    # back and forth

    def do_undo(self) -> None:
        """Take back the last act; with a count so many."""
        for _ in range(self.count or 1):
            self.acting.undo()

    def do_redo(self) -> None:
        """Do again what was taken back."""
        for _ in range(self.count or 1):
            self.acting.redo()

    def do_repeat(self) -> None:
        """The last act again, on what is in front now."""
        if self.acting.repeat(self.count):
            self._read_on()

    def tell_refusals(self) -> None:
        """Say once what a server refused since the screen was opened: what was done is not so any more."""
        known, self._refusals = self._refusals, {one.act: one.operations for one in self.catalog.refusals}
        if known is None:
            return
        key = "".join(next(iter(self.bocau.keymap.keys("history")), "").split())
        where = f"{key} shows it" if key else "The history shows it"
        for one in self.catalog.refusals:
            if one.operations > known.get(one.act, 0):
                text = line(f"{one.reason} {where}, to try again or give it up.", 400)
                title = line(f"Refused: {one.title}", 60)
                self.notify(text, title=title, severity="error", timeout=12, markup=False)

    def do_history(self) -> None:
        """What was done, what waits, what was refused."""
        from tui.screens.history import History

        self.bocau.ask(History(self.acting))
