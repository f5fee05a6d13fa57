"""The folders table: paths, roles, stored counters and the sync cursor of each folder."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from store import storable, transfers, twins
from store.database import Transaction
from store.errors import NotFound
from store.fold import refold
from store.model import AccountId, Folder, FolderId, MessageId, Role

DEFAULT_PATHS = {
    Role.INBOX: "Inbox",
    Role.ARCHIVE: "Archive",
    Role.SENT: "Sent",
    Role.DRAFTS: "Drafts",
    Role.TRASH: "Trash",
    Role.JUNK: "Junk",
    Role.ALL: "All Mail",
}

MISSING = "The server did not list this folder the last time; it goes when the server says so again."
"""The notice of a folder that is missing together with many others: one broken answer must not remove them."""
CLOSED = "The server says that this folder holds no mail any more; what is here of it goes when it says so again."
"""The notice of a folder that another client deleted while it had folders inside: it is only a place for them now."""

_COLUMNS = "id, account_id, path, role, selectable, total, unread, synced_at, subscribed, notice"


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder is synchronised; committed only together with the rows that it covers."""

    uidvalidity: int
    uidnext: int
    """Every message below it is known, down to `backfilled`; never past an unprocessed UID."""
    backfilled: int
    """The lowest UID that the first sync has fetched; 1 when it is complete."""
    highestmodseq: int | None = None


def every(connection: sqlite3.Connection, account: AccountId | None = None) -> list[Folder]:
    """All folders (of one account), by account and path."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM folders WHERE ?1 IS NULL OR account_id = ?1 ORDER BY account_id, path",
        (account,),
    )
    return [_folder(row) for row in rows]


def get(connection: sqlite3.Connection, folder: FolderId) -> Folder:
    """One folder; raises NotFound."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM folders WHERE id = ?", (folder,)).fetchone()
    if row is None:
        raise NotFound(f"There is no folder {folder}.", "`bocau folders` lists them.")
    return _folder(row)


def by_path(connection: sqlite3.Connection, account: AccountId, path: str) -> Folder:
    """The folder of that path, else of that role ("archive"), else the path in any case; raises NotFound."""
    folders = every(connection, account)
    exact = [folder for folder in folders if folder.path == path]
    same_role = [folder for folder in folders if folder.role == path.casefold()]
    any_case = [folder for folder in folders if folder.path.casefold() == path.casefold()]
    gmails = [folder for folder in folders if path.casefold() == Role.ARCHIVE and is_gmails_archive(folder)]
    for folder in (*exact, *same_role, *any_case, *gmails):
        return folder
    raise NotFound(f"No folder is called {path!r}.", "`bocau folders` lists them.")


def by_role(connection: sqlite3.Connection, account: AccountId, role: Role) -> Folder | None:
    """The account's folder with that role, or None."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM folders WHERE account_id = ? AND role = ?",
        (account, role.value),
    ).fetchone()
    return None if row is None else _folder(row)


def unified(connection: sqlite3.Connection, role: Role = Role.INBOX) -> tuple[FolderId, ...]:
    """The folders that make up a unified folder: those of that role, of every account that takes part."""
    return tuple(folder for folder, its in roles_of_unified(connection).items() if its is role)


def roles_of_unified(connection: sqlite3.Connection) -> dict[FolderId, Role]:
    """The folders with a role, of the accounts that take part; where Gmail's All Mail is the archive, as that."""
    taking_part = {row[0] for row in connection.execute("SELECT id FROM accounts WHERE unified")}
    return in_roles(folder for folder in every(connection) if folder.account in taking_part)


def starrable(folders: Iterable[Folder]) -> tuple[FolderId, ...]:
    """Those of some folders of which what has a star is listed: all but trash and junk."""
    return tuple(one.id for one in folders if one.selectable and one.role not in (Role.TRASH, Role.JUNK))


