"""The screen that people live in, over an inbox of 100,000: keys, pages, opening, archiving, silence; and peers."""

import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bench import long_store, mailbox, readers
from bench.dovecot import Dovecot, why_not
from bench.long_store import LongStore
from bench.startup import INSTALLED, PROGRAM
from bench.synchronise import account, write_config
from bench.table import Row, percentile
from bench.terminal import Idle, Terminal
from bench.walk import Walk, rest, said, walk, warm_start
from store.model import Protocol

MESSAGES = mailbox.LONG
USER = "triage"
LONG_LETTERS = 40
"""Letters of 20 kB that are opened, the newest first."""
LETTER_BYTES = 20_000
HELD = 300
"""Times that the archive key is sent."""
RATE = 30.0
"""Keys a second, as a terminal repeats one that is held down."""
SEARCHED = (
    "budget", "invoice", "kernel", "roadmap", "latency", "password", "candidate", "newsletter", "hoa don", "khach hang",
    "hợp đồng", "from:linh", "from:fumiko", "subject:release", "review merge", "is:unread", "has:attachment", "deploy*",
    "to:me", "zyzzyva",
)  # fmt: skip
"""What is searched for; the last key of each is timed."""
THREADS_SLOWER_MS = 50.0
SILENCE = 20.0
"""Seconds of nobody typing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What bocau shows of itself."""

    walk: Walk
    threads_start_seconds: float
    """The start with the list as trees."""
    idle: Idle
    opened: list[float]
    """Milliseconds from the key to the text of a message."""
    searched: list[float]
    """Milliseconds from the last key of a query to its results."""
    archive_lag_ms: float
    """From the last key to a list that knows of every archived message."""
    lost: int
    """Archived messages that are not in the archive of the server."""


