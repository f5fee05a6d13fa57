"""The folder list of a server, brought into the folders table: what came, what went, what has another name now."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from store import rebuilds, storable
from store.database import Transaction
from store.fold import refold
from store.folders import CLOSED, MISSING, by_path, by_role, remove, vacate, wire_name
from store.model import AccountId, FolderId, MessageId, Role


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder as a server lists it."""

    path: str
    wire_name: bytes
    role: Role | None
    selectable: bool
    subscribed: bool | None = None
    """None: the server does not tell."""
    mailbox_id: str | None = None
    """MAILBOXID (RFC 8474), which stays when the folder gets another name; None: the server has none."""


@dataclass(frozen=True, slots=True)
class Known:
    """A folder of a server as the store knows it, with what tells it from others when its name changes."""

    id: FolderId
    path: str
    wire_name: bytes
    selectable: bool
    mailbox_id: str | None
    uidvalidity: int | None
    """None before the first sync, as is `uidnext`."""
    uidnext: int | None
    missed: bool
    """Whether the round before this one missed it already."""
    subscribed: bool


Row = tuple[FolderId, str, bytes | None, str | None, int, int, str | None, str]


def known(connection: sqlite3.Connection, account: AccountId) -> list[Known]:
    """The folders of an account that are on its server, by path."""
    rows = connection.execute(
        "SELECT id, path, wire_name, selectable, mailbox_id, uidvalidity, uidnext, notice = ?, subscribed"
        " FROM folders WHERE account_id = ? AND wire_name IS NOT NULL ORDER BY path",
        (MISSING, account),
    )
    return [Known(FolderId(r[0]), r[1], r[2], bool(r[3]), r[4], r[5], r[6], bool(r[7]), bool(r[8])) for r in rows]


def reconcile(
    tx: Transaction,
    account: AccountId,
    listed: Sequence[Listed],
    *,
    renamed: Mapping[bytes, bytes] | None = None,
    kept: Collection[bytes] = (),
    missed: Collection[bytes] = (),
) -> None:
    """Bring the folder list of a server into the table.

    `renamed` tells of folders that have another name now (new -> old): they keep their rows, as does one whose path
    alone is another.  A folder that is no longer listed is removed with its messages, unless it is among `kept` or
    `missed` (wire names; the latter get a notice), waits to be created, or the replay has to do with it.  What is here
    of a folder that can no longer be opened goes when two lists in a row say so.  A folder of
    ours that waits to be created becomes the listed one of its name (in any case) or role.  A role that the server
    does not tell stays where it was.  An empty list changes nothing: a server that lists no folder, not even INBOX,
    is at fault.
    """
    if not listed:
        return
    before = _listing(tx, account)
    closed = _closed(tx.connection, before, listed)
    if not renamed and not missed and _says_the_same(before, listed, kept):
        return
    _move_rows(tx, account, _other_names(before, listed, renamed or {}))
    _meet_waiting(tx, account, {storable.text(folder.path) for folder in listed})
    # roles are unique an account: free them first, so that they can change places
    tx.execute("UPDATE folders SET role = NULL WHERE account_id = ? AND wire_name IS NOT NULL", (account,))
    told: set[Role] = set()
    for folder in listed:
        _upsert(tx, account, folder, None if folder.role in told else folder.role)
        told |= {folder.role} if folder.role is not None else set()
    _keep_roles(tx, {row[0]: row[3] for row in before if row[3]}, {storable.text(one.path) for one in listed})
    _forget(tx, account, {one.wire_name: storable.text(one.path) for one in listed}, {*kept, *missed})
    _notice(tx, account, missed, _vacate(tx, before, closed))
    after = _listing(tx, account)
    if after != before:
        tx.changed(accounts=[account], folders=[FolderId(row[0]) for row in {*after} ^ {*before}])


def add(tx: Transaction, account: AccountId, folder: Listed, *, waiting: str) -> None:
    """Write a folder that was just created at its server; one of ours that waited at that path becomes it."""
    path = storable.text(folder.path)
    tx.execute(
        "UPDATE folders SET path = ?1 WHERE account_id = ?2 AND path = ?3 AND wire_name IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM folders WHERE account_id = ?2 AND path = ?1)",
        (path, account, waiting),
    )
    _upsert(tx, account, folder, None)
    tx.changed(accounts=[account], folders=[by_path(tx.connection, account, path).id])


def rename(tx: Transaction, account: AccountId, names: Mapping[FolderId, tuple[str, bytes | None]]) -> None:
    """Give folders other (path, wire name), all at once; those whose path is taken by a folder that stays do not."""
    _move_rows(tx, account, dict(names))
    tx.changed(accounts=[account], folders=list(names))


