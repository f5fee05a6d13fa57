"""How long 2,000 messages (15 MB) take from Dovecot into the search index, and whether a screen would notice."""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import bare_socket, mailbox
from bench.dovecot import Dovecot, why_not
from bench.pullers import mbsync_seconds
from bench.synchronise import SyncFigures, account, sync
from bench.table import Row, median
from store.model import Protocol

MESSAGES = 2000
TEXT_BYTES = 2500
"""Gives 15 MB in all."""
BAR_SECONDS = 3.0
BAR_BLOCK_MS = 20.0
ROUNDS = 3


def measure() -> Iterator[Row]:
    """Median of several first syncs, the worst block of all of them; beside it the bare socket and mbsync."""
    if reason := why_not():
        print(f"fetch is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        user = mailbox.user_with(dovecot, MESSAGES, TEXT_BYTES)
        limit = bare_socket.fetch(dovecot, user, bare_socket.WHOLE)
        peer = mbsync_seconds(dovecot, user)
        runs = [_run(dovecot, user) for _ in range(ROUNDS)]
    what = f"{MESSAGES:,} messages ({limit.octets / 1e6:.0f} MB)"
    beside = [f"mbsync {peer:.2f} s"] if peer is not None else []
    yield Row(
        f"{what} fetched and searchable",
        median(run.seconds for run in runs),
        "s",
        BAR_SECONDS,
        ", ".join([*beside, f"bare socket {limit.seconds:.2f} s"]),
    )
    worst = max(run.worst_block_ms for run in runs)
    yield Row("  longest block of the event loop meanwhile", worst, "ms", BAR_BLOCK_MS)
    yield Row("  messages that are missing in the index", MESSAGES - min(run.messages for run in runs), "", 0)


def _run(server: Dovecot, user: str) -> SyncFigures:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(sync(Path(folder) / "data", account(server, user, Protocol.IMAP), watch=True))
