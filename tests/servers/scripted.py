"""A backend whose server is the test: it records what the supervisor asks and answers as it is told."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Self

from protocols.backend import Mailbox, Round
from protocols.clock import Clock
from store.folder_changes import FolderChange
from store.model import FolderId, MessageId
from store.search.tree import Node


class Line:
    """One account's server: what was asked of all its connections, and how the next questions end."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.rounds: list[Round] = []
        self.changes: list[FolderChange] = []
        self.passwords: list[str] = []
        self.opens: deque[Exception] = deque()
        """What the next opens raise; then they succeed."""
        self.syncs: deque[Exception] = deque()
        self.fetches: deque[Exception] = deque()
        self.hits: list[MessageId] = []
        """What a search finds."""
        self.hold = asyncio.Event()
        """Rounds end when it is set, as it is at first."""
        self.hold.set()
        self.hold_fetches = asyncio.Event()
        """Fetches end when it is set, as it is at first."""
        self.hold_fetches.set()
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Set an exception to break what watches."""
        self.notice: Callable[[], None] | None = None
        self.focus: tuple[FolderId, ...] = ()
        self.connections = 0
        self._changed = asyncio.Condition()

    def backend(self, mailbox: Mailbox) -> "ScriptedBackend":
        """Make a connection; give this to the engine as its backend."""
        self.passwords.append(mailbox.password)
        return ScriptedBackend(self)

    async def note(self, word: str) -> None:
        """Record a question."""
        async with self._changed:
            self.asked.append(word)
            self._changed.notify_all()

    async def until(self, word: str, times: int = 1) -> None:
        """Wait until something was asked that many times in all."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.asked.count(word) >= times)

    def break_off(self, error: Exception) -> None:
        """Let the connection break now."""
        self.broken.set_exception(error)
        self.broken = asyncio.get_running_loop().create_future()


class ScriptedBackend:
    """One connection of a Line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def open(self) -> None:
        await self._line.note("open")
        if self._line.opens:
            raise self._line.opens.popleft()
        self._line.connections += 1

    async def sync(self, what: Round) -> None:
        self._line.rounds.append(what)
        await self._line.note("sync")
        if self._line.syncs:
            raise self._line.syncs.popleft()
        await self._line.hold.wait()
        await self._line.note("synced")

    async def send_journal(self) -> None:
        await self._line.note("journal")

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        await self._line.note("fetch")
        if self._line.fetches:
            raise self._line.fetches.popleft()
        try:
            await self._line.hold_fetches.wait()
        except asyncio.CancelledError:
            await self._line.note("stopped")
            raise
        await self._line.note("fetched")

    async def search(self, query: Node) -> list[MessageId]:
        await self._line.note("search")
        if self._line.fetches:
            raise self._line.fetches.popleft()
        return self._line.hits

    async def change_folder(self, change: FolderChange) -> None:
        self._line.changes.append(change)
        await self._line.note("change")
        if self._line.fetches:
            raise self._line.fetches.popleft()

    def focus(self, folders: tuple[FolderId, ...]) -> None:
        self._line.focus = folders

    async def watch(self, notice: Callable[[], None]) -> None:
        self._line.notice = notice
        broken = self._line.broken
        await self._line.note("watch")
        await asyncio.shield(broken)

    async def close(self) -> None:
        await self._line.note("close")


class Time:
    """A clock whose sleeps end when the test says so; chance always takes the most."""

    def __init__(self) -> None:
        self.value = 1_000_000.0
        self.slept: list[float] = []
        self._sleeping: list[tuple[float, asyncio.Future[None]]] = []
        self._fell_asleep = asyncio.Event()

    @property
    def clock(self) -> Clock:
        """The clock for the engine."""
        return Clock(sleep=self.sleep, monotonic=lambda: self.value, now=lambda: self.value, uniform=lambda a, b: b)

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.slept.append(seconds)
        self._sleeping.append((self.value + seconds, future))
        self._fell_asleep.set()
        try:
            await future
        finally:
            self._sleeping = [entry for entry in self._sleeping if entry[1] is not future]

    async def asleep(self, times: int) -> None:
        """Wait until somebody has fallen asleep that many times in all."""
        while len(self.slept) < times:
            self._fell_asleep.clear()
            await self._fell_asleep.wait()

    def pass_by(self, seconds: float) -> None:
        """Let time pass; whoever slept long enough wakes."""
        self.value += seconds
        for due, future in list(self._sleeping):
            if due <= self.value and not future.done():
                future.set_result(None)


class Heard(list[bytes]):
    """The commands of a server, and an event for the first that begins with a word."""

    def __init__(self, word: bytes) -> None:
        super().__init__()
        self.word, self.event = word, asyncio.Event()

    def __iadd__(self, lines: Iterable[bytes]) -> Self:  # type: ignore[override]
        self.extend(lines)
        if any(line.startswith(self.word) for line in self):
            self.event.set()
        return self


async def secret(account: object) -> str:
    """The password of every account here."""
    return "right"
