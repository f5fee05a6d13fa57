"""The table of the bench: what was measured, the bar it should reach, and the peer beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["reached", "MISSED", ""]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; smaller is better."""

    name: str
    figure: float
    unit: str
    bar: float | None = None
    """The most it may be; None: for information."""
    peer: str = ""
    """The same work by another program, in words: `neomutt 1.31 s`."""

    @property
    def verdict(self) -> Verdict:
        """Whether the bar is reached; nothing when there is none."""
        if self.bar is None:
            return ""
        return "reached" if self.figure <= self.bar else "MISSED"

    def cells(self) -> tuple[str, str, str, str, str]:
        """The row as text, in the columns of the table."""
        bar = "" if self.bar is None else f"<= {_short(self.bar)} {self.unit}"
        return self.name, f"{_short(self.figure)} {self.unit}", bar, self.verdict, self.peer


def render(rows: Iterable[Row]) -> str:
    """The table as text; a missed bar is marked, and the last line counts them."""
    rows = list(rows)
    lines = [("figure", "measured", "bar", "", "peer"), *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    ruled = [*lines[:1], tuple("-" * width for width in widths), *lines[1:]]
    text = "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in ruled
    )
    missed = sum(row.verdict == "MISSED" for row in rows)
    barred = sum(row.bar is not None for row in rows)
    return f"{text}\n\n{barred - missed} of {barred} bars reached" + (f", {missed} MISSED" if missed else "")


def median(values: Iterable[float]) -> float:
    """The middle value (the upper one of two); raises IndexError for none."""
    return percentile(values, 0.5)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed; raises IndexError for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _short(value: float) -> str:
    """Three digits that matter: 0.131, 25, 1.31, 5,432."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
