"""The accounts and folders of the store as of one moment, and the places that they make."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from protocols.mime.safe import SafeText, line
from store import accounts, folders, journal, keeping, unified
from store.history import Refusal, refusals
from store.model import Account, AccountId, Folder, FolderId, Protocol, Role
from store.search import history, saved
from tui.destinations import places
from tui.folder_choices import folded, lately
from tui.folder_rows import Folds, Node, trees
from tui.fuzzy import Finder
from tui.place import ROLE_ORDER, Place, everywhere, of_folder, of_search, of_stars

SEARCHED = 20
"""Searches that are remembered here."""


@dataclass(frozen=True)  # no slots: what is made of it is kept with it
class Catalog:
    """Read in one go; replaced as a whole when something in it changed."""

    accounts: tuple[Account, ...] = ()
    folders: tuple[Folder, ...] = ()
    waiting: Mapping[AccountId, int] = field(default_factory=dict)
    """Account -> operations that wait for its server."""
    twice: Mapping[Role, tuple[int, int]] = field(default_factory=dict)
    """Role -> (messages, unread ones) that its folders, added up, count too often: several accounts received them."""
    kept: frozenset[FolderId] = frozenset()
    """The folders that stay on this disk by hand."""
    folds: Folds = field(default_factory=dict)
    """What was folded or unfolded by hand in the folder pane."""
    lately: tuple[FolderId, ...] = ()
    """The folders that were opened last, the last one first."""
    searches: tuple[tuple[Place, int], ...] = ()
    """The saved searches, with what is unread among their results where that is known."""

    searched: tuple[str, ...] = ()
    """What was searched for last, the latest first."""
    refusals: tuple[Refusal, ...] = ()
    """What servers refused, the newest act first."""

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> "Catalog":
        """Read accounts, folders, what waits and what is doubled."""
        read = cls(
            tuple(accounts.every(connection)),
            tuple(folders.every(connection)),
            journal.waiting_counts(connection),
            unified.counted_twice(connection),
            keeping.kept_folders(connection),
            folded(connection),
            lately(connection),
            tuple((of_search(one.query, one.name), 0) for one in saved.every(connection)),
            tuple(reversed(history.read(connection)))[:SEARCHED],
            tuple(refusals(connection)),
        )
        # with thousands of folders too slow for the event loop
        _ = read.nodes, read._unified, read.totals, read.destinations
        return read

    @cached_property
    def nodes(self) -> Mapping[AccountId, Sequence[Node]]:
        """The folders of each account as trees."""
        return trees(self.accounts, self.folders, self.kept)

    @cached_property
    def totals(self) -> Mapping[Place, int]:
        """How many messages there are in each of the places that join accounts; what has a star is not counted."""
        return {place: self.counts(place)[0] for place, _ in self.unified() if not place.starred}

    @cached_property
    def destinations(self) -> Finder[Place]:
        """Every place that can be gone to, those that were opened last first."""
        others = [place for place, _ in (*self._unified, *self.searches)]
        return places(self.accounts, self.folders, self.lately, others)

    def unread_after(self, place: Place) -> tuple[Place, int] | None:
        """The next folder, in the order of the pane, that is not in `place` and has unread mail, and how much.

        Junk, trash and all mail are not looked at.  None: there is no such folder.
        """
        order = [node.entry for account in self.accounts for node in self.nodes.get(account.id, ())]
        here = [number for number, one in enumerate(order) if one.place and set(one.place.folders) & set(place.folders)]
        start = here[-1] + 1 if here else 0
        for one in (*order[start:], *order[:start]):
            found = one.place
            if found is None or not one.unread or found.role in (Role.TRASH, Role.JUNK, Role.ALL):
                continue
            if not set(found.folders) & set(place.folders):
                return found, one.unread
        return None

    @cached_property
    def _by_id(self) -> Mapping[FolderId, Folder]:
        return {folder.id: folder for folder in self.folders}

    def account(self, id: AccountId) -> Account | None:
        """The account of that id, None when it is gone."""
        return next((account for account in self.accounts if account.id == id), None)

    def folder(self, id: FolderId | None) -> Folder | None:
        """The folder of that id, None when it is gone."""
        return self._by_id.get(id) if id is not None else None

    def of_account(self, id: AccountId) -> list[Folder]:
        """The folders of an account."""
        return [folder for folder in self.folders if folder.account == id]

    def start(self) -> Place:
        """Where the program opens: all inboxes; where every account keeps its inbox to itself, the first one."""
        first = next((self.role(Role.INBOX, account.name) for account in self.accounts), None)
        return self.role(Role.INBOX) or first or everywhere(Role.INBOX, ())

    def role(self, role: Role, account: str = "") -> Place | None:
        """The place for a role: of one account when it is named, else of all that take part; None: there is none."""
        taking_part = self._taking_part(account)
        standing = folders.in_roles(folder for folder in self.folders if folder.account in taking_part)
        found = tuple(folder for folder, its in standing.items() if its is role)
        if not found:
            return None
        if len(found) == 1 and len(taking_part) == 1:  # else the others' folders may still come from their servers
            return next(of_folder(one, taking_part[one.account]) for one in self.folders if one.id == found[0])
        return everywhere(role, found)

    def starred(self, account: str = "") -> Place | None:
        """What has a star in any folder but trash and junk; None: there are no folders."""
        taking_part = self._taking_part(account)
        found = folders.starrable(one for one in self.folders if one.account in taking_part)
        if not found:
            return None
        return of_stars(found, account or (next(iter(taking_part.values())).name if len(taking_part) == 1 else ""))

    def unified(self) -> list[tuple[Place, int]]:
        """The places that join accounts, with what is unread there; none while fewer than two inboxes take part."""
        return list(self._unified)

    @cached_property
    def _unified(self) -> list[tuple[Place, int]]:
        if not self._joined():
            return []
        roles = [self.role(role) for role in ROLE_ORDER if role is not Role.ALL]
        joined = [place for place in roles if place is not None and len(place.folders) > 1]
        places = [(place, self.counts(place)[1]) for place in joined]
        stars = self.starred()
        return places[:1] + ([(stars, 0)] if stars is not None else []) + places[1:]

    def stars(self) -> dict[AccountId, Place]:
        """What has a star, of each account that is not joined with others."""
        joined = self._joined()
        alone = [account for account in self.accounts if account.id not in joined]
        return {a.id: place for a in alone if (place := self.starred(a.name)) is not None}

    def _joined(self) -> dict[AccountId, Account]:
        """The accounts that take part, when two of them have an inbox."""
        taking_part = self._taking_part("")
        inboxes = [one for one in self.folders if one.role is Role.INBOX and one.account in taking_part]
        return taking_part if len(inboxes) > 1 else {}

    def _taking_part(self, account: str) -> dict[AccountId, Account]:
        """The account of that name; without one, those whose mail shows in unified folders."""
        return {a.id: a for a in self.accounts if (a.name == account if account else a.unified)}

    def renewed(self, place: Place, before: "Catalog | None" = None) -> Place:
        """The same place with the folders of today, and with its filter.

        In place of a folder that is gone, the one that it was in as of `before`, else its account's inbox.
        """
        gone = before.folder(place.folders[0]) if before is not None and len(place.folders) == 1 else None
        if gone is not None and place.account and not place.query and self.folder(gone.id) is None:
            return self._instead_of(gone)
        renewed = self._renewed(place)
        return replace(renewed, filter=place.filter) if renewed.key == place.key else renewed

    def _instead_of(self, gone: Folder) -> Place:
        account = self.account(gone.account)
        if account is None:
            return self.start()
        path, here = gone.path, {one.path: one for one in self.of_account(account.id) if one.selectable}
        while "/" in path:
            path = path.rpartition("/")[0]
            if path in here:
                return of_folder(here[path], account)
        return self.role(Role.INBOX, account.name) or self.start()

    def _renewed(self, place: Place) -> Place:
        if place.query:
            is_gone = place.saved and all(one.saved != place.saved for one, _ in self.searches)
            return self.start() if is_gone else place
        if place.starred:
            return self.starred(place.account) or self.start()
        if place.role is not None and not place.account:
            return self.role(place.role) or (self.start() if self.accounts else place)
        if len(place.folders) == 1 and (folder := self.folder(place.folders[0])) is not None:
            account = self.account(folder.account)
            return of_folder(folder, account) if account is not None else self.start()
        return place if all(one in self._by_id for one in place.folders) else self.start()

    def notices(self, place: Place) -> list[SafeText]:
        """Why folders of a place are not synchronised, a sentence each."""
        if place.query or place.starred:
            return []
        shown = [folder for folder in self.folders if folder.id in place.folders and folder.notice]
        return [line(f"{folder.path}: {folder.notice}", 400) for folder in shown]

    def counts(self, place: Place) -> tuple[int, int]:
        """(messages, unread ones) of a place; one that several accounts received counts once where they are joined."""
        mine = [folder for one in place.folders if (folder := self._by_id.get(one)) is not None]
        twice = self.twice.get(place.role) if place.role is not None and not place.account else None
        total, unread = twice or (0, 0)
        return sum(folder.total for folder in mine) - total, sum(folder.unread for folder in mine) - unread

    def is_filling(self, place: Place) -> bool:
        """Whether the first sync of one of a place's folders is still to end."""
        return not place.starred and any(self.is_awaited(place, account) for account in self.behind(place))

    def behind(self, place: Place) -> list[Account]:
        """The accounts whose mail a place shows, or will show when it comes."""
        owners = {folder.account for one in place.folders if (folder := self._by_id.get(one)) is not None}
        if place.role is Role.INBOX and not place.account:
            owners.update(self._taking_part(""))
        return [a for a in self.accounts if a.id in owners or a.name == place.account]

    def is_awaited(self, place: Place, account: Account) -> bool:
        """Whether the first sync of an account's folders in a place is still to end, or even its list of folders."""
        own = self.of_account(account.id)
        mine = [folder for folder in own if folder.id in place.folders and folder.synced_at is None]
        return not own or any(folder.role is Role.INBOX or account.protocol is Protocol.IMAP for folder in mine)

    def names(self, place: Place) -> dict[AccountId, str]:
        """Account names for a list in which several are mixed; empty when there is nothing to tell apart."""
        if place.account or len(self.accounts) < 2:
            return {}
        return {account.id: account.name for account in self.accounts}