def _listing(tx: Transaction, account: AccountId) -> list[Row]:
    return tx.execute(
        "SELECT id, path, wire_name, role, selectable, subscribed, mailbox_id, notice FROM folders"
        " WHERE account_id = ? ORDER BY id",
        (account,),
    ).fetchall()


def _says_the_same(rows: Sequence[Row], listed: Sequence[Listed], kept: Collection[bytes]) -> bool:
    """Whether a list holds nothing that the table does not: with thousands of folders it is most of a quiet round."""
    there = [row for row in rows if row[2] is not None and row[2] not in kept]
    here = {row[2]: row for row in there}
    if len(there) != len(listed) or any(row[7] in (MISSING, CLOSED) for row in rows):
        return False
    return all((row := here.get(one.wire_name)) is not None and _is_as_listed(row, one) for one in listed)


def _is_as_listed(row: Row, one: Listed) -> bool:
    _, path, _, role, selectable, subscribed, mailbox_id, _ = row
    return (
        path == storable.text(one.path)
        and one.role in (None, role)
        and selectable == one.selectable
        and one.subscribed in (None, subscribed)
        and one.mailbox_id in (None, mailbox_id)
    )


def _other_names(
    rows: Sequence[Row], listed: Sequence[Listed], renamed: Mapping[bytes, bytes]
) -> dict[FolderId, tuple[str, bytes | None]]:
    """The rows whose path or wire name is to be another, with both."""
    here = {row[2]: row for row in rows if row[2] is not None}
    names: dict[FolderId, tuple[str, bytes | None]] = {}
    for folder in listed:
        row = here.get(renamed.get(folder.wire_name, folder.wire_name))
        path = storable.text(folder.path)
        if row is not None and (row[1], row[2]) != (path, folder.wire_name):
            names[row[0]] = (path, folder.wire_name)
    return names


def _move_rows(tx: Transaction, account: AccountId, names: dict[FolderId, tuple[str, bytes | None]]) -> None:
    """Rename rows, in two steps: paths are unique, and folders may change places."""
    real = {path: id for id, (path, _) in names.items()}
    for waiting, path in tx.execute(
        "SELECT id, path FROM folders WHERE account_id = ? AND wire_name IS NULL", (account,)
    ).fetchall():
        if path in real and waiting not in names:  # ours, not created yet: the real one takes its place
            _redirect(tx, waiting, real[path])
    taken = {row[1]: row[0] for row in _listing(tx, account)}
    while blocked := [id for id, (path, _) in names.items() if path in taken and taken[path] not in names]:
        for id in blocked:
            del names[id]
    for id in names:
        tx.execute("UPDATE folders SET path = char(31) || id, wire_name = NULL WHERE id = ?", (id,))
    for id, (path, wire) in names.items():
        tx.execute("UPDATE folders SET path = ?, wire_name = ? WHERE id = ?", (path, wire, id))


def _meet_waiting(tx: Transaction, account: AccountId, listed: Collection[str]) -> None:
    """A folder that waits to be created is spelled as the server spells it; servers may not tell case apart."""
    rows = _listing(tx, account)
    taken = {row[1] for row in rows}
    waiting = {row[1].casefold(): row[0] for row in rows if row[2] is None and row[1] not in listed}
    for path in listed:
        if path not in taken and (folder := waiting.pop(path.casefold(), None)) is not None:
            tx.execute("UPDATE folders SET path = ? WHERE id = ?", (path, folder))


def _upsert(tx: Transaction, account: AccountId, folder: Listed, role: Role | None) -> None:
    path = storable.text(folder.path)
    waiting = None if role is None else by_role(tx.connection, account, role)
    if waiting is not None and waiting.path != path:  # ours, not created yet: the real one takes its place
        tx.execute("UPDATE folders SET role = NULL WHERE id = ?", (waiting.id,))
    tx.execute(
        "INSERT INTO folders (account_id, path, wire_name, role, selectable, subscribed, mailbox_id)"
        " VALUES (?1, ?2, ?3, ?4, ?5, coalesce(?6, 1), ?7)"
        " ON CONFLICT (account_id, path) DO UPDATE SET wire_name = excluded.wire_name,"
        " role = coalesce(excluded.role, folders.role), selectable = excluded.selectable,"
        " subscribed = coalesce(?6, folders.subscribed), mailbox_id = coalesce(?7, folders.mailbox_id)",
        (account, path, folder.wire_name, role, folder.selectable, folder.subscribed, folder.mailbox_id),
    )
    if waiting is not None and waiting.path != path and wire_name(tx.connection, waiting.id) is None:
        _redirect(tx, waiting.id, by_path(tx.connection, account, path).id)


