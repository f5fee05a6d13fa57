"""The end of a churn: everybody stops, the journal empties, and store and server are held side by side."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from bench import comparison
from bench.churn.ledger import Ledger
from bench.churn.reader import Reader
from bench.second_client import SecondClient
from protocols.errors import ProtocolError
from store import accounts, folders, journal, listing
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import AccountId, Cached
from store.operations import State

ROUNDS = 8
"""Rounds within which both ends have to be identical, once nobody changes anything any more."""


@dataclass(slots=True)
class Verdict:
    """What a comparison found."""

    messages: int = 0
    folders: int = 0
    rounds: int = 0
    """Rounds until both ends were identical."""
    seconds: float = 0.0
    refused: Counter[str] = field(default_factory=Counter)
    """What the server had refused, by its reason; given up before the comparison."""
    faults: list[str] = field(default_factory=list)
    """What is wrong, a line each."""

    def __str__(self) -> str:
        end = f"{len(self.faults)} FAULTS" if self.faults else "store and server are identical"
        refused = "".join(f"; refused {count} x {reason}" for reason, count in self.refused.most_common(3))
        return (
            f"{self.messages:,} messages in {self.folders} folders, {end} after {self.rounds} rounds"
            f" ({self.seconds:.1f} s){refused}"
        )


async def compare(reader: Reader, client: SecondClient, ledger: Ledger, *, hides_deleted: bool) -> Verdict:
    """Run rounds until both ends are identical, or ROUNDS are over; nobody may change anything meanwhile."""
    verdict, begun = Verdict(), time.monotonic()
    store, name = reader.store, reader.engine.accounts[0]
    ours = (await store.read(lambda c: accounts.by_name(c, name))).id
    for verdict.rounds in range(1, ROUNDS + 1):
        outcome = await reader.engine.sync()
        verdict.faults = [f"the round failed: {error}" for error in outcome.values() if error is not None]
        verdict.refused.update(await _give_up_refused(store, ours))
        server = await asyncio.to_thread(comparison.on_server, client)
        here = await store.read(lambda c: comparison.in_store(c, ours))
        verdict.faults += comparison.differences(here, server, hides_deleted=hides_deleted)
        verdict.faults += await store.read(lambda c: comparison.counters(c, ours))
        if not verdict.faults:
            break
        await _open_unread_bodies(reader, ours)
    verdict.faults += ledger.faults(server)
    verdict.folders, verdict.messages = len(server), sum(map(len, server.values()))
    verdict.seconds = time.monotonic() - begun
    return verdict


async def _give_up_refused(store: MailStore, account: AccountId) -> list[str]:
    """Drop what was refused, as a person does in the end; answers the reasons."""
    entries = [e for e in await store.read(journal.unfinished) if e.state is State.REFUSED and e.account == account]
    for entry in entries:
        await store.write(lambda tx, operation=entry.id: journal.drop(tx, operation))  # type: ignore[misc]
    return [f"{entry.kind.value}: {entry.error}" for entry in entries]


async def _open_unread_bodies(reader: Reader, account: AccountId) -> None:
    """Open what is not here whole: a message over which connections ended again and again waits for just that."""
    every = [folder.id for folder in await reader.store.read(lambda c: folders.every(c, account))]
    rows = await reader.store.read(lambda c: listing.page(c, every, None, 1_000_000))
    for row in rows:
        if row.cached is not Cached.FULL and row.uid is not None:
            try:
                await reader.engine.fetch(row.id)
            except (ProtocolError, StoreError):  # the next comparison names it
                continue
