"""Counts the mail that came in above what is on the screen, until somebody has had it before his eyes."""

from collections.abc import Callable, Iterable

from store.model import MessageId

HEADS = 60
"""Rows at the top that are remembered, to tell what came in above them; some of them may go away meanwhile."""
MOST = 500
"""New messages that are counted at most, and messages at the top that are remembered."""


class Arrivals:
    """`note` after every change of the list, `saw` for what is drawn; `len` is the number to show."""

    def __init__(self) -> None:
        self._heads: tuple[MessageId, ...] = ()
        self._known: dict[MessageId, None] = {}
        """What stood at the top before, also when it is gone: it may come back, and is not new then."""
        self._new: set[MessageId] = set()

    def __len__(self) -> int:
        return len(self._new)

    def begin(self, id_at: Callable[[int], MessageId | None]) -> None:
        """Another list: nothing in it is new."""
        self._new.clear()
        self._known.clear()
        self._remember(id_at)

    def note(self, id_at: Callable[[int], MessageId | None], row_of: Callable[[MessageId], int | None]) -> None:
        """The list changed: what stands above the first row that was there before came in since."""
        top = next((row for head in self._heads if (row := row_of(head)) is not None), None)
        if top is None:  # it was empty, or nothing of it is left: it is another list
            self.begin(id_at)
            return
        first = [message for row in range(MOST) if (message := id_at(row)) is not None]
        self._new |= {message for message in first[:top] if message not in self._known}
        self._new.intersection_update(first)
        self._remember(id_at)

    def _remember(self, id_at: Callable[[int], MessageId | None]) -> None:
        self._heads = tuple(message for row in range(HEADS) if (message := id_at(row)) is not None)
        self._known.update(dict.fromkeys(self._heads))
        for old in list(self._known)[: max(0, len(self._known) - MOST)]:
            del self._known[old]

    def saw(self, messages: Iterable[MessageId | None]) -> None:
        """These are on the screen."""
        self._new.difference_update(messages)
