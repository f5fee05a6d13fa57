"""Retrieves messages and hands them over to be stored, each only when what follows proves that it came whole."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import aclosing

from protocols.errors import Misbehaved, ProtocolError, Refused
from protocols.pop3 import identity
from protocols.pop3.arrivals import Retrieved, header_key
from protocols.pop3.connection import Connection
from protocols.pop3.elapsed import DAY
from protocols.pop3.inventory import Inventory
from protocols.pop3.storing import Storing
from store import maildrop
from store.database import Transaction
from store.mailstore import MailStore
from store.model import AccountId

PATIENCE = 3
"""Connections that may end over one message before it is asked for less often."""
_HOUR = 3600


class Retrieval:
    """RETR for many messages of one session.

    A server that forgets to stuff a dot ends a message in its middle, and what follows makes no sense as an answer.
    So a message counts as whole when the answer behind it has come; otherwise it stays on the server and is asked for
    again, behind all others.
    """

    def __init__(
        self, connection: Connection, store: MailStore, account: AccountId, inventory: Inventory, storing: Storing
    ) -> None:
        self._connection = connection
        self._store = store
        self._account = account
        self._inventory = inventory
        self._storing = storing
        self._held: tuple[int, Retrieved] | None = None
        self._names: dict[str, str] = {}
        """Old key -> new key of what turned out to be here under another name."""
        self.failed: dict[int, ProtocolError] = {}
        """Number -> what the server said instead of the message."""

    async def run(self, numbers: Sequence[int], now: int) -> None:
        """Bring these and commit them.  Raises ProtocolError when the connection breaks, StoreError.

        What a connection ended over before stands last in `numbers`, and comes alone: it takes no other with it.
        """
        suspects = await asyncio.to_thread(lambda: [number for number in numbers if self._failures(number)])
        try:
            await self._bring(numbers[: len(numbers) - len(suspects)], now)
            for number in suspects:
                await self._bring([number], now)
        except ProtocolError:
            await self._storing.finish()
            raise
        except BaseException:
            await self._storing.abandon()
            raise
        await self._storing.finish()
        if self._names:
            await self._store.write(lambda tx: maildrop.rename(tx, self._account, self._names), durable=True)

    def _failures(self, number: int) -> int:
        row = self._inventory.known.get(self._inventory.keys.get(number, ""))
        return 0 if row is None else row.failures

    async def _bring(self, numbers: Sequence[int], now: int) -> None:
        done = 0
        try:
            async with aclosing(self._connection.retrieve_many(numbers, self._inventory.sizes)) as answers:
                async for number, answer in answers:
                    await self._hand_over()
                    done += 1
                    if isinstance(answer, ProtocolError):
                        self.failed[number] = answer
                    elif (message := self._retrieved(number, answer)) is not None:
                        self._held = number, message
            if self._held is not None:
                await self._ask_once_more()
            await self._hand_over()
        except ProtocolError as error:
            guilty = list(numbers[done : done + 1])
            if isinstance(error, Misbehaved) and self._held is not None:
                guilty.append(self._held[0])
                self._held = None
            await self._hand_over()
            await self._store.write(lambda tx: self._note(tx, guilty, now))
            raise

    async def _ask_once_more(self) -> None:
        """An answer behind the last message, whatever it says."""
        try:
            await self._connection.noop()
        except Refused:
            return

    async def _hand_over(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            await self._storing.put(held[1])

    def _retrieved(self, number: int, raw: bytes) -> Retrieved | None:
        """What is to be stored; None when it turns out to be here already."""
        inventory = self._inventory
        size = inventory.sizes.get(number)
        if number not in inventory.keys:
            self._name(number, header_key(raw, len(raw) if size is None else size))
        key = inventory.keys[number]
        if number in inventory.findings.unsure:
            return self._told(key, raw, size)
        row = inventory.known.get(key)
        return None if row is not None and row.whole else Retrieved(key, raw, size)

    def _told(self, key: str, raw: bytes, size: int | None) -> Retrieved | None:
        """As `_retrieved`, of what only the whole message tells about."""
        known, findings = self._inventory.known, self._inventory.findings
        found = identity.of_headers(raw, size)
        row = known.get(key)
        if row is not None and row.shown and identity.still(row, found):
            findings.untold.discard(key)
            return None if row.whole else Retrieved(key, raw, size)
        old = findings.lost.take(found)
        if old is not None:
            self._names[old] = key
            known[key] = known.pop(old)
            return None
        known.pop(key, None)
        return Retrieved(key, raw, size, anew=row is not None)

    def _name(self, number: int, key: str) -> None:
        """Name a message of which nothing was known before; equal ones are told apart by their order."""
        taken = set(self._inventory.keys.values())
        copies = 1
        while (name := key if copies == 1 else f"{key}#{copies}") in taken:
            copies += 1
        self._inventory.keys[number] = name

    def _note(self, tx: Transaction, numbers: Iterable[int], now: int) -> None:
        """Remember that a connection ended while these were asked for."""
        for number in numbers:
            key = self._inventory.keys.get(number)
            row = None if key is None else self._inventory.known.get(key)
            if key is not None and (row is None or not row.whole):
                maildrop.seen(tx, self._account, {key: self._inventory.sizes.get(number)}, now)
                failures = 1 if row is None else row.failures + 1
                wait = min(DAY, _HOUR << min(8, failures - PATIENCE)) if failures >= PATIENCE else None
                maildrop.failed(tx, self._account, key, failures, None if wait is None else now + wait)
