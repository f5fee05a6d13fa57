"""The accounts and folders of the store as of one moment, and the places that they make."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from protocols.mime.safe import SafeText, line
from store import accounts, folders, journal
from store.model import Account, AccountId, Folder, FolderId, Protocol, Role
from tui.place import Place, everywhere, of_folder


@dataclass(frozen=True, slots=True)
class Catalog:
    """Read in one go; replaced as a whole when something in it changed."""

    accounts: tuple[Account, ...] = ()
    folders: tuple[Folder, ...] = ()
    waiting: Mapping[AccountId, int] = field(default_factory=dict)
    """Account -> operations that wait for its server."""

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> "Catalog":
        """Read accounts, folders and what waits."""
        return cls(
            tuple(accounts.every(connection)), tuple(folders.every(connection)), journal.waiting_counts(connection)
        )

    def account(self, id: AccountId) -> Account | None:
        """The account of that id, None when it is gone."""
        return next((account for account in self.accounts if account.id == id), None)

    def folder(self, id: FolderId | None) -> Folder | None:
        """The folder of that id, None when it is gone."""
        return next((folder for folder in self.folders if folder.id == id), None)

    def of_account(self, id: AccountId) -> list[Folder]:
        """The folders of an account."""
        return [folder for folder in self.folders if folder.account == id]

    def start(self) -> Place:
        """Where the program opens: all inboxes."""
        return self.role(Role.INBOX) or everywhere(Role.INBOX, ())

    def role(self, role: Role, account: str = "") -> Place | None:
        """The place for a role: of one account when it is named, else of all that take part; None: there is none."""
        taking_part = {a.id: a for a in self.accounts if (a.name == account if account else a.unified)}
        found = [folder for folder in self.folders if folder.role is role and folder.account in taking_part]
        if role is Role.ARCHIVE:
            have = {folder.account for folder in found}
            others = [folder for folder in self.folders if folder.account in taking_part.keys() - have]
            found += filter(folders.is_gmails_archive, others)
        if not found:
            return None
        if len(found) == 1 and len(taking_part) == 1:  # else the others' folders may still come from their servers
            return of_folder(found[0], taking_part[found[0].account])
        return everywhere(role, tuple(folder.id for folder in found))

    def renewed(self, place: Place) -> Place:
        """The same place with the folders of today."""
        if place.query:
            return place
        if place.role is not None and not place.account:
            return self.role(place.role) or place
        if len(place.folders) == 1 and (folder := self.folder(place.folders[0])) is not None:
            account = self.account(folder.account)
            return of_folder(folder, account) if account is not None else self.start()
        known = {folder.id for folder in self.folders}
        return place if known.issuperset(place.folders) else self.start()

    def notices(self, place: Place) -> list[SafeText]:
        """Why folders of a place are not synchronised, a sentence each."""
        shown = [folder for folder in self.folders if folder.id in place.folders and folder.notice and not place.query]
        return [line(f"{folder.path}: {folder.notice}", 400) for folder in shown]

    def counts(self, place: Place) -> tuple[int, int]:
        """(messages, unread ones) of a place."""
        mine = [folder for folder in self.folders if folder.id in place.folders]
        return sum(folder.total for folder in mine), sum(folder.unread for folder in mine)

    def is_filling(self, place: Place) -> bool:
        """Whether the first sync of one of a place's folders is still to end."""
        mine = [folder for folder in self.folders if folder.id in place.folders and folder.synced_at is None]
        servers = {account.id for account in self.accounts if account.protocol is Protocol.IMAP}
        return any(folder.role is Role.INBOX or folder.account in servers for folder in mine)

    def names(self, place: Place) -> dict[AccountId, str]:
        """Account names for a list in which several are mixed; empty when there is nothing to tell apart."""
        if place.account or len(self.accounts) < 2:
            return {}
        return {account.id: account.name for account in self.accounts}
