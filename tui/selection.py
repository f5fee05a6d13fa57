"""The messages that somebody has picked, by their ids: what the next act is for."""

from collections.abc import Iterable

from store.model import MessageId


class Selection:
    """A set of messages.  It knows nothing of rows: new mail, scrolling and another order leave it as it is.

    A row may stand for several messages that are one (Summary.doubles): those besides its own count as nothing.
    """

    def __init__(self) -> None:
        self._picked: set[MessageId] = set()
        self._also: set[MessageId] = set()
        self._base: tuple[frozenset[MessageId], frozenset[MessageId]] | None = None
        """While a range is being drawn: what was picked, and stood for besides, when it was begun."""
        self.anchor: MessageId | None = None
        """Where the range was begun."""

    def __len__(self) -> int:
        """How many messages, each counted once however many accounts have it."""
        return len(self._picked)

    def __bool__(self) -> bool:
        return bool(self._picked)

    def __contains__(self, message: MessageId) -> bool:
        return message in self._picked or message in self._also

    @property
    def messages(self) -> tuple[MessageId, ...]:
        """All of them, doubles included, the newest in the store first."""
        return tuple(sorted(self._picked | self._also, reverse=True))

    @property
    def also(self) -> frozenset[MessageId]:
        """Those that are doubles of others."""
        return frozenset(self._also)

    @property
    def is_range(self) -> bool:
        """Whether moving the cursor picks."""
        return self._base is not None

    def add(self, messages: Iterable[MessageId], also: Iterable[MessageId] = ()) -> None:
        """Pick messages, and what their rows stand for besides."""
        self._picked.update(messages)
        self._also.update(also)
        self._also -= self._picked

    def remove(self, messages: Iterable[MessageId]) -> None:
        """Pick these no longer; of a range, what was picked before it stays."""
        gone = set(messages)
        if self._base is not None:
            gone -= self._base[0] | self._base[1]
        self._picked -= gone
        self._also -= gone

    def toggle(self, messages: Iterable[MessageId], also: Iterable[MessageId] = ()) -> None:
        """Pick what one row stands for, or no longer when all of it is picked."""
        wanted, besides = set(messages), set(also)
        if wanted <= self._picked | self._also:
            self.forget(wanted | besides)
        else:
            self.add(wanted, besides)

    def forget(self, messages: Iterable[MessageId]) -> None:
        """Pick these no longer, whatever range they are in: they went away, or somebody said so."""
        gone = frozenset(messages)
        self._picked -= gone
        self._also -= gone
        if self._base is not None:
            self._base = self._base[0] - gone, self._base[1] - gone

    def begin_range(self, anchor: MessageId) -> None:
        """From now on moving picks, from this message on."""
        self._base, self.anchor = (frozenset(self._picked), frozenset(self._also)), anchor

    def reset_range(self) -> None:
        """Take back what the range has picked so far; it goes on."""
        if self._base is not None:
            self._picked, self._also = set(self._base[0]), set(self._base[1])

    def end_range(self) -> None:
        """Moving picks no longer; what is picked stays."""
        self._base = self.anchor = None

    def clear(self) -> None:
        """Nothing is picked."""
        self._picked.clear()
        self._also.clear()
        self.end_range()
