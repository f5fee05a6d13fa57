"""Carries out what a person does to mail: one act after the other, each bound to the messages that were drawn."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from protocols.mime.safe import SafeText, line
from store import acts
from store.database import Transaction
from store.errors import NotFound, NotPossible, StoreError
from store.mailstore import MailStore
from store.model import ActId, Flag, FolderId, MessageId, Summary
from store.operations import Act, Archive, Copy, Delete, Junk, Move, Operation, SetFlags, SetLabels
from store.picking import having, one_of_each, still_there
from tui import marks
from tui.reading import sentence
from tui.widgets.message_list import MessageList
from tui.widgets.picking_list import doubles_of

Work = Callable[[], Coroutine[Any, Any, None]]
Start = Callable[[Work], object]
"""Runs some work beside the screen."""

_AWAY = (Archive, Delete, Junk, Move)
"""What takes messages out of the list: the cursor goes on at once, before the store has written."""
TOGETHER = 50
"""Acts that are written in one transaction when keys come faster than the disk."""

MANY = 1000
"""Messages from which on it is said that they are being changed: it takes a second, and more."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One act that waits for its turn."""

    make: Callable[[sqlite3.Connection], Operation]
    """What to do, worked out when it is done: a star that goes on or off depends on the acts before it."""
    messages: tuple[MessageId, ...]
    quiet: bool = False
    """Whether nothing is said of it, and undo goes past it: a message was read."""
    note: str = ""
    """What is said besides, behind the title."""
    only: frozenset[MessageId] | None = None
    """What is left of the messages, when some are gone."""


@dataclass(frozen=True, slots=True)
class Back:
    """An undo or a redo that waits for its turn."""

    run: Callable[[ActId | None], Coroutine[Any, Any, Act]]
    act: ActId | None
    """None: the last one."""