def measure() -> Iterator[Row]:
    """The readers one after the other, on one server in one run; what is changed is a copy."""
    if reason := why_not():
        print(f"triage is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        user = mailbox.user_with(dovecot, MESSAGES, mailbox.LETTER)
        store = long_store.filled(dovecot, user, MESSAGES)
        peers = readers.walks(dovecot, user, MESSAGES, store.newest)
        with _copied(dovecot, user, store) as copy:
            ours = _watch(dovecot, copy)
    yield from _rows(ours, peers)


def _rows(ours: Figures, peers: Mapping[str, Walk]) -> Iterator[Row]:
    def beside(field: str, unit: str) -> str:
        return said(((name, getattr(one, field)) for name, one in peers.items()), unit)

    start = peers["neomutt"].start_seconds * 0.4 if "neomutt" in peers else None
    mine = ours.walk
    yield Row(f"start to the painted list of {MESSAGES:,}, warm", mine.start_seconds, "s", start,
              beside("start_seconds", "s"))  # fmt: skip
    yield Row("  cursor step, median, key to last byte", mine.step_median_ms, "ms", 16, beside("step_median_ms", "ms"))
    yield Row("  cursor step, p95", mine.step_p95_ms, "ms", 25, beside("step_p95_ms", "ms"))
    yield Row(f"  bytes a key, mean over {len(mine.steps)} x j", mine.step_bytes, "bytes", 1200,
              beside("step_bytes", "bytes"))  # fmt: skip
    yield Row("  page down, p95", mine.page_p95_ms, "ms", 40, beside("page_p95_ms", "ms"))
    yield Row("  bytes a page, mean", mine.page_bytes, "bytes", None, beside("page_bytes", "bytes"))
    yield Row(f"  archive held down ({HELD} at {RATE:.0f} a second), lost", ours.lost, "messages", 0)
    yield Row("  lag behind the last of them", ours.archive_lag_ms, "ms", 100)
    yield Row(f"  open a cached message of {LETTER_BYTES // 1000} kB, p95 to its text", percentile(ours.opened, 0.95),
              "ms", 50)  # fmt: skip
    yield Row(f"  search over {MESSAGES:,} as one types, p95 to the results", percentile(ours.searched, 0.95), "ms",
              100)  # fmt: skip
    slower = (ours.threads_start_seconds - mine.start_seconds) * 1000
    yield Row("  start with threads as trees, slower by", slower, "ms", THREADS_SLOWER_MS,
              f"flat {mine.start_seconds:.3f} s, trees {ours.threads_start_seconds:.3f} s")  # fmt: skip
    yield Row(f"  written in {SILENCE:.0f} s of nobody typing", ours.idle.written, "bytes", 0)
    yield Row("  processor meanwhile", ours.idle.cpu_percent, "%", 0.5)
    yield Row("  resident memory", mine.resident_mib, "MiB", None, beside("resident_mib", "MiB"))


@contextmanager
def _copied(dovecot: Dovecot, user: str, store: LongStore) -> Iterator[LongStore]:
    """The mailbox and the store once more, for this run alone, and long letters on top of both."""
    dovecot.copy(user, USER)
    folder = mailbox.kept("stores", USER)
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    try:
        shutil.copytree(store.data, data)
        now = int(time.time())
        for number in range(LONG_LETTERS):
            when = now - 60 * (LONG_LETTERS - number)
            dovecot.deliver(USER, long_letter(number, when), when=when)
        settings = account(dovecot, USER, Protocol.IMAP)
        config = write_config(folder / "config.toml", settings)
        yield LongStore(config, data, settings, _subject(LONG_LETTERS - 1))
    finally:
        shutil.rmtree(data, ignore_errors=True)
        dovecot.forget(USER)


def _watch(dovecot: Dovecot, store: LongStore) -> Figures:
    command = [str(PROGRAM), "--config", str(store.config), "--data", str(store.data)]
    painted = rf"(?s)of {MESSAGES + LONG_LETTERS:,}.*{store.newest}"
    with Terminal(command, environment=INSTALLED) as terminal:  # it fetches the long letters
        terminal.wait_for(rf"of {MESSAGES + LONG_LETTERS:,}", 120)
        rest(terminal)
    start = warm_start(command, painted, INSTALLED, leave="q")
    trees = store.config.with_name("threads.toml")
    trees.write_text(f"[general]\nthreads = true\n\n{store.config.read_text()}")
    threads_start = warm_start([*command[:2], str(trees), *command[3:]], painted, INSTALLED, leave="q")
    with Terminal(command, environment=INSTALLED) as terminal:
        terminal.wait_for(painted, 60)
        steps, pages = walk(terminal)
        terminal.press("home")
        rest(terminal)
        resident, idle = terminal.resident_mib(), terminal.idle(SILENCE)
        opened = _open(terminal)
        searched = [_search(terminal, text) for text in SEARCHED]
        terminal.press("home")
        rest(terminal)
        lag = hold_archive(terminal, MESSAGES + LONG_LETTERS)
        lost = HELD - _archived(dovecot)
    return Figures(Walk(start, resident, steps, pages), threads_start, idle, opened, searched, lag, lost)


def _open(terminal: Terminal) -> list[float]:
    """From the newest letter, which is shown already, through all the others: milliseconds from key to text."""
    terminal.press("enter")
    milliseconds = []
    for number in reversed(range(LONG_LETTERS - 1)):
        terminal.settle(0.3)
        milliseconds.append(terminal.press_for("n", rf"Here stands letter {number}\."))
    terminal.settle(0.3)
    terminal.press("q")
    return milliseconds


def _search(terminal: Terminal, text: str) -> float:
    """Type a query; milliseconds from its last key to its results."""
    terminal.press("/")
    terminal.press(text[:-1])
    terminal.settle(0.5)
    milliseconds = terminal.press_for(text[-1], rf"Search: {re.escape(text)}(\s|$)")
    terminal.settle(0.5)
    terminal.press("esc")
    terminal.settle(0.5)
    return milliseconds


def hold_archive(terminal: Terminal, total: int) -> float:
    """Send the archive key at the rate of one that is held down; milliseconds from the last to a list without them."""
    begun = time.perf_counter()
    for number in range(HELD - 1):
        time.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
        terminal.send("e")
    time.sleep(max(0.0, begun + (HELD - 1) / RATE - time.perf_counter()))
    return terminal.press_for("e", rf"of {total - HELD:,}\b", 60)


def _archived(dovecot: Dovecot, seconds: float = 120) -> int:
    """How many different messages reach the server's archive."""
    deadline = time.monotonic() + seconds
    while True:
        found = len({one.message_id for one in dovecot.messages(USER, "Archive")})
        if found >= HELD or time.monotonic() > deadline:
            return found
        time.sleep(1)


def _subject(number: int) -> str:
    return f"Long letter {number}"


def long_letter(number: int, when: int) -> bytes:
    """A text of 20 kB that fills many screens; its first one says which letter it is."""
    words = "The minutes of the meeting, the figures of the quarter and all that is left to do until spring. " * 4
    paragraphs = [words, f"Here stands letter {number}."]
    while sum(map(len, paragraphs)) < LETTER_BYTES:
        paragraphs.append(f"{len(paragraphs)}. {words}")
    text = "\r\n\r\n".join(paragraphs)
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(when))
    head = (
        f"From: Long Writer <writer@example.org>\r\nTo: Me <me@example.com>\r\nSubject: {_subject(number)}\r\n"
        f"Date: {date}\r\nMessage-ID: <long.{number}.{when}@example.org>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    return f"{head}{text}\r\n".encode()
