"""20,000 messages (147 MB) over POP3 into the search index, beside mpop, which writes files and indexes nothing."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import mailbox
from bench.dovecot import Dovecot, why_not
from bench.fetch_large import FEW, MANY, TEXT_BYTES
from bench.processes import ended_cpu_seconds, resident_mib
from bench.pullers import mpop_seconds
from bench.repeat import bar, beside, growth, in_turn, timed
from bench.synchronise import SyncFigures, account, sync, write_config
from bench.table import Row, median
from store.model import Protocol

SHARE = 0.5
"""Of mpop's time."""
BAR_BLOCK_MS = 20.0
BAR_MIB = 130.0
LOOK_SECONDS = 0.05


def measure() -> Iterator[Row]:
    """First syncs of a whole maildrop: time beside mpop in turn, the longest block, memory, growth."""
    if reason := why_not():
        print(f"pop3 is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        few, many = (mailbox.user_with(dovecot, count, TEXT_BYTES) for count in (FEW, MANY))
        figures: list[SyncFigures] = []
        spent: list[float] = []
        runs: dict[str, Callable[[], float]] = {"ours": lambda: _kept(figures, dovecot, many)}
        if shutil.which("mpop") is not None:
            runs["mpop"] = lambda: _peer(spent, dovecot, many)
        timings = in_turn(runs)
        small = timed(lambda: _kept([], dovecot, few))
        resident = _resident_mib(dovecot, many)
    ours, peer = timings["ours"], timings.get("mpop")
    yield Row(
        f"{MANY:,} messages over POP3, searchable{ours.note}", ours.seconds, "s", bar(SHARE, peer), beside(mpop=peer)
    )
    yield Row("  longest block of the event loop meanwhile", max(f.worst_block_ms for f in figures), "ms", BAR_BLOCK_MS)
    theirs = f"mpop {median(spent):.2f} s" if spent else ""
    yield Row("  processor time of it", median(f.processor_seconds for f in figures), "s", peer=theirs)
    yield Row("  messages that are missing in the index", MANY - min(f.messages for f in figures), "", 0)
    yield Row("  most resident memory of `bocau sync`, all its processes", resident, "MiB", BAR_MIB)
    yield growth(FEW, MANY, small, ours)


def _peer(spent: list[float], server: Dovecot, user: str) -> float:
    """One retrieval by mpop; its processor time goes to the list."""
    before = ended_cpu_seconds()
    with tempfile.TemporaryDirectory(prefix="bocau-mpop-") as folder:
        seconds = mpop_seconds(server, user, Path(folder))
    spent.append(ended_cpu_seconds() - before)
    return seconds or 0.0


def _kept(figures: list[SyncFigures], server: Dovecot, user: str) -> float:
    """One first sync; its figures go to the list."""
    with tempfile.TemporaryDirectory(prefix="bocau-pop3-") as folder:
        figures.append(asyncio.run(sync(Path(folder) / "data", account(server, user, Protocol.POP3), watch=True)))
    return figures[-1].seconds


def _resident_mib(server: Dovecot, user: str) -> float:
    """The most that the program and the processes it starts take during one first sync."""
    with tempfile.TemporaryDirectory(prefix="bocau-pop3-") as folder:
        config = write_config(Path(folder) / "config.toml", account(server, user, Protocol.POP3))
        with config.open("a") as file:
            file.write('after_download = "keep"\n')
        command = [sys.executable, "-m", "tui.cli", "--config", str(config), "--data", f"{folder}/data", "sync"]
        most = 0.0
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
            while True:
                try:
                    process.wait(LOOK_SECONDS)
                except subprocess.TimeoutExpired:
                    most = max(most, resident_mib(process.pid))
                else:
                    break
        if process.returncode:
            raise RuntimeError(f"bocau sync ended with {process.returncode}")
        return most
