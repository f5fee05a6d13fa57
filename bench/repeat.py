"""How often a bench measures: the median of three runs, one where it takes long; and what growth may cost."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.table import Row, median

ROUNDS = 3
LONG_SECONDS = 20.0
"""What takes longer is measured once, and says so."""
LINEAR = 10.0
"""Ten times the messages may take ten times as long."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The median of some runs of the same work."""

    seconds: float
    rounds: int

    @property
    def note(self) -> str:
        """What the reader of the table should know: nothing when it is a median."""
        return " (one run)" if self.rounds == 1 else ""

    def __str__(self) -> str:
        precise = f"{self.seconds:.3f}" if self.seconds < 0.1 else f"{self.seconds:.2f}"
        return f"{precise} s{self.note}"


def timed(run: Callable[[], float], rounds: int = ROUNDS) -> Timing:
    """Run the work `rounds` times, but only once when it takes longer than 20 s; `run` returns seconds."""
    seconds = [run()]
    while len(seconds) < rounds and seconds[0] <= LONG_SECONDS:
        seconds.append(run())
    return Timing(median(seconds), len(seconds))


def in_turn(runs: dict[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, Timing]:
    """Run several works in turn, each `rounds` times, the order turned round each time so that nobody is always first.

    One that takes longer than 20 s is run once.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            if not seconds[name] or seconds[name][0] <= LONG_SECONDS:
                seconds[name].append(runs[name]())
    return {name: Timing(median(measured), len(measured)) for name, measured in seconds.items()}


def beside(**programs: Timing | float | None) -> str:
    """The peers' column: `mbsync 12.51 s, bare socket 0.530 s`; a program without figure is not installed."""
    words = []
    for name, timing in programs.items():
        figure = Timing(timing, 2) if isinstance(timing, float) else timing
        words.append(f"{name.replace('_', ' ')} {figure if figure is not None else 'is not installed'}")
    return ", ".join(words)


def bar(share: float, peer: Timing | None) -> float | None:
    """A share of the peer's time; None, so no bar, when there is no peer."""
    return None if peer is None else share * peer.seconds


def growth(few: int, many: int, small: Timing, large: Timing) -> Row:
    """The row that says how the time grows with the mailbox: `many` is ten times `few`."""
    name = f"  growth from {few:,} to {many:,} ({small} to {large})"
    return Row(name, large.seconds / small.seconds, "times", LINEAR)
