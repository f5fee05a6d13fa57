"""Decides, when messages are stored, which of several accounts are one message; what that does to counters.

The same letter reaches two accounts: equal Message-ID, sender, subject and Date.  A Message-ID alone proves nothing
(broken mailers use one for all, anybody can copy one), so no mail can hide another by it: the sizes have to be about
the same too, and where the text of both is here, it and the number of attachments have to be equal.  What is told
apart later is shown apart from then on.

Rows that are one message have one `likeness`.  A list over several accounts shows the oldest row of each likeness in
it (store/listing.py); the folders of one account show every row that they hold.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from store import folders
from store.database import Transaction
from store.model import AccountId, FolderId, MessageId, Role

HOPS = 16 * 1024
"""Octets by which two copies may differ: each way adds its own Received, DKIM, ARC and spam headers."""
MANY = 50
"""A Message-ID that more messages have is none: comparing them all with each other would take too long."""

_ROWS = (
    "SELECT id, account_id, folder_id, likeness, lower(from_address), subject, date, size, attachments FROM messages"
    " WHERE message_id = ? AND message_id <> '' LIMIT ?"
)
_TEXT = (  # held by the row itself, or by its twin on the same server (store/twins.py)
    "SELECT coalesce((SELECT body FROM search_bodies WHERE rowid = m.id),"
    " (SELECT b.body FROM messages t JOIN search_bodies b ON b.rowid = t.id"
    " WHERE t.server_id = m.server_id AND t.account_id = m.account_id LIMIT 1)) FROM messages m WHERE m.id = ?"
)
_NOBODYS = (  # rows that went together leave nobody behind who knows their likeness (10,000: some 5 ms)
    "NOT EXISTS (SELECT 1 FROM messages m WHERE m.likeness = counted_twice.likeness AND m.likeness IS NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class _Row:
    """What tells one message from another."""

    id: MessageId
    account: AccountId
    folder: FolderId | None
    likeness: int | None
    sender: str
    subject: str
    date: int | None
    size: int
    attachments: int


def settle(tx: Transaction) -> None:
    """Compare what this transaction brought, changed or removed; every transaction ends with it.

    Triggers note the Message-IDs, so that no way of writing messages can forget it.
    """
    waiting = [row[0] for row in tx.execute("SELECT DISTINCT message_id FROM unsettled").fetchall()]
    if not waiting:
        return
    tx.execute("DELETE FROM unsettled")
    touched: set[int] = set()
    for message_id in filter(None, waiting):
        touched |= _compare(tx, message_id)
    _count(tx, None if "" in waiting else touched)


def anew(tx: Transaction) -> None:
    """Have everything compared and counted again when this transaction ends: after a damage."""
    tx.execute(
        "INSERT INTO unsettled SELECT message_id FROM messages WHERE message_id <> ''"
        " GROUP BY message_id HAVING min(account_id) <> max(account_id) OR max(likeness) IS NOT NULL"
    )
    tx.execute("INSERT INTO unsettled VALUES ('')")


def counted_twice(connection: sqlite3.Connection) -> dict[Role, tuple[int, int]]:
    """Role -> (messages, unread ones) that the folders of a unified folder, added up, count too often.

    A message that stands for several is unread as long as one of them is.
    """
    rows = connection.execute("SELECT role, sum(total), sum(unread) FROM counted_twice GROUP BY role")
    return {Role(role): (total, unread) for role, total, unread in rows}


def with_doubles(connection: sqlite3.Connection, messages: Iterable[MessageId]) -> set[MessageId]:
    """These messages and all rows that are one with them."""
    ids = list(messages)
    rows = connection.execute(
        "SELECT id FROM messages WHERE likeness IN"
        " (SELECT likeness FROM messages WHERE id IN (SELECT value FROM json_each(?)) AND likeness IS NOT NULL)",
        (json.dumps(ids),),
    )
    return {*ids, *(MessageId(row[0]) for row in rows)}


def _compare(tx: Transaction, message_id: str) -> set[int]:
    """Write anew which rows of a Message-ID are one; answers every likeness that they had or have."""
    found = [_Row(*row) for row in tx.execute(_ROWS, (message_id, MANY + 1)).fetchall()]
    if len(found) > MANY:
        return _part(tx, message_id)
    texts = _Texts(tx.connection)
    wanted: dict[MessageId, int] = {}
    for group in _groups(sorted(found, key=lambda row: row.id), texts):
        if len({row.account for row in group}) > 1:
            wanted |= {row.id: group[0].id for row in group}
    before = {row.id: row.likeness for row in found}
    changed = [(wanted.get(row.id), row.id) for row in found if wanted.get(row.id) != row.likeness]
    tx.executemany("UPDATE messages SET likeness = ? WHERE id = ?", changed)
    tx.changed(messages=[row.id for row in found if row.id in wanted or before[row.id] is not None])
    return {likeness for likeness in (*before.values(), *wanted.values()) if likeness is not None}


def _part(tx: Transaction, message_id: str) -> set[int]:
    rows = tx.execute(
        "SELECT id, likeness FROM messages WHERE message_id = ? AND message_id <> '' AND likeness IS NOT NULL",
        (message_id,),
    ).fetchall()
    tx.executemany("UPDATE messages SET likeness = NULL WHERE id = ?", [(row[0],) for row in rows])
    tx.changed(messages=[MessageId(row[0]) for row in rows])
    return {row[1] for row in rows}


class _Texts:
    """The searchable texts of messages, read when they are asked for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[MessageId, str | None] = {}

    def of(self, message: MessageId) -> str | None:
        """None while no text is here."""
        if message not in self._known:
            row = self._connection.execute(_TEXT, (message,)).fetchone()
            self._known[message] = None if row is None else row[0]
        return self._known[message]


def _groups(rows: Sequence[_Row], texts: _Texts) -> list[list[_Row]]:
    """Rows that are one message, in the order of `rows`; two rows of one folder never are: there both are shown."""
    groups: list[list[_Row]] = []
    for row in rows:
        for group in groups:
            if all(_are_one(row, other, texts) for other in group):
                group.append(row)
                break
        else:
            groups.append([row])
    return groups


def _are_one(one: _Row, other: _Row, texts: _Texts) -> bool:
    if one.date is None or (one.sender, one.subject, one.date) != (other.sender, other.subject, other.date):
        return False
    if abs(one.size - other.size) > HOPS or (one.folder is not None and one.folder == other.folder):
        return False
    here, there = texts.of(one.id), texts.of(other.id)
    return here is None or there is None or (one.attachments == other.attachments and here == there)


def _count(tx: Transaction, touched: Iterable[int] | None) -> None:
    """Count anew how often these likenesses (None: all) stand in the folders of each role."""
    which, arguments = "IS NOT NULL", []
    if touched is not None:
        which, arguments = "IN (SELECT value FROM json_each(?))", [json.dumps(sorted(touched))]
    tx.execute(f"DELETE FROM counted_twice WHERE likeness {which} OR {_NOBODYS}", arguments)
    places: Mapping[FolderId, Role] = folders.roles_of_unified(tx.connection)
    tx.execute(
        "INSERT INTO counted_twice SELECT m.likeness, p.role, count(*) - 1, max(0, sum(m.flags & 1 = 0) - 1)"
        " FROM messages m JOIN (SELECT CAST(key AS INTEGER) AS folder, value AS role FROM json_each(?)) p"
        f" ON p.folder = m.folder_id WHERE m.likeness {which} GROUP BY m.likeness, p.role HAVING count(*) > 1",
        (json.dumps({folder: role.value for folder, role in places.items()}), *arguments),
    )
