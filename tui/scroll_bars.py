"""Scroll bars of whole cells, for terminals that have no eighths of a block."""

from typing import ClassVar

from textual.scrollbar import ScrollBar, ScrollBarRender


class WholeCells(ScrollBarRender):
    """Draws blanks in reverse: no sign at all, so every terminal has it."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


def use(*, ascii: bool) -> None:
    """Draw all scroll bars so from now on."""
    ScrollBar.renderer = WholeCells if ascii else ScrollBarRender
