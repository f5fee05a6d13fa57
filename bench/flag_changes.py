"""1,000 stars set or taken by another client in 100,000 messages, then one round, beside mbsync's round."""

import asyncio
import imaplib
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench import bare_socket, long_store, mailbox
from bench.dovecot import Dovecot, why_not
from bench.long_store import LongStore
from bench.no_change import round_seconds
from bench.pullers import Mbsync
from bench.repeat import Timing, bar, beside, growth
from bench.synchronise import sync
from bench.table import Row, median
from store.model import Flag
from store.settings import KeepKind

SHARE = 0.3
"""Of mbsync's time."""
ONE_IN = 100
"""How many messages there are for each that changes."""
ROUNDS = 4
"""Set, taken, set, taken: the mailbox ends as it began."""


@dataclass(slots=True)
class Changed:
    """What one mailbox's rounds took."""

    ours: list[float]
    mbsync: list[float]
    socket: list[float]
    missed: int = 0
    """Changes that the store did not hold after its round."""


def measure() -> Iterator[Row]:
    """Rounds that bring the flags and nothing else."""
    if reason := why_not():
        print(f"flag_changes is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        small = _rounds(dovecot, mailbox.SHORT, with_peer=False)
        large = _rounds(dovecot, mailbox.LONG, with_peer=Mbsync.is_installed())
    few, many = (Timing(median(one.ours), ROUNDS) for one in (small, large))
    peer = Timing(median(large.mbsync), ROUNDS) if large.mbsync else None
    what = f"{mailbox.LONG // ONE_IN:,} flags changed elsewhere in {mailbox.LONG:,}, one round"
    yield Row(what, many.seconds, "s", bar(SHARE, peer), beside(mbsync=peer, bare_socket=median(large.socket)))
    yield Row("  changes that were missed", large.missed + small.missed, "", 0)
    yield growth(mailbox.SHORT, mailbox.LONG, few, many)


def _rounds(server: Dovecot, count: int, *, with_peer: bool) -> Changed:
    user = mailbox.user_with(server, count, mailbox.LETTER)
    store = long_store.filled(server, user, count, KeepKind.SUMMARIES)
    round_seconds(store)  # what changed since an earlier run
    peer = Mbsync(server, user, mailbox.kept("mbsync", user)) if with_peer else None
    if peer:
        peer.pull()
    uids = _unstarred(server, user, count // ONE_IN)
    changed = Changed([], [], [])
    for number in range(ROUNDS):
        before = bare_socket.highest_modseq(server, user)
        _star(server, user, uids, stars=number % 2 == 0)
        command = f"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {before})"
        changed.socket.append(bare_socket.look_seconds(server, user, command))
        works: list[Callable[[], None]] = [lambda: _ours(store, uids, number % 2 == 0, changed)]  # noqa: B023
        if peer:
            works.append(lambda: changed.mbsync.append(peer.pull()))
        for work in works if number < ROUNDS // 2 else reversed(works):
            work()
    return changed


def _ours(store: LongStore, uids: Sequence[int], stars: bool, changed: Changed) -> None:
    def starred(connection: sqlite3.Connection) -> int:
        query = (
            f"SELECT count(*) FROM messages WHERE uid IN ({','.join(map(str, uids))}) AND flags & {Flag.FLAGGED.value}"
        )
        return int(connection.execute(query).fetchone()[0])

    figures = asyncio.run(sync(store.data, store.settings, count=starred))
    changed.ours.append(figures.seconds)
    changed.missed += len(uids) - figures.messages if stars else figures.messages


def _unstarred(server: Dovecot, user: str, count: int) -> list[int]:
    """UIDs of messages without star, spread over the whole mailbox."""
    with imaplib.IMAP4(server.host, server.imap, timeout=60) as client:
        client.login(user, server.password)
        client.select("INBOX", readonly=True)
        _, data = client.uid("SEARCH", "UNFLAGGED")
    uids = [int(uid) for uid in data[0].split()]
    return uids[:: len(uids) // count][:count]


def _star(server: Dovecot, user: str, uids: Sequence[int], *, stars: bool) -> None:
    """Set or take the stars as a second client does."""
    with imaplib.IMAP4(server.host, server.imap, timeout=60) as client:
        client.login(user, server.password)
        client.select("INBOX")
        client.uid("STORE", ",".join(map(str, uids)), f"{'+' if stars else '-'}FLAGS.SILENT", "(\\Flagged)")
