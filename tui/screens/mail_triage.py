"""Commands of the mail screen that change mail: one method a command, `do_` and the command's id."""

from collections.abc import Callable

from protocols.mime.safe import SafeText, line
from store.model import Folder, FolderId, MessageId, Role
from tui.place import place_title
from tui.screens.mail_saving import MailSaving


class MailTriage(MailSaving):
    """Mixed into MailScreen."""

    def _read_on(self) -> None:
        """In the reader, what follows the message that went away is opened."""
        if self.pane == "reader":
            self._open()

    def do_archive(self) -> None:
        """Archive the message."""
        self.acting.archive()
        self._read_on()

    def do_delete(self) -> None:
        """Into the trash; out of the trash only after a question."""
        summary = self.acting.target
        if summary is None:
            return
        row = self.acting.row(summary)
        folder = self.catalog.folder(summary.folder)
        if folder is None or folder.role is not Role.TRASH:
            self.acting.delete(row)
            self._read_on()
            return
        from tui.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.acting.delete(row)

        detail = "It cannot come back."
        if len(row) > 1:
            detail = f"{len(row)} accounts have it, and it goes from all of them. {detail}"
        self.bocau.ask(Confirm("Remove this message for good?", detail, "Remove"), answered)

    def do_star(self) -> None:
        """Star on, star off."""
        self.acting.star()

    def do_mark_read(self) -> None:
        """Mark read."""
        self.acting.mark(read=True)

    def do_mark_unread(self) -> None:
        """Mark unread; the reader does not mark it again."""
        self.opened = None
        self.acting.mark(read=False)

    def do_move(self) -> None:
        """Pick a folder and move the message into it."""

        def picked(message: MessageId, folder: FolderId) -> None:
            self.acting.move(message, folder)
            self._read_on()

        self._pick("Move to", picked)

    def do_copy(self) -> None:
        """Pick a folder and copy the message into it."""
        self._pick("Copy to", lambda message, folder: self.acting.copy(message, folder))

    def _pick(self, title: str, then: Callable[[MessageId, FolderId], None]) -> None:
        """Let a folder be picked, of the message's account or of another one; `then` gets both."""
        summary = self.acting.target
        if summary is None:
            return
        from tui.screens.pick_folder import PickFolder

        row = self.acting.row(summary)
        drawn = [one for one in summary.everywhere if one.id in row]
        held = {one.account: one.id for one in reversed(drawn)}
        here = {one.folder for one in drawn}
        others = [account.id for account in self.catalog.accounts if account.id not in held]
        found = [f for a in (*reversed(held), *others) for f in self.catalog.of_account(a)]
        choices = [f for f in found if f.selectable and f.id not in here]

        def picked(folder: FolderId | None) -> None:
            if folder is not None:  # it takes the message of its own account; the others stay where they are
                account = next(f.account for f in choices if f.id == folder)
                then(held.get(account, summary.id), folder)

        self.bocau.ask(PickFolder(title, [(self._named(f), f.id) for f in choices]), picked)

    def _named(self, folder: Folder) -> SafeText:
        """A folder for the picker, with its account where there are several."""
        account = self.catalog.account(folder.account)
        if account is None or len(self.catalog.accounts) < 2:
            return place_title(folder)
        return line(f"{account.name}: {place_title(folder)}", 300)

    def do_undo(self) -> None:
        """Take back the last act."""
        self.acting.undo()
