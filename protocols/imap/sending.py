"""One batch on its way: journalled as running before each command, unsure or waiting again when it fails."""

from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial

from protocols.imap import survey
from protocols.imap.answers import Tagged
from protocols.imap.arguments import Argument
from protocols.imap.batches import Batch, Item, operations
from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from protocols.imap.parse import read_search
from protocols.imap.sequence import compress, expand
from protocols.imap.session import Session
from store import journal
from store.mailstore import MailStore

Sink = Callable[[Response], None]
_LEFT = "The server said yes, but did not remove it."


class Sending:
    """What all kinds of steps need of the store and of a session that has selected the source folder."""

    def __init__(self, store: MailStore, session: Session) -> None:
        self.store = store
        self.session = session

    @property
    def connection(self) -> Connection:
        """The connection, inside a block of the session."""
        return self.session.connection

    async def run(self, name: str, *args: Argument, sink: Sink | None = None) -> Tagged:
        """One command."""
        return await self.connection.run(name, *args, sink=sink)

    async def each(
        self, batch: Batch, *, besides: int = 0, probe_uidnext: int | None = None, durable: bool = True
    ) -> AsyncIterator[tuple[bytes, dict[int, Item]]]:
        """Sequence sets to send, each with its items by UID, journalled as running; what was taken back is left out.

        `besides` is the length of the command's other arguments.
        """
        for items in batch.sets(besides):
            groups = [item.operations for item in items.values()]
            start = partial(journal.start_together, groups=groups, probe_uidnext=probe_uidnext)
            started = await self.store.write(start, durable=durable)
            left = {uid: item for uid, item in items.items() if item.last in started}
            for words in compress(left):
                yield words, {uid: left[uid] for uid in expand(words)}

    async def refuse(self, items: Iterable[Item], reason: str) -> None:
        """Park every operation of these items."""
        refused = operations(items)
        if refused:
            await self.store.write(lambda tx: journal.refuse(tx, refused, reason), durable=True)

    async def gone(self, items: Iterable[Item]) -> None:
        """The messages are not where they were any more: their operations have lost their object."""
        lost = operations(items)
        if lost:
            await self.store.write(lambda tx: journal.finish_gone(tx, lost), durable=True)

    async def remove(self, words: bytes, uids: set[int]) -> bool:
        """Remove exactly these from the selected folder, never what another client has marked as deleted.

        False when they could only be marked: without UIDPLUS, EXPUNGE would take the other client's mail with it.
        """
        await self.run("UID STORE", words, b"+FLAGS.SILENT", b"(\\Deleted)")
        if self.connection.capabilities.uidplus:
            await self.run("UID EXPUNGE", words)
            return True
        marked: set[int] = set()

        def hear(response: Response) -> None:
            if response.name in ("SEARCH", "ESEARCH"):
                marked.update(read_search(response))

        await self.run("UID SEARCH", "DELETED", sink=hear)
        if marked <= uids:
            await self.run("EXPUNGE")
        return marked <= uids

    async def expunge(self, batch: Batch) -> None:
        """Remove for good, these messages only; a tagged OK is no proof that the server did."""
        async for words, items in self.each(batch):
            left: set[int] = set()
            if await self.remove(words, set(items)) and (left := await survey.present(self.connection, items)):
                for some in compress(left):
                    await self.remove(some, set(expand(some)))
                left = await survey.present(self.connection, left)
            done = operations(item for uid, item in items.items() if uid not in left)
            await self.store.write(partial(journal.finish_expunge, operations=done), durable=True)
            await self.refuse((items[uid] for uid in left), _LEFT)
