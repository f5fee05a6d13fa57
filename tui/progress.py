"""How far long work is, as a bar."""

from tui import marks

BAR = 10
"""Cells of a bar in the bottom line."""


def bar(done: int, total: int, width: int) -> str:
    """A bar `width` cells wide; empty when nothing is counted, full only when all is done."""
    if total <= 0 or width <= 0:
        return ""
    signs = marks.now()
    filled = width if done >= total else min(width - 1, done * width // total)
    return signs.done * filled + signs.to_do * (width - filled)


def percent(done: int, total: int) -> str:
    """`34 %`; 100 only when all is done."""
    return "" if total <= 0 else "100 %" if done >= total else f"{min(99, max(0, done) * 100 // total)} %"
