"""A window on a very long list of messages: all ids, the summaries near the screen, what a change does."""

import asyncio
import json
import sqlite3
import time
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import filterfalse

from store import listing, unified
from store.changes import ChangeSet
from store.mailstore import MailStore
from store.model import FolderId, MessageId, Summary

FIRST_PAGE = 120
"""Summaries read before the ids: more than any screen shows."""
KEPT = 2000
"""Summaries kept in memory; the least recently drawn go first."""
FEW = 20
"""Up to so many changed messages are placed one by one."""
MANY = 2000
"""Up to so many are taken out, or renewed, together; more, or many new ones, cost less as a fresh vector."""
NEAR = 5000
"""Rows each way that are looked at first for the row of a message."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What stands before a subject."""

    text: str = ""
    """The lines of a tree, a sign that a thread is folded."""
    repeats: bool = False
    """Whether the subject is the one above."""


class MessageWindow:
    """The messages of some folders (newest first), or a fixed list of ids, as rows 0 to len - 1.

    A row of several accounts' folders may stand for several messages that are one (Summary.doubles); it has the id of
    the first.  Everything that reads the store is a coroutine; the rest answers at once from memory.  One
    `MessageWindow` is one place: opening another place makes another window.
    """

    is_threaded = False
    """Whether messages of a thread stand together (tui/thread_window.py)."""
    on_server: frozenset[MessageId] = frozenset()
    """What only the server's search found: its text is not on this disk."""

    def __init__(
        self,
        store: MailStore,
        folders: Sequence[FolderId] = (),
        ids: Iterable[MessageId] = (),
        *,
        starred: bool = False,
    ) -> None:
        """Shows `folders` (of them what has a star), or without any, the messages `ids` in their order (a search)."""
        self._store = store
        self._starred = starred
        self._folders = tuple(folders)
        self._ids = array("q", ids)
        self._rows: OrderedDict[MessageId, Summary] = OrderedDict()
        self._complete = not folders
        self._near = 0
        """Where a message was found last."""
        self._gone: set[MessageId] = set()
        """What was taken out of `_gone_from`: it need not be looked for."""
        self._gone_from = self._ids
        self._loading: list[set[MessageId]] = []
        """What has changed since all ids are being read, for each reading that is on its way."""
        self.reload_seconds = 0.0
        """What the last reading of all ids took."""

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def is_fixed(self) -> bool:
        """Whether it shows the results of a search: messages stay in it wherever they are moved."""
        return not self._folders

    @property
    def stays(self) -> bool:
        """Whether messages that are moved may well stay in it: the results of a search, or what has a star."""
        return self.is_fixed or self._starred

    @property
    def complete(self) -> bool:
        """Whether all ids are known, not only those of the first page."""
        return self._complete

    def id_at(self, row: int) -> MessageId | None:
        """The message in a row, None beyond the ends."""
        return MessageId(self._ids[row]) if 0 <= row < len(self._ids) else None

    def ids(self, first: int = 0, last: int | None = None) -> Sequence[int]:
        """The messages of rows `first` to before `last`, of all when that is None; a copy."""
        return self._ids[first:last]

    def row_of(self, message: MessageId) -> int | None:
        """The row of a message; a scan in C (a millisecond for 100,000) if it is neither near the last one nor gone."""
        if message in self._gone and self._gone_from is self._ids:
            return None
        for first, last in ((max(0, self._near - NEAR), self._near + NEAR), (0, len(self._ids))):
            try:
                self._near = self._ids.index(message, first, last)
            except ValueError:
                continue
            return self._near
        return None

    def row_standing_for(self, message: MessageId) -> int | None:
        """The row of a message, or of the one that stands for it, as far as summaries are in memory."""
        row = self.row_of(message)
        if row is None:
            standing = next((one.id for one in self._rows.values() if one.doubles and message in one.ids), None)
            row = None if standing is None else self.row_of(standing)
        return row

    def summary(self, message: MessageId | None) -> Summary | None:
        """The summary of a message, None while it is not in memory."""
        if message is None:
            return None
        found = self._rows.get(message)
        if found is not None:
            self._rows.move_to_end(message)
        return found

    def at(self, row: int) -> Summary | None:
        """The summary in a row, None while it is not in memory."""
        return self.summary(self.id_at(row))

    def lead(self, row: int) -> Lead:
        """What is drawn before the subject in a row."""
        return Lead()

    async def find(self, message: MessageId) -> int | None:
        """The row of a message, or of the one that stands for it; None when it has none."""
        return self.row_standing_for(message)

    def shows(self, message: MessageId) -> bool:
        """Whether a message of its folders may be among its rows; only a filter tells that one is not."""
        return True

    async def open(self) -> None:
        """Read the first page, so that it can be painted before anything else."""
        if self._folders:
            folders = self._folders
            starred = self._starred
            page = await self._store.read(lambda c: listing.page(c, folders, None, FIRST_PAGE, starred=starred))
            self._ids = array("q", [summary.id for summary in page])
            self._complete = len(page) < FIRST_PAGE
            self._keep(page)
        else:
            await self.ensure(0, FIRST_PAGE)

    async def load(self) -> None:
        """Read all ids."""
        if self._folders:
            folders, started = self._folders, time.monotonic()
            missed: set[MessageId] = set()
            self._loading.append(missed)
            try:
                self._ids = await self._store.read(lambda c: listing.vector(c, folders, starred=self._starred))
            finally:
                self._loading.remove(missed)
            self._complete = True
            self.reload_seconds = time.monotonic() - started
            if missed:
                await MessageWindow.apply(self, ChangeSet(messages=frozenset(missed)))

    async def ensure(self, first: int, last: int, around: int | None = None) -> bool:
        """Have the summaries of rows `first` to `last` and of `around` them in memory; True if any was read.

        `around`: rows each way, as many again when it is None.
        """
        around = max(1, last - first) if around is None else around
        if all(self._ids[row] in self._rows for row in range(max(0, first), min(last, len(self._ids)))):
            return False
        low, high = max(0, first - around), min(len(self._ids), last + around)
        missing = [MessageId(i) for i in self._ids[low:high] if i not in self._rows]
        found = await self._store.read(lambda c: self._shown(c, missing))
        self._keep(found.values())
        gone = {message for message in missing if message not in found}
        if gone:  # removed since the ids were read; its change set is on the way, or came before the ids
            self._ids = array("q", (i for i in self._ids if i not in gone))
        return True

    async def apply(self, changes: ChangeSet) -> bool:
        """Bring the window up to date; True when something that it shows may look different."""
        if changes.everything:
            self._rows.clear()
            await self._reload()
            return True
        if not changes.messages:
            return False
        for missed in self._loading:
            missed |= changes.messages
        if len(changes.messages) > MANY:
            for row in [row for row in self._rows.values() if not changes.messages.isdisjoint(row.ids)]:
                del self._rows[row.id]
            await self._reload()
            return True

        def read(connection: sqlite3.Connection) -> tuple[set[MessageId], dict[MessageId, Summary]]:
            touched = unified.with_doubles(connection, changes.messages)
            return touched, self._shown(connection, touched)

        touched, found = await self._store.read(read)
        if len(touched) > FEW:
            return await self._place_many(touched, found)
        return await self._place(touched, found)

    def _shown(self, connection: sqlite3.Connection, ids: Iterable[MessageId]) -> dict[MessageId, Summary]:
        """The rows that some messages have here; those that have none are left out."""
        if not self._folders:
            return listing.summaries(connection, ids)
        return listing.shown(connection, self._folders, ids, starred=self._starred)

    async def _reload(self) -> None:
        if self._folders:
            await self.load()
        else:
            ids = [MessageId(i) for i in self._ids]
            known = await self._store.read(lambda c: _existing(c, ids))
            self._ids = array("q", (i for i in ids if i in known))
        await self.ensure(0, 0)

    async def _place(self, changed: Iterable[MessageId], found: dict[MessageId, Summary]) -> bool:
        different = False
        for message in changed:
            row, summary = self.row_of(message), found.get(message)
            if row is not None and summary is None:
                del self._ids[row]
                self._rows.pop(message, None)
                self._note_gone({message})
                different = True
            elif row is not None and summary is not None:
                self._rows[message] = summary
                different = True
            elif row is None and summary is not None and self._folders:
                different = True
                if not self._insert(summary):
                    await self._reload()
                    return True
            elif row is None:
                self._note_gone({message})
        return different

    async def _place_many(self, changed: set[MessageId], found: dict[MessageId, Summary]) -> bool:
        """As `_place`, but with one look at all ids, off the loop: an archive key that is held down brings dozens."""
        ids = self._ids
        here = await asyncio.to_thread(changed.intersection, ids)
        gone = here - found.keys()
        if gone:
            left = await asyncio.to_thread(lambda: array("q", filterfalse(gone.__contains__, ids)))
            if self._ids is not ids or len(left) != len(ids) - len(gone):  # somebody else renewed it meanwhile
                await self._reload()
                return True
            known, self._ids = self._gone if self._gone_from is ids else set(), left
            self._note_gone(known | gone)
        for message in gone:
            self._rows.pop(message, None)
        self._rows.update((message, found[message]) for message in here & found.keys() & self._rows.keys())
        new = found.keys() - here if self._folders else set()
        if len(new) > FEW or not all(self._insert(found[message]) for message in new):
            await self._reload()
        return bool(here or new)

    def _note_gone(self, messages: set[MessageId]) -> None:
        if self._gone_from is not self._ids:
            self._gone, self._gone_from = set(), self._ids
        self._gone |= messages

    def _insert(self, summary: Summary) -> bool:
        """Put a message in its row when memory tells which that is: at the top, or among the rows in memory."""
        position = (summary.received, summary.id)
        known = [self._rows.get(MessageId(i)) for i in self._ids[:KEPT]]
        if None in known:
            known = known[: known.index(None)]
        keys = [(-row.received, -row.id) for row in known if row is not None]
        row = bisect_left(keys, (-position[0], -position[1]))
        if row == len(keys) and len(keys) < len(self._ids):
            return False
        self._ids.insert(row, summary.id)
        self._gone.discard(summary.id)
        self._rows[summary.id] = summary
        return True

    def _keep(self, summaries: Iterable[Summary]) -> None:
        for summary in summaries:
            self._rows[summary.id] = summary
            self._rows.move_to_end(summary.id)
        while len(self._rows) > KEPT:
            self._rows.popitem(last=False)

    def next_unread_in_memory(self, row: int, step: int) -> int | None:
        """The nearest unread row from `row` on in direction `step` (1 or -1), as far as summaries are in memory."""
        row += step
        while (summary := self.at(row)) is not None:
            if not summary.flags & 1:
                return row
            row += step
        return None

    async def next_unread(self, row: int, step: int) -> int | None:
        """The nearest unread row from `row` on, around the end to the other; None when everything is read."""
        near = self.next_unread_in_memory(row, step)
        if near is not None:
            return near
        ids = self._ids
        found = await self._store.read(lambda c: unread(c, self._folders, ids))
        return next((r for r in around(row, step, len(ids)) if r < len(ids) and ids[r] in found), None)


