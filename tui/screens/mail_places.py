"""Commands of the mail screen that go to places: one method a command, `do_` and the command's id."""

from store.model import FolderId, Role
from tui.place import of_folder
from tui.screens.mail_triage import MailTriage


class MailPlaces(MailTriage):
    """Mixed into MailScreen."""

    def _role(self, role: Role) -> None:
        self.visit(self.catalog.role(role, self.place.account) or self.catalog.role(role))

    def do_go_unified(self) -> None:
        """All inboxes."""
        self.visit(self.catalog.start())

    def do_go_inbox(self) -> None:
        """The inbox."""
        self._role(Role.INBOX)

    def do_go_starred(self) -> None:
        """What has a star."""
        self.visit(self.catalog.starred(self.place.account) or self.catalog.starred())

    def do_go_sent(self) -> None:
        """What was sent."""
        self._role(Role.SENT)

    def do_go_trash(self) -> None:
        """The trash."""
        self._role(Role.TRASH)

    def do_go_drafts(self) -> None:
        """The drafts."""
        self._role(Role.DRAFTS)

    def do_go_archive(self) -> None:
        """The archive."""
        self._role(Role.ARCHIVE)

    def visit_folder(self, folder: FolderId) -> None:
        """Show a folder by its id."""
        found = self.catalog.folder(folder)
        account = self.catalog.account(found.account) if found else None
        if found is not None and account is not None:
            self.visit(of_folder(found, account))
