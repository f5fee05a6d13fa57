"""How long the same 2,000 messages take over POP3, beside mpop; for information, no bar."""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import mailbox
from bench.dovecot import why_not
from bench.fetch import MESSAGES, TEXT_BYTES
from bench.pullers import mpop_seconds
from bench.synchronise import account, sync
from bench.table import Row
from store.model import Protocol


def measure() -> Iterator[Row]:
    """One retrieval each: POP3 mail is written through to the disk, which varies little."""
    if reason := why_not():
        print(f"pop3 is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        user = mailbox.user_with(dovecot, MESSAGES, TEXT_BYTES)
        with tempfile.TemporaryDirectory() as folder:
            peer = mpop_seconds(dovecot, user, Path(folder))
        with tempfile.TemporaryDirectory() as folder:
            settings = account(dovecot, user, Protocol.POP3)
            figures = asyncio.run(sync(Path(folder) / "data", settings, watch=True))
    beside = "" if peer is None else f"mpop {peer:.2f} s"
    yield Row(f"{figures.messages:,} messages over POP3, searchable", figures.seconds, "s", peer=beside)
    yield Row("  longest block of the event loop meanwhile", figures.worst_block_ms, "ms")
