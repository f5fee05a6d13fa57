"""What a person can do to folders: create, rename, delete, subscribe; the rules, and doing it on this disk."""

import re
import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from store import folders, storable, transfers
from store.database import Transaction
from store.errors import NotFound, NotPossible
from store.fold import refold
from store.folder_list import rename
from store.model import AccountId, Folder, FolderId, MessageId, Role
from store.twins import ONE_STATE

_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")
LONGEST_PATH = 1000
"""Characters; servers and their disks have lower limits still, and say so."""


@dataclass(frozen=True, slots=True)
class CreateFolder:
    """Make a folder, and whatever is missing above it."""

    path: str


@dataclass(frozen=True, slots=True)
class RenameFolder:
    """Give a folder, with all that is inside it, another name or another place."""

    path: str
    new: str


@dataclass(frozen=True, slots=True)
class DeleteFolder:
    """Remove a folder; folders inside it stay.

    On a server the mail in it is removed for good; what is on this disk alone goes to the trash.
    """

    path: str
    messages: int = 0
    """So many messages the person knows to go with it; of more than that nothing is deleted."""


@dataclass(frozen=True, slots=True)
class SubscribeFolder:
    """Let other programs show a folder, or not."""

    path: str
    subscribed: bool = True


FolderChange = CreateFolder | RenameFolder | DeleteFolder | SubscribeFolder


def check(connection: sqlite3.Connection, account: AccountId, change: FolderChange) -> Folder | None:
    """The folder that a change is about, None for one that is to be created.

    Raises NotFound for a path that is none, NotPossible with the reason when the change must not be.
    """
    if isinstance(change, CreateFolder):
        _check_new(connection, account, change.path)
        return None
    folder = exact(connection, account, change.path)
    if folder is None:
        raise NotFound(f"No folder is called {change.path!r}.", "`bocau folders` lists them.")
    if isinstance(change, RenameFolder):
        _check_rename(connection, folder, change.new)
    elif isinstance(change, DeleteFolder):
        local = transfers.is_local(connection, account)
        _check_delete(folder, folder.total if local else change.messages)
    return folder


def exact(connection: sqlite3.Connection, account: AccountId, path: str) -> Folder | None:
    """The folder of that very path, None when there is none."""
    row = connection.execute("SELECT id FROM folders WHERE account_id = ? AND path = ?", (account, path)).fetchone()
    return None if row is None else folders.get(connection, FolderId(row[0]))


def inside(connection: sqlite3.Connection, folder: Folder) -> list[Folder]:
    """The folders at any depth inside a folder, by path."""
    return [one for one in folders.every(connection, folder.account) if one.path.startswith(f"{folder.path}/")]


class Fate(StrEnum):
    """What becomes of the mail in a folder that is deleted."""

    GONE = "gone"
    """It is removed from its server for good."""
    LABEL = "label"
    """It loses but a label (Gmail): it is in All Mail too, and stays there."""
    TRASH = "trash"
    """It goes to the trash (POP3): it is on this disk alone."""


def fate(connection: sqlite3.Connection, folder: Folder) -> Fate:
    """What would become of the mail in a folder."""
    if transfers.is_local(connection, folder.account):
        return Fate.TRASH
    row = connection.execute(
        "SELECT 1 FROM messages WHERE folder_id = ? AND substr(server_id, 1, ?) = ? LIMIT 1",
        (folder.id, len(ONE_STATE), ONE_STATE),
    ).fetchone()
    return Fate.GONE if row is None else Fate.LABEL


def _check_new(connection: sqlite3.Connection, account: AccountId, path: str) -> None:
    if not path or len(path) > LONGEST_PATH or _CONTROL.search(path) or storable.text(path) != path:
        raise NotPossible("A folder's name cannot be empty, very long, or hold control characters.")
    if any(not level.strip() for level in path.split("/")):
        raise NotPossible("Every level of a folder's path needs a name.", "Levels are divided by /.")
    there = exact(connection, account, path)
    taken = there is not None and there.selectable and not _is_waiting(connection, there)
    if path.upper() == "INBOX" or taken:
        raise NotPossible(f"There is a folder {path!r} already.")


def _is_waiting(connection: sqlite3.Connection, folder: Folder) -> bool:
    """Whether a folder is still to be created on its server, for an act that waits; a POP3 account has no such."""
    protocol = connection.execute("SELECT protocol FROM accounts WHERE id = ?", (folder.account,)).fetchone()
    return folders.wire_name(connection, folder.id) is None and protocol[0] == "imap"


def _check_rename(connection: sqlite3.Connection, folder: Folder, new: str) -> None:
    if folder.role is Role.INBOX:
        raise NotPossible("The inbox keeps its name.")
    if new == folder.path or new.startswith(f"{folder.path}/"):
        raise NotPossible("A folder cannot be moved to where it is, or into itself.")
    _check_new(connection, folder.account, new)
    if (there := exact(connection, folder.account, new)) is not None:
        raise NotPossible(f"There is a folder {there.path!r} already.")


def _check_delete(folder: Folder, agreed: int) -> None:
    if folder.role is Role.INBOX:
        raise NotPossible("The inbox cannot be deleted.")
    if folder.role is not None and folder.total:
        raise NotPossible(
            f"{folder.path!r} is this account's {folder.role.value} folder and not empty.", "Empty it first."
        )
    if folder.total > agreed:
        messages = "1 message" if folder.total == 1 else f"{folder.total} messages"
        raise NotPossible(f"{folder.path!r} holds {messages}, which would be deleted with it.")


def apply(tx: Transaction, account: AccountId, change: FolderChange) -> None:
    """Change a folder of an account that has no folders on its server (POP3).  Raises as `check` does."""
    folder = check(tx.connection, account, change)
    match change:
        case CreateFolder(path=path):
            levels = path.split("/")
            for above in ("/".join(levels[:depth]) for depth in range(1, len(levels))):
                if exact(tx.connection, account, above) is None:
                    folders.add_local(tx, account, above, None)
            folders.add_local(tx, account, path, None)
        case RenameFolder(new=new) if folder is not None:
            names = {folder.id: (new, None)}
            names |= {one.id: (new + one.path[len(folder.path) :], None) for one in inside(tx.connection, folder)}
            rename(tx, account, names)
        case DeleteFolder() if folder is not None:
            _empty_into_trash(tx, folder)
            folders.remove(tx, folder.id)
        case _:
            raise NotPossible("This account's folders are on this disk alone: there is nothing to subscribe to.")


def _empty_into_trash(tx: Transaction, folder: Folder) -> None:
    """Move the mail of a folder that is to go into the trash: it may be the only copy."""
    if folder.role is Role.TRASH:
        return  # it is empty, else it may not go
    trash = folders.ensure_role(tx, folder.account, Role.TRASH)
    moved = tx.execute(
        "UPDATE messages SET server_folder_id = ? WHERE server_folder_id = ? RETURNING id", (trash.id, folder.id)
    ).fetchall()
    # what is still on its way into the folder
    waiting = tx.execute(
        "UPDATE journal SET folder_id = ? WHERE folder_id = ? AND state IN ('queued', 'running', 'unknown', 'refused')"
        " RETURNING message_id",
        (trash.id, folder.id),
    ).fetchall()
    refold(tx, {MessageId(row[0]) for row in (*moved, *waiting)})
