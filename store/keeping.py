"""What an account keeps on this disk: how much of each message, what is kept by hand, what was opened lately."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import IntEnum

from store import twins
from store.database import Transaction
from store.model import AccountId, FolderId, MessageId
from store.settings import Keep, KeepKind

TEXT_LIMIT = 256 * 1024
"""`keep = "text"`: of larger messages the text is kept; the rest stays on the server until it is opened."""
DAY = 86_400
MONTH = 30 * DAY
"""Where a size is kept, what is older by a month goes first; of the same month, what is larger."""
RECENT = 14 * DAY
"""Seconds for which what was opened stays, whatever the account keeps; only a size limit may force it out."""
READING = 3600
"""Seconds after opening in which not even that: somebody is reading it."""
NOTED = 600
"""Seconds in which opening a message again is not written down again."""
_NEVER = 1 << 62


class Depth(IntEnum):
    """How much of a message is here, or is to be; the numbers of `messages.cached`."""

    NONE = 0
    TEXT = 1
    WHOLE = 2


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a size limit cuts: this message and all before it are kept.

    First come younger months, of a month what is smaller, and of one size what was received later.
    """

    month: int
    size: int
    """Octets."""
    received: int
    """Unix seconds."""


_BEFORE_ALL = Edge(10**9, -1, 0)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which messages of one account are to be here, and how much of each; made by `choice`.

    Fetching and evicting ask the same value, so that neither undoes what the other did.
    """

    keep: Keep
    now: int
    """Unix seconds."""
    edge: Edge | None = None
    """Where the account's size limit cuts; None when everything fits, or it has none."""
    folders: frozenset[FolderId] = frozenset()
    """Those that are kept by hand."""

    def depth(self, folder: FolderId | None, received: int, size: int, *, kept: bool = False) -> Depth:
        """How much of a message is to be here; `received` in Unix seconds, `size` in octets, `kept` by hand."""
        if kept or folder in self.folders:
            return Depth.WHOLE
        match self.keep.kind:
            case KeepKind.TEXT:
                whole = size <= TEXT_LIMIT
                return Depth.WHOLE if whole else Depth.TEXT
            case KeepKind.SUMMARIES:
                whole = False
            case KeepKind.DAYS:
                whole = received >= self.since
            case KeepKind.BYTES:
                edge, place = self.edge, (max(received, 0) // MONTH, -size, received)
                whole = edge is None or place >= (edge.month, -edge.size, edge.received)
            case KeepKind.FULL:
                whole = True
        return Depth.WHOLE if whole else Depth.NONE

    @property
    def wanted(self) -> str:
        """SQL, of (received, size): whether a size limit, the only thing that needs it, leaves room for a message."""
        if self.edge is None:
            return "1"
        edge = f"({self.edge.month:d}, {-self.edge.size:d}, {self.edge.received:d})"
        return f"(max(received, 0) / {MONTH}, -size, received) >= {edge}"

    @property
    def since(self) -> int:
        """Unix seconds: of what was received before, nothing is to be here, unless it is kept by hand."""
        match self.keep.kind:
            case KeepKind.SUMMARIES:
                return _NEVER
            case KeepKind.DAYS:
                return self.now - self.keep.amount * DAY
            case KeepKind.BYTES if self.edge is not None and self.edge.month > 0:
                return self.edge.month * MONTH
        return -_NEVER

    def since_in(self, folder: FolderId) -> int:
        """As `since`, for one folder."""
        return -_NEVER if folder in self.folders else self.since

    @property
    def whole_limit(self) -> int:
        """Octets up to which a message that is not kept by hand comes whole."""
        return TEXT_LIMIT if self.keep.kind is KeepKind.TEXT else _NEVER


def keep_messages(tx: Transaction, messages: Iterable[MessageId], kept: bool) -> list[MessageId]:
    """Keep messages by hand, or no longer; answers those for which that is new.  Twins follow: they share a body."""
    ids = list(messages)
    everyone = [*ids, *(twin for others in twins.of(tx.connection, ids).values() for twin in others)]
    rows = tx.execute(
        "UPDATE messages SET kept = ?1 WHERE kept <> ?1 AND id IN (SELECT value FROM json_each(?2))"
        " RETURNING id, folder_id",
        (int(kept), json.dumps(everyone)),
    ).fetchall()
    changed = {MessageId(row[0]) for row in rows}
    tx.changed(messages=changed, folders=[row[1] for row in rows])
    return [message for message in ids if message in changed]


def keep_folder(tx: Transaction, folder: FolderId, kept: bool) -> bool:
    """Keep everything in a folder, now and later, or no longer; whether that is new."""
    done = tx.execute("UPDATE folders SET kept = ?1 WHERE id = ?2 AND kept <> ?1", (int(kept), folder)).rowcount == 1
    if done:
        tx.changed(folders=[folder])
    return done


def kept_folders(connection: sqlite3.Connection, account: AccountId | None = None) -> frozenset[FolderId]:
    """The folders that are kept by hand (of one account)."""
    rows = connection.execute("SELECT id FROM folders WHERE kept AND (?1 IS NULL OR account_id = ?1)", (account,))
    return frozenset(FolderId(row[0]) for row in rows)


def kept_messages(connection: sqlite3.Connection, messages: Collection[MessageId]) -> set[MessageId]:
    """Those among some messages that are kept by hand."""
    rows = connection.execute(
        "SELECT id FROM messages WHERE kept AND id IN (SELECT value FROM json_each(?))", (json.dumps(list(messages)),)
    )
    return {MessageId(row[0]) for row in rows}


def is_noted(connection: sqlite3.Connection, message: MessageId, now: float) -> bool:
    """Whether it is written down already that a message was opened about `now`."""
    row = connection.execute("SELECT used_at FROM messages WHERE id = ?", (message,)).fetchone()
    return row is None or (row[0] is not None and 0 <= now - row[0] < NOTED)


def opened(tx: Transaction, message: MessageId, now: float) -> None:
    """Write down that somebody opened a message: it stays a while, whatever the account keeps."""
    tx.execute("UPDATE messages SET used_at = ? WHERE id = ?", (int(now), message))


def used(connection: sqlite3.Connection, message: MessageId) -> int | None:
    """When a message was opened last (Unix seconds), None when never."""
    row = connection.execute("SELECT used_at FROM messages WHERE id = ?", (message,)).fetchone()
    return None if row is None else row[0]


def unopened(tx: Transaction, message: MessageId, before: int | None) -> None:
    """Write down that nobody opened it since `before`: it was fetched for a backup, and goes like other mail."""
    tx.execute("UPDATE messages SET used_at = ? WHERE id = ?", (before, message))


def choice(connection: sqlite3.Connection, account: AccountId, keep: Keep, now: float) -> Choice:
    """What an account that keeps `keep` has to have on this disk now.

    With a size limit that is exceeded this reads every row of the account: some 100 ms for 100,000 messages.
    """
    folders = kept_folders(connection, account)
    at = int(now)
    edge = _edge(connection, account, keep.amount, at) if keep.kind is KeepKind.BYTES else None
    return Choice(keep, at, edge, folders)


BOUND = (
    "(m.kept OR m.pending OR m.uid IS NULL OR (m.flags | m.server_flags) & 12"
    " OR coalesce(m.folder_id, 0) IN (SELECT id FROM folders WHERE kept OR role = 'drafts')"
    " OR coalesce(m.server_folder_id, 0) IN (SELECT id FROM folders WHERE kept OR role = 'drafts')"
    " OR EXISTS (SELECT 1 FROM journal j WHERE j.message_id = m.id AND j.state = 'refused')"
    " OR EXISTS (SELECT 1 FROM journal j WHERE j.source_id = m.id"
    " AND j.state IN ('queued', 'running', 'unknown', 'refused')))"
)
"""SQL, of a message `m`: whether it is never evicted.

That is what is kept by hand, what an operation is bound to (also as the source of a copy in another account), what no
server is known to have, stars and drafts (flags 4 and 8), and what stands in a folder of drafts or in one that is kept.
"""


def rows_of(connection: sqlite3.Connection, account: AccountId) -> str:
    """SQL for an account's messages ?1 with (id, received, size, cached, used_at, bound), of twins one row for all.

    Of several rows that are one message the latest and the most counts, and what binds one binds all.
    """
    shared = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM messages WHERE server_id IS NOT NULL AND account_id = ?)", (account,)
    ).fetchone()[0]
    if not shared:
        return f"SELECT id, received, size, cached, used_at, {BOUND} AS bound FROM messages m WHERE account_id = ?1"
    return (
        "SELECT min(id) AS id, max(received) AS received, max(size) AS size, max(cached) AS cached,"
        f" max(used_at) AS used_at, max({BOUND}) AS bound FROM messages m WHERE account_id = ?1"
        " GROUP BY coalesce(server_id, id)"
    )


