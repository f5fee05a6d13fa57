"""One POP3 session: fetch what is new, commit it, then delete on the server what is due."""

import asyncio
import time
from collections.abc import Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass, field

from protocols.errors import ProtocolError, Refused
from protocols.mime.digest import digest_headers
from protocols.pop3 import identity, inventory
from protocols.pop3.arrivals import is_made, received_time
from protocols.pop3.connection import Connection, Survey
from protocols.pop3.elapsed import DAY
from protocols.pop3.inventory import Inventory
from protocols.pop3.plan import Farewells, farewells, unique
from protocols.pop3.retrieval import Retrieval
from protocols.pop3.storing import Storing
from protocols.pop3.wire import BODY_LIMIT
from store import folders, maildrop, messages
from store.database import Transaction
from store.maildrop import Drop, Dropped
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import AccountId, Role
from store.pop3_accounts import Moment
from store.settings import AccountSettings, AfterKind

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Outcome:
    """What a session did, and what it could not do."""

    listed: Collection[str] = ()
    """Keys of what the server has."""
    stored: int = 0
    """Messages that are here whole and were not before."""
    failed: dict[str, ProtocolError] = field(default_factory=dict)
    """Key -> why it stays on the server."""
    parted: bool = False
    """Whether the server said good-bye as it should."""


