"""20,000 messages (148 MB) from Dovecot into the search index, beside mbsync, which copies and indexes nothing."""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import bare_socket, mailbox
from bench.dovecot import Dovecot, why_not
from bench.processes import ended_cpu_seconds
from bench.pullers import Mbsync, mbsync_seconds
from bench.repeat import Timing, bar, beside, growth, in_turn, timed
from bench.synchronise import SyncFigures, account, sync
from bench.table import Row, median
from store.model import Protocol

MANY = 20_000
FEW = 2_000
TEXT_BYTES = 2400
SHARE = 0.4
"""Of mbsync's time."""
BAR_BLOCK_MS = 20.0


def measure() -> Iterator[Row]:
    """First syncs of a whole mailbox: time, the longest block of the event loop, growth."""
    if reason := why_not():
        print(f"fetch_large is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        few, many = (mailbox.user_with(dovecot, count, TEXT_BYTES) for count in (FEW, MANY))
        figures: list[SyncFigures] = []
        spent: list[float] = []
        runs: dict[str, Callable[[], float]] = {"ours": lambda: _kept(figures, dovecot, many)}
        if Mbsync.is_installed():
            runs["mbsync"] = lambda: _peer(spent, dovecot, many)
        limit = bare_socket.fetch(dovecot, many, bare_socket.WHOLE)
        timings = in_turn(runs)
        small = timed(lambda: _kept([], dovecot, few))
    yield from _rows(figures, spent, timings, small, limit)


def _rows(
    figures: list[SyncFigures], spent: list[float], timings: dict[str, Timing], small: Timing, limit: bare_socket.Read
) -> Iterator[Row]:
    ours, peer = timings["ours"], timings.get("mbsync")
    what = f"{MANY:,} messages ({limit.octets / 1e6:.0f} MB) fetched and searchable{ours.note}"
    yield Row(what, ours.seconds, "s", bar(SHARE, peer), beside(mbsync=peer, bare_socket=limit.seconds))
    yield Row("  longest block of the event loop meanwhile", max(f.worst_block_ms for f in figures), "ms", BAR_BLOCK_MS)
    beside_it = f"mbsync {median(spent):.2f} s" if spent else ""
    yield Row("  processor time of it", median(f.processor_seconds for f in figures), "s", peer=beside_it)
    yield Row("  messages that are missing in the index", MANY - min(f.messages for f in figures), "", 0)
    yield growth(FEW, MANY, small, ours)


def _peer(spent: list[float], server: Dovecot, user: str) -> float:
    """One first pull by mbsync; its processor time goes to the list."""
    before = ended_cpu_seconds()
    seconds = mbsync_seconds(server, user)
    spent.append(ended_cpu_seconds() - before)
    return seconds or 0.0


def _kept(figures: list[SyncFigures], server: Dovecot, user: str) -> float:
    """One first sync; its figures go to the list."""
    with tempfile.TemporaryDirectory(prefix="bocau-fetch-") as folder:
        figures.append(asyncio.run(sync(Path(folder) / "data", account(server, user, Protocol.IMAP), watch=True)))
    return figures[-1].seconds
