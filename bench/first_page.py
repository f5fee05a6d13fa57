"""The newest page of an inbox of 100,000 that nothing of is on this disk: bocau beside aerc and NeoMutt."""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import aerc, bare_socket, mailbox, neomutt
from bench.dovecot import Dovecot, why_not
from bench.repeat import bar, beside, growth, in_turn, timed
from bench.startup import INSTALLED, PROGRAM
from bench.synchronise import account, write_config
from bench.table import Row
from bench.terminal import Terminal
from store.model import Protocol

SHARE = 1.2
"""Of aerc's time."""
PREFIX = 12
"""Characters of the subject that fit on the screen whatever the layout."""


def measure() -> Iterator[Row]:
    """From each program's start to the newest subject on the screen, its cache empty."""
    if reason := why_not():
        print(f"first_page is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        few, many = (mailbox.user_with(dovecot, count, mailbox.LETTER) for count in (mailbox.SHORT, mailbox.LONG))
        newest = mailbox.newest_subject(dovecot, many)[:PREFIX]
        runs: dict[str, Callable[[], float]] = {"ours": lambda: _seconds(dovecot, many, newest)}
        if aerc.is_installed():
            runs["aerc"] = lambda: aerc.first_page_seconds(dovecot, many, newest)
        for start in runs.values():
            start()  # fills the page cache with the program
        timings = in_turn(runs)
        cold = neomutt.cold_start(dovecot, many, mailbox.LONG)
        limit = bare_socket.look_seconds(dovecot, many, f"FETCH {mailbox.LONG - 49}:* ENVELOPE")
        newest = mailbox.newest_subject(dovecot, few)[:PREFIX]
        small = timed(lambda: _seconds(dovecot, few, newest))
    ours, peer = timings["ours"], timings.get("aerc")
    what = f"newest page of {mailbox.LONG:,} on the screen after start, empty cache"
    yield Row(what, ours.seconds, "s", bar(SHARE, peer), beside(aerc=peer, neomutt=cold, bare_socket=limit))
    yield growth(mailbox.SHORT, mailbox.LONG, small, ours)


def _seconds(server: Dovecot, user: str, newest: str) -> float:
    with tempfile.TemporaryDirectory(prefix="bocau-first-") as folder:
        config = write_config(Path(folder) / "config.toml", account(server, user, Protocol.IMAP))
        command = [str(PROGRAM), "--config", str(config), "--data", str(Path(folder) / "data")]
        with Terminal(command, environment=INSTALLED) as terminal:
            return terminal.wait_for(re.escape(newest), 120)
