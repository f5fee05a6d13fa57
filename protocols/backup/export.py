"""Exports messages: reads them from the store, has missing ones fetched, writes them in one of three forms."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from protocols.backup.saved import INBOX, Saved
from protocols.backup.writing import Form, Writer, writer
from protocols.errors import ProtocolError, Refused
from store import exports, keeping
from store.errors import NotFound, NotPossible, StoreError
from store.exports import Row
from store.mailstore import MailStore
from store.model import Flag, MessageId, Role

SLICE = 4 * 1024 * 1024
"""Octets that are read and written at once."""
_AT_ONCE = 500

Fetch = Callable[[MessageId], Awaitable[None]]
"""Brings a message to this disk, whole.  Raises ProtocolError, StoreError."""
Tell = Callable[[int, int], None]
"""Is told how far it is: (done, total) messages."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A message that is not in the backup, and why."""

    message: MessageId
    account: str
    error: ProtocolError | StoreError


@dataclass(slots=True)
class Exported:
    """What came of an export."""

    written: int = 0
    there: int = 0
    """An earlier run had written these."""
    octets: int = 0
    missing: list[Missing] = field(default_factory=list)


async def export(
    store: MailStore, ids: Sequence[MessageId], form: Form, place: Path, fetch: Fetch | None, tell: Tell
) -> Exported:
    """Write messages, in the order of `ids`, into `place`.

    What cannot be fetched is told in the answer and left out; `fetch` None: nothing can.  Raises NotPossible (there is
    something at `place`), StoreError and DiskFull.  Interrupted, at whatever moment, it leaves no file (mbox) or whole
    ones under their final names, which the next run passes over (Maildir, eml).
    """
    target = await asyncio.to_thread(writer, form, place)
    try:
        return await _Export(store, target, fetch, tell).run(ids)
    finally:
        # shielded: whoever is cancelled leaves nothing half-written behind
        await asyncio.shield(asyncio.to_thread(target.abandon))


class _Export:
    def __init__(self, store: MailStore, target: Writer, fetch: Fetch | None, tell: Tell) -> None:
        self._store = store
        self._target = target
        self._fetch = fetch
        self._tell = tell
        self._result = Exported()
        self._down: dict[str, ProtocolError | StoreError] = {}
        """Accounts whose server is out of reach: nobody waits for it once more for each message."""

    async def run(self, ids: Sequence[MessageId]) -> Exported:
        done, writing = 0, asyncio.create_task(_nothing())
        try:
            while done < len(ids):
                rows, covered = await self._read(ids[done : done + _AT_ONCE])
                rows = await self._whole(rows, partial(self._told_of, done, len(ids)))
                await writing  # the next slice is read while this one is written
                writing = asyncio.create_task(asyncio.to_thread(self._target.add, [_saved(row) for row in rows]))
                done += covered
                self._result.octets += sum(len(row.raw or b"") for row in rows)
                self._tell(done, len(ids))
        finally:
            await writing
        if self._result.missing and not self._result.octets:
            return self._result  # all that was asked for is missing: an empty file would look like a backup
        await asyncio.to_thread(self._target.finish)
        self._result.written, self._result.there = self._target.written, self._target.there
        return self._result

    def _told_of(self, done: int, total: int, more: int) -> None:
        self._tell(done + more, total)

    async def _read(self, ids: Sequence[MessageId]) -> tuple[list[Row], int]:
        return await self._store.read(lambda c: exports.rows(c, ids, SLICE))

    async def _whole(self, rows: list[Row], tell: Callable[[int], None]) -> list[Row]:
        """The rows with their bytes; those that cannot be had are noted and left out."""
        whole = []
        for number, row in enumerate(rows):
            if row.raw is None:
                tell(number)  # a server may take its time for each
                found = await self._fetched(row)
                if found is not None:
                    whole.append(found)
            else:
                whole.append(row)
        return whole

    async def _fetched(self, row: Row) -> Row | None:
        """One message with its bytes, None when they cannot be had."""
        error = self._down.get(row.account)
        if error is None:
            before = await self._store.read(lambda c: keeping.used(c, row.id))
            error = await self._try(row)
        if error is not None:
            self._result.missing.append(Missing(row.id, row.account, error))
            return None
        found, _ = await self._read([row.id])
        # else a backup would fill this disk with all that its account does not keep
        await self._store.write(lambda tx: keeping.unopened(tx, row.id, before))
        if found and found[0].raw is None:
            error = StoreError("Its server does not give it out whole.")
            self._result.missing.append(Missing(row.id, row.account, error))
        return found[0] if found and found[0].raw is not None else None

    async def _try(self, row: Row) -> ProtocolError | StoreError | None:
        if self._fetch is None:
            return StoreError("Nothing here talks to servers now.")
        try:
            await self._fetch(row.id)
        except (Refused, NotFound, NotPossible) as error:  # about this message alone
            return error
        except (ProtocolError, StoreError) as error:
            self._down[row.account] = error
            return error
        return None


async def _nothing() -> None:
    """Stands for the writing of what came before the first slice."""


def _saved(row: Row) -> Saved:
    folder = INBOX if row.role == Role.INBOX else row.path
    return Saved(row.raw or b"", row.received, Flag(row.flags), folder, row.sender, row.subject)