def _redirect(tx: Transaction, waiting: FolderId, real: FolderId) -> None:
    """Let what was to be moved into a folder that does not exist yet go into another, and forget the first."""
    if tx.execute(
        "SELECT 1 FROM journal WHERE folder_id = ?1 AND state IN ('running', 'unknown')"
        " UNION ALL SELECT 1 FROM messages WHERE server_folder_id = ?1",
        (waiting,),
    ).fetchone():
        return
    rows = tx.execute("UPDATE journal SET folder_id = ? WHERE folder_id = ? RETURNING message_id", (real, waiting))
    refold(tx, {MessageId(row[0]) for row in rows.fetchall()})
    tx.execute("UPDATE journal SET prior_folder_id = ? WHERE prior_folder_id = ?", (real, waiting))
    remove(tx, waiting)


def _keep_roles(tx: Transaction, roles: dict[FolderId, str], listed: set[str]) -> None:
    """Give roles back that no listed folder claims now: ours by name, or the server's of yesterday."""
    for folder, role in roles.items():
        tx.execute(
            "UPDATE folders SET role = ?1 WHERE id = ?2 AND role IS NULL AND selectable AND path IN"
            " (SELECT value FROM json_each(?3)) AND NOT EXISTS"
            " (SELECT 1 FROM folders other WHERE other.account_id = folders.account_id AND other.role = ?1)",
            (role, folder, json.dumps(list(listed))),
        )


def _forget(tx: Transaction, account: AccountId, listed: Mapping[bytes, str], kept: set[bytes]) -> None:
    """Remove what is not listed, and second rows of what is."""
    rows = _listing(tx, account)
    first = {row[2] for row in rows if row[2] is not None and listed.get(row[2]) == row[1]}
    for id, path, wire, *_ in rows:
        if wire is None or wire in kept:
            continue
        gone = wire not in listed
        if (gone or (wire in first and path != listed[wire])) and not _is_waited_for(tx.connection, id):
            if gone:
                rebuilds.settle_moves(tx, FolderId(id))
            remove(tx, id)


def _is_waited_for(connection: sqlite3.Connection, folder: FolderId) -> bool:
    """Whether the replay has still to decide something of a folder that is gone, or will make it again.

    What waits for messages that have lost their UID (a new UIDVALIDITY, a backup) no replay can send, and no sync of
    a folder that is gone will find them: these do not keep it.
    """
    row = connection.execute(
        "SELECT 1 FROM journal j LEFT JOIN messages m ON m.id = j.message_id"
        " WHERE j.state IN ('queued', 'running', 'unknown') AND (j.folder_id = ?1 AND m.server_folder_id IS NOT ?1"
        " OR m.server_folder_id = ?1 AND (m.uid IS NOT NULL OR j.state = 'running')) LIMIT 1",
        (folder,),
    ).fetchone()
    return row is not None


def _closed(connection: sqlite3.Connection, rows: Sequence[Row], listed: Sequence[Listed]) -> set[bytes]:
    """The listed folders that cannot be opened, and of which there is something here."""
    names = {one.wire_name for one in listed if not one.selectable}
    some = "SELECT EXISTS (SELECT 1 FROM messages WHERE server_folder_id = ?)"
    return {row[2] for row in rows if row[2] in names and connection.execute(some, (row[0],)).fetchone()[0]}


def _vacate(tx: Transaction, before: Sequence[Row], closed: Collection[bytes]) -> set[bytes]:
    """Forget the mail of those that were closed in the round before too; the others, which wait for another look."""
    waiting = set(closed)
    for id, _, wire, *_, notice in before:
        if wire in waiting and notice == CLOSED and not _is_waited_for(tx.connection, id):
            waiting.discard(wire)
            rebuilds.settle_moves(tx, id)
            vacate(tx, id)
    return waiting


def _notice(tx: Transaction, account: AccountId, missed: Collection[bytes], closed: Collection[bytes]) -> None:
    """Remember, on the disk, which folders are to be looked at again: the next round may be another process's."""
    tx.execute("UPDATE folders SET notice = '' WHERE account_id = ? AND notice IN (?, ?)", (account, MISSING, CLOSED))
    tx.executemany(
        "UPDATE folders SET notice = ? WHERE account_id = ? AND wire_name = ?",
        [*((MISSING, account, name) for name in missed), *((CLOSED, account, name) for name in closed)],
    )
