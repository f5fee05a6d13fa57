"""One POP3 session: fetch what is new, commit it, then delete on the server what is due."""

import asyncio
import time
from collections.abc import Callable, Collection
from contextlib import aclosing

from protocols.errors import ProtocolError, Refused
from protocols.pop3.arrivals import Retrieved, arrivals, header_key
from protocols.pop3.connection import Connection
from protocols.pop3.plan import farewells, unique
from protocols.pop3.renaming import looks_renamed, recognise
from store import folders, maildrop, messages
from store.database import Transaction
from store.maildrop import Drop, Dropped
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import AccountId, Role
from store.settings import AccountSettings, AfterKind

BATCH_MESSAGES = 50
BATCH_OCTETS = 2 * 1024 * 1024
"""A batch is committed when it has so many messages or octets: mail shows early, and a broken line loses little."""

Progress = Callable[[int, int], None]


class Sync:
    """A signed-in connection, used up by `run`.

    The order is what keeps mail safe: a message is committed to the disk (synced) together with its row in the
    maildrop table; its row says delete-pending before DELE is sent; the row goes when QUIT was answered with +OK,
    because only then has the server deleted anything (RFC 1939 section 6).
    """

    def __init__(
        self,
        connection: Connection,
        settings: AccountSettings,
        account: AccountId,
        store: MailStore,
        *,
        progress: Progress = lambda done, total: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._account = account
        self._store = store
        self._progress = progress
        self._now = now
        self._known: dict[str, Dropped] = {}
        self._keys: dict[int, str] = {}
        """Message number -> key; a number without key is known once it was retrieved."""
        self._sizes: dict[int, int] = {}
        self._failed: dict[int, ProtocolError] = {}

    async def run(self) -> None:
        """Do the whole session, QUIT included.

        Raises ConnectionLost, Misbehaved, StoreError: what is committed stays, what was to be deleted is looked at in
        the next session.  Raises Refused at the end when some messages could not be fetched: all else was done.
        """
        numbers, agreed = await self._list()
        await self._fetch([number for number in numbers if self._keys.get(number) not in self._known])
        await self._part(agreed=agreed)
        if self._failed:
            raise self._incomplete(len(numbers))

    async def _list(self) -> tuple[list[int], bool]:
        """Learn sizes and keys, and what of it is known; answers the message numbers, and whether the counts agree."""
        self._known = await self._store.read(lambda c: maildrop.known(c, self._account))
        count, _ = await self._connection.stat()
        if not count:
            return [], True
        self._sizes = await self._connection.list_sizes()
        listed = await self._connection.uidl()
        if listed is not None:
            self._keys = unique(listed)
            await self._recognise_renamed()
            return sorted(listed), len(listed) == count
        if self._settings.after_download.kind is not AfterKind.DELETE:
            raise self._nameless()
        await self._name_by_header()
        return sorted(self._sizes), len(self._sizes) == count

    async def _recognise_renamed(self) -> None:
        """Spare the user a second copy of everything when the server calls all messages by new names."""
        unknown = {number: key for number, key in self._keys.items() if key not in self._known}
        if not looks_renamed(len(self._known), len(self._keys), len(unknown)):
            return
        present = set(self._keys.values())
        names = await recognise(self._connection, self._store, self._account, unknown, self._sizes, present)
        await self._store.write(lambda tx: maildrop.rename(tx, self._account, names), durable=True)
        for old, new in names.items():
            self._known[new] = self._known.pop(old)

    async def _name_by_header(self) -> None:
        """Without UIDL a message is told by its header and size; where TOP is refused, only after RETR."""
        found: dict[int, str] = {}
        async with aclosing(self._connection.top_many(sorted(self._sizes), 0)) as answers:
            async for number, answer in answers:
                if isinstance(answer, bytes):
                    found[number] = header_key(answer, self._sizes[number])
        self._keys = unique(found)

    async def _fetch(self, numbers: list[int]) -> None:
        """Retrieve and commit, batch by batch: one is digested and written while the next one comes."""
        self._progress(0, len(numbers))
        batch: list[Retrieved] = []
        weight = done = 0
        storing: asyncio.Task[None] | None = None
        try:
            async with aclosing(self._connection.retrieve_many(numbers, self._sizes)) as answers:
                async for number, answer in answers:
                    done += 1
                    if isinstance(answer, ProtocolError):
                        self._failed[number] = answer
                        continue
                    key = self._name(number, answer)
                    if key is not None:
                        batch.append(Retrieved(key, answer))
                        weight += len(answer)
                    if len(batch) >= BATCH_MESSAGES or weight >= BATCH_OCTETS:
                        if storing is not None:
                            await storing
                        storing = asyncio.create_task(self._commit(batch, done, len(numbers)))
                        batch, weight = [], 0
        except ProtocolError:
            await self._settle(storing, batch, done, len(numbers))
            raise
        except BaseException:
            if storing is not None:
                storing.cancel()
                await asyncio.gather(storing, return_exceptions=True)
            raise
        await self._settle(storing, batch, done, len(numbers))

    async def _settle(self, storing: asyncio.Task[None] | None, batch: list[Retrieved], done: int, total: int) -> None:
        """Commit what has come whole, also when the line broke behind it."""
        if storing is not None:
            await storing
        await self._commit(batch, done, total)

    def _name(self, number: int, raw: bytes) -> str | None:
        """The key of a message that was retrieved; None when it turns out to be here already."""
        if number not in self._keys:
            key = header_key(raw, self._sizes.get(number, len(raw)))
            taken = set(self._keys.values())
            copies = 1
            while (name := key if copies == 1 else f"{key}#{copies}") in taken:
                copies += 1
            self._keys[number] = name
        key = self._keys[number]
        return None if key in self._known else key

    async def _commit(self, batch: list[Retrieved], done: int, total: int) -> None:
        if batch:
            now = int(self._now())
            rows = await asyncio.to_thread(arrivals, batch, now)
            await self._store.write(lambda tx: self._write(tx, rows, now), durable=True)
            self._known |= {message.key: Dropped(Drop.STORED, now, now) for message in batch}
        self._progress(done, total)

    def _write(self, tx: Transaction, rows: list[Arrival], now: int) -> None:
        inbox = folders.ensure_role(tx, self._account, Role.INBOX)
        messages.add(tx, self._account, inbox.id, rows)
        maildrop.stored(tx, self._account, [row.uidl for row in rows if row.uidl], now)

    async def _part(self, *, agreed: bool) -> None:
        """Delete what is due, and leave."""
        now = int(self._now())
        listed = list(self._keys.values())
        parting = farewells(self._known, listed, self._settings.after_download, now, agreed=agreed)

        def prepare(tx: Transaction) -> None:
            maildrop.listed(tx, self._account, [key for key in listed if key in self._known], now)
            maildrop.forget(tx, self._account, parting.forget)
            maildrop.set_state(tx, self._account, parting.spare, Drop.STORED)
            maildrop.set_state(tx, self._account, parting.delete, Drop.DELETE_PENDING)
            inbox = folders.ensure_role(tx, self._account, Role.INBOX)
            folders.set_synced(tx, inbox.id, now)

        await self._store.write(prepare, durable=True)
        numbers = {key: number for number, key in self._keys.items()}
        await self._delete({numbers[key]: key for key in parting.delete})

    async def _delete(self, due: dict[int, str]) -> None:
        try:
            refused = await self._connection.delete_many(sorted(due)) if due else {}
        except ProtocolError:
            await self._after(Drop.UNCONFIRMED, due.values())
            raise
        confirmed = await self._connection.quit()
        left = [key for number, key in due.items() if number in refused]
        gone = [key for number, key in due.items() if number not in refused]
        await self._after(Drop.STORED, left)
        await self._after(None if confirmed else Drop.UNCONFIRMED, gone)

    async def _after(self, state: Drop | None, keys: Collection[str]) -> None:
        """Record what became of a deletion; None: it is certain."""
        if not keys:
            return

        def record(tx: Transaction) -> None:
            if state is None:
                maildrop.forget(tx, self._account, keys)
            else:
                maildrop.set_state(tx, self._account, keys, state)

        await self._store.write(record, durable=True)

    def _nameless(self) -> Refused:
        return Refused(
            f"{self._connection.endpoint} gives its messages no lasting names (UIDL), so they cannot be left there: "
            "every session would fetch them again.",
            'Set after_download = "delete" for this account.',
            account=self._settings.name,
        )

    def _incomplete(self, total: int) -> Refused:
        """The error of a session that did all but some messages, with the server's words about the first of them."""
        first = self._failed[min(self._failed)]
        return Refused(
            f"{len(self._failed)} of {total} messages could not be fetched: {first.title}",
            first.hint,
            account=self._settings.name,
        )