def in_roles(folders: Iterable[Folder]) -> dict[FolderId, Role]:
    """Folder -> the role in which it stands in unified folders; those without any are left out."""
    with_role = [folder for folder in folders if folder.role is not None]
    archiving = {folder.account for folder in with_role if folder.role is Role.ARCHIVE}
    return {
        folder.id: Role.ARCHIVE if is_gmails_archive(folder) and folder.account not in archiving else folder.role
        for folder in sorted(with_role, key=lambda folder: folder.id)
        if folder.role is not None
    }


def wire_name(connection: sqlite3.Connection, folder: FolderId) -> bytes | None:
    """The name as the server spells it, None for a folder that is not (yet) on a server."""
    row = connection.execute("SELECT wire_name FROM folders WHERE id = ?", (folder,)).fetchone()
    return None if row is None else row[0]


def add_local(tx: Transaction, account: AccountId, path: str, role: Role | None) -> FolderId:
    """Make a folder that no server knows: local (POP3), or to be created when an operation needs it (IMAP)."""
    cursor = tx.execute(
        "INSERT INTO folders (account_id, path, role) VALUES (?, ?, ?)",
        (account, storable.text(path), role.value if role else None),
    )
    folder = FolderId(cursor.lastrowid or 0)
    tx.changed(folders=[folder], accounts=[account])
    return folder


def is_gmails_archive(folder: Folder) -> bool:
    """Whether mail is archived by moving it here: Gmail's All Mail.

    Gmail has no archive: mail is archived when it is in All Mail and no longer in the inbox.  A folder "Archive" would
    be one more label there.  Elsewhere a folder with everything is a view that takes no mail in (RFC 6154 section 2).
    """
    return folder.role is Role.ALL and folder.path.startswith(("[Gmail]/", "[Google Mail]/"))


def ensure_role(tx: Transaction, account: AccountId, role: Role) -> Folder:
    """The account's folder with that role; when it has none, one is made (on the server at the next replay)."""
    folder = by_role(tx.connection, account, role)
    if folder is None and role is Role.ARCHIVE:
        everything = by_role(tx.connection, account, Role.ALL)
        folder = everything if everything is not None and is_gmails_archive(everything) else None
    if folder is None:
        path, number = DEFAULT_PATHS[role], 1
        taken = {other.path.casefold(): other for other in every(tx.connection, account)}
        same_name = taken.get(path.casefold())
        if same_name is not None and same_name.role is None and same_name.selectable:
            tx.execute("UPDATE folders SET role = ? WHERE id = ?", (role.value, same_name.id))
            tx.changed(folders=[same_name.id], accounts=[account])
            return get(tx.connection, same_name.id)
        while path.casefold() in taken:  # by a folder that holds no messages, or is for something else
            number += 1
            path = f"{DEFAULT_PATHS[role]} {number}"
        return get(tx.connection, add_local(tx, account, path, role))
    return folder


def remove(tx: Transaction, folder: FolderId) -> None:
    """Forget a folder and the messages in it; operations that need either are dropped."""
    _empty(tx, folder)
    tx.execute("DELETE FROM folders WHERE id = ?", (folder,))


def vacate(tx: Transaction, folder: FolderId) -> None:
    """Forget the messages of a folder that is only a place for other folders now."""
    _empty(tx, folder)
    tx.execute(
        "UPDATE folders SET selectable = 0, role = NULL, synced_at = NULL, uidvalidity = NULL, uidnext = NULL,"
        " backfilled_uid = NULL, highestmodseq = NULL WHERE id = ?",
        (folder,),
    )


