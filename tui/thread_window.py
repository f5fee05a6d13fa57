"""A window on a very long list of threads: as MessageWindow, each thread's messages together as a tree."""

import sqlite3
import time
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from store import listing, thread_lists, unified
from store.changes import ChangeSet
from store.mailstore import MailStore
from store.model import FolderId, MessageId, Summary, ThreadId
from store.thread_lists import Place, Shown
from tui import marks
from tui.thread_rows import Looked, Segment, laid_out, lead, look, summaries
from tui.window import FEW, FIRST_PAGE, KEPT, Lead, MessageWindow, around, unread

AROUND = 120
"""Rows above and below a message that are read with it when all rows are read anew."""


class ThreadWindow(MessageWindow):
    """The threads of some folders, the one with the newest message there first; a folded one is one row.

    A folded row has the summary of its first message, which stands for all (Summary.doubles): an act is for them all.
    """

    is_threaded = True

    def __init__(
        self, store: MailStore, folders: Sequence[FolderId], *, starred: bool = False, folded: bool = False
    ) -> None:
        """`folded`: every thread is one row, until it is unfolded."""
        super().__init__(store, folders, starred=starred)
        self._shows = Place(self._folders, starred)
        self._threads = array("q")
        """The thread of each row."""
        self._trees: OrderedDict[ThreadId, Shown] = OrderedDict()
        """Threads near the screen: a row is in memory when its thread is here, and its summary."""
        self.folded = folded
        self._others: frozenset[int] = frozenset()
        """Threads that are not as `folded` says."""
        self._area = (0, FIRST_PAGE)
        self._turn = 0
        """Counts the changes of rows, for those who read meanwhile."""

    # what is in memory

    def is_folded(self, thread: int) -> bool:
        """Whether a thread is one row."""
        return (thread in self._others) is not self.folded

    def thread_at(self, row: int) -> ThreadId | None:
        """The thread in a row, None beyond the ends."""
        return ThreadId(self._threads[row]) if 0 <= row < len(self._threads) else None

    def thread_of(self, row: int) -> Shown | None:
        """The thread in a row as it is shown here, None while it is not in memory."""
        thread = self.thread_at(row)
        return None if thread is None else self._trees.get(thread)

    def at(self, row: int) -> Summary | None:
        """The summary in a row, None while it or its place in the tree is not in memory."""
        thread = self.thread_at(row)
        if thread is None or thread not in self._trees:
            return None
        self._trees.move_to_end(thread)
        return super().at(row)

    def lead(self, row: int) -> Lead:
        """What is drawn before the subject in a row."""
        tree, message = self.thread_of(row), self.id_at(row)
        if tree is None or message is None:
            return Lead()
        return lead(tree, message, marks.now(), folded=self.is_folded(self._threads[row]))

    def next_thread(self, row: int, step: int) -> int | None:
        """The first row of the thread below (`step` 1) or above (-1) that in `row`; None at the ends."""
        own = self.thread_at(row)
        while own is not None and self.thread_at(row) == own:
            row += step
        return None if self.thread_at(row) is None else self._run(row)[0]

    def _run(self, row: int) -> tuple[int, int]:
        """The first row of the thread in a row, and the one after its last."""
        first, last, thread = row, row + 1, self._threads[row]
        while first > 0 and self._threads[first - 1] == thread:
            first -= 1
        while last < len(self._threads) and self._threads[last] == thread:
            last += 1
        return first, last

    def _run_of(self, thread: int) -> tuple[int, int] | None:
        try:
            return self._run(self._threads.index(thread))
        except ValueError:
            return None

    # reading

    async def open(self) -> None:
        """Read the first page, so that it can be painted before anything else."""
        place, is_folded = self._shows, self.is_folded

        def read(connection: sqlite3.Connection) -> tuple[Looked, bool]:
            threads, shown, complete = thread_lists.page(connection, place, FIRST_PAGE)
            rows = laid_out(threads, shown, is_folded)
            near = map(MessageId, rows.ids[:FIRST_PAGE])
            return Looked(rows, shown, summaries(connection, place, near, shown, is_folded)), complete

        found, self._complete = await self._store.read(read)
        self._put(0, 0, found)

    async def load(self) -> None:
        """Read all rows."""
        await self._load(self._area, None)

    async def _load(self, area: tuple[int, int], message: MessageId | None) -> None:
        """Read all rows, and what is to be seen of them: rows of `area`, or those around `message`."""
        started = time.monotonic()
        place, is_folded, others, folded = self._shows, self.is_folded, self._others, self.folded
        folding: Callable[[int], bool] | bool = is_folded if others else folded

        def read(connection: sqlite3.Connection) -> tuple[Segment, int, int, Looked]:
            rows = Segment(*thread_lists.vector(connection, place, folding))
            low, high = area
            if message is not None:
                thread = listing.threads(connection, [message]).get(message, ThreadId(0))
                at = rows.threads.index(thread) if thread in rows.threads else 0
                low, high = at - AROUND, at + AROUND
            first, last = _whole(rows, max(0, low), min(len(rows.ids), high))
            part = Segment(rows.ids[first:last], rows.threads[first:last])
            return rows, first, last, look(connection, place, part, (max(0, low - first), high - first), is_folded)

        rows, first, last, found = await self._store.read(read)
        if (others, folded) != (self._others, self.folded):  # folded otherwise meanwhile
            await self._load(area, message)
            return
        self._ids, self._threads = rows
        self._complete = True
        self._trees.clear()
        self._rows.clear()
        self._put(first, last, found)
        self.reload_seconds = time.monotonic() - started

    async def ensure(self, first: int, last: int, around: int | None = None) -> bool:
        """Have rows `first` to `last` and of `around` them in memory; True if any was read."""
        beside = max(1, last - first) if around is None else around
        if all(self.at(row) for row in range(max(0, first), min(last, len(self._ids)))):
            return False
        self._area = (max(0, first - beside), last + beside)
        place, is_folded, turn = self._shows, self.is_folded, -1
        while turn != self._turn:
            turn, (low, high) = self._turn, self._area
            begin, end = _whole(Segment(self._ids, self._threads), low, min(high, len(self._ids)))
            part = Segment(self._ids[begin:end], self._threads[begin:end])
            rows = (max(0, low - begin), high - begin)
            found = await self._store.read(lambda c: look(c, place, part, rows, is_folded))  # noqa: B023
            if turn == self._turn:
                self._put(begin, end, found)
                return True
        return True

    def _put(self, first: int, last: int, found: Looked) -> None:
        """Put what was read in the place of rows `first` to `last` - 1."""
        self._ids[first:last], self._threads[first:last] = found.rows
        self._turn += 1
        for thread, shown in found.shown.items():
            self._trees[thread] = shown
            self._trees.move_to_end(thread)
        while len(self._trees) > KEPT:
            self._trees.popitem(last=False)
        self._keep(found.summaries.values())

    # folding

    async def fold(self, row: int) -> None:
        """Fold the thread in a row into one, or show all its messages again."""
        thread = self.thread_at(row)
        if thread is not None:
            self._others ^= {thread}
            await self._renew({thread})

    async def fold_all(self, *, folded: bool, message: MessageId | None) -> None:
        """Fold every thread, or none; rows around that of `message` are in memory then."""
        self.folded, self._others = folded, frozenset()
        await self._load(self._area, message)

    async def find(self, message: MessageId) -> int | None:
        """The row of a message, or of the one that stands for it, brought into memory; None when it has none."""
        thread = (await self._store.read(lambda c: listing.threads(c, [message]))).get(message)
        run = None if thread is None else self._run_of(thread)
        if run is None:
            return None
        row = self.row_of(message)
        row = run[0] if row is None else row
        await self.ensure(row, row + 1, AROUND)
        return self.row_standing_for(message)

    # what changes

    async def apply(self, changes: ChangeSet) -> bool:
        """Bring the window up to date; True when something that it shows may look different."""
        if not changes.everything and not changes.messages:
            return False
        if changes.everything or len(changes.messages) > FEW:
            await self.load()
            return True
        here = {self._threads[row] for one in changes.messages if (row := self.row_standing_for(one)) is not None}
        return await self._renew({ThreadId(thread) for thread in here}, changes.messages)

    async def _renew(self, threads: Iterable[ThreadId], changed: Collection[MessageId] = ()) -> bool:
        """Read some threads again, and those of messages that changed, and put each where it belongs now."""
        place, is_folded = self._shows, self.is_folded

        def read(connection: sqlite3.Connection) -> tuple[set[ThreadId], Looked]:
            messages = unified.with_doubles(connection, changed) if changed else set()
            touched = {*threads, *listing.threads(connection, messages).values()}
            shown = thread_lists.shown(connection, place, touched)
            rows = laid_out(touched, shown, is_folded)
            near = [MessageId(one) for one in rows.ids[:KEPT]]
            return touched, Looked(rows, shown, summaries(connection, place, near, shown, is_folded))

        touched, found = await self._store.read(read)
        different = False
        for thread in touched:
            run, shown = self._run_of(thread), found.shown.get(thread)
            if run is None and shown is None:
                continue
            different = True
            before = self._trees.pop(thread, None)
            for one in before.placed if before is not None else ():
                self._rows.pop(one.member.id, None)
            first, last = run or (0, 0)
            if run is None or shown is None or before is None or before.newest != shown.newest:
                self._take_out(first, last)
                row = 0 if shown is None else self._row_for(shown)
                if row is None:
                    await self.load()
                    return True
                first = last = row
            rows = laid_out([thread], found.shown, is_folded)
            self._put(first, last, Looked(rows, {thread: shown} if shown else {}, _of(thread, found.summaries)))
        return different

    def _take_out(self, first: int, last: int) -> None:
        del self._ids[first:last], self._threads[first:last]
        self._turn += 1

    def _row_for(self, shown: Shown) -> int | None:
        """Where a thread belongs among those at the top that are in memory; None when that does not tell."""
        keys: list[tuple[int, int]] = []
        rows: list[int] = []
        row = 0
        while row < len(self._threads) and len(keys) < KEPT and (tree := self._trees.get(ThreadId(self._threads[row]))):
            keys.append((-tree.newest.received, -tree.newest.id))
            rows.append(row)
            row = self._run(row)[1]
        at = bisect_left(keys, (-shown.newest.received, -shown.newest.id))
        if at == len(keys):
            return row if row == len(self._threads) else None
        return rows[at]

    async def next_unread(self, row: int, step: int) -> int | None:
        """The nearest unread row from `row` on, around the end to the other; None when everything is read."""
        near = self.next_unread_in_memory(row, step)
        if near is not None:
            return near
        any_folded = self.folded or self._others

        def read(connection: sqlite3.Connection) -> tuple[set[int], set[ThreadId]]:
            found = unread(connection, self._folders, ())
            return found, set(listing.threads(connection, map(MessageId, found)).values()) if any_folded else set()

        messages, threads = await self._store.read(read)

        def is_unread(one: int) -> bool:
            thread = self.thread_at(one)
            return thread is not None and (self._ids[one] in messages or (thread in threads and self.is_folded(thread)))

        return next(filter(is_unread, around(row, step, len(self))), None)


def _whole(rows: Segment, low: int, high: int) -> tuple[int, int]:
    """Rows `low` to `high` - 1 and the rest of the threads at both ends."""
    threads = rows.threads
    while 0 < low < len(threads) and threads[low - 1] == threads[low]:
        low -= 1
    while 0 < high < len(threads) and threads[high] == threads[high - 1]:
        high += 1
    return low, max(low, high)


def _of(thread: ThreadId, found: Mapping[MessageId, Summary]) -> dict[MessageId, Summary]:
    return {message: one for message, one in found.items() if one.thread == thread}
