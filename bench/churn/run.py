"""One churn: both ends change at random while the network breaks and bocau restarts; then both are compared."""

import asyncio
import logging
import random
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.churn.elsewhere import Elsewhere
from bench.churn.ledger import Ledger
from bench.churn.person import Person
from bench.churn.reader import Reader
from bench.churn.verdict import Verdict, compare
from bench.dovecot import FALLBACK_CAPABILITY, Dovecot
from bench.proxy import PASS, Fault, Proxy
from bench.second_client import RefusedError
from bench.synchronise import account
from store.model import Protocol
from store.settings import KeepKind

FIRST = 30
"""Changes elsewhere before bocau sees the mailbox for the first time."""
EVENTS = {"elsewhere": 50.0, "person": 40.0, "refresh": 3.0, "cut": 3.0, "ambush": 2.0, "restart": 0.7, "kill": 0.7}
"""What happens, and how often."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a churn is to be."""

    seed: int = 1
    plain: bool = False
    """Whether the server hides MOVE, UIDPLUS, CONDSTORE and QRESYNC."""
    minutes: float | None = None
    """How long; None: until `events` have happened, without pauses."""
    events: int = 300
    check_every: float = 120.0
    """Seconds from one comparison to the next."""
    pause: float = 0.15
    """Mean seconds between two events that do not come in a burst."""
    screen: bool = False
    """Whether the screen runs too."""


@dataclass(slots=True)
class Churn:
    """A run of a plan: who takes part, and what has happened."""

    plan: Plan
    rng: random.Random
    ledger: Ledger
    elsewhere: Elsewhere
    person: Person
    reader: Reader
    proxy: Proxy
    errors: list[str]
    """What the program logged as a fault of its own."""
    happened: Counter[str] = field(default_factory=Counter)

    async def run(self, say: Callable[[str], None]) -> Verdict:
        """Churn and compare as planned; `say` hears of every comparison.  Ends at the first one that is not clean."""
        for _ in range(FIRST):
            await self._change_elsewhere()
        await self.reader.start()
        try:
            begun = checked = time.monotonic()
            while not self._is_over(begun):
                await self._event()
                if self.plan.minutes is not None and time.monotonic() - checked > self.plan.check_every:
                    if (verdict := await self._compare(say)).faults:
                        return verdict
                    checked = time.monotonic()
            return await self._compare(say)
        finally:
            await self.reader.stop()

    def _is_over(self, begun: float) -> bool:
        if self.plan.minutes is None:
            return self.happened.total() >= self.plan.events
        return time.monotonic() - begun > self.plan.minutes * 60

    async def _event(self) -> None:
        """A change at one of the ends, or something that happens to the connection or to the process; then a pause."""
        (name,) = self.rng.choices(list(EVENTS), list(EVENTS.values()))
        self.happened[name] += 1
        match name:
            case "elsewhere":
                await self._change_elsewhere()
            case "person":
                await self.person.act(self.reader.store, self.reader.engine)
            case "refresh":
                self.reader.engine.refresh()
            case "cut":
                self.proxy.cut(reset=self.rng.random() < 0.5)
            case "ambush":
                self._ambush()
            case "restart":
                await self.reader.stop()
                await self.reader.start()
            case "kill":
                await self.reader.kill()
        if self.plan.minutes is not None and self.rng.random() < 0.7:
            await asyncio.sleep(self.rng.expovariate(1 / self.plan.pause))

    async def _change_elsewhere(self) -> None:
        if self.happened:
            self.elsewhere.torn = await self.reader.store.read(_on_the_way)
        # what it meant to change may have been changed by the person a moment before
        with suppress(RefusedError):
            await asyncio.to_thread(self.elsewhere.act)

    def _ambush(self) -> None:
        """Cut now, and the next connections once more, after a few of their bytes."""
        self.proxy.to_client = self.proxy.to_server = PASS
        if self.rng.random() < 0.5:
            self.proxy.to_server = Fault(cut_after=self.rng.randrange(50, 3_000), shared=True)
        else:
            self.proxy.to_client = Fault(cut_after=self.rng.randrange(200, 30_000), shared=True)
        self.proxy.cut()

    async def _compare(self, say: Callable[[str], None]) -> Verdict:
        """Everybody stops; the network is sound."""
        self.proxy.to_client = self.proxy.to_server = PASS
        verdict = await compare(self.reader, self.elsewhere.client, self.ledger, hides_deleted=self.plan.plain)
        verdict.faults += self.errors
        say(f"{self.happened.total():,} events, {len(self.ledger):,} messages delivered: {verdict}")
        for who, counted in (("", self.happened), ("elsewhere: ", self.elsewhere.done), ("person: ", self.person.done)):
            say(f"  {who}" + ", ".join(f"{name} {count:,}" for name, count in counted.most_common() if count))
        return verdict


def _on_the_way(connection: sqlite3.Connection) -> frozenset[str]:
    """The Message-IDs of what waits for the server."""
    return frozenset(row[0] for row in connection.execute("SELECT message_id FROM messages WHERE pending > 0"))


@asynccontextmanager
async def churning(plan: Plan) -> AsyncIterator[Churn]:
    """Everybody who takes part, on a Dovecot of their own; nothing has happened yet."""
    # each draws from its own: how long an answer takes does not change what happens next
    rng, theirs, ours = (random.Random(f"{plan.seed} {who}") for who in ("events", "elsewhere", "person"))
    ledger = Ledger()
    async with AsyncExitStack() as stack:
        dovecot = stack.enter_context(Dovecot(capability=FALLBACK_CAPABILITY if plan.plain else None))
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="bocau-churn-"))
        errors = stack.enter_context(_faults_of_ours())
        user = dovecot.user()
        elsewhere = stack.enter_context(closing(Elsewhere(dovecot, user, theirs, ledger)))
        proxy = await stack.enter_async_context(Proxy(dovecot.imap))
        settings = replace(account(dovecot, user, Protocol.IMAP, KeepKind.FULL), port=proxy.port, folders=("*",))
        reader = Reader(settings, Path(place), proxy, dovecot.password, screen=plan.screen)
        yield Churn(plan, rng, ledger, elsewhere, Person(settings.name, ours, ledger), reader, proxy, errors)


@contextmanager
def _faults_of_ours() -> Iterator[list[str]]:
    """What protocols and store log as errors: nothing that a server or a network does is one."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(f"logged: {record.getMessage()}")

    ear = Ear(logging.ERROR)
    loggers = [logging.getLogger(name) for name in ("protocols", "store", "asyncio")]
    for logger in loggers:
        logger.addHandler(ear)
    try:
        yield heard
    finally:
        for logger in loggers:
            logger.removeHandler(ear)