def _empty(tx: Transaction, folder: FolderId) -> None:
    waiting = tx.execute(
        "UPDATE journal SET state = 'dropped', error = 'The folder is gone.'"
        " WHERE state IN ('queued', 'running', 'unknown', 'refused') AND (folder_id = ?1"
        " OR message_id IN (SELECT id FROM messages WHERE server_folder_id = ?1)) RETURNING message_id, account_id",
        (folder,),
    ).fetchall()
    shared = tx.execute("SELECT id FROM messages WHERE server_folder_id = ? AND server_id IS NOT NULL", (folder,))
    twins.hand_over(tx, [MessageId(row[0]) for row in shared.fetchall()])
    tx.execute("DELETE FROM messages WHERE server_folder_id = ?", (folder,))
    refold(tx, {MessageId(row[0]) for row in waiting})
    transfers.sweep(tx)
    tx.changed(everything=True, journal={AccountId(row[1]) for row in waiting})


def is_waited_for(connection: sqlite3.Connection, folder: FolderId) -> bool:
    """Whether operations wait for a folder, or for messages in it."""
    row = connection.execute(
        "SELECT 1 FROM journal j LEFT JOIN messages m ON m.id = j.message_id"
        " WHERE j.state IN ('queued', 'running', 'unknown') AND (j.folder_id = ?1 OR m.server_folder_id = ?1) LIMIT 1",
        (folder,),
    ).fetchone()
    return row is not None


def set_wire_name(tx: Transaction, folder: FolderId, name: bytes) -> None:
    """Record that a folder now exists on the server."""
    tx.execute("UPDATE folders SET wire_name = ? WHERE id = ?", (name, folder))
    tx.changed(folders=[folder])


def cursor(connection: sqlite3.Connection, folder: FolderId) -> Cursor | None:
    """The sync cursor, None before the first sync."""
    row = connection.execute(
        "SELECT uidvalidity, uidnext, backfilled_uid, highestmodseq FROM folders WHERE id = ?", (folder,)
    ).fetchone()
    return None if row is None or row[0] is None else Cursor(*row)


def set_cursor(tx: Transaction, folder: FolderId, value: Cursor, *, synced_at: int | None = None) -> None:
    """Store the cursor in the transaction of the rows it covers.

    `synced_at` (Unix seconds) when a sync is complete: then there is nothing left to be said against the folder.
    """
    tx.execute(
        "UPDATE folders SET uidvalidity = ?1, uidnext = ?2, backfilled_uid = ?3, highestmodseq = ?4,"
        " synced_at = coalesce(?5, synced_at), notice = CASE WHEN ?5 IS NULL THEN notice ELSE '' END WHERE id = ?6",
        (value.uidvalidity, value.uidnext, value.backfilled, value.highestmodseq, synced_at, folder),
    )
    if synced_at is not None:
        tx.changed(folders=[folder])


def set_synced(tx: Transaction, folder: FolderId, synced_at: int) -> None:
    """Record when a folder was last in step with its server (Unix seconds)."""
    tx.execute("UPDATE folders SET synced_at = ?, notice = '' WHERE id = ?", (synced_at, folder))
    tx.changed(folders=[folder])


def subscribe(tx: Transaction, folder: FolderId, subscribed: bool) -> None:
    """Record whether the server lists a folder among the subscribed ones."""
    tx.execute("UPDATE folders SET subscribed = ? WHERE id = ?", (subscribed, folder))
    tx.changed(folders=[folder])


def set_notice(tx: Transaction, folder: FolderId, notice: str) -> None:
    """Record why a folder is not synchronised, in a sentence of its own; the next complete sync takes it away."""
    row = tx.execute(
        # that it cannot be opened does not make it listed: only the next list takes that notice away
        "UPDATE folders SET notice = ?1 WHERE id = ?2 AND notice NOT IN (?1, ?3, ?4) RETURNING id",
        (storable.text(notice), folder, MISSING, CLOSED),
    ).fetchone()
    if row is not None:
        tx.changed(folders=[folder])


def _folder(row: tuple[int, int, str, str | None, int, int, int, int | None, int, str]) -> Folder:
    return Folder(
        FolderId(row[0]),
        AccountId(row[1]),
        row[2],
        Role(row[3]) if row[3] else None,
        bool(row[4]),
        row[5],
        row[6],
        row[7],
        bool(row[8]),
        row[9],
    )