def around(row: int, step: int, number: int) -> Iterator[int]:
    """All rows but `row`, from the next one in direction `step` on, around the end."""
    yield from range(row + step, number if step > 0 else -1, step)
    yield from range(0 if step > 0 else number - 1, row, step)


def _existing(connection: sqlite3.Connection, ids: Sequence[MessageId]) -> set[MessageId]:
    return set(listing.summaries(connection, ids))


def unread(connection: sqlite3.Connection, folders: Sequence[FolderId], ids: Sequence[int]) -> set[int]:
    """What is unread in some folders, or without any among `ids`, and what stands for something unread."""
    found: set[int] = set()
    for folder in folders:
        rows = connection.execute("SELECT id FROM messages WHERE folder_id = ? AND flags & 1 = 0", (folder,))
        found.update(row[0] for row in rows)
    if len(folders) > 1:
        doubled = connection.execute(
            "SELECT id FROM messages WHERE likeness IN (SELECT likeness FROM messages WHERE likeness IS NOT NULL"
            " AND flags & 1 = 0 AND folder_id IN (SELECT value FROM json_each(?)))",
            (json.dumps(list(folders)),),
        )
        found.update(row[0] for row in doubled)
    if not folders:
        rows = connection.execute(
            "SELECT id FROM messages WHERE flags & 1 = 0 AND id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        found.update(row[0] for row in rows)
    return found
