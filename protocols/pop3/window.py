"""Which commands may be under way at once: so many, and so many octets of answers."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

from protocols.pop3.channel import Answer
from protocols.pop3.wire import Reply

Command = tuple[int, bytes, int, Reply]
"""A number to know it by, the line, the octets of its answer as far as somebody told, and the shape of that."""


class Window:
    """Commands that wait to be sent, and those that were sent ahead of their answers; it sends nothing itself."""

    def __init__(self, commands: Iterable[Command], most: int, octets: int) -> None:
        """At most `most` commands, and `octets` of answers, are under way; a single larger one goes alone."""
        self._left = iter(commands)
        self._next = next(self._left, None)
        self._most = most
        self._octets = octets
        self._weight = 0
        self._due: list[Command] = []
        self._sizes: deque[int] = deque()
        self.ahead: deque[tuple[int, asyncio.Future[Answer]]] = deque()
        """Number and answer of those under way, the oldest first."""

    def due(self, *, whole: bool) -> Sequence[Command]:
        """What may be sent now, possibly nothing; `whole`: only when everything before was answered.

        Half a window at a time: each command in a packet of its own would cost more than its answer.
        """
        under_way = len(self.ahead)
        self._due = []
        if under_way > (0 if whole else self._most // 2):
            return self._due
        while self._next is not None and under_way < self._most:
            if under_way and self._weight + self._next[2] > self._octets:
                break
            self._weight += self._next[2]
            under_way += 1
            self._due.append(self._next)
            self._next = next(self._left, None)
        return self._due

    def sent(self, answers: Sequence[asyncio.Future[Answer]]) -> None:
        """What was due is on its way; `answers` in the same order."""
        for command, answer in zip(self._due, answers, strict=True):
            self.ahead.append((command[0], answer))
            self._sizes.append(command[2])

    def answered(self) -> None:
        """The oldest has its answer."""
        self.ahead.popleft()
        self._weight -= self._sizes.popleft()
