"""How long 2,000 messages (15 MB) take from Dovecot into the search index, and whether a screen would notice."""

import asyncio
import re
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import mailbox
from bench.dovecot import Dovecot, why_not
from bench.pullers import mbsync_seconds
from bench.synchronise import SyncFigures, account, first_sync
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
        bare_seconds(dovecot, user)  # the first reader pays for Dovecot's index, whoever it is
        bare, octets = bare_seconds(dovecot, user)
        with tempfile.TemporaryDirectory() as folder:
            peer = mbsync_seconds(dovecot, user, Path(folder))
        runs = [_run(dovecot, user) for _ in range(ROUNDS)]
    what = f"{MESSAGES:,} messages ({octets / 1e6:.0f} MB)"
    beside = [f"mbsync {peer:.2f} s"] if peer is not None else []
    yield Row(
        f"{what} fetched and searchable",
        median(run.seconds for run in runs),
        "s",
        BAR_SECONDS,
        ", ".join([*beside, f"bare socket {bare:.2f} s"]),
    )
    worst = max(run.worst_block_ms for run in runs)
    yield Row("  longest block of the event loop meanwhile", worst, "ms", BAR_BLOCK_MS)
    yield Row("  messages that are missing in the index", MESSAGES - min(run.messages for run in runs), "", 0)


def _run(server: Dovecot, user: str) -> SyncFigures:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(first_sync(Path(folder) / "data", account(server, user, Protocol.IMAP)))


def bare_seconds(server: Dovecot, user: str) -> tuple[float, int]:
    """(seconds, octets) of one UID FETCH of every whole message over a bare socket: what no client can beat."""
    with socket.create_connection((server.host, server.imap), timeout=60) as wire:
        reader = wire.makefile("rb")
        reader.readline()
        wire.sendall(f'a LOGIN "{user}" "{server.password}"\r\nb EXAMINE INBOX\r\n'.encode())
        while not reader.readline().startswith(b"b "):
            pass
        begun, octets = time.perf_counter(), 0
        wire.sendall(b"c UID FETCH 1:* (UID BODY.PEEK[])\r\n")
        while not (line := reader.readline()).startswith(b"c "):
            if literal := re.search(rb"\{(\d+)\}\r\n\Z", line):
                octets += len(reader.read(int(literal[1])))
            elif not line:
                raise ConnectionError("Dovecot closed the connection")
        return time.perf_counter() - begun, octets
