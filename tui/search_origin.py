"""Where one was before a search: the list as it stood, so that Escape goes back exactly there."""

from dataclasses import dataclass
from functools import partial

from store.changes import NOTHING, ChangeSet
from store.model import MessageId
from tui.place import Place
from tui.widgets.message_list import MessageList
from tui.window import MessageWindow


@dataclass(slots=True)
class Origin:
    """A place with its window, its cursor and how far it was scrolled; what changes meanwhile is noted."""

    place: Place
    window: MessageWindow
    message: MessageId | None
    row: int
    top: int
    picked: tuple[frozenset[MessageId], frozenset[MessageId]] = (frozenset(), frozenset())
    """What was selected, and what of it are doubles of others."""
    changes: ChangeSet = NOTHING

    @classmethod
    def of(cls, place: Place, messages: MessageList) -> "Origin | None":
        """Where the list stands now; None before it shows anything."""
        if messages.window is None:
            return None
        also = messages.selection.also
        picked = frozenset(messages.selection.messages) - also, also
        return cls(place, messages.window, messages.message, messages.cursor, messages.top_row, picked)

    def note(self, changes: ChangeSet) -> None:
        """Something changed while another list is shown."""
        self.changes |= changes

    async def catch_up(self, height: int) -> ChangeSet:
        """Bring the window up to date, and have the rows that were on the screen in memory; what has changed."""
        changes, self.changes = self.changes, NOTHING
        if changes.durable:
            await self.window.apply(changes)
        await self.window.ensure(self.top, self.top + height)
        return changes

    def put_back(self, messages: MessageList) -> None:
        """The cursor on its message, or on the row where that was, the rows where they stood, and what was selected."""
        found = None if self.message is None else self.window.row_standing_for(self.message)
        row = self.row if found is None else found
        messages.move_to(row)
        messages.selection.add(*self.picked)
        top = max(0, self.top + row - self.row)
        messages.scroll_to_row(top)
        # once more when its size is known: the bar above it goes away
        messages.call_after_refresh(partial(messages.scroll_to_row, top))
