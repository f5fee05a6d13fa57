"""`python -m bench.profile_sync` samples a first sync of 20,000 messages: which thread spends its time where."""

import asyncio
import itertools
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from bench import mailbox
from bench.fetch_large import MANY, TEXT_BYTES
from bench.processes import own_cpu_seconds, process_name, tree
from bench.synchronise import account, searchable, sync, threaded
from store.model import Protocol
from store.settings import KeepKind

INTERVAL_SECONDS = 0.002
PROCESSES_EVERY = 20
"""Looks at threads for each look at other processes."""
SHOWN = 14
"""Lines of each list."""
_HERE = str(Path(__file__).resolve().parents[1]) + os.sep


class Sampler:
    """Looks at every thread's stack while its context is open; a look weighs what the thread ran since the last one."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        """Thread -> nanoseconds of processor."""
        self.own: Counter[tuple[str, str]] = Counter()
        """(thread, innermost function) -> nanoseconds; work in C counts for the Python function that called it."""
        self.within: Counter[tuple[str, str]] = Counter()
        """(thread, function of ours) -> nanoseconds in it and all that it called."""
        self.beside: dict[int, tuple[str, float]] = {}
        """Process that this one started -> (its name, seconds of processor at the last look)."""
        self._ran: dict[int, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look_often, name="sampler", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _look_often(self) -> None:
        for look in itertools.count():
            if self._stop.wait(INTERVAL_SECONDS):
                return
            if look % PROCESSES_EVERY == 0:
                self._look_beside()
            frames = sys._current_frames()
            for thread in threading.enumerate():
                if thread is not self._thread and thread.ident in frames and thread.native_id is not None:
                    self._weigh(thread.name, thread.native_id, frames[thread.ident])

    def _look_beside(self) -> None:
        for process in tree(os.getpid()):
            if process != os.getpid() and (name := process_name(process)):
                self.beside[process] = name, max(own_cpu_seconds(process), self.beside.get(process, ("", 0.0))[1])

    def _weigh(self, name: str, thread: int, frame: FrameType) -> None:
        try:
            ran = int(Path(f"/proc/self/task/{thread}/schedstat").read_text().split()[0])
        except OSError:  # it ended while we looked
            return
        spent, self._ran[thread] = ran - self._ran.get(thread, ran), ran
        if spent:
            self.total[name] += spent
            self.own[name, _where(frame)] += spent
            for place in _ours(frame):
                self.within[name, place] += spent


def _where(frame: FrameType) -> str:
    code = frame.f_code
    path = code.co_filename
    short = path.removeprefix(_HERE) if path.startswith(_HERE) else "/".join(Path(path).parts[-2:])
    return f"{short}:{code.co_qualname}"


def _ours(frame: FrameType | None) -> set[str]:
    """Every function of this project on the stack, each once."""
    found = set()
    while frame is not None:
        if frame.f_code.co_filename.startswith(_HERE) and ".venv" not in frame.f_code.co_filename:
            found.add(_where(frame))
        frame = frame.f_back
    return found


def report(sampler: Sampler, seconds: float) -> str:
    """Per thread that did anything: its share of one processor, and the functions that took most of it."""
    lines = []
    for name, total in sampler.total.most_common():
        if total < 0.02e9:
            continue
        lines.append(f"\n{name}: {total / 1e9:.2f} s of processor in {seconds:.2f} s ({total / seconds / 1e7:.0f} %)")
        for title, counter in (("itself", sampler.own), ("with what it calls", sampler.within)):
            lines.append(f"  {title}:")
            mine = Counter({place: spent for (thread, place), spent in counter.items() if thread == name})
            lines += [f"    {spent / total * 100:5.1f} %  {place}" for place, spent in mine.most_common(SHOWN)]
    lines.append("\nprocesses beside this one (the server's too):")
    lines += [f"  {spent:6.2f} s  {name}" for name, spent in sorted(sampler.beside.values(), key=lambda one: -one[1])]
    return "\n".join(lines)


def main() -> None:
    """Sample one first sync; `--summaries` takes 100,000 of them and no contents."""
    summaries = "--summaries" in sys.argv[1:]
    count, size = (mailbox.LONG, mailbox.LETTER) if summaries else (MANY, TEXT_BYTES)
    keep, counted = (KeepKind.SUMMARIES, threaded) if summaries else (KeepKind.FULL, searchable)
    with mailbox.server() as dovecot, tempfile.TemporaryDirectory(prefix="bocau-profile-") as folder:
        settings = account(dovecot, mailbox.user_with(dovecot, count, size), Protocol.IMAP, keep)
        cpu = time.process_time()
        with Sampler() as sampler:
            figures = asyncio.run(sync(Path(folder) / "data", settings, count=counted))
        cpu = time.process_time() - cpu
    print(f"{figures.messages:,} messages in {figures.seconds:.2f} s, {cpu:.2f} s of processor, the sampler included")
    print(report(sampler, figures.seconds))


if __name__ == "__main__":
    main()
