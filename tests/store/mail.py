"""Builds mail for tests: digests, arrivals, and a store with accounts and folders in it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from store import accounts, folder_list, folders, messages
from store.database import Transaction
from store.folder_list import Listed
from store.mailstore import MailStore
from store.messages import Arrival
from store.migrations import migrate
from store.model import AccountId, Address, Digest, Flag, FolderId, MessageId, Protocol, Role

NOON = 1_700_000_000
"""Unix seconds: when the first message of a test was received."""

LISTED = (
    Listed("INBOX", b"INBOX", Role.INBOX, True),
    Listed("Archive", b"Archive", Role.ARCHIVE, True),
    Listed("Sent", b"Sent", Role.SENT, True),
    Listed("Trash", b"Trash", Role.TRASH, True),
    Listed("Work", b"Work", None, True),
)
"""What the server of the seeded account lists."""


def digest(
    name: str = "",
    *,
    subject: str = "Hello",
    sender: Address = Address("Anna", "anna@example.org"),  # noqa: B008 (frozen)
    references: tuple[str, ...] = (),
    text: str | None = None,
    preview: str = "",
    filenames: tuple[str, ...] = (),
    date: int | None = NOON,
) -> Digest:
    """What indexing learns from a message; `name` makes its Message-ID."""
    return Digest(
        message_id=f"<{name}@example.org>" if name else "",
        references=tuple(f"<{one}@example.org>" for one in references),
        sender=sender,
        to=(Address("", "binh@example.org"),),
        cc=(),
        subject=subject,
        date=date,
        attachments=len(filenames),
        filenames=filenames,
        preview=preview,
        text=text,
    )


def arrival(
    uid: int | None = None,
    name: str = "",
    *,
    flags: Flag = Flag.NONE,
    labels: tuple[str, ...] = (),
    received: int | None = None,
    size: int = 1000,
    uidl: str | None = None,
    raw: bytes | None = None,
    **of_digest: object,
) -> Arrival:
    """A message as a server hands it over; without `name` its Message-ID is made from its UID."""
    name = name or ("" if uid is None else f"uid-{uid}")
    return Arrival(
        digest(name, **of_digest),  # type: ignore[arg-type]
        received=NOON + (uid or 0) if received is None else received,
        size=size,
        flags=flags,
        labels=labels,
        uid=uid,
        uidl=uidl,
        raw=raw,
    )


@dataclass(frozen=True, slots=True)
class Seeded:
    """An IMAP account as after its first folder list, and a POP3 account; both without mail."""

    account: AccountId
    inbox: FolderId
    archive: FolderId
    sent: FolderId
    trash: FolderId
    work: FolderId
    pop3: AccountId
    pop3_inbox: FolderId


def seed(tx: Transaction) -> Seeded:
    """Write both accounts and their folders."""
    ids = accounts.reconcile(tx, [("imap", Protocol.IMAP, True), ("pop3", Protocol.POP3, True)])
    folder_list.reconcile(tx, ids["imap"], LISTED)
    of = {folder.path: folder.id for folder in folders.every(tx.connection, ids["imap"])}
    pop3_inbox = folders.by_role(tx.connection, ids["pop3"], Role.INBOX)
    assert pop3_inbox is not None
    return Seeded(
        ids["imap"], of["INBOX"], of["Archive"], of["Sent"], of["Trash"], of["Work"], ids["pop3"], pop3_inbox.id
    )


def memory() -> Transaction:
    """A transaction that never ends, on a migrated database in memory: for tests of one table."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_migrated())
    connection.execute("PRAGMA foreign_keys = ON")
    return Transaction(connection)


@cache
def _migrated() -> bytes:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        return connection.serialize()


@asynccontextmanager
async def seeded_store(folder: Path) -> AsyncIterator[tuple[MailStore, Seeded]]:
    """A store on the disk with both accounts."""
    async with await MailStore.open(folder) as store:
        yield store, await store.write(seed)


def add(tx: Transaction, at: Seeded, *arrivals: Arrival, folder: FolderId | None = None) -> list[MessageId]:
    """Add messages to the inbox of the IMAP account, or to another folder of it."""
    return messages.add(tx, at.account, at.inbox if folder is None else folder, arrivals)


def row(tx: Transaction, message: MessageId) -> dict[str, object]:
    """Everything the messages table holds of one message."""
    cursor = tx.execute("SELECT * FROM messages WHERE id = ?", (message,))
    names = [column[0] for column in cursor.description]
    return dict(zip(names, cursor.fetchone(), strict=True))


def assert_consistent(connection: sqlite3.Connection) -> None:
    """Counters equal a recount, the search tables and bodies hold exactly the messages, and SQLite is content."""
    counted = connection.execute(
        "SELECT f.id, f.total, f.unread, count(m.id), coalesce(sum(m.flags & 1 = 0), 0) FROM folders f"
        " LEFT JOIN messages m ON m.folder_id = f.id GROUP BY f.id"
    ).fetchall()
    assert [one[:3] for one in counted] == [(one[0], one[3], one[4]) for one in counted]
    ids = _ids(connection, "SELECT id FROM messages")
    assert _ids(connection, "SELECT rowid FROM search_headers") == ids
    assert _ids(connection, "SELECT rowid FROM search_bodies") >= _ids(connection, "SELECT message_id FROM bodies")
    assert _ids(connection, "SELECT rowid FROM search_bodies") <= ids
    assert _ids(connection, "SELECT message_id FROM bodies") == _ids(
        connection, "SELECT id FROM messages WHERE cached = 2"
    )
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def _ids(connection: sqlite3.Connection, sql: str) -> set[int]:
    return {one[0] for one in connection.execute(sql)}
