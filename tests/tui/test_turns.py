"""Acts that wait their turn: what is said while one of them takes long."""

import asyncio
from collections.abc import Sequence

import pytest

from protocols.mime.safe import SafeText
from store.errors import NotPossible
from store.mailstore import MailStore
from store.model import ActId, MessageId
from store.operations import Act, Operation
from tui import turns
from tui.turns import Back, Turn, Turns


class Heard:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.long = asyncio.Event()

    def done(self, turn: Turn, operation: Operation, act: Act) -> None:
        self.told.append("done")

    def gone(self, messages: set[MessageId]) -> None:
        self.told.append("gone")

    def refused(self, turns: Sequence[Turn], why: SafeText) -> None:
        self.told.append("refused")

    def takes_long(self, back: Back) -> None:
        self.told.append("takes long")
        self.long.set()

    def went_back(self, act: Act) -> None:
        self.told.append("went back")

    def stayed(self, why: SafeText) -> None:
        self.told.append(why)


async def test_an_undo_that_takes_long_is_told_before_its_end(
    store: MailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONG", 0.0)
    heard, tasks = Heard(), set[asyncio.Task[None]]()

    async def undo(act: ActId | None) -> Act:
        await heard.long.wait()
        raise NotPossible("There is nothing to undo.")

    waiting = Turns(store, lambda work: tasks.add(asyncio.create_task(work())), heard)
    waiting.queue(Back(undo, None))
    await waiting.rest()
    assert heard.told == ["takes long", "There is nothing to undo."]
