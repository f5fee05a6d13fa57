"""A person moves the cursor while the first sync of 100,000 messages runs: key to glass, and memory."""

import itertools
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench import mailbox
from bench.dovecot import Dovecot, why_not
from bench.first_page import PREFIX
from bench.repeat import LINEAR
from bench.startup import INSTALLED, PROGRAM
from bench.synchronise import account, write_config
from bench.table import Row, percentile
from bench.terminal import Terminal
from store.mailstore import FILE_NAME
from store.model import Protocol

KEYS = ("j",) * 15 + ("k",) * 15
"""The cursor stays on the first page."""
PAUSE = 0.15
"""Seconds between two keys, as a person holds one down slowly."""
LOOK_EVERY = 3
"""Keys between two looks at whether the sync is over."""
STILL = 120
"""Keys when nothing runs any more."""
LONGEST = 600.0
BAR_KEY_MS = 30.0
BAR_MIB = 130.0


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person felt."""

    during: list[float]
    """Milliseconds from key to glass while the sync ran."""
    still: list[float]
    """The same keys afterwards, with nothing running."""
    resident_mib: float
    """The most that the program and its helpers ever had while the sync ran."""
    seconds: float
    """From the program's start to the end of the sync."""


def measure() -> Iterator[Row]:
    """First syncs in the program itself, in a terminal, everything kept: of 10,000 messages and of 100,000."""
    if reason := why_not():
        print(f"typing_during_sync is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        few, typed = (
            _type(dovecot, mailbox.user_with(dovecot, count, mailbox.LETTER), count)
            for count in (mailbox.SHORT, mailbox.LONG)
        )
    what = f"key to glass, p95, while the first sync of {mailbox.LONG:,} runs ({len(typed.during)} keys)"
    still = f"the same key with nothing running {percentile(typed.still, 0.95):.1f} ms"
    yield Row(what, percentile(typed.during, 0.95), "ms", BAR_KEY_MS, still)
    median, longest = percentile(typed.still, 0.5), max(typed.still)
    yield Row(
        "  median", percentile(typed.during, 0.5), "ms", peer=f"the same key with nothing running {median:.1f} ms"
    )
    yield Row("  longest", max(typed.during), "ms", peer=f"the same key with nothing running {longest:.1f} ms")
    yield Row("  most resident memory meanwhile, all its processes", typed.resident_mib, "MiB", BAR_MIB)
    yield Row("  the whole first sync (one run, somebody typing)", typed.seconds, "s")
    yield _growth("key, p95", percentile(few.during, 0.95), percentile(typed.during, 0.95), "ms")
    yield _growth("memory", few.resident_mib, typed.resident_mib, "MiB")
    yield _growth("the whole first sync", few.seconds, typed.seconds, "s")


def _growth(what: str, few: float, many: float, unit: str) -> Row:
    name = f"  growth from {mailbox.SHORT:,} to {mailbox.LONG:,}, {what} ({few:.1f} to {many:.1f} {unit})"
    return Row(name, many / few, "times", LINEAR)


def _type(server: Dovecot, user: str, count: int) -> Typed:
    newest = mailbox.newest_subject(server, user)[:PREFIX]
    with tempfile.TemporaryDirectory(prefix="bocau-typing-") as folder:
        config = write_config(Path(folder) / "config.toml", account(server, user, Protocol.IMAP))
        data = Path(folder) / "data"
        command = [str(PROGRAM), "--config", str(config), "--data", str(data)]
        with Terminal(command, environment=INSTALLED) as terminal:
            terminal.wait_for(re.escape(newest), 120)
            during, resident, seconds = [], 0.0, 0.0
            deadline = time.monotonic() + LONGEST
            for number, key in enumerate(itertools.cycle(KEYS), 1):
                felt = terminal.press_and_see(key)
                if not seconds:
                    during.append(felt)
                    resident = max(resident, terminal.resident_mib())  # with the processes that it started
                    if number % LOOK_EVERY == 0 and _complete(data, count):
                        seconds = time.perf_counter() - terminal.started
                time.sleep(PAUSE)
                if seconds and number % len(KEYS) == 0:
                    break
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the first sync did not end in {LONGEST:.0f} s")
            terminal.settle(2.0, 60)
            still = []
            for key in itertools.islice(itertools.cycle(KEYS), STILL):
                still.append(terminal.press_and_see(key))
                time.sleep(PAUSE)
    return Typed(during, still, resident, seconds)


def _complete(data: Path, count: int) -> bool:
    """Whether every message is whole in the store; the index of what is missing answers at once."""
    with closing(sqlite3.connect(data / FILE_NAME, timeout=5)) as connection:
        total = connection.execute("SELECT total FROM folders WHERE role = 'inbox'").fetchone()
        waiting = connection.execute("SELECT 1 FROM messages WHERE cached = 0 AND uid IS NOT NULL LIMIT 1").fetchone()
    return total is not None and total[0] == count and waiting is None
