"""Finds the mail that came in since the last look, to be told of: unread, in some folders, not from long ago."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from store.model import Address, FolderId, MessageId


@dataclass(frozen=True, slots=True)
class Newcomers:
    """How many messages came in, and of the newest of them who sent it and about what."""

    count: int = 0
    sender: Address = Address("", "")  # noqa: RUF009 (frozen)
    subject: str = ""

    def __add__(self, later: "Newcomers") -> "Newcomers":
        newest = later if later.count else self
        return Newcomers(self.count + later.count, newest.sender, newest.subject)


def latest(connection: sqlite3.Connection) -> MessageId:
    """The highest id so far: whatever comes has a higher one."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'messages'").fetchone()
    return MessageId(row[0] if row else 0)


def since(
    connection: sqlite3.Connection, after: MessageId, folders: Sequence[FolderId], received: int
) -> tuple[MessageId, Newcomers]:
    """What came in with a higher id than `after` and is unread in one of `folders`; and where to go on from.

    `received` (Unix seconds): what is older was only fetched late, or moved there, and is no news.  What several
    accounts received counts once.
    """
    upto = latest(connection)
    if upto <= after or not folders:
        return upto, Newcomers()
    marks = ",".join("?" * len(folders))
    wanted = f"FROM messages WHERE id > ? AND id <= ? AND folder_id IN ({marks}) AND flags & 1 = 0 AND received >= ?"
    given = (after, upto, *folders, received)
    names = "COUNT(DISTINCT CASE message_id WHEN '' THEN id ELSE message_id END)"
    (count,) = connection.execute(f"SELECT {names} {wanted}", given).fetchone()
    if not count:
        return upto, Newcomers()
    newest = f"SELECT from_name, from_address, subject {wanted} ORDER BY received DESC, id DESC LIMIT 1"
    name, address, subject = connection.execute(newest, given).fetchone()
    return upto, Newcomers(count, Address(name, address), subject)
