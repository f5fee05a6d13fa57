"""Saves parts of messages into files: brings what is not here, tells how far it is, and can be stopped."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from protocols.errors import ProtocolError
from protocols.mime.safe import SafeText, line
from store import parts
from store.errors import NotFound, StoreError
from store.mailstore import MailStore
from store.model import MessageId
from store.parts import READABLE
from tui import format
from tui.new_file import shown, suggested, write_new
from tui.on_disk import message_on_disk, shortfall, with_body
from tui.ports import EngineLike
from tui.progress import BAR, bar
from tui.reading import sentence

if TYPE_CHECKING:
    from protocols.mime.parse import Message
    from protocols.mime.part import Part

T = TypeVar("T")
_log = logging.getLogger(__name__)

PACE = 0.25
"""Seconds between two looks at how much is here: over a slow line each of them costs the screen's bytes too."""


class Saving:
    """Several parts may be on their way at once; `say` tells what happens, `fail` what went wrong."""

    def __init__(
        self,
        store: MailStore,
        engine: EngineLike | None,
        say: Callable[[SafeText], None],
        fail: Callable[[SafeText], None],
    ) -> None:
        self._store = store
        self._engine = engine
        self._say = say
        self._fail = fail
        self._running: dict[asyncio.Task[object], SafeText] = {}

    @property
    def is_running(self) -> bool:
        """Whether something is being saved now."""
        return bool(self._running)

    async def message(self, message: MessageId) -> "Message | None":
        """A message as far as it is here; when not even its text is, that is fetched.  None when it cannot be had."""
        found = await message_on_disk(self._store, message)
        if found is not None:
            return found
        if self._engine is None:
            self._say(SafeText("Not on this disk yet. It comes with the next connection."))
            return None
        self._say(SafeText("Not on this disk yet. Fetching it …"))
        try:
            await self._engine.fetch(message, READABLE)
        except (ProtocolError, StoreError, OSError) as error:
            self._say(SafeText(""))
            self._fail(sentence(error))
            return None
        self._say(SafeText(""))
        return await message_on_disk(self._store, message)

    async def save(self, message: MessageId, part: "Part", path: Path) -> bool:
        """Write a part into a new file at `path`, fetching it first when it is not here whole; whether it went well."""

        async def write(part: "Part") -> bool:
            file, size = await asyncio.to_thread(_written, part, path)
            self._say(SafeText(f"Saved {shown(file)} ({format.size(size)})"))
            if missing := shortfall(part):
                less = format.size(part.carried(missing))
                self._fail(line(f"{_name(part)} may be cut: {less} less came than the server had announced."))
            return True

        return bool(await self.with_part(message, part, "saved", write))

    async def with_part(
        self, message: MessageId, part: "Part", done: str, work: "Callable[[Part], Awaitable[T]]"
    ) -> T | None:
        """Do something with a part and its body, which is fetched when it is not here whole.

        What goes wrong is told, as "bill.pdf is not `done`: …"; None then.
        """
        name = _name(part)
        with self.doing(name):
            try:
                if not part.complete:
                    part = await self._brought(message, part, name)
                return await work(await with_body(self._store, message, part))
            except (ProtocolError, StoreError, OSError) as error:
                self._say(SafeText(""))
                self._fail(SafeText(f"{name} is not {done}: {sentence(error)}{await self._left(message, part)}"))
                return None

    @contextmanager
    def doing(self, name: SafeText) -> Iterator[None]:
        """What this task does inside can be stopped, and is called `name` then."""
        task = asyncio.current_task()
        assert task is not None
        self._running[task] = name
        try:
            yield
        finally:
            del self._running[task]

    def stop(self) -> None:
        """Stop what is on its way; what is here of it stays."""
        if not self._running:
            self._say(SafeText("Nothing is being saved now."))
            return
        names = ", ".join(self._running.values())
        for task in self._running:
            task.cancel()
        self._say(line(f"Stopped {names}; doing it again goes on from there.", 200))

    async def _brought(self, message: MessageId, part: "Part", name: SafeText) -> "Part":
        """Fetch a part; what is here of it then.  Raises ProtocolError, StoreError."""
        if self._engine is None:
            raise StoreError(f"{name} is not on this disk.", "It can be had when there is a connection.")
        self._say(SafeText(f"Fetching {name} … · X stops"))
        watching = asyncio.create_task(self._watch(message, part, name))
        try:
            await self._engine.fetch(message, part.index)
        finally:
            watching.cancel()
            await asyncio.wait([watching])
        found = await message_on_disk(self._store, message)
        brought = find_part(found, part.index) if found is not None else None
        if brought is None or not brought.complete:
            raise NotFound(f"{name} could not be had.", "Look at the parts of the message again.")
        return brought

    async def _watch(self, message: MessageId, part: "Part", name: SafeText) -> None:
        """Tell how much is here, each time that more comes."""
        try:
            with self._store.changes.subscribe() as feed:
                async for changes in feed:
                    if changes.everything or message in changes.messages:
                        octets = await self._store.read(lambda c: parts.arrived(c, message, part.index))
                        if octets:
                            whole = max(octets, part.size)
                            here = format.sizes(part.carried(octets), part.carried(whole))
                            self._say(SafeText(f"Fetching {name}: {bar(octets, whole, BAR)} {here} · X stops"))
                        await asyncio.sleep(PACE)
        except StoreError as error:
            _log.warning("how far a part has come could not be read: %s", error.title)

    async def _left(self, message: MessageId, part: "Part") -> str:
        """What to say of the bytes that came before something went wrong."""
        octets = await self._store.read(lambda c: parts.arrived(c, message, part.index))
        return (
            f" {format.size(part.carried(octets))} of it are here; saving it again goes on from there."
            if octets
            else ""
        )


def savable(message: "Message") -> "list[Part]":
    """The parts of a message that have content of their own, attached messages among them, in its order."""
    wanted = {part.index for part in (*message.leaves, *message.attachments)}
    return [part for part in message.parts if part.index in wanted]


def find_part(message: "Message", index: str) -> "Part | None":
    """The part of that number, None when there is none that could be saved."""
    return next((part for part in savable(message) if part.index == index), None)


def _name(part: "Part") -> SafeText:
    return line(suggested(part.name, part.type, part.index), 60)


def _written(part: "Part", path: Path) -> tuple[Path, int]:
    content = part.decoded()
    return write_new(path, content), len(content)
