"""A list of messages in which rows are picked: one by one, a range at a time, or by what they are."""

from collections import OrderedDict
from collections.abc import Iterable

from store.model import MessageId, Summary
from store.picking import Picked
from tui.selection import Selection
from tui.widgets.virtual_list import VirtualList
from tui.window import MessageWindow


class PickingList(VirtualList):
    """Knows the window, the selection, and what the rows that were drawn stood for; a subclass draws them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.window: MessageWindow | None = None
        self.message: MessageId | None = None
        """The message under the cursor."""
        self.selection = Selection()
        self._drawn: OrderedDict[MessageId, tuple[MessageId, ...]] = OrderedDict()
        """What the rows that were drawn lately stood for."""
        self._reach: tuple[int, int] | None = None
        """The rows of the range that is being drawn, from its anchor to the cursor; None: find them anew."""

    def row_ids(self, summary: Summary) -> tuple[MessageId, ...]:
        """Every message that a row stands for, its own first: doubles, and a folded thread's messages."""
        return summary.ids

    def stands_for(self, message: MessageId) -> tuple[MessageId, ...]:
        """What an act on the row of `message` is for: all that it stood for when it was drawn, and still does."""
        summary = self.window.summary(message) if self.window is not None else None
        now = (message,) if summary is None else self.row_ids(summary)
        drawn = self._drawn.get(message, now)
        return tuple(one for one in now if one in drawn)

    def rows_from_cursor(self, count: int) -> tuple[MessageId, ...]:
        """The messages in `count` rows from the cursor's on, as many as there are."""
        window = self.window
        found = (
            (window.id_at(row) for row in range(self.cursor, min(self.count, self.cursor + count))) if window else ()
        )
        return tuple(message for message in found if message is not None)

    def is_selected(self, summary: Summary) -> bool:
        """Whether something that a row stands for is picked."""
        return any(message in self.selection for message in self.row_ids(summary))

    def toggle_rows(self, messages: Iterable[MessageId]) -> None:
        """Pick some rows, or no longer when they are picked; of several the first one tells which."""
        rows = list(messages)
        if not rows:
            return
        picked = rows[0] in self.selection
        for message in rows:
            if picked:
                self.selection.forget(self.stands_for(message))
            else:
                self._pick(message)
        self.refresh()

    def take(self, picked: Picked) -> None:
        """Pick these, and nothing else."""
        self.end_range()
        self.selection.clear()
        self.selection.add(picked.rows, picked.also)
        self.refresh()

    def clear_selection(self) -> None:
        """Pick nothing; a range ends with it."""
        self._reach = None
        self.selection.clear()
        self.refresh()

    def begin_range(self) -> None:
        """From now on moving picks, from the cursor's row on."""
        if self.message is not None:
            self.selection.begin_range(self.message)
            self._reach = None
            self._stretch()

    def end_range(self) -> None:
        """Moving picks no longer; what is picked stays."""
        self._reach = None
        self.selection.end_range()

    def _pick(self, message: MessageId) -> None:
        summary = self.window.summary(message) if self.window is not None else None
        doubles = set() if summary is None else doubles_of(summary)
        row = self.stands_for(message)
        self.selection.add((one for one in row if one not in doubles), doubles.intersection(row))

    def _stretch(self) -> None:
        """Let the range reach to the cursor: only the rows between its last place and this one change."""
        selection, window = self.selection, self.window
        if window is None or selection.anchor is None or not self.count:
            return
        if self._reach is None:
            anchor = window.row_of(selection.anchor)
            if anchor is None:  # it went away: go on from here
                anchor = self.cursor
                selection.anchor = self.message
            selection.reset_range()
            old = range(0)
        else:
            anchor = self._reach[0]
            old = _between(*self._reach)
        new = _between(anchor, self.cursor)
        self._reach = anchor, self.cursor
        for row in (row for row in old if row not in new):
            if (message := window.id_at(row)) is not None:
                selection.remove(self.stands_for(message))
        for row in (row for row in new if row not in old):
            if (message := window.id_at(row)) is not None:
                self._pick(message)
        self.refresh()

    def move_to(self, row: int) -> None:
        """Put the cursor on a row; a range reaches as far."""
        super().move_to(row)
        if self.window is not None:
            self.message = self.window.id_at(self.cursor)
        if self.selection.is_range:
            self._stretch()


def doubles_of(summary: Summary) -> set[MessageId]:
    """What a row stands for in another account: the same message there, as against others of a folded thread."""
    return {double.id for double in summary.doubles if not double.is_member}


def _between(one: int, other: int) -> range:
    return range(min(one, other), max(one, other) + 1)
