"""What a list shows: all inboxes, a folder, a role across accounts, what has a star, or what a search finds."""

from dataclasses import dataclass

from protocols.mime.safe import SafeText, line
from store.model import Account, Folder, FolderId, Role

ROLE_TITLES = {
    Role.INBOX: "Inbox",
    Role.SENT: "Sent",
    Role.DRAFTS: "Drafts",
    Role.TRASH: "Trash",
    Role.JUNK: "Junk",
    Role.ARCHIVE: "Archive",
    Role.ALL: "All mail",
}
ROLE_ORDER = (Role.INBOX, Role.DRAFTS, Role.SENT, Role.ARCHIVE, Role.ALL, Role.JUNK, Role.TRASH)
_EVERYWHERE = {Role.INBOX: "All inboxes", Role.ARCHIVE: "All archives", Role.TRASH: "All trash", Role.SENT: "All sent"}


@dataclass(frozen=True, slots=True)
class Place:
    """One thing to look at.  Equal places show the same messages."""

    title: SafeText
    folders: tuple[FolderId, ...] = ()
    role: Role | None = None
    account: str = ""
    """The account's name; empty when messages of several accounts stand together."""
    query: str = ""
    """The search, empty for folders."""
    starred: bool = False
    """Whether only what has a star is shown."""
    saved: str = ""
    """The name of a saved search; empty for all else."""
    filter: str = ""
    """A query that hides all of it that does not match; empty: everything is shown."""

    @property
    def heading(self) -> SafeText:
        """The title, with the filter when there is one."""
        return line(f"{self.title} \\ {self.filter}", 300) if self.filter else self.title

    @property
    def is_counted(self) -> bool:
        """Whether it holds all that its folders hold, so that their counters say how much."""
        return not (self.query or self.starred or self.filter)

    @property
    def outgoing(self) -> bool:
        """Whether the people to name are the recipients."""
        return self.role in (Role.SENT, Role.DRAFTS)

    @property
    def key(self) -> tuple[Role | None, str, str, SafeText]:
        """What identifies the place while folders come and go."""
        if self.starred:
            return (None, self.account, "", self.title)
        if self.account and len(self.folders) == 1:  # names change, and stand in several places
            return (None, self.account, "", SafeText(str(self.folders[0])))
        return (self.role if not self.account else None, self.account, self.query, self.title)


def everywhere(role: Role, folders: tuple[FolderId, ...]) -> Place:
    """The folders of one role, of all accounts that take part in the unified inbox."""
    title = _EVERYWHERE.get(role, f"All {ROLE_TITLES[role].lower()}")
    return Place(SafeText(title), folders, role)


def of_folder(folder: Folder, account: Account) -> Place:
    """One folder of one account."""
    return Place(folder_title(folder), (folder.id,), folder.role, account.name)


def of_stars(folders: tuple[FolderId, ...], account: str = "") -> Place:
    """What has a star: of one account, or of all that take part in the unified inbox."""
    return Place(SafeText("Starred"), folders, None, account, starred=True)


def of_search(query: str, name: str = "") -> Place:
    """The results of a search over everything; `name` when it is a saved one."""
    return Place(line(name or f"Search: {query}", 200), (), None, "", query, saved=name)


def folder_title(folder: Folder) -> SafeText:
    """A folder's name for people: its role's word for roles at the top, else the last part of its path."""
    leaf = folder.path.rsplit("/", 1)[-1]
    if folder.role is Role.INBOX:
        return SafeText("Inbox")
    return line(leaf or folder.path, 200) or SafeText("(no name)")


def place_title(folder: Folder) -> SafeText:
    """A folder's whole path, for pickers: levels joined by ` / `; the inbox by its name for people."""
    if folder.role is Role.INBOX:
        return folder_title(folder)
    return line(" / ".join(folder.path.split("/")), 300)


def standing(folder: Folder) -> tuple[int, list[str]]:
    """What the folders of an account are sorted by: those with a role first, then by the levels of the path."""
    rank = ROLE_ORDER.index(folder.role) if folder.role in ROLE_ORDER else len(ROLE_ORDER)
    return rank, [part.casefold() for part in folder.path.split("/")]
