"""The side of the process that runs the engine: tells the others what changes, does what they ask."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from protocols.control.address import private_socket_path
from protocols.control.message import (
    LONGEST,
    Garbled,
    Message,
    changes_in,
    changes_out,
    decode,
    encode,
    error_out,
    folder_change_in,
    folders_in,
    server_hits_out,
    status_out,
    words_in,
)
from protocols.engine import Engine
from protocols.errors import ProtocolError
from store.changes import Subscription
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import MessageId
from store.paths import file_error

_log = logging.getLogger(__name__)

PACE = 0.05
"""Seconds between two tellings to one process: progress counts faster than anybody reads."""


@asynccontextmanager
async def serve(store: MailStore, engine: Engine) -> AsyncIterator[None]:
    """Listen for other processes of this store for the length of a block; the caller holds the engine's lock.

    Raises StoreError when the socket cannot be made.
    """
    path = private_socket_path(store.data)
    clients: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_Client(store, engine, reader, writer).run(), name="control client")
        clients.add(task)
        task.add_done_callback(clients.discard)

    try:
        # asyncio takes a socket that a dead process has left out of the way; the lock says that it is dead.
        server = await asyncio.start_unix_server(accept, path, limit=LONGEST)
        path.chmod(0o600)
    except OSError as error:
        raise file_error("listen on", path, error) from error
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        for task in clients:
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


class _Client:
    """One other process."""

    def __init__(
        self, store: MailStore, engine: Engine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._store = store
        self._engine = engine
        self._reader = reader
        self._writer = writer

    async def run(self) -> None:
        """Serve it until it goes."""
        try:
            with self._store.changes.subscribe() as feed:
                async with asyncio.TaskGroup() as group:
                    telling = group.create_task(self._tell(feed))
                    await self._listen(feed, group)
                    telling.cancel()
        except* (OSError, Garbled, ValueError) as errors:
            # A ValueError is a line longer than the limit.
            _log.info("A process went away from the control socket: %s", type(errors.exceptions[0]).__name__)
        finally:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    async def _tell(self, feed: Subscription) -> None:
        """Send the status as it is, then whatever becomes different; what comes faster than the pace is merged."""
        await self._send({"status": status_out(self._store.status.accounts)})
        while True:
            changes = await feed.next()
            if changes.durable:
                await self._send({"changes": changes_out(changes)})
            if changes.status:
                await self._send({"status": status_out(self._store.status.accounts)})
            await asyncio.sleep(PACE)

    async def _listen(self, feed: Subscription, group: asyncio.TaskGroup) -> None:
        requests: dict[asyncio.Task[None], object] = {}
        while line := await self._reader.readline():
            message = decode(line)
            if "changes" in message:
                self._store.changes.publish(changes_in(message["changes"]), source=feed)
            if "do" in message:
                task = group.create_task(self._answer(message))
                requests[task] = message.get("request")
                task.add_done_callback(lambda ended: requests.pop(ended, None))
            if "stop" in message:  # nobody waits for it any more
                for task in [task for task, number in requests.items() if number == message["stop"]]:
                    task.cancel()
        for task in requests:
            task.cancel()

    async def _answer(self, message: Message) -> None:
        work = self._work(message)
        reply: Message = {"reply": message.get("request")}
        try:
            reply |= await work
        except (ProtocolError, StoreError) as error:
            reply["error"] = error_out(error)
        await self._send(reply)

    def _work(self, message: Message) -> Awaitable[Message]:
        """What a request asks for.  Raises Garbled."""
        kinds: dict[str, Callable[[Message], Awaitable[Message]]] = {
            "refresh": self._refresh,
            "focus": self._focus,
            "fetch": self._fetch,
            "sync": self._sync,
            "change-folder": self._change_folder,
            "search": self._search,
            "reload": self._reload,
            "pause": self._pause,
        }
        work = kinds.get(str(message.get("do")))
        if work is None:
            raise Garbled("an unknown request")
        return work(message)

    async def _refresh(self, message: Message) -> Message:
        account = message.get("account")
        self._engine.refresh(account if isinstance(account, str) else None)
        return {}

    async def _focus(self, message: Message) -> Message:
        self._engine.focus(folders_in(message.get("folders")))
        return {}

    async def _fetch(self, message: Message) -> Message:
        wanted = message.get("message")
        if type(wanted) is not int:
            raise Garbled("no message")
        part = message.get("part")
        await self._engine.fetch(MessageId(wanted), part if isinstance(part, str) else None)
        return {}

    async def _sync(self, message: Message) -> Message:
        outcome = await self._engine.sync(
            words_in(message.get("accounts", [])),
            words_in(message.get("folders", [])),
            summaries=message.get("summaries") is True,
        )
        return {"outcome": {name: error_out(error) for name, error in outcome.items()}}

    async def _change_folder(self, message: Message) -> Message:
        account = message.get("account")
        if not isinstance(account, str):
            raise Garbled("no account")
        await self._engine.change_folder(account, folder_change_in(message.get("change")))
        return {}

    async def _pause(self, message: Message) -> Message:
        account = message.get("account")
        if not isinstance(account, str):
            raise Garbled("no account")
        await self._engine.pause(account, message.get("on") is True)
        return {}

    async def _search(self, message: Message) -> Message:
        text = message.get("query")
        if not isinstance(text, str):
            raise Garbled("no query")
        return server_hits_out(await self._engine.search(text))

    async def _reload(self, _: Message) -> Message:
        await self._engine.reload()
        return {}

    async def _send(self, message: Message) -> None:
        self._writer.write(encode(message))
        await self._writer.drain()
