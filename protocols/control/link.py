"""The side of every other process: hears what the engine does, tells what was done here, asks for work."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING

from protocols.control.address import socket_path
from protocols.control.message import (
    LONGEST,
    Garbled,
    Message,
    changes_in,
    changes_out,
    decode,
    encode,
    error_in,
    folder_change_out,
    server_hits_in,
    status_in,
)
from protocols.errors import ConnectionLost, ProtocolError
from store import journal
from store.changes import ChangeSet, Subscription
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import FolderId, MessageId

if TYPE_CHECKING:
    from protocols.searching import ServerHits
    from store.folder_changes import FolderChange

_CONNECT = 5.0


class LinkLost(ConnectionLost):
    """The process that ran the engine is gone; whether it did what was asked is unknown."""


@asynccontextmanager
async def link(store: MailStore) -> AsyncIterator["Link | None"]:
    """A link to the process that runs this store's engine, None when there is no such process.

    Whatever this process commits within the block has been told when the block ends.
    """
    path = socket_path(store.data)
    try:
        if path.parent.stat().st_uid != os.geteuid():
            raise PermissionError(f"{path.parent} belongs to somebody else")
        async with asyncio.timeout(_CONNECT):
            streams = await asyncio.open_unix_connection(path, limit=LONGEST)
    except OSError:  # no socket, or one that a dead process left; a time-out is an OSError too
        yield None
        return
    opened = Link(store, *streams)
    try:
        await opened.begin()
        yield opened
    finally:
        await opened.end()


class Link:
    """Made by `link`.  What is asked of it is done by the other process, and raises what that raises."""

    def __init__(self, store: MailStore, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.closed = asyncio.Event()
        """Set when the other process is gone."""
        self._store = store
        self._reader = reader
        self._writer = writer
        self._subscribing = store.changes.subscribe()
        self._feed = Subscription()
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._numbers = itertools.count(1)
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Start to listen and to tell; what waits in the journal is told first, since nobody may have heard of it."""
        self._feed = self._subscribing.__enter__()
        waiting = await self._store.read(journal.waiting_counts)
        self._write({"changes": changes_out(ChangeSet(journal=frozenset(waiting)))})
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._tell())]

    async def end(self) -> None:
        """Tell what is still to be told, and go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._feed.offer(ChangeSet(status=True))  # so that `next` does not wait; a status is not told
        self._announce(await self._feed.next())
        self._subscribing.__exit__(None, None, None)
        self._lose()
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def refresh(self, account: str | None = None) -> None:
        """Have an account, or all, synchronised now.  Raises NotFound, LinkLost."""
        await self._ask({"do": "refresh", "account": account})

    async def focus(self, folders: Sequence[FolderId]) -> None:
        """Tell what the user looks at.  Raises LinkLost."""
        await self._ask({"do": "focus", "folders": list(folders)})

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Have a message brought to this disk, whole or a part of it.  Raises NotFound, ProtocolError, StoreError."""
        await self._ask({"do": "fetch", "message": message, "part": part})

    async def change_folder(self, account: str, change: "FolderChange") -> None:
        """Have a folder changed; see Engine.change_folder."""
        await self._ask({"do": "change-folder", "account": account, "change": folder_change_out(change)})

    async def pause(self, account: str, on: bool) -> None:
        """Have an account kept offline, or no longer.  Raises NotFound, StoreError, LinkLost."""
        await self._ask({"do": "pause", "account": account, "on": on})

    async def search(self, text: str) -> "ServerHits":
        """Have the servers asked; see Searching.search.  Raises QueryError, LinkLost."""
        from store.search.query import parse

        parse(text, date.today())
        return server_hits_in(await self._ask({"do": "search", "query": text}))

    async def reload(self) -> None:
        """Have the configuration read anew, because it was changed here.  Raises ConfigurationError."""
        await self._ask({"do": "reload"})

    async def sync(
        self, accounts: Iterable[str] = (), folders: Sequence[str] = (), *, summaries: bool = False
    ) -> dict[str, ProtocolError | StoreError | None]:
        """Have one full round done; see Engine.sync."""
        wanted = {"do": "sync", "accounts": list(accounts), "folders": list(folders), "summaries": summaries}
        outcome = (await self._ask(wanted)).get("outcome")
        if not isinstance(outcome, dict):
            raise StoreError("The other bocau answered in a way that this one does not understand.", "Restart both.")
        return {str(name): error_in(error) for name, error in outcome.items()}

    async def _ask(self, message: Message) -> Message:
        if self.closed.is_set():
            raise _lost()
        number = next(self._numbers)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            self._write({"request": number, **message})
            reply = await answer
        except asyncio.CancelledError:
            self._write({"stop": number})
            raise
        finally:
            self._answers.pop(number, None)
        error = error_in(reply.get("error"))
        if error is not None:
            raise error
        return reply

    async def _listen(self) -> None:
        try:
            while line := await self._reader.readline():
                self._hear(decode(line))
        except (OSError, ValueError, Garbled):  # a ValueError is a line longer than the limit
            self._writer.close()
        finally:
            self._lose()

    def _hear(self, message: Message) -> None:
        if "changes" in message:
            self._store.changes.publish(changes_in(message["changes"]), source=self._feed)
        if "status" in message:
            board, told = self._store.status, status_in(message["status"])
            for name in set(board.accounts) - set(told):
                board.forget(name)
            for name, status in told.items():
                board.set(name, status)
        answer = self._answers.get(message.get("reply", 0))
        if answer is not None and not answer.done():
            answer.set_result(message)

    async def _tell(self) -> None:
        async for changes in self._feed:
            self._announce(changes)
            with suppress(OSError):
                await self._writer.drain()

    def _announce(self, changes: ChangeSet) -> None:
        """Tell what changed on the disk: the status belongs to the engine's process, which knows it."""
        if changes.durable:
            self._write({"changes": changes_out(changes)})

    def _write(self, message: Message) -> None:
        if not self._writer.is_closing():
            self._writer.write(encode(message))

    def _lose(self) -> None:
        self.closed.set()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(_lost())


def _lost() -> LinkLost:
    return LinkLost("The other bocau, which talked to the servers, has gone.", "Try again.")
