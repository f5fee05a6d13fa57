"""What one session finds in the maildrop, set beside what was known of it; nothing is fetched yet."""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from protocols.pop3.arrivals import header_key
from protocols.pop3.connection import Connection, Survey
from protocols.pop3.elapsed import DAY, Elapsed, elapsed
from protocols.pop3.plan import unique
from protocols.pop3.recognition import Findings, recognise
from store import maildrop, pop3_accounts
from store.database import Transaction
from store.maildrop import Dropped, Identity
from store.mailstore import MailStore
from store.model import AccountId, MessageId
from store.pop3_accounts import Moment
from store.references import reference_key


@dataclass(frozen=True, slots=True)
class Inventory:
    """The maildrop as it is listed."""

    known: dict[str, Dropped]
    """Key -> what is known, of everything that was listed in an earlier session and is not forgotten."""
    keys: dict[int, str]
    """Message number -> key; a number without key is known once it was retrieved."""
    numbers: list[int]
    sizes: dict[int, int]
    agreed: bool
    """Whether STAT, LIST and UIDL count the same."""
    trusted: bool
    """Whether days may be counted now."""
    findings: Findings
    bare: dict[str, MessageId]
    """Key -> message of those that are here by their headers only."""

    def news(self) -> dict[str, int | None]:
        """Key -> octets of what nobody has written down yet; a hundredth of a second for a long listing."""
        return {key: self.sizes.get(number) for number, key in self.keys.items() if key not in self.known}


class NamelessError(Exception):
    """The server has messages and gives them no lasting names, which only deleting them makes good."""


async def take(
    connection: Connection,
    store: MailStore,
    account: AccountId,
    survey: Survey,
    at: Moment,
    *,
    days: int,
    deleting: bool,
) -> Inventory:
    """Compare what the server lists now with what the store knows, asking for headers where that is not enough.

    `days` is after how many messages are deleted (0: none are by age), `deleting` whether all are deleted at once.
    Raises ProtocolError, StoreError, NamelessError.
    """
    known, before = await store.read(lambda c: (_known(c, account), pop3_accounts.looked_at(c, account)))
    if survey.names is None and not deleting and (survey.count or survey.sizes):
        raise NamelessError
    keys = await _keys(connection, survey)
    since = 0 if before is None else before.now - DAY
    findings = await recognise(connection, known, keys, survey.sizes, since=since)
    passed = elapsed(before, at, days)
    news = _News(account, at, findings, passed)
    named = bool(findings.renamed or findings.strangers)
    await store.write(lambda tx: news.record(tx, known, keys, survey.sizes), durable=named)
    if passed.shift or findings.renamed or findings.strangers:
        known = await store.read(lambda c: _known(c, account))
    bare = await store.read(lambda c: maildrop.without_body(c, account))
    numbers = await asyncio.to_thread(lambda: sorted([*keys, *(survey.sizes.keys() - keys.keys())]))
    return Inventory(known, keys, numbers, survey.sizes, _agree(survey), passed.trusted, findings, bare)


@dataclass(frozen=True, slots=True)
class _News:
    """What has to be written down before anything is fetched."""

    account: AccountId
    at: Moment
    findings: Findings
    passed: Elapsed

    def record(
        self, tx: Transaction, known: Mapping[str, Dropped], keys: Mapping[int, str], sizes: Mapping[int, int]
    ) -> None:
        if self.passed.shift:
            maildrop.shift(tx, self.account, self.passed.shift)
        pop3_accounts.look(tx, self.account, self.at)
        maildrop.rename(tx, self.account, self.findings.renamed)
        maildrop.forget(tx, self.account, self.findings.strangers)
        renamed = set(self.findings.renamed.values())
        changed = {
            key: size
            for number, key in keys.items()
            if (size := sizes.get(number)) is not None
            and (key in renamed or (key in known and known[key].identity.size != size))
        }
        maildrop.resize(tx, self.account, changed)


def _known(connection: sqlite3.Connection, account: AccountId) -> dict[str, Dropped]:
    """What is known; for what an earlier bocau stored the messages themselves stand in."""
    known = maildrop.known(connection, account)
    if not any(row.whole and row.identity.header_key is None for row in known.values()):
        return known
    for key, (message_id, size) in maildrop.by_content(connection, account).items():
        identity = Identity(known[key].identity.size or size, reference_key(message_id), None)
        known[key] = replace(known[key], identity=identity)
    return known


async def _keys(connection: Connection, survey: Survey) -> dict[int, str]:
    """A name for every message: its unique-id, or, where it has none, its header and size; none when TOP is refused."""
    keys = await asyncio.to_thread(unique, survey.names or {})
    nameless = sorted(survey.sizes.keys() - keys.keys())
    keys.update(unique(await _header_keys(connection, nameless, survey.sizes)))
    return keys


async def _header_keys(connection: Connection, numbers: Iterable[int], sizes: dict[int, int]) -> dict[int, str]:
    found: dict[int, str] = {}
    async with aclosing(connection.top_many(list(numbers), 0)) as answers:
        async for number, answer in answers:
            if isinstance(answer, bytes):
                found[number] = header_key(answer, sizes[number])
    return found


def _agree(survey: Survey) -> bool:
    counts = {survey.count, len(survey.sizes)} if survey.names is None else {survey.count, len(survey.names)}
    if survey.sizes:
        counts.add(len(survey.sizes))
    return len(counts) == 1
