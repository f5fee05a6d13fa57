"""Compares what the store shows of an account with what another mail program sees on its server."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bench.second_client import Held, RefusedError, SecondClient
from store import bodies, folders, journal, listing, locations
from store.model import FLAG_WORDS, AccountId, Flag, Summary

Contents = Mapping[str, Sequence[Held]]
"""Folder path -> its messages, by UID."""


def on_server(client: SecondClient) -> dict[str, list[Held]]:
    """Everything in every folder, read by another program; blocks.  What disappears meanwhile is left out."""
    contents = {}
    for folder in client.folders():
        try:
            contents[folder] = client.messages(folder)
        except RefusedError:  # removed or renamed since it was listed
            continue
    return contents


def in_store(connection: sqlite3.Connection, account: AccountId) -> dict[str, list[Held]]:
    """What the lists show of an account, folder by folder; run it with `MailStore.read`."""
    contents = {}
    for folder in folders.every(connection, account):
        if folder.selectable:
            rows = listing.page(connection, [folder.id], None, 1_000_000)
            contents[folder.path] = sorted(_shown(connection, row) for row in rows)
    return contents


def _shown(connection: sqlite3.Connection, row: Summary) -> Held:
    raw = bodies.raw(connection, row.id)
    names = [f"\\{word}" for word, flag in FLAG_WORDS if flag in row.flags] + list(row.labels)
    return Held(
        uid=row.uid or 0,
        message_id=row.message_id,
        flags=tuple(sorted(names)),
        digest="" if raw is None else hashlib.sha256(raw).hexdigest(),
        subject=row.subject,
        deleted=Flag.DELETED in row.flags,
    )


def differences(store: Contents, server: Contents, *, hides_deleted: bool = False, contents: bool = True) -> list[str]:
    r"""What the two ends do not agree on, a line each; empty when they are identical.

    Args:
        store: from `in_store`.
        server: from `on_server`.
        hides_deleted: whether messages marked \Deleted may be missing in the store: without UIDPLUS that is how a move
            leaves its source behind.
        contents: whether the bytes are compared; else only what a list shows.

    """
    lines = [f"folder {path!r} is only in the store" for path in sorted(store.keys() - server.keys())]
    lines += [f"folder {path!r} is only on the server" for path in sorted(server.keys() - store.keys())]
    for path in sorted(store.keys() & server.keys()):
        here, there = ({one.uid: _plain(one, contents) for one in side[path]} for side in (store, server))
        marked = {one.uid for one in server[path] if one.deleted} if hides_deleted else set()
        if len(here) < len(store[path]):
            lines.append(f"{path}: {len(store[path]) - len(here)} messages in the store share a UID, or have none")
        for uid in sorted(here.keys() | there.keys() - (marked - here.keys())):
            if here.get(uid) != there.get(uid):
                lines.append(f"{path} {uid}: store {_said(here.get(uid))}, server {_said(there.get(uid))}")
    return lines


def _plain(one: Held, contents: bool) -> Held:
    # the subject is for the reader of the lines; \Deleted is no flag that bocau shows
    return replace(one, subject="", deleted=False, digest=one.digest if contents else "")


def _said(one: Held | None) -> str:
    if one is None:
        return "has not"
    return f"{one.message_id or '(no Message-ID)'} [{' '.join(one.flags)}] {one.digest[:8] or 'without body'}"


def counters(connection: sqlite3.Connection, account: AccountId) -> list[str]:
    """What the stored counters of the folders, and the journal, still owe; a line each."""
    lines = []
    for folder in folders.every(connection, account):
        rows = listing.page(connection, [folder.id], None, 1_000_000)
        counted = len(rows), sum(Flag.SEEN not in row.flags for row in rows)
        if counted != (folder.total, folder.unread):
            lines.append(f"{folder.path}: counters say {(folder.total, folder.unread)}, the rows are {counted}")
        lines += [f"{folder.path} {row.uid}: {row.pending} operations pending" for row in rows if row.pending]
    for entry in journal.waiting(connection, account):
        place = locations.location(connection, entry.message)
        where = "whose message is gone" if place is None else f"of a message in folder {place[1]}, UID {place[2]},"
        lines.append(f"operation {entry.id} ({entry.kind}, {entry.state}, to {entry.folder}) {where} still waits")
    return lines


def copies(contents: Contents) -> Counter[str]:
    r"""Message-ID -> how many messages carry it, over all folders; what is marked \Deleted is not counted."""
    return Counter(one.message_id for one in everything(contents) if not one.deleted)


def everything(contents: Contents) -> Iterable[Held]:
    """All messages of all folders."""
    return (one for messages in contents.values() for one in messages)
