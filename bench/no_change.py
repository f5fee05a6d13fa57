"""A round when nothing has changed in 100,000 messages, beside mbsync on a Maildir that is up to date."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from bench import bare_socket, long_store, mailbox
from bench.dovecot import why_not
from bench.long_store import LongStore
from bench.pullers import Mbsync
from bench.repeat import bar, beside, growth, in_turn, timed
from bench.startup import INSTALLED, PROGRAM
from bench.synchronise import light_round_seconds, sync, threaded
from bench.table import Row
from store.settings import KeepKind

SHARE = 0.15
"""Of mbsync's time."""


def measure() -> Iterator[Row]:
    """Connect, sign in, one round, leave; by the engine alone and as the command with all of its start."""
    if reason := why_not():
        print(f"no_change is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        users = {count: mailbox.user_with(dovecot, count, mailbox.LETTER) for count in (mailbox.SHORT, mailbox.LONG)}
        stores = {n: long_store.filled(dovecot, user, n, KeepKind.SUMMARIES) for n, user in users.items()}
        large = stores[mailbox.LONG]
        runs: dict[str, Callable[[], float]] = {
            "ours": lambda: round_seconds(large),
            "light": lambda: asyncio.run(light_round_seconds(large.data, large.settings)),
            "command": lambda: command_seconds(large),
        }
        if Mbsync.is_installed():
            peer = Mbsync(dovecot, users[mailbox.LONG], mailbox.kept("mbsync", users[mailbox.LONG]))
            runs["mbsync"] = peer.pull
        round_seconds(stores[mailbox.SHORT])
        for run in runs.values():
            run()  # brings everybody up to date
        timings = in_turn(runs)
        small = timed(lambda: round_seconds(stores[mailbox.SHORT]))
        limit = timed(lambda: bare_socket.look_seconds(dovecot, users[mailbox.LONG]))
    ours, mbsync = timings["ours"], timings.get("mbsync")
    what = f"a full round when nothing changed in {mailbox.LONG:,}"
    yield Row(what, ours.seconds, "s", bar(SHARE, mbsync), beside(mbsync=mbsync, bare_socket=limit))
    yield Row("  the round of a running app, which compares less", timings["light"].seconds, "s")
    yield Row(
        "  the full round as the command `bocau sync`", timings["command"].seconds, "s", peer=beside(mbsync=mbsync)
    )
    yield growth(mailbox.SHORT, mailbox.LONG, small, ours)


def round_seconds(store: LongStore) -> float:
    """One round of an engine that is new, over a store that is full."""
    return asyncio.run(sync(store.data, store.settings, count=threaded)).seconds


def command_seconds(store: LongStore) -> float:
    """The same from the shell's view: Python's start, the password command, the end of the process."""
    begun = time.perf_counter()
    subprocess.run(
        [str(PROGRAM), "--config", str(store.config), "--data", str(store.data), "sync"],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **INSTALLED},
    )
    return time.perf_counter() - begun
