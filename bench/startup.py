"""How long `bocau --version` and `bocau --help` take, from the shell's view."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.table import Row, median

PROGRAM = Path(sys.executable).parent / "bocau"
BAR_SECONDS = 0.15
ROUNDS = 15
INSTALLED = {"PYTHONDONTWRITEBYTECODE": ""}
"""An installed program has its byte code beside it; some shells keep Python from writing it in a checkout."""


def measure() -> Iterator[Row]:
    """Median of several warm starts, Python's own start included."""
    bare = _median_start([sys.executable, "-c", ""])
    for option in ("--version", "--help"):
        seconds = _median_start([str(PROGRAM), option])
        yield Row(f"bocau {option}", seconds, "s", BAR_SECONDS, f"bare Python {bare:.3f} s")


def _median_start(command: list[str]) -> float:
    def start() -> float:
        begun = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **INSTALLED})
        return time.perf_counter() - begun

    start()  # fills the page cache and writes the byte code
    return median(start() for _ in range(ROUNDS))
