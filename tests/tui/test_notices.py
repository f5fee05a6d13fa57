"""New mail is told of as somebody asked for it: once, cleaned, not at night, and nothing private unasked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count

import pytest

from protocols.clock import Clock
from store.mailstore import MailStore
from store.model import Flag
from store.notice_settings import Notices, Quiet
from tests.tui.conftest import NOW, arrival, deliver, folder_of
from tui.notices import GATHER, PAUSE, Herald


class Listener:
    """Hears the herald, and keeps its time."""

    def __init__(self) -> None:
        self.rung = 0
        self.shown: list[str] = []
        self.titles: list[str] = []
        self.watches = False
        self.asked = asyncio.Event()
        """Set when it has to be known whether somebody watches: right before something would be told."""
        self.slept: asyncio.Queue[float] = asyncio.Queue()
        self.may_wake = asyncio.Semaphore(0)
        self.now = float(NOW)

    def ring(self) -> None:
        self.rung += 1

    def watched(self) -> bool:
        self.asked.set()
        return self.watches

    async def sleep(self, seconds: float) -> None:
        self.slept.put_nowait(seconds)
        await self.may_wake.acquire()

    async def wake(self) -> None:
        """Let the herald go on, from its next pause."""
        await asyncio.wait_for(self.slept.get(), 10)
        self.may_wake.release()


@asynccontextmanager
async def herald(store: MailStore, notices: Notices, listener: Listener) -> AsyncIterator[None]:
    """A herald that listens."""
    clock = Clock(sleep=listener.sleep, now=lambda: listener.now)
    telling = {"show": listener.shown.append, "name": listener.titles.append}
    told = Herald(store, notices, ring=listener.ring, watched=listener.watched, clock=clock, **telling)
    task = asyncio.create_task(told.run())
    await asyncio.wait_for(told.listening.wait(), 10)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def come(store: MailStore, *senders: str, age: int = 0, flags: Flag = Flag.NONE, path: str = "INBOX") -> None:
    """New mail."""
    letters = [arrival(one, f"From {one}", "", age, flags, uid=UIDS()) for one in senders]
    await deliver(store, await folder_of(store, "work", path), *letters)


UIDS = count(1000).__next__
NEWS = Notices(bell=True, terminal="osc9")


async def test_one_message_is_one_notice_that_gives_nothing_away(store: MailStore):
    listener = Listener()
    async with herald(store, NEWS, listener):
        await come(store, "Anna")
        await listener.wake()
        await listener.slept.get()
    assert (listener.rung, listener.shown) == (1, ["1 new message"])


async def test_a_flood_is_one_notice(store: MailStore):
    """R02."""
    listener = Listener()
    async with herald(store, NEWS, listener):
        await come(store, "Anna")
        assert await listener.slept.get() == GATHER
        await come(store, *(f"Robot {number}" for number in range(999)))
        listener.may_wake.release()
        assert await listener.slept.get() == PAUSE
        assert (listener.rung, listener.shown) == (1, ["1,000 new messages"])
        await come(store, "Bela")
        await come(store, "Cora")
        listener.may_wake.release()  # the pause is over: what came in it is the next notice
        await listener.wake()
        await listener.slept.get()
    assert listener.shown == ["1,000 new messages", "2 new messages"]


async def test_sender_and_subject_are_told_when_asked_for_and_cleaned(store: MailStore):
    """T01."""
    listener = Listener()
    async with herald(store, Notices(terminal="osc777", subject=True), listener):
        await come(store, "An\x1b]52;c;x\x07na\u202e")
        await listener.wake()
        await listener.slept.get()
    (shown,) = listener.shown
    assert shown.startswith("An\ufffd]52;c;x\ufffdna: From An") and shown.isprintable()


@pytest.mark.parametrize(
    "what",
    [{"flags": Flag.SEEN}, {"age": 3600}, {"path": "Archive"}],
    ids=["read elsewhere", "received long ago", "another folder"],
)
async def test_what_is_no_news_is_not_told(store: MailStore, what: dict[str, object]):
    listener = Listener()
    async with herald(store, NEWS, listener):
        await come(store, "Old", **what)  # type: ignore[arg-type]
        await come(store, "New")
        await listener.wake()
        await listener.slept.get()
    assert listener.shown == ["1 new message"]


async def test_folders_and_accounts_can_be_chosen(store: MailStore):
    listener = Listener()
    notices = Notices(terminal="osc9", subject=True, accounts=("work",), folders=("arch*", "!projects"))
    async with herald(store, notices, listener):
        await come(store, "Inbox")
        await come(store, "Archive", path="Archive")
        await listener.wake()
        await listener.slept.get()
    assert listener.shown == ["Archive: From Archive"]


@pytest.mark.parametrize("silent", ["night", "watched"])
async def test_at_night_and_before_open_eyes_only_the_title_tells(store: MailStore, silent: str):
    listener = Listener()
    listener.watches = silent == "watched"
    now = datetime.fromtimestamp(NOW)
    quiet = Quiet(now.time().replace(minute=0), now.time().replace(minute=59)) if silent == "night" else None
    async with herald(store, Notices(True, "osc9", title=True, quiet=quiet), listener):
        assert listener.titles == ["bocau (3)"]
        await come(store, "Anna")
        await listener.wake()
        await asyncio.wait_for(listener.asked.wait(), 10)
        await come(store, "Bela")
        assert await listener.slept.get() == GATHER  # no pause was made: nothing was told
        assert (listener.rung, listener.shown, listener.titles[-1]) == (0, [], "bocau (5)")


async def test_nothing_is_looked_for_when_nothing_is_wanted(store: MailStore):
    listener = Listener()
    clock = Clock(sleep=listener.sleep)
    tell = listener.shown.append
    await Herald(store, Notices(), ring=listener.ring, show=tell, name=tell, watched=bool, clock=clock).run()
    assert (listener.rung, listener.shown) == (0, [])
