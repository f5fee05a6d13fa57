"""The folders table: paths, roles, stored counters and the sync cursor of each folder."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from store.database import Transaction
from store.errors import NotFound
from store.model import AccountId, Folder, FolderId, Role

DEFAULT_PATHS = {
    Role.INBOX: "Inbox",
    Role.ARCHIVE: "Archive",
    Role.SENT: "Sent",
    Role.DRAFTS: "Drafts",
    Role.TRASH: "Trash",
    Role.JUNK: "Junk",
    Role.ALL: "All Mail",
}

_COLUMNS = "id, account_id, path, role, selectable, total, unread, synced_at"


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder as a server lists it."""

    path: str
    wire_name: bytes
    role: Role | None
    selectable: bool


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
    for folder in (*exact, *same_role, *any_case):
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
    """The folders that make up the unified inbox: the inbox of every account that takes part."""
    rows = connection.execute(
        "SELECT f.id FROM folders f JOIN accounts a ON a.id = f.account_id"
        " WHERE f.role = ? AND a.unified ORDER BY f.id",
        (role.value,),
    )
    return tuple(FolderId(row[0]) for row in rows)


def wire_name(connection: sqlite3.Connection, folder: FolderId) -> bytes | None:
    """The name as the server spells it, None for a folder that is not (yet) on a server."""
    row = connection.execute("SELECT wire_name FROM folders WHERE id = ?", (folder,)).fetchone()
    return None if row is None else row[0]


def add_local(tx: Transaction, account: AccountId, path: str, role: Role | None) -> FolderId:
    """Make a folder that no server knows: local (POP3), or to be created when an operation needs it (IMAP)."""
    cursor = tx.execute(
        "INSERT INTO folders (account_id, path, role) VALUES (?, ?, ?)", (account, path, role.value if role else None)
    )
    folder = FolderId(cursor.lastrowid or 0)
    tx.changed(folders=[folder], accounts=[account])
    return folder


def ensure_role(tx: Transaction, account: AccountId, role: Role) -> Folder:
    """The account's folder with that role; when it has none, one is made (on the server at the next replay)."""
    folder = by_role(tx.connection, account, role)
    if folder is None:
        taken = {other.path.casefold(): other for other in every(tx.connection, account)}
        same_name = taken.get(DEFAULT_PATHS[role].casefold())
        if same_name is not None and same_name.role is None:
            tx.execute("UPDATE folders SET role = ? WHERE id = ?", (role.value, same_name.id))
            tx.changed(folders=[same_name.id], accounts=[account])
            return get(tx.connection, same_name.id)
        return get(tx.connection, add_local(tx, account, DEFAULT_PATHS[role], role))
    return folder


def reconcile(tx: Transaction, account: AccountId, listed: Sequence[Listed]) -> None:
    """Bring the folder list of a server into the table.

    A folder that is no longer listed is removed with its messages, unless it waits to be created, or an operation
    waits for it.  An empty list changes nothing: a server that lists no folder, not even INBOX, is at fault.
    """
    if not listed:
        return
    known = {row[1]: (row[0], row[2]) for row in tx.execute(
        "SELECT id, path, wire_name FROM folders WHERE account_id = ?", (account,)
    )}  # fmt: skip
    # roles are unique an account: free them first, so that they can change places
    tx.execute("UPDATE folders SET role = NULL WHERE account_id = ? AND wire_name IS NOT NULL", (account,))
    for folder in listed:
        if folder.role is not None:  # a folder of ours that waited to be created gives its role to the real one
            tx.execute(
                "UPDATE folders SET role = NULL WHERE account_id = ? AND role = ? AND path <> ?",
                (account, folder.role.value, folder.path),
            )
        tx.execute(
            "INSERT INTO folders (account_id, path, wire_name, role, selectable) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (account_id, path) DO UPDATE SET wire_name = excluded.wire_name,"
            " role = coalesce(excluded.role, folders.role), selectable = excluded.selectable",
            (account, folder.path, folder.wire_name, folder.role.value if folder.role else None, folder.selectable),
        )
    gone = set(known) - {folder.path for folder in listed}
    for path in gone:
        folder_id, name = known[path]
        if name is not None and not _is_waited_for(tx, folder_id):
            remove(tx, folder_id)
    tx.changed(accounts=[account])


def remove(tx: Transaction, folder: FolderId) -> None:
    """Forget a folder and the messages in it."""
    tx.execute("DELETE FROM messages WHERE server_folder_id = ?", (folder,))
    tx.execute("UPDATE messages SET folder_id = server_folder_id WHERE folder_id = ?", (folder,))
    tx.execute("DELETE FROM folders WHERE id = ?", (folder,))
    tx.changed(everything=True)


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
    """Store the cursor in the transaction of the rows it covers; `synced_at` (Unix s) when a sync is complete."""
    tx.execute(
        "UPDATE folders SET uidvalidity = ?, uidnext = ?, backfilled_uid = ?, highestmodseq = ?,"
        " synced_at = coalesce(?, synced_at) WHERE id = ?",
        (value.uidvalidity, value.uidnext, value.backfilled, value.highestmodseq, synced_at, folder),
    )
    if synced_at is not None:
        tx.changed(folders=[folder])


def set_synced(tx: Transaction, folder: FolderId, synced_at: int) -> None:
    """Record when a folder was last in step with its server (Unix seconds)."""
    tx.execute("UPDATE folders SET synced_at = ? WHERE id = ?", (synced_at, folder))
    tx.changed(folders=[folder])


def _is_waited_for(tx: Transaction, folder: FolderId) -> bool:
    row = tx.execute(
        "SELECT 1 FROM journal j LEFT JOIN messages m ON m.id = j.message_id"
        " WHERE j.state IN ('queued', 'running', 'unknown') AND (j.folder_id = ?1 OR m.server_folder_id = ?1) LIMIT 1",
        (folder,),
    ).fetchone()
    return row is not None


def _folder(row: tuple[int, int, str, str | None, int, int, int, int | None]) -> Folder:
    return Folder(
        FolderId(row[0]),
        AccountId(row[1]),
        row[2],
        Role(row[3]) if row[3] else None,
        bool(row[4]),
        row[5],
        row[6],
        row[7],
    )