def _edge(connection: sqlite3.Connection, account: AccountId, limit: int, now: int) -> Edge | None:
    """Where a limit of octets cuts; what stays in any case takes its room first."""
    everything = connection.execute(
        "SELECT coalesce(sum(size), 0) FROM messages WHERE cached IN (0, 1, 2) AND account_id = ?", (account,)
    ).fetchone()[0]
    if everything <= limit:
        return None
    # what is here and stays; what is bound and not here comes by its age, like all others
    stays = "cached > 0 AND (bound OR coalesce(used_at, 0) >= ?2)"
    rows = connection.execute(
        f"SELECT max(received, 0) / {MONTH}, coalesce(sum(size) FILTER (WHERE {stays}), 0),"
        f" coalesce(sum(size) FILTER (WHERE NOT ({stays})), 0) FROM ({rows_of(connection, account)}) GROUP BY 1"
        " ORDER BY 1 DESC",
        (account, now - RECENT),
    ).fetchall()
    room = limit - sum(row[1] for row in rows)
    for month, _, size in rows:
        if size > room:
            return _edge_within(connection, account, month, (room, now - RECENT))
        room -= size
    return None if room >= 0 else _BEFORE_ALL


def _edge_within(connection: sqlite3.Connection, account: AccountId, month: int, room: tuple[int, int]) -> Edge:
    """The edge within a month of which not everything fits into (octets, with what was opened since apart)."""
    left, edge = room[0], Edge(month, -1, 0)
    for size, received, octets in connection.execute(
        f"SELECT size, received, sum(size) FROM ({rows_of(connection, account)})"
        f" WHERE max(received, 0) / {MONTH} = ?2 AND NOT (cached > 0 AND (bound OR coalesce(used_at, 0) >= ?3))"
        " GROUP BY size, received ORDER BY size, received DESC",
        (account, month, room[1]),
    ):
        left -= octets
        if left < 0:
            break
        edge = Edge(month, size, received)
    return edge
