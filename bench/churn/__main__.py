"""`python -m bench.churn` changes mail at random at both ends, and prints whether they are identical then."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bench.churn.run import Plan, churning
from bench.dovecot import why_not

SHOWN = 50
"""Lines of differences that are printed."""


def read(words: Sequence[str]) -> Plan:
    """The plan that the command line asks for; exits with 2 when it asks for something else."""
    parser = argparse.ArgumentParser(prog="python -m bench.churn", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (default: 1)")
    parser.add_argument("--seed", type=int, default=1, help="another one draws other changes (default: 1)")
    parser.add_argument("--plain", action="store_true", help="a server without MOVE, UIDPLUS, CONDSTORE and QRESYNC")
    parser.add_argument("--check-every", type=float, default=2.0, metavar="MINUTES", help="comparisons (default: 2)")
    parser.add_argument("--pause", type=float, default=0.15, metavar="SECONDS", help="between changes (default: 0.15)")
    parser.add_argument("--screen", action="store_true", help="run the screen too, without a terminal")
    asked = parser.parse_args(words)
    return Plan(
        seed=asked.seed,
        plain=asked.plain,
        minutes=asked.minutes,
        check_every=asked.check_every * 60,
        pause=asked.pause,
        screen=asked.screen,
    )


async def churn(plan: Plan) -> int:
    """Run a plan; 0 when both ends are identical in the end, 1 when they are not."""
    async with churning(plan) as running:
        verdict = await running.run(lambda line: print(line, flush=True))
        for fault in verdict.faults[:SHOWN]:
            print(f"  {fault}")
        if len(verdict.faults) > SHOWN:
            print(f"  and {len(verdict.faults) - SHOWN} more")
    return 1 if verdict.faults else 0


def main(words: Sequence[str]) -> int:
    """0: identical; 1: not; 2: wrong usage, or no Dovecot."""
    plan = read(words)
    if reason := why_not():
        print(reason, file=sys.stderr)
        return 2
    return asyncio.run(churn(plan))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
