"""All 100,000 summaries here, threaded and searchable, beside NeoMutt with an empty header cache."""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import bare_socket, mailbox, neomutt
from bench.dovecot import Dovecot, why_not
from bench.repeat import bar, beside, growth, timed
from bench.synchronise import SyncFigures, account, sync, threaded
from bench.table import Row, median
from store.model import Protocol
from store.settings import KeepKind

SHARE = 0.5
"""Of NeoMutt's time."""


def measure() -> Iterator[Row]:
    """First syncs of an account that keeps no contents."""
    if reason := why_not():
        print(f"summaries is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        few, many = (mailbox.user_with(dovecot, count, mailbox.LETTER) for count in (mailbox.SHORT, mailbox.LONG))
        limit = bare_socket.fetch(dovecot, many, bare_socket.SUMMARIES)
        figures: list[SyncFigures] = []
        ours = timed(lambda: _kept(figures, dovecot, many))
        small = timed(lambda: _kept([], dovecot, few))
        peer = neomutt.cold_start(dovecot, many, mailbox.LONG)
    what = f"all {mailbox.LONG:,} summaries cached, threaded, searchable{ours.note}"
    yield Row(what, ours.seconds, "s", bar(SHARE, peer), beside(neomutt=peer, bare_socket=limit.seconds))
    yield Row("  processor time of it", median(f.processor_seconds for f in figures), "s")
    yield Row("  summaries that are missing", mailbox.LONG - min(f.messages for f in figures), "", 0)
    yield growth(mailbox.SHORT, mailbox.LONG, small, ours)


def _kept(figures: list[SyncFigures], server: Dovecot, user: str) -> float:
    """One first sync; its figures go to the list."""
    settings = account(server, user, Protocol.IMAP, KeepKind.SUMMARIES)
    with tempfile.TemporaryDirectory(prefix="bocau-summaries-") as folder:
        figures.append(asyncio.run(sync(Path(folder) / "data", settings, count=threaded)))
    return figures[-1].seconds
