"""Counts the mail that came in above what is on the screen, until somebody has had it before his eyes."""

from collections.abc import Callable, Iterable, Sequence

HEADS = 200
"""Rows at the top that are remembered, to tell what came in above them; some of them may go away meanwhile."""
MOST = 500
"""Messages at the top that are remembered."""
FAR = 20_000
"""Rows among which the old top is looked for, when that many messages came in at once."""


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

    @property
    def reach(self) -> int:
        """Rows at the top among which all that is new stands."""
        return MOST + len(self._new)

    def note(self, rows: Callable[[int, int], Sequence[int]]) -> None:
        """The list changed, `rows` are its messages now: what stands above what was there before came in since."""
        heads = {*self._heads}
        for reach in (self.reach, FAR):
            top = rows(0, reach)
            above = next((row for row, message in enumerate(top) if message in heads), None)
            if above is not None:
                break
        else:  # it was empty, or so much is gone or new that nobody counts
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
