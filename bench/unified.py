"""The unified inbox of ten accounts with 20,000 messages each, one in twenty received twice: start and pages."""

import asyncio
import hashlib
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import mailbox
from bench.dovecot import Dovecot, why_not
from bench.startup import INSTALLED, PROGRAM
from bench.table import Row, median, percentile
from bench.terminal import Terminal
from store import accounts, folders, messages
from store.database import Transaction
from store.mailstore import MailStore
from store.messages import Arrival
from store.migrations import available
from store.model import AccountId, Address, Digest, Flag, FolderId, MessageId, Protocol, Role

ACCOUNTS = 10
EACH = 20_000
TWICE = 10
"""Every so manieth message of every second account is one that the account before it received too."""
SHOWN = ACCOUNTS * EACH - ACCOUNTS // 2 * EACH // TWICE
BATCH = 500
FIRST = 1_700_000_000
"""Unix seconds: when the oldest message was received."""
STEP = 600
STARTS = 3
PAGES = 60
BAR_PAGE_MS = 25.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a person feels."""

    start_seconds: float
    pages: list[float]
    """Milliseconds from the key to the last byte of the next page."""
    bottom_pages: list[float]
    """The same from the oldest message upwards."""
    resident_mib: float


def measure() -> Iterator[Row]:
    """Fill the store, if no earlier run did, and turn its pages."""
    if reason := why_not():
        print(f"unified is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        data = _filled()
        figures = _watch(_configured(dovecot), data)
    many = f"{ACCOUNTS} accounts, {ACCOUNTS * EACH:,} messages"
    yield Row(f"page down in all inboxes, p95 ({many})", percentile(figures.pages, 0.95), "ms", BAR_PAGE_MS)
    yield Row("  median", median(figures.pages), "ms")
    yield Row("  page up from the oldest, p95", percentile(figures.bottom_pages, 0.95), "ms")
    yield Row("  start to the painted list", figures.start_seconds, "s")
    yield Row("  resident memory", figures.resident_mib, "MiB")


def _watch(config: Path, data: Path) -> Figures:
    command = [str(PROGRAM), "--config", str(config), "--data", str(data)]
    painted = rf"(?s){SHOWN:,}.*{re.escape(_subject(ACCOUNTS - 1, EACH - 1))}"
    seconds = []
    for _ in range(STARTS):
        with Terminal(command, environment=INSTALLED) as terminal:
            seconds.append(terminal.wait_for(painted, 60))
            terminal.settle(quiet=2, seconds=20)
            if len(seconds) < STARTS:
                continue
            pages = [terminal.press("pagedown").milliseconds for _ in range(PAGES)]
            terminal.press("G")
            terminal.settle(quiet=1)
            bottom = [terminal.press("pageup").milliseconds for _ in range(PAGES)]
            return Figures(median(seconds[1:]), pages, bottom, terminal.resident_mib())
    raise AssertionError("the last start has returned")


def _configured(dovecot: Dovecot) -> Path:
    """A configuration of accounts whose maildrops are empty: POP3 mail that is here is here for good."""
    accounts_of_file = [
        f'[accounts.{_name(number)}]\nprotocol = "pop3"\naddress = "{_name(number)}@example.com"\n'
        f'host = "{dovecot.host}"\nport = {dovecot.pop3}\nsecurity = "none"\nuser = "{dovecot.user()}"\n'
        f'password_command = "echo {dovecot.password}"\nafter_download = "keep"\n'
        for number in range(ACCOUNTS)
    ]
    config = mailbox.kept("stores", "unified") / "config.toml"
    config.write_text("\n".join(accounts_of_file))
    return config


def _filled() -> Path:
    """A store that holds it all, written by the store's own functions (once; half a minute)."""
    fingerprint = hashlib.sha256("".join(text for _, text in available()).encode()).hexdigest()[:12]
    folder = mailbox.kept("stores", "unified")
    data, complete = folder / fingerprint, folder / f"{fingerprint}.filled"
    if not complete.exists():
        print(f"making a store of {ACCOUNTS * EACH:,} messages (once) ...", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        asyncio.run(_fill(data))
        complete.touch()
    return data


async def _fill(data: Path) -> None:
    async with await MailStore.open(data) as store:
        wanted = [(_name(number), Protocol.POP3, True) for number in range(ACCOUNTS)]
        ids = await store.write(lambda tx: accounts.reconcile(tx, wanted))
        for number in range(ACCOUNTS):
            account = ids[_name(number)]
            inbox = await store.read(partial(folders.by_role, account=account, role=Role.INBOX))
            assert inbox is not None
            for start in range(0, EACH, BATCH):
                letters = [_letter(number, which) for which in range(start, start + BATCH)]
                await store.write(partial(_add, account=account, folder=inbox.id, letters=letters))


def _add(tx: Transaction, account: AccountId, folder: FolderId, letters: list[Arrival]) -> list[MessageId]:
    return messages.add(tx, account, folder, letters)


def _letter(account: int, which: int) -> Arrival:
    """The `which`-th message of an account; the accounts' letters alternate in time."""
    twice = account % 2 == 1 and which % TWICE == 0
    writer = account - 1 if twice else account
    sent = FIRST + which * STEP + writer * (STEP // ACCOUNTS)
    subject = _subject(writer, which)
    text = f"{subject}: the quarterly figures, the minutes of the meeting and what is left to do. " * 3
    digest = Digest(
        message_id=f"<{writer}.{which}@example.org>",
        references=(),
        sender=Address(f"Writer {which % 97}", f"writer{which % 97}@example.org"),
        to=(Address("", f"{_name(account)}@example.com"),),
        cc=(),
        subject=subject,
        date=sent,
        attachments=0,
        filenames=(),
        preview=text[:160],
        text=text,
    )
    raw = f"Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
    flags = Flag.SEEN if which % 5 else Flag.NONE
    return Arrival(digest, sent + (7 if twice else 0), len(raw), flags, uidl=f"{account}-{which}", raw=raw)


def _name(account: int) -> str:
    return f"account{account}"


def _subject(account: int, which: int) -> str:
    return f"Letter {which} of {account}"
