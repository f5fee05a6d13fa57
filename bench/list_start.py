"""100,000 messages on the screen: start, memory, steps and silence, beside NeoMutt on the same mail."""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import long_store, mailbox, neomutt
from bench.dovecot import why_not
from bench.long_store import LongStore
from bench.neomutt import ListFigures
from bench.startup import INSTALLED, PROGRAM
from bench.table import Row, median
from bench.terminal import Idle, Terminal
from bench.walk import rest

MESSAGES = mailbox.LONG
STARTS = 3
STEPS = 120
IDLE_SECONDS = 10.0
BAR_OF_PEER = 0.5
BAR_MIB = 100.0
BAR_STEP_MS = 25.0
BAR_STEP_BYTES = 600.0
BAR_IDLE_PERCENT = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What bocau shows of itself."""

    list: ListFigures
    idle: Idle


def measure() -> Iterator[Row]:
    """Both readers, one after the other, on one server in one run."""
    if reason := why_not():
        print(f"list_start is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        user = mailbox.user_with(dovecot, MESSAGES, mailbox.LETTER)
        store = long_store.filled(dovecot, user, MESSAGES)
        peer = None
        if neomutt.is_installed():
            peer = neomutt.measure(dovecot, user, MESSAGES, mailbox.kept("neomutt"), starts=STARTS, steps=STEPS)
        ours = watch([str(PROGRAM), "--config", str(store.config), "--data", str(store.data)], store)
    yield from _rows(ours, peer)


def _rows(ours: Figures, peer: ListFigures | None) -> Iterator[Row]:
    def beside(text: str) -> str:
        return f"neomutt {text}" if peer else ""

    start = peer.start_seconds if peer else 0.0
    bar = start * BAR_OF_PEER if peer else None
    yield Row(f"start to the painted list of {MESSAGES:,}", ours.list.start_seconds, "s", bar, beside(f"{start:.2f} s"))
    memory = f"{peer.resident_mib:.0f} MiB" if peer else ""
    yield Row("  resident memory", ours.list.resident_mib, "MiB", BAR_MIB, beside(memory))
    step = f"{peer.step_p95_ms:.1f} ms" if peer else ""
    yield Row("  cursor step, p95, key to last byte", ours.list.step_p95_ms, "ms", BAR_STEP_MS, beside(step))
    octets = f"{peer.step_median_bytes:.0f} bytes" if peer else ""
    yield Row("  cursor step, median", ours.list.step_median_bytes, "bytes", BAR_STEP_BYTES, beside(octets))
    yield Row(f"  written in {IDLE_SECONDS:.0f} s of nobody typing", ours.idle.written, "bytes", 0)
    yield Row("  processor meanwhile", ours.idle.cpu_percent, "%", BAR_IDLE_PERCENT)


def watch(command: Sequence[str], store: LongStore) -> Figures:
    """Start a reader several times (the first one fills the page cache); walk and listen in the last one."""
    # The heading with the count stands above the list with the newest subject.
    painted = rf"(?s){MESSAGES:,}.*{re.escape(store.newest[:12])}"
    seconds = []
    for _ in range(STARTS):
        with Terminal(command, environment=INSTALLED) as terminal:
            seconds.append(terminal.wait_for(painted, 60))
            rest(terminal)
    with Terminal(command, environment=INSTALLED) as terminal:
        seconds.append(terminal.wait_for(painted, 60))
        rest(terminal)  # the first look at the server is over: what follows is the list alone
        answers = [terminal.press("j") for _ in range(STEPS)]
        resident = terminal.resident_mib()
        rest(terminal)
        idle = terminal.idle(IDLE_SECONDS)
    return Figures(ListFigures.of(median(seconds[1:]), resident, answers), idle)
