"""Acts that wait their turn: written in the order of the keys, together when those come faster than the disk."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from protocols.mime.safe import SafeText
from store.database import Transaction
from store.errors import NotFound, NotPossible, StoreError
from store.mailstore import MailStore
from store.model import ActId, MessageId
from store.operations import Act, Operation
from store.picking import still_there
from tui.reading import sentence

Work = Callable[[], Coroutine[Any, Any, None]]
Start = Callable[[Work], object]
"""Runs some work beside the screen."""

LONG = 0.3
"""Seconds after which it is said that something is being taken back."""
TOGETHER = 50
"""Acts that are written in one transaction."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One act that waits."""

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
    """An undo or a redo that waits."""

    run: Callable[[ActId | None], Coroutine[Any, Any, Act]]
    act: ActId | None
    """None: the last one."""


class Listener(Protocol):
    """Who is told what became of the turns, in their order."""

    def done(self, turn: Turn, operation: Operation, act: Act) -> None:
        """It is written; `act` has no messages when there was nothing to do."""

    def gone(self, messages: set[MessageId]) -> None:
        """These were removed on the server meanwhile: what follows is for the others."""

    def refused(self, turns: Sequence[Turn], why: SafeText) -> None:
        """Nothing of it was done."""

    def takes_long(self, back: Back) -> None:
        """Something is being undone, or done again, and it is much."""

    def went_back(self, act: Act) -> None:
        """Something was undone, or done again."""

    def stayed(self, why: SafeText) -> None:
        """Nothing was undone, or done again."""


class Turns:
    """One after the other; `start` runs the work beside the screen."""

    def __init__(self, store: MailStore, start: Start, listener: Listener) -> None:
        self._store = store
        self._start = start
        self._listener = listener
        self._turns: deque[Turn | Back] = deque()
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._writing: asyncio.Future[list[tuple[Operation, Act]]] | None = None
        """What is on its way to the disk, also when whoever waits for it is cancelled."""
        self._taken: Sequence[Turn] = ()
        """What is being written, or was refused and is still to be tried another way."""
        self._alone = 0
        """So many of those that wait are written one by one: together they were refused."""
        self._worker: asyncio.Task[object] | None = None
        self._is_over = False

    @property
    def is_at_work(self) -> bool:
        """Whether something waits, or is being written."""
        return not self._at_rest.is_set()

    @property
    def messages(self) -> set[MessageId]:
        """What something waits for, or is being written about."""
        turns = (turn for turn in (*self._taken, *self._turns) if isinstance(turn, Turn))
        return {message for turn in turns for message in turn.messages}

    def queue(self, turn: Turn | Back) -> None:
        """Do it after all that was asked for before."""
        self._turns.append(turn)
        if not self.is_at_work:
            self._at_rest.clear()
            self._start(self._work)

    async def _work(self) -> None:
        """Do what waits; the order on the disk is the order of the keys."""
        self._worker = asyncio.current_task()
        try:
            while self._turns and not self._is_over:
                if isinstance(first := self._turns[0], Back):
                    self._turns.popleft()
                    await self._go_back(first)
                else:
                    await self._perform(self._next_turns())
        finally:
            self._at_rest.set()

    async def rest(self) -> None:
        """Wait until all that was asked for is done, and said."""
        await self._at_rest.wait()

    async def finish(self) -> None:
        """The screen is gone: write what still waits, without a word."""
        self._is_over = True
        if self._worker is not None:  # two that write would do something twice, or leave before it is done
            self._worker.cancel()
            await asyncio.wait({self._worker})
        if self._writing is not None:
            [written] = await asyncio.gather(self._writing, return_exceptions=True)
            if isinstance(written, NotFound | NotPossible):
                self._turns.extendleft(reversed(self._taken))
        while self._turns:
            turn = self._turns.popleft()
            try:
                if isinstance(turn, Back):
                    await turn.run(turn.act)
                else:
                    await self._write_what_is_left(turn)
            except StoreError:  # there is nobody left to tell; of the store's own trouble the program tells at its end
                continue

    async def _write_what_is_left(self, turn: Turn) -> None:
        try:
            await self._write([turn])
        except NotFound:
            rest, _ = await self._rest_of(turn)
            if rest is None:
                raise
            await self._write([rest])

    def _next_turns(self) -> list[Turn]:
        taken: list[Turn] = []
        most = 1 if self._alone else TOGETHER
        while self._turns and len(taken) < most and isinstance(turn := self._turns[0], Turn):
            taken.append(turn)
            self._turns.popleft()
        self._alone = max(0, self._alone - 1)
        return taken

    async def _write(self, turns: Sequence[Turn]) -> list[tuple[Operation, Act]]:
        """Write acts in one transaction: held keys come faster than a disk answers.  Each is undone alone."""
        written = self._store.write(lambda tx: [_perform(tx, turn) for turn in turns], durable=True)
        self._writing = asyncio.ensure_future(written)
        return await asyncio.shield(self._writing)

    async def _perform(self, turns: Sequence[Turn]) -> None:
        self._taken = turns
        try:
            done = await self._write(turns)
        except (NotFound, NotPossible) as error:
            if len(turns) > 1:  # one of them is at fault, and has taken the others with it
                self._turns.extendleft(reversed(turns))
                self._alone = len(turns)
            elif isinstance(error, NotFound):
                await self._perform_rest(turns[0], error)
            else:
                self._listener.refused(turns, sentence(error))
        except StoreError as error:
            self._listener.refused(turns, sentence(error))
        else:
            for turn, (operation, act) in zip(turns, done, strict=True):
                self._listener.done(turn, operation, act)
        self._taken = ()

    async def _perform_rest(self, turn: Turn, error: NotFound) -> None:
        """Something was removed on the server meanwhile: of some of the messages the act is for the others."""
        rest, left = await self._rest_of(turn)
        if rest is not None:
            self._listener.gone(set(turn.messages) - left)
            await self._perform([rest])
        else:
            gone = SafeText("That message is gone: it was removed on the server.")
            self._listener.refused([turn], sentence(error) if left else gone)

    async def _rest_of(self, turn: Turn) -> tuple[Turn | None, set[MessageId]]:
        """The turn for those of its messages that are still there, None when it is all or none; and those."""
        left = await self._store.read(lambda c: still_there(c, (), turn.messages))
        if not 0 < len(left) < len(set(turn.messages)):
            return None, left
        rest = tuple(message for message in turn.messages if message in left)
        return replace(turn, messages=rest, only=frozenset(left)), left

    async def _go_back(self, back: Back) -> None:
        told = asyncio.get_running_loop().call_later(LONG, self._listener.takes_long, back)
        try:
            act = await back.run(back.act)
        except StoreError as error:
            self._listener.stayed(sentence(error))
        else:
            self._listener.went_back(act)
        finally:
            told.cancel()


def _perform(tx: Transaction, turn: Turn) -> tuple[Operation, Act]:
    operation = turn.make(tx.connection)
    if turn.only is not None:
        operation = replace(operation, messages=tuple(one for one in operation.messages if one in turn.only))
    from store import acts

    return operation, acts.perform(tx, operation, aside=turn.quiet)
