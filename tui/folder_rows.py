"""The rows of the folder pane: accounts, their folders as trees that fold, what joins accounts, saved searches."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from protocols.mime.safe import line
from store.model import Account, AccountId, Folder, FolderId, Role
from tui import marks
from tui.place import Place, of_folder, standing

UNFOLDED_UP_TO = 60
"""Folders of an account up to which its trees begin unfolded."""

Key = tuple[str, str]
"""(account name, path): what folds and unfolds; the path is empty for the account itself."""
Folds = Mapping[Key, bool]
"""What somebody folded (True) or unfolded (False) by hand."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the pane: a place to open, or (without a place) a title."""

    text: str
    level: int
    place: Place | None = None
    unread: int = 0
    mark: str = ""
    """What is wrong with the account of a title, or with a folder: one sign, empty when all is well."""
    used: str = ""
    """What the account of a title uses on this disk; empty when it is not known."""
    total: int | None = None
    """Messages in the place; None: not counted."""
    key: Key | None = None
    """What is folded with this row, None when there is nothing below it."""
    folded: bool = False
    inside: tuple[FolderId, ...] = ()
    """The folders that this folded row hides."""


@dataclass(frozen=True, slots=True)
class Node:
    """A folder in its tree, or one that is only part of others' paths, and how far its inside reaches."""

    entry: Entry
    path: str
    below: int = 0
    """The nodes right after this one that are inside it."""
    unread_below: int = 0
    folders_below: tuple[FolderId, ...] = ()


def trees(
    accounts: Sequence[Account], folders: Sequence[Folder], kept: Collection[FolderId] = ()
) -> dict[AccountId, list[Node]]:
    """The folders of each account in the order of the pane: those with a role first, then trees by name.

    For 5,000 folders this takes some 30 ms: it is done once for a catalog, beside the event loop.
    """
    mine: dict[AccountId, list[Folder]] = {account.id: [] for account in accounts}
    for folder in folders:
        mine.setdefault(folder.account, []).append(folder)
    return {account.id: _measured(list(_nodes(account, mine[account.id], kept))) for account in accounts}


def _nodes(account: Account, folders: Sequence[Folder], kept: Collection[FolderId]) -> Iterator[Node]:
    there = {folder.path for folder in folders}
    for folder in sorted(folders, key=standing):
        depth = 0 if folder.role else folder.path.count("/")
        if not folder.role:  # one whose parent the server does not list would seem to be in the folder above it
            for path in _above(folder.path, there):
                yield Node(Entry(line(path.rpartition("/")[2], 100), path.count("/") + 1), path)
        place = _place(folder.id, folder.account, folder.path, folder.role, account)
        title = f"{place.title} {marks.now().kept}" if folder.id in kept else place.title
        mark = marks.now().warning if folder.notice else ""
        shown = place if folder.selectable else None
        yield Node(Entry(title, 1 + depth, shown, folder.unread, mark, total=folder.total), folder.path)


@lru_cache(maxsize=20_000)
def _place(id: FolderId, owner: AccountId, path: str, role: Role | None, account: Account) -> Place:
    """The place of a folder; kept, because its counters change with every message and its name hardly ever does."""
    return of_folder(Folder(id, owner, path, role, True, 0, 0, None), account)


def _measured(nodes: list[Node]) -> list[Node]:
    """The same nodes, each with how many that follow it are inside it, and what is unread there."""
    for number in range(len(nodes) - 1, -1, -1):
        level, after = nodes[number].entry.level, number + 1
        unread, inside = 0, list[FolderId]()
        while after < len(nodes) and nodes[after].entry.level > level:
            child = nodes[after]
            unread += child.entry.unread + child.unread_below
            inside += [*(child.entry.place.folders if child.entry.place else ()), *child.folders_below]
            after += 1 + child.below
        if after > number + 1:
            found = replace(nodes[number], below=after - number - 1, unread_below=unread, folders_below=tuple(inside))
            nodes[number] = found
    return nodes


def _above(path: str, there: set[str]) -> list[str]:
    """The folders above one that are not `there`, the highest first; from now on they are."""
    names = path.split("/")
    missing = [above for depth in range(1, len(names)) if (above := "/".join(names[:depth])) not in there]
    there.update(missing)
    return missing


def entries(
    accounts: Sequence[Account],
    nodes: Mapping[AccountId, Sequence[Node]],
    *,
    signs: Mapping[str, str] | None = None,
    unified: Sequence[tuple[Place, int]] = (),
    totals: Mapping[Place, int] | None = None,
    stars: Mapping[AccountId, Place] | None = None,
    searches: Sequence[tuple[Place, int]] = (),
    used: Mapping[str, str] | None = None,
    folds: Folds | None = None,
) -> list[Entry]:
    """The rows of the pane.  `signs`: account name -> its state; `unified`: what joins accounts, with what is unread.

    The first of these, all inboxes, stands at the edge, the others are below it.  `stars`: what has a star in an
    account that is not joined with others; it follows the inbox.  `searches`: saved ones, with what is unread among
    their results.  `used`: account name -> what it uses on this disk; `folds`: what was folded or unfolded by hand.
    """
    rows = [
        Entry(place.title, min(number, 1), place, unread, total=(totals or {}).get(place))
        for number, (place, unread) in enumerate(unified)
    ]
    rows += [Entry("", 0)] if rows else []
    if searches:
        rows.append(Entry("Searches", 0))
        rows += [Entry(place.title, 1, place, unread, total=(totals or {}).get(place)) for place, unread in searches]
        rows.append(Entry("", 0))
    for account in accounts:
        mine = nodes.get(account.id, ())
        star = (stars or {}).get(account.id)
        sign, size = (signs or {}).get(account.name, ""), (used or {}).get(account.name, "")
        title = Entry(line(account.name, 100), 0, mark=sign, used=size)
        rows += _account(title, account.name, mine, star, folds or {})
        rows.append(Entry("", 0))
    return rows[:-1]


def _account(title: Entry, name: str, nodes: Sequence[Node], star: Place | None, folds: Folds) -> Iterator[Entry]:
    if not nodes:
        yield title
        return
    folded = folds.get((name, ""), False)
    if folded:
        unread = sum(node.entry.unread for node in nodes)
        inside = tuple(one for node in nodes if node.entry.place is not None for one in node.entry.place.folders)
        yield replace(title, key=(name, ""), folded=True, unread=unread, inside=inside)
        return
    yield replace(title, key=(name, ""))
    number = 0
    while number < len(nodes):
        node = nodes[number]
        number += 1
        if not node.below:
            yield node.entry
        elif folds.get((name, node.path), len(nodes) > UNFOLDED_UP_TO):
            unread = node.entry.unread + node.unread_below
            yield replace(node.entry, key=(name, node.path), folded=True, unread=unread, inside=node.folders_below)
            number += node.below
        else:
            yield replace(node.entry, key=(name, node.path))
        if star is not None and node.entry.place is not None and node.entry.place.role is Role.INBOX:
            yield Entry(star.title, node.entry.level, star)
