"""One walk through a long list, the same in every reader: steps, pages, and what each sends to the terminal."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from bench.processes import cpu_seconds
from bench.table import median, percentile
from bench.terminal import Answer, Terminal

STEPS = 200
PAGES = 40


@dataclass(frozen=True, slots=True)
class Walk:
    """What a reader shows of itself over a long list."""

    start_seconds: float
    """From the program's start to the painted list, the median of some warm ones."""
    resident_mib: float
    """After the walk."""
    steps: Sequence[Answer]
    pages: Sequence[Answer]

    @property
    def step_median_ms(self) -> float:
        """From a cursor key to the last byte of its answer."""
        return median(one.milliseconds for one in self.steps)

    @property
    def step_p95_ms(self) -> float:
        """The same, for all but one in twenty."""
        return percentile((one.milliseconds for one in self.steps), 0.95)

    @property
    def step_bytes(self) -> float:
        """Mean bytes a cursor key, scrolling included."""
        return mean(one.written for one in self.steps)

    @property
    def page_p95_ms(self) -> float:
        """From the page key to the last byte."""
        return percentile((one.milliseconds for one in self.pages), 0.95)

    @property
    def page_bytes(self) -> float:
        """Mean bytes a page."""
        return mean(one.written for one in self.pages)


def walk(terminal: Terminal, steps: int = STEPS, pages: int = PAGES) -> tuple[list[Answer], list[Answer]]:
    """From the top of a painted list: cursor steps down, then pages down."""
    rest(terminal)
    stepped = [terminal.press("j") for _ in range(steps)]
    paged = [terminal.press("pagedown") for _ in range(pages)]
    return stepped, paged


def warm_start(
    command: Sequence[str], painted: str, environment: Mapping[str, str], *, leave: str, rounds: int = 5
) -> float:
    """Median seconds from the start to a screen that matches `painted`; `leave` is how a person quits.

    One start before them fills the page cache and writes the byte code.
    """
    seconds = []
    for _ in range(rounds + 1):
        with Terminal(command, environment=environment) as terminal:
            seconds.append(terminal.wait_for(painted, 600))
            rest(terminal)
            terminal.send(leave)
            terminal.wait_for_end(5)
    return median(seconds[1:])


def rest(terminal: Terminal, seconds: float = 60) -> None:
    """Return when neither the screen nor the processor had anything to do for a second, or after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        written, cpu = terminal.written, cpu_seconds(terminal.pid)
        time.sleep(1)
        if terminal.written == written and cpu_seconds(terminal.pid) - cpu < 0.03:
            return


def said(figures: Iterable[tuple[str, float]], unit: str) -> str:
    """What the peers took, for the table: `neomutt 1.5 ms, aerc 68 ms`."""
    return ", ".join(f"{name} {figure:.3g} {unit}" if figure < 100 else f"{name} {figure:,.0f} {unit}"
                     for name, figure in figures)  # fmt: skip