class Sync:
    """A signed-in connection, used up by `run`.

    The order is what keeps mail safe: a message is committed together with its row in the maildrop table; all of them
    are on the disk (synced), and the row says delete-pending, before DELE is sent; it says deleted when QUIT was
    answered with +OK, because only then has the server deleted anything (RFC 1939 section 6).
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
        self._outcome = Outcome()

    async def run(self, at: Moment, before: Outcome | None = None, *, patient: bool = True) -> Outcome:
        """Do the whole session, QUIT included.

        Right after another session, whose outcome is `before`, what that could not fetch is not asked for again; and
        where nothing is listed that was not listed then, nothing else is looked at.

        `patient` leaves alone for a while what connections ended over again and again.  Raises ConnectionLost,
        Misbehaved, StoreError: what is committed stays, what was to be deleted is looked at in the next session.
        """
        survey = await self._connection.survey()
        if before is not None and survey.names is not None and await asyncio.to_thread(_nothing_new, survey, before):
            self._outcome.parted = await self._connection.quit()
            return self._outcome
        here = await self._inventory(survey, at)
        self._outcome.listed = set(here.keys.values())
        skip: Collection[str] = () if before is None else before.failed
        wanted = await asyncio.to_thread(self._wanted, here, skip, at.now if patient else None)
        try:
            await self._fetch(here, await self._without_large(here, wanted), at.now)
        except ProtocolError:
            # the days of what did not come are counted from now on all the same
            await self._store.write(lambda tx: maildrop.seen(tx, self._account, here.news(), at.now))
            raise
        await self._part(here)
        return self._outcome

    async def _inventory(self, survey: Survey, at: Moment) -> Inventory:
        after = self._settings.after_download
        deleting = after.kind is AfterKind.DELETE
        try:
            return await inventory.take(
                self._connection, self._store, self._account, survey, at, days=after.days, deleting=deleting
            )
        except inventory.NamelessError:
            raise Refused(
                f"{self._connection.endpoint} gives its messages no lasting names (UIDL), so they cannot be left "
                "there: every session would fetch them again.",
                'Set after_download = "delete" for this account.',
                account=self._settings.name,
            ) from None

    def _wanted(self, here: Inventory, skip: Collection[str], now: int | None) -> list[int]:
        """The numbers of what is not here whole; what broke connections comes last, or not yet."""
        suspects: list[tuple[int, int]] = []
        for number in here.numbers:
            key = here.keys.get(number)
            row = None if key is None else here.known.get(key)
            if key in skip or (row is not None and self._is_done(here, number, row)):
                continue
            if row is not None and now is not None and row.retry_at is not None and row.retry_at > now:
                self._outcome.failed[key or ""] = _troublesome(row)
                continue
            suspects.append((0 if row is None else row.failures, number))
        return [number for _, number in sorted(suspects)]

    @staticmethod
    def _is_done(here: Inventory, number: int, row: Dropped) -> bool:
        if number in here.findings.unsure:
            return False
        return row.whole or (row.shown and here.keys.get(number) not in here.bare)

    async def _without_large(self, here: Inventory, wanted: list[int]) -> list[int]:
        """Show by their headers what is too large to come unasked, and answer the others."""
        limit = min(self._settings.size_limit or BODY_LIMIT, BODY_LIMIT)
        large = [number for number in wanted if here.sizes.get(number, 0) > limit]
        if not large:
            return wanted
        unshown = [n for n in large if here.keys.get(n) not in here.bare]
        heads: dict[str, tuple[int, bytes]] = {}
        headless: list[int] = []
        async with aclosing(self._connection.top_many(unshown, 0)) as answers:
            async for number, answer in answers:
                if isinstance(answer, bytes):
                    heads[here.keys[number]] = here.sizes[number], answer
                elif here.sizes[number] <= BODY_LIMIT:
                    headless.append(number)  # nobody could open what is not shown
                else:
                    self._outcome.failed[here.keys.get(number, "")] = answer
        if heads:
            await self._store.write(lambda tx: self._show(tx, heads))
        rest = set(large) - set(headless)
        return [number for number in wanted if number not in rest]

    def _show(self, tx: Transaction, heads: dict[str, tuple[int, bytes]]) -> None:
        now = int(self._now())
        inbox = folders.ensure_role(tx, self._account, Role.INBOX)
        digests = {key: digest_headers(head) for key, (_, head) in heads.items()}
        rows = [
            Arrival(digests[key], received_time(head, digests[key], now), size, uidl=key)
            for key, (size, head) in heads.items()
        ]
        messages.add(tx, self._account, inbox.id, rows)
        known = {key: identity.of_message(head, size, digests[key].message_id) for key, (size, head) in heads.items()}
        maildrop.seen(tx, self._account, {key: size for key, (size, _) in heads.items()}, now)
        maildrop.shown(tx, self._account, known)

    async def _fetch(self, here: Inventory, numbers: list[int], now: int) -> None:
        if not numbers:
            return
        total = len(numbers)
        self._progress(0, total)
        storing = Storing(
            self._store, self._account, self._now, here.known, here.bare, lambda done: self._progress(done, total)
        )
        retrieval = Retrieval(self._connection, self._store, self._account, here, storing)
        try:
            await retrieval.run(numbers, now)
        finally:
            self._outcome.stored = storing.count
        self._outcome.failed |= {here.keys.get(n, f"#{n}"): error for n, error in retrieval.failed.items()}
        self._progress(total, total)

    async def _part(self, here: Inventory) -> None:
        """Delete what is due, and leave."""
        now = int(self._now())
        listed = here.keys.values()
        after = self._settings.after_download
        untold = here.findings.untold
        known = {key: row for key, row in here.known.items() if key not in untold} if untold else here.known
        parting = await asyncio.to_thread(
            lambda: farewells(known, listed, after, now, agreed=here.agreed, trusted=here.trusted)
        )
        # what came is on the disk before DELE, and before QUIT too: there are servers that delete what was retrieved
        durable = bool(parting.delete or self._outcome.stored)
        await self._store.write(lambda tx: self._prepare(tx, here, parting, now), durable=durable)
        due = set(parting.delete)
        await self._delete({number: key for number, key in here.keys.items() if key in due})

    def _prepare(self, tx: Transaction, here: Inventory, parting: Farewells, now: int) -> None:
        # once a day is enough to know that a message is still there
        rows = ((key, here.known.get(key)) for key in here.keys.values())
        stale = [key for key, row in rows if row is not None and not 0 <= now - row.last_listed < DAY]
        maildrop.seen(tx, self._account, here.news(), now)
        maildrop.listed(tx, self._account, stale, now)
        maildrop.forget(tx, self._account, parting.forget)
        maildrop.set_state(tx, self._account, parting.spare, Drop.STORED)
        maildrop.set_state(tx, self._account, parting.delete, Drop.DELETE_PENDING)
        inbox = folders.ensure_role(tx, self._account, Role.INBOX)
        folders.set_synced(tx, inbox.id, now)

    async def _delete(self, due: dict[int, str]) -> None:
        try:
            refused = await self._connection.delete_many(sorted(due)) if due else {}
        except ProtocolError:
            await self._after(Drop.UNCONFIRMED, due.values())
            raise
        self._outcome.parted = await self._connection.quit()
        left = [key for number, key in due.items() if number in refused]
        gone = [key for number, key in due.items() if number not in refused]
        await self._after(Drop.STORED, left)
        await self._after(Drop.DELETED if self._outcome.parted else Drop.UNCONFIRMED, gone)

    async def _after(self, state: Drop, keys: Collection[str]) -> None:
        """Record what became of a deletion."""
        if not keys:
            return

        def record(tx: Transaction) -> None:
            if state is Drop.DELETED:
                maildrop.deleted(tx, self._account, [key for key in keys if not is_made(key)])
                maildrop.forget(tx, self._account, filter(is_made, keys))
            else:
                maildrop.set_state(tx, self._account, keys, state)

        await self._store.write(record, durable=True)


def _nothing_new(survey: Survey, before: Outcome) -> bool:
    return set(unique(survey.names or {}).values()) <= set(before.listed)


def _troublesome(row: Dropped) -> Refused:
    return Refused(
        f"the connection ended over it {row.failures} times.",
        "It stays on the server and is tried again later; `bocau sync` tries at once.",
    )