class Acting:
    """Acts on the selection, else on what the row under the cursor of `messages` stands for.

    `say` tells the result, `fail` what went wrong; `reader` is what the reader shows while it is in front, else None.
    """

    def __init__(
        self,
        store: MailStore,
        messages: MessageList,
        start: Start,
        say: Callable[[SafeText], None],
        fail: Callable[[SafeText], None],
        reader: Callable[[], Summary | None] = lambda: None,
    ) -> None:
        self._store = store
        self._list = messages
        self._start = start
        self._say = say
        self._fail = fail
        self._reader = reader
        self._turns: deque[Turn | Back] = deque()
        self._is_at_work = False
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._writing: asyncio.Future[list[tuple[Operation, Act]]] | None = None
        """What is on its way to the disk, also when whoever waits for it is cancelled."""
        self.undo_key: Callable[[], str] = lambda: "z"
        """The key to name when something can be taken back; empty: there is none."""
        self._last: Operation | None = None
        """What `repeat` does again."""
        self._repeats_away = False

    # what an act is for

    @property
    def target(self) -> Summary | None:
        """The message in front: that of the reader, else the one under the cursor; None when it was not drawn yet."""
        if (shown := self._reader()) is not None:
            return shown
        return self._list.window.summary(self._list.target) if self._list.window else None

    def row(self, summary: Summary) -> tuple[MessageId, ...]:
        """What the row of a message stands for: what was drawn as one goes as one, and nothing else does.

        A message that is read stands for itself, also where its row in the list is a whole thread.
        """
        return tuple(message for message in self._list.stands_for(summary.id) if message in summary.ids)

    def targets(self, rows: int = 0) -> tuple[MessageId, ...]:
        """What an act is for now: the reader's message, the selection, or `rows` rows from the cursor on."""
        if (shown := self._reader()) is not None:
            return self._alone(shown)
        if self._list.selection:
            return self._list.selection.messages
        if self.target is None:  # nobody has seen it yet
            return ()
        found = self._list.rows_from_cursor(rows or 1)
        return tuple(dict.fromkeys(one for message in found for one in self._list.stands_for(message)))

    def _alone(self, summary: Summary) -> tuple[MessageId, ...]:
        """What a message in the reader stands for: its copies in other accounts, but not the thread of a folded row."""
        if self._list.window is None or self._list.window.summary(summary.id) is None:
            return summary.own
        drawn = self.row(summary)
        return tuple(one for one in summary.own if one in drawn) or (summary.id,)

    def also(self, messages: Iterable[MessageId]) -> frozenset[MessageId]:
        """Those of some targets that are the same message in another account: not counted, and not moved twice."""
        selection, window = self._list.selection, self._list.window
        others = (message for message in messages if message not in selection)
        rows = map(window.summary, others) if window is not None else ()
        doubles = {double for summary in rows if summary is not None for double in doubles_of(summary)}
        return (selection.also | doubles).intersection(messages)

    # acts

    def do(self, operation: Operation, *, quiet: bool = False) -> None:
        """Do it, after all that was asked for before; nothing without messages."""
        also = self.also(operation.messages) if isinstance(operation, Move | Copy) else frozenset()

        def make(connection: sqlite3.Connection) -> Operation:
            if isinstance(operation, Move | Copy):
                chosen = one_of_each(connection, operation.messages, also, operation.folder)
                return replace(operation, messages=chosen)
            return operation

        self._take(Turn(make, operation.messages, quiet), away=isinstance(operation, _AWAY))

    def archive(self, rows: int = 0) -> None:
        """Archive; the cursor goes to the next."""
        self.do(Archive(self.targets(rows)))

    def delete(self, messages: tuple[MessageId, ...]) -> None:
        """Delete messages (into the trash, or out of it); the cursor goes to the next."""
        self.do(Delete(messages))

    def move(self, messages: tuple[MessageId, ...], folder: FolderId) -> None:
        """Move messages; the cursor goes to the next."""
        self.do(Move(messages, folder))

    def copy(self, messages: tuple[MessageId, ...], folder: FolderId) -> None:
        """Copy messages; the cursor stays."""
        self.do(Copy(messages, folder))

    def star(self, rows: int = 0) -> None:
        """Give what has no star a star; when all have one, take it off."""
        self._toggle(self.targets(rows), Flag.FLAGGED, on_any=True)

    def toggle_read(self, rows: int = 0) -> None:
        """Mark what is unread read; when all is read, mark it unread."""
        self._toggle(self.targets(rows), Flag.SEEN, on_any=False)

    def mark(self, *, read: bool, rows: int = 0) -> None:
        """Mark messages read, or unread."""
        none, seen = Flag.NONE, Flag.SEEN
        self.do(SetFlags(self.targets(rows), seen if read else none, none if read else seen))

    def label(self, messages: tuple[MessageId, ...], add: tuple[str, ...], remove: tuple[str, ...]) -> None:
        """Put labels on messages, and take others off."""
        self.do(SetLabels(messages, add, remove))

    def opened(self, summary: Summary) -> None:
        """The message was read: mark it so, without a word."""
        shown = self._list.window.summary(summary.id) if self._list.window else None
        known = shown if shown is not None and shown.ids == summary.ids else summary  # the row may be a whole thread
        if Flag.SEEN not in known.flags:
            self.do(SetFlags(self.row(summary), Flag.SEEN), quiet=True)

    def repeat(self, rows: int = 0) -> bool:
        """The last act again, on what is in front now; whether that goes out of the list."""
        messages = self.targets(rows)
        also = self.also(messages)

        def make(connection: sqlite3.Connection) -> Operation:
            assert self._last is not None  # by now: an act before this one has set it
            chosen = messages
            if isinstance(self._last, Move | Copy):
                chosen = one_of_each(connection, messages, also, self._last.folder)
            return replace(self._last, messages=chosen)

        if self._last is None and not self._turns:
            self._say(SafeText("There is nothing to repeat yet."))
            return False
        self._take(Turn(make, messages), away=self._repeats_away)
        return self._repeats_away

    def undo(self, act: ActId | None = None) -> None:
        """Take back an act, or the last one."""
        self._queue(Back(self._store.undo, act))

    def redo(self, act: ActId | None = None) -> None:
        """Do an act that was taken back again, or the last one."""
        self._queue(Back(self._store.redo, act))

    def _toggle(self, messages: tuple[MessageId, ...], flag: Flag, *, on_any: bool) -> None:
        """A row counts as starred as one of its messages is, and as read when all are."""
        also = self.also(messages)
        row = len(messages) - len(also) == 1 and on_any

        def make(connection: sqlite3.Connection) -> Operation:
            found = having(connection, messages, flag)
            is_on = bool(found) if row else found.issuperset(set(messages) - also)
            return SetFlags(messages, Flag.NONE, flag) if is_on else SetFlags(messages, flag)

        self._take(Turn(make, messages), away=False)

    # one after the other

    def _take(self, turn: Turn, *, away: bool) -> None:
        if not turn.messages:
            return
        if not turn.quiet:
            if self._is_folded_row(turn.messages):
                turn = replace(turn, note=" (a thread)")
            if len(turn.messages) > MANY:
                self._say(SafeText(f"Changing {len(turn.messages):,} messages {marks.now().ellipsis}"))
            self._repeats_away = away
            if self._list.selection and self._reader() is None:
                self._list.clear_selection()
        if away:
            self._list.leave(turn.messages)
        self._queue(turn)

    def _is_folded_row(self, messages: Sequence[MessageId]) -> bool:
        """Whether an act is for one row that is a whole thread: that is said, since one row was seen."""
        window = self._list.window
        row = window.summary(messages[0]) if window is not None and len(messages) > 1 else None
        return row is not None and row.is_folded and set(row.ids).issuperset(messages)

    def _queue(self, turn: Turn | Back) -> None:
        self._turns.append(turn)
        if not self._is_at_work:
            self._is_at_work = True
            self._at_rest.clear()
            self._start(self._work)

    async def _work(self) -> None:
        """Do what waits; the order on the disk is the order of the keys."""
        try:
            while self._turns:
                if isinstance(first := self._turns[0], Back):
                    self._turns.popleft()
                    await self._go_back(first)
                else:
                    await self._perform(self._next_turns())
        finally:
            self._is_at_work = False
            self._at_rest.set()

    async def rest(self) -> None:
        """Wait until all that was asked for is done, and said."""
        await self._at_rest.wait()

    async def finish(self) -> None:
        """The screen is gone: write what still waits, without a word."""
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)
        while self._turns:
            turn = self._turns.popleft()
            try:
                if isinstance(turn, Back):
                    await turn.run(turn.act)
                else:
                    await self._write([turn])
            except StoreError:  # there is nobody left to tell; of the store's own trouble the program tells at its end
                continue

    def _next_turns(self) -> list[Turn]:
        taken: list[Turn] = []
        while self._turns and len(taken) < TOGETHER and isinstance(turn := self._turns[0], Turn):
            taken.append(turn)
            self._turns.popleft()
        return taken

    async def _write(self, turns: Sequence[Turn]) -> list[tuple[Operation, Act]]:
        """Write acts in one transaction: held keys come faster than a disk answers.  Each is undone alone."""
        written = self._store.write(lambda tx: [_perform(tx, turn) for turn in turns], durable=True)
        self._writing = asyncio.ensure_future(written)
        return await asyncio.shield(self._writing)

    async def _perform(self, turns: Sequence[Turn]) -> None:
        try:
            done = await self._write(turns)
        except (NotFound, NotPossible) as error:
            if len(turns) > 1:  # one of them is at fault, and has taken the others with it
                for turn in turns:
                    await self._perform([turn])
            elif isinstance(error, NotFound):
                await self._perform_rest(turns[0])
            else:
                self._refused(turns, sentence(error))
        except StoreError as error:
            self._refused(turns, sentence(error))
        else:
            for turn, (operation, act) in zip(turns, done, strict=True):
                self._done(turn, operation, act)

    async def _perform_rest(self, turn: Turn) -> None:
        """Some of the messages were removed on the server meanwhile: the act is for the others."""
        left = await self._store.read(lambda c: still_there(c, (), turn.messages))
        if 0 < len(left) < len(turn.messages):
            self._list.stay(set(turn.messages) - left)
            rest = tuple(message for message in turn.messages if message in left)
            await self._perform([replace(turn, messages=rest, only=frozenset(left))])
        else:
            self._refused([turn], SafeText("That message is gone: it was removed on the server."))

    def _refused(self, turns: Iterable[Turn], why: SafeText) -> None:
        for turn in turns:
            self._list.stay(turn.messages)
        self._fail(why)

    def _done(self, turn: Turn, operation: Operation, act: Act) -> None:
        fixed = self._list.window is not None and self._list.window.stays
        # what stays in the list, was there already, or is the same message in another account
        self._list.stay(turn.messages if fixed else set(turn.messages).difference(act.messages))
        if turn.quiet:
            return
        self._last = operation
        if not act.messages:
            moved = isinstance(operation, _AWAY)
            self._say(SafeText("It is there already." if moved else "It is so already."))
        else:
            key = self.undo_key()
            hint = f" {marks.now().dot} {key} undo" if key and not act.lasting else ""
            self._say(SafeText(f"{line(act.title)}{turn.note}{hint}"))

    async def _go_back(self, back: Back) -> None:
        try:
            act = await back.run(back.act)
        except StoreError as error:
            self._fail(sentence(error))
        else:
            self._list.stay(act.messages)
            self._list.come_back(act.messages)
            self._say(line(act.title))


def _perform(tx: Transaction, turn: Turn) -> tuple[Operation, Act]:
    operation = turn.make(tx.connection)
    if turn.only is not None:
        operation = replace(operation, messages=tuple(one for one in operation.messages if one in turn.only))
    return operation, acts.perform(tx, operation, aside=turn.quiet)
