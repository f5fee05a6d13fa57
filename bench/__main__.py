"""`python -m bench [NAME ...]` runs the benches and prints one table."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence

from bench import (
    export,
    fetch,
    fetch_large,
    first_page,
    flag_changes,
    list_start,
    million,
    no_change,
    pop3,
    pop3_far,
    readable,
    search,
    startup,
    summaries,
    threads,
    triage,
    typing_during_sync,
    unified,
)
from bench.table import Row, render

BENCHES: dict[str, Callable[[], Iterator[Row]]] = {
    "startup": startup.measure,
    "list_start": list_start.measure,
    "triage": triage.measure,
    "threads": threads.measure,
    "search_index": search.measure,
    "million": million.measure,
    "fetch": fetch.measure,
    "fetch_large": fetch_large.measure,
    "first_page": first_page.measure,
    "summaries": summaries.measure,
    "no_change": no_change.measure,
    "flag_changes": flag_changes.measure,
    "typing_during_sync": typing_during_sync.measure,
    "pop3": pop3.measure,
    "unified": unified.measure,
    "export": export.measure,
    "pop3_far": pop3_far.measure,
    "readable": readable.measure,
}
BUSY = 0.25
"""Load for each processor above which something else than the bench is at work."""


def main(names: Sequence[str]) -> int:
    """Run the named benches, or all; 0 whatever was measured, 2 for a name that does not exist."""
    unknown = sorted(set(names) - set(BENCHES))
    if unknown:
        print(f"no such bench: {', '.join(unknown)} (there are: {', '.join(BENCHES)})", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _leave)
    load = os.getloadavg()[0]
    rows: list[Row] = []
    for name in names or BENCHES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows += BENCHES[name]()
    print(render(rows))
    busy = "; other programs were running, so take the figures as rough" if load > BUSY * (os.cpu_count() or 1) else ""
    print(f"{os.cpu_count()} processors, load {load:.1f} at the start{busy}; Python {sys.version.split()[0]}")
    return 0


def _leave(number: int, frame: object) -> None:
    """End as an exception does, so that servers and programs that were started are stopped on the way out."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
