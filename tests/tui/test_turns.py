"""Acts that wait their turn: what is said while one of them takes long."""

import asyncio
from collections.abc import Sequence

import pytest

from protocols.mime.safe import SafeText
from store import messages
from store.errors import NotPossible
from store.mailstore import MailStore
from store.model import ActId, Flag, MessageId
from store.operations import Act, Operation, SetFlags
from tests.tui.conftest import arrival, deliver, folder_of
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


@pytest.mark.parametrize("moments", range(0, 40, 3))
async def test_at_the_end_everything_is_done_once_whoever_was_at_work(store: MailStore, moments: int) -> None:
    inbox = await folder_of(store, "work", "INBOX")
    ids = await deliver(store, inbox, *(arrival("A", f"{n}", "", n, uid=900 + n) for n in range(4)))
    await store.write(lambda tx: messages.remove(tx, [ids[1]], reason=""))
    tasks = set[asyncio.Task[None]]()
    waiting = Turns(store, lambda work: tasks.add(asyncio.create_task(work())), Heard())
    for one in ids:
        waiting.queue(Turn(lambda _, one=one: SetFlags((one,), add=Flag.FLAGGED), (one,)))
    for _ in range(moments):
        await asyncio.sleep(0)
    await waiting.finish()
    assert all(task.done() for task in tasks)
    steps = await store.read(lambda c: c.execute("SELECT count(*) FROM acts").fetchone()[0])
    assert steps == len(ids) - 1
