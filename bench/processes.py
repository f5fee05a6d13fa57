"""What a program and everything below it takes of this machine, read from /proc (Linux)."""

import os
import re
import resource
from collections.abc import Iterator
from pathlib import Path


def tree(pid: int) -> Iterator[int]:
    """A process and all its descendants that are alive."""
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            children = [path.read_text() for path in Path(f"/proc/{one}/task").glob("*/children")]
        except OSError:  # it ended while we looked
            continue
        yield one
        waiting += [int(child) for text in children for child in text.split()]


def resident_mib(pid: int) -> float:
    """Resident memory of the tree in MiB."""
    return sum(_kib(one) for one in tree(pid)) / 1024


def cpu_seconds(pid: int) -> float:
    """Processor time of the tree so far, user and system; steps of 0.01 s."""
    return sum(own_cpu_seconds(one) for one in tree(pid))


def ended_cpu_seconds() -> float:
    """Processor time of the processes that this one started and that have ended, user and system."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def own_cpu_seconds(pid: int) -> float:
    """Processor time of one process so far, user and system; 0 when it has ended."""
    try:
        # The name in parentheses may hold spaces; fields 14 and 15 are counted from its end.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it ended while we looked
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def process_name(pid: int) -> str:
    """The last words of its command line; empty when it has ended."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # it ended while we looked
        return ""
    return " ".join(words).strip()[-60:]


def _kib(pid: int) -> int:
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:  # it ended while we looked
        return 0
    return int(found[1]) if found else 0
