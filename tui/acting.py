"""Carries out what a person does to mail: one act after the other, each bound to the messages that were drawn."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from protocols.mime.safe import SafeText, line
from store import folders
from store.changes import ChangeSet
from store.errors import NotPossible
from store.mailstore import MailStore
from store.model import ActId, Flag, FolderId, MessageId, Role, Summary
from store.operations import Act, Archive, Copy, Delete, Junk, Move, Operation, SetFlags, SetLabels
from store.picking import having, in_role, one_of_each
from tui import marks
from tui.turns import Back, Start, Turn, Turns
from tui.widgets.message_list import MessageList
from tui.widgets.picking_list import doubles_of

_AWAY = (Archive, Delete, Junk, Move)
"""What takes messages out of the list: the cursor goes on at once, before the store has written."""
MANY = 1000
"""Messages from which on it is said that they are being changed: it takes a second, and more."""


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
        self._say = say
        self._fail = fail
        self._reader = reader
        self._turns = Turns(store, start, self)
        self.undo_key: Callable[[], str] = lambda: "z"
        """The key to name when something can be taken back; empty: there is none."""
        self._last: Operation | None = None
        """What `repeat` does again."""
        self._repeats_away = False
        self._went_on_to: MessageId | None = None
        """Where the cursor went when messages were sent away last."""

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
        leaving = self._list.is_leaving
        if self._list.selection:
            return tuple(one for one in self._list.selection.messages if not leaving(one))
        if self.target is None:  # nobody has seen it yet
            return ()
        found = [one for one in self._list.rows_from_cursor(rows or 1) if not leaving(one)]
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

    def do(self, operation: Operation, *, quiet: bool = False, for_good: frozenset[MessageId] = frozenset()) -> None:
        """Do it, after all that was asked for before; nothing without messages.

        `for_good`: what a Delete may remove from the trash, since somebody was asked about it.
        """
        also = self.also(operation.messages)

        def make(connection: sqlite3.Connection) -> Operation:
            return _meant(connection, operation, operation.messages, also, for_good)

        self._take(Turn(make, operation.messages, quiet), away=isinstance(operation, _AWAY))

    def archive(self, rows: int = 0) -> None:
        """Archive; the cursor goes to the next."""
        self.do(Archive(self.targets(rows)))

    def delete(self, messages: tuple[MessageId, ...], for_good: frozenset[MessageId] = frozenset()) -> None:
        """Put messages into the trash, and remove those of them for good that `for_good` names; the cursor goes on."""
        self.do(Delete(messages), for_good=for_good)

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
            if self._last is None:  # the act before this one could not be done
                raise NotPossible("There is nothing to repeat.")
            return _meant(connection, self._last, messages, also)

        if self._last is None and not self._turns.is_at_work:
            self._say(SafeText("There is nothing to repeat yet."))
            return False
        self._take(Turn(make, messages), away=self._repeats_away)
        return self._repeats_away

    def undo(self, act: ActId | None = None) -> None:
        """Take back an act, or the last one."""
        self._turns.queue(Back(self._store.undo, act))

    def redo(self, act: ActId | None = None) -> None:
        """Do an act that was taken back again, or the last one."""
        self._turns.queue(Back(self._store.redo, act))

    def _toggle(self, messages: tuple[MessageId, ...], flag: Flag, *, on_any: bool) -> None:
        """A row counts as starred as one of its messages is, and as read when all are."""
        also = self.also(messages)
        row = len(messages) - len(also) == 1 and on_any

        def make(connection: sqlite3.Connection) -> Operation:
            found = having(connection, messages, flag)
            is_on = bool(found) if row else found.issuperset(set(messages) - also)
            return SetFlags(messages, Flag.NONE, flag) if is_on else SetFlags(messages, flag)

        self._take(Turn(make, messages), away=False)

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
            self._went_on_to = self._list.message

        def make(connection: sqlite3.Connection) -> Operation:
            self._last = turn.make(connection)
            return self._last

        self._turns.queue(turn if turn.quiet else replace(turn, make=make))

    def settle(self, changes: ChangeSet) -> None:
        """The list shows these changes: what is still in it, and for what nothing waits any more, has not left."""
        leaving = self._list.leaving
        if found := leaving if changes.everything else leaving & changes.messages:
            self._list.stay(found - self._turns.messages)

    async def rest(self) -> None:
        """Wait until all that was asked for is done, and said."""
        await self._turns.rest()

    async def finish(self) -> None:
        """The screen is gone: write what still waits, without a word."""
        await self._turns.finish()

    def _is_folded_row(self, messages: Sequence[MessageId]) -> bool:
        """Whether an act is for one row that is a whole thread: that is said, since one row was seen."""
        window = self._list.window
        row = window.summary(messages[0]) if window is not None and len(messages) > 1 else None
        return row is not None and row.is_folded and set(row.ids).issuperset(messages)

    # what became of it (turns.Listener)

    def done(self, turn: Turn, operation: Operation, act: Act) -> None:
        """Tell what was done; what is still here can be acted on again."""
        fixed = self._list.window is not None and self._list.window.stays
        # what stays in the list, was there already, or is the same message in another account
        self._list.stay(turn.messages if fixed else set(turn.messages).difference(act.messages))
        if turn.quiet:
            return
        if not act.messages:
            moved = isinstance(operation, _AWAY)
            self._say(SafeText("It is there already." if moved else "It is so already."))
        else:
            key = self.undo_key()
            hint = f" {marks.now().dot} {key} undo" if key and not act.lasting else ""
            self._say(SafeText(f"{line(act.title)}{turn.note}{hint}"))

    def gone(self, messages: set[MessageId]) -> None:
        """There is nothing left to wait for."""
        self._list.stay(messages)

    def refused(self, turns: Sequence[Turn], why: SafeText) -> None:
        """Tell why; the messages stay, and the cursor goes back to where it left them, unless somebody moved it."""
        messages = {message for turn in turns for message in turn.messages}
        was_left = bool(messages & self._list.leaving) and self._list.message == self._went_on_to
        self._list.stay(messages)
        if was_left and self._reader() is None:
            self._list.come_back(messages)
        self._fail(why)

    def takes_long(self, back: Back) -> None:
        """Tell that something happens."""
        doing = "Doing it again" if back.run == self._store.redo else "Taking it back"
        self._say(SafeText(f"{doing} {marks.now().ellipsis}"))

    def went_back(self, act: Act) -> None:
        """Tell it; the cursor goes to what comes back."""
        self._list.stay(act.messages)
        self._list.come_back(act.messages)
        self._say(line(act.title))

    def stayed(self, why: SafeText) -> None:
        """Tell why."""
        self._fail(why)


def _meant(
    connection: sqlite3.Connection,
    operation: Operation,
    messages: tuple[MessageId, ...],
    also: frozenset[MessageId],
    for_good: frozenset[MessageId] = frozenset(),
) -> Operation:
    """An operation for those of some messages that it is meant for; `also` are doubles among them.

    What is in the trash already, as another program may have put it there since it was drawn, is not removed for good
    but for what somebody was asked about.  Raises NotPossible when nothing is left.
    """
    chosen = messages
    if isinstance(operation, Move | Copy):
        if all(folder.id != operation.folder for folder in folders.every(connection)):
            raise NotPossible("The folder it was to go to is gone.", "Choose another one.")
        chosen = one_of_each(connection, messages, also, operation.folder)
    elif isinstance(operation, Delete):
        deleted = in_role(connection, messages, Role.TRASH) - for_good
        chosen = tuple(one for one in messages if one not in deleted)
        if not chosen:
            raise NotPossible("It is in the trash already.")
    return replace(operation, messages=chosen)
