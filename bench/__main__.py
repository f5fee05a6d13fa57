"""`python -m bench [NAME ...]` runs the benches and prints one table."""

import sys
from collections.abc import Callable, Iterator, Sequence

from bench import fetch, list_start, pop3, startup
from bench.table import Row, render

BENCHES: dict[str, Callable[[], Iterator[Row]]] = {
    "startup": startup.measure,
    "list_start": list_start.measure,
    "fetch": fetch.measure,
    "pop3": pop3.measure,
}


def main(names: Sequence[str]) -> int:
    """Run the named benches, or all; 0 whatever was measured, 2 for a name that does not exist."""
    unknown = sorted(set(names) - set(BENCHES))
    if unknown:
        print(f"no such bench: {', '.join(unknown)} (there are: {', '.join(BENCHES)})", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for name in names or BENCHES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows += BENCHES[name]()
    print(render(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
