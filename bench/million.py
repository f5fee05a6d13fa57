"""A store of 1,000,000 messages beside one of 100,000: memory, and that no key takes longer in the larger one."""

import asyncio
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from bench import mailbox, search, triage
from bench.dovecot import Dovecot, why_not
from bench.startup import INSTALLED, PROGRAM
from bench.table import Row, percentile
from bench.terminal import Idle, Terminal
from bench.walk import Walk, rest, walk, warm_start
from store import accounts, folders, messages
from store.database import Transaction
from store.mailstore import MailStore
from store.messages import Arrival
from store.migrations import available
from store.model import AccountId, Address, Digest, Flag, FolderId, MessageId, Protocol, Role

MANY = int(os.environ.get("MILLION", "1_000_000"))
"""A tenth of it is what it is compared with; fewer show in a minute whether the bench itself works."""
FEW = MANY // 10
ACCOUNT = "million"
BATCH = 2000
FIRST = 1_600_000_000
"""Unix seconds: when the oldest message was received."""
STEP = 90
SILENCE = 10.0
BAR_MIB = 160.0
BAR_RATIO = 1.5
SHORTEST_MS = 5.0
"""A ratio of times below this would be one of noise."""
WORDS = (
    "budget", "meeting", "minutes", "release", "invoice", "hóa đơn", "Đà Nẵng", "latency", "roadmap", "kernel",
    "spring", "quarterly", "figures", "holiday", "password", "review", "deploy", "candidate", "giao hàng", "newsletter",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """What bocau shows of itself over a store of one size."""

    walk: Walk
    idle: Idle
    archive_lag_ms: float
    queries: list[float]
    """Milliseconds from a query's text to the first page of its results."""


def measure() -> Iterator[Row]:
    """Fill both stores, if no earlier run did (some minutes), and walk through each; archiving is done on copies."""
    if reason := why_not():
        print(f"million is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        few, many = (_watch(_configured(dovecot, count), _filled(count), count) for count in (FEW, MANY))
    memory = f"{FEW:,}: {few.walk.resident_mib:.0f} MiB"
    yield Row(f"resident memory with {MANY:,} messages", many.walk.resident_mib, "MiB", BAR_MIB, memory)
    yield Row(f"  written in {SILENCE:.0f} s of nobody typing", many.idle.written, "bytes", 0)
    yield Row("  processor meanwhile", many.idle.cpu_percent, "%", 0.5)
    yield _ratio("start to the painted list", few.walk.start_seconds * 1000, many.walk.start_seconds * 1000)
    yield _ratio("cursor step, median", few.walk.step_median_ms, many.walk.step_median_ms)
    yield _ratio("cursor step, p95", few.walk.step_p95_ms, many.walk.step_p95_ms)
    yield _ratio("page down, p95", few.walk.page_p95_ms, many.walk.page_p95_ms)
    yield _ratio("lag behind an archive key that is held down", few.archive_lag_ms, many.archive_lag_ms)
    yield Row(
        "  search, first page of results read, p95", percentile(many.queries, 0.95), "ms",
        peer=f"{FEW:,}: {percentile(few.queries, 0.95):.0f} ms",
    )  # fmt: skip


def _ratio(what: str, few: float, many: float) -> Row:
    ratio = many / max(few, SHORTEST_MS)
    return Row(f"  {what}, against {FEW:,} ({few:.1f} to {many:.1f} ms)", ratio, "times", BAR_RATIO)


def _watch(config: Path, data: Path, count: int) -> Figures:
    command = [str(PROGRAM), "--config", str(config), "--data", str(data)]
    painted = rf"(?s)of {count:,}.*Letter {count - 1}\b"
    start = warm_start(command, painted, INSTALLED, leave="q")
    with Terminal(command, environment=INSTALLED) as terminal:
        terminal.wait_for(painted, 60)
        steps, pages = walk(terminal)
        terminal.press("G")
        terminal.press("home")
        rest(terminal)
        resident, idle = terminal.resident_mib(), terminal.idle(SILENCE)
    queries = search.query_milliseconds(data)
    copy = data.with_name(f"{data.name}.copy")
    shutil.rmtree(copy, ignore_errors=True)
    try:
        shutil.copytree(data, copy)
        with Terminal([*command[:-1], str(copy)], environment=INSTALLED) as terminal:
            terminal.wait_for(painted, 60)
            rest(terminal)
            lag = triage.hold_archive(terminal, count)
            resident = max(resident, terminal.resident_mib())
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    return Figures(Walk(start, resident, steps, pages), idle, lag, queries)


def _configured(dovecot: Dovecot, count: int) -> Path:
    """A configuration whose maildrop is empty: POP3 mail that is here is here for good."""
    config = mailbox.kept("stores", f"{ACCOUNT}{count}") / "config.toml"
    config.write_text(
        f'[accounts.{ACCOUNT}]\nprotocol = "pop3"\naddress = "me@example.com"\nhost = "{dovecot.host}"\n'
        f'port = {dovecot.pop3}\nsecurity = "none"\nuser = "{dovecot.user()}"\n'
        f'password_command = "echo {dovecot.password}"\nafter_download = "keep"\n'
    )
    return config


def _filled(count: int) -> Path:
    """A store of so many messages, written by the store's own functions (once)."""
    fingerprint = hashlib.sha256("".join(text for _, text in available()).encode()).hexdigest()[:12]
    folder = mailbox.kept("stores", f"{ACCOUNT}{count}")
    data, complete = folder / fingerprint, folder / f"{fingerprint}.filled"
    if not complete.exists():
        print(f"making a store of {count:,} messages (once) ...", file=sys.stderr, flush=True)
        for old in folder.iterdir():
            if old.name != "config.toml":
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        asyncio.run(_fill(data, count))
        complete.touch()
    return data


async def _fill(data: Path, count: int) -> None:
    async with await MailStore.open(data) as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [(ACCOUNT, Protocol.POP3, True)]))
        inbox = await store.read(partial(folders.by_role, account=ids[ACCOUNT], role=Role.INBOX))
        assert inbox is not None
        for first, last in pairwise([*range(0, count, BATCH), count]):
            letters = [_letter(which) for which in range(first, last)]
            await store.write(partial(_add, account=ids[ACCOUNT], folder=inbox.id, letters=letters))


def _add(tx: Transaction, account: AccountId, folder: FolderId, letters: list[Arrival]) -> list[MessageId]:
    return messages.add(tx, account, folder, letters)


def _letter(which: int) -> Arrival:
    """The `which`-th message: a summary as a server gives it, in four of five cases read; one in three answers."""
    received = FIRST + which * STEP
    subject = _subject(which)
    answered = f"<{which - 1}@example.org>" if which % 3 == 2 else ""
    digest = Digest(
        message_id=f"<{which}@example.org>",
        references=(answered,) if answered else (),
        sender=Address(f"Writer {which % 997}", f"writer{which % 997}@example.org"),
        to=(Address("", "me@example.com"),),
        cc=(),
        subject=f"Re: {_subject(which - 1)}" if answered else subject,
        date=received,
        attachments=0,
        filenames=(),
        preview=f"{WORDS[which % 7]} {WORDS[which % 13]} {WORDS[which % 19]}: what is left to do until spring.",
        text="",
    )
    return Arrival(digest, received, 2000 + which % 5000, Flag.SEEN if which % 5 else Flag.NONE, uidl=str(which))


def _subject(which: int) -> str:
    words = WORDS[which % 20], WORDS[which // 20 % 20], WORDS[which // 400 % 20]
    return f"Letter {which} {' '.join(words)}"
