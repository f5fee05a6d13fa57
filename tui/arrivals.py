"""Counts the mail that came in above what is on the screen, until somebody has had it before his eyes."""

from collections.abc import Iterable, Sequence

HEADS = 200
"""Rows at the top that are remembered, to tell what came in above them; some of them may go away meanwhile."""
MOST = 500
"""New messages that are counted at most, and messages at the top that are remembered."""


class Arrivals:
    """`note` after every change of the list, `saw` for what is drawn; `len` is the number to show."""

    def __init__(self) -> None:
        self._heads: tuple[int, ...] = ()
        self._known: dict[int, None] = {}
        """What stood at the top before, also when it is gone: it may come back, and is not new then."""
        self._new: set[int] = set()

    def __len__(self) -> int:
        return len(self._new)

    def begin(self, top: Sequence[int]) -> None:
        """Another list, with these messages at its top: nothing in it is new."""
        self._new.clear()
        self._known.clear()
        self._remember(top)

    def note(self, top: Sequence[int]) -> None:
        """The list changed, its top is this now: what stands above what was there before came in since."""
        heads = {*self._heads}
        above = next((row for row, message in enumerate(top) if message in heads), None)
        if above is None:  # it was empty, or so much is gone or new that nobody counts
            self.begin(top)
            return
        self._new |= {message for message in top[:above] if message not in self._known}
        self._new.intersection_update(top)
        self._remember(top)

    def saw(self, messages: Iterable[int]) -> None:
        """These are on the screen."""
        self._new.difference_update(messages)

    def _remember(self, top: Sequence[int]) -> None:
        self._heads = tuple(top[:HEADS])
        self._known.update(dict.fromkeys(self._heads))
        for old in list(self._known)[: max(0, len(self._known) - MOST)]:
            del self._known[old]
