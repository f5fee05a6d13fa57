"""What the reader shows of a search: the words marked, and from one hit to the next."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rich.style import Style

from tui.widgets.made_rows import MadeRows

if TYPE_CHECKING:
    from textual.scroll_view import ScrollView

    from tui.finding import Pattern

    class _Base(ScrollView):
        """What it needs of the view."""

        _lines: MadeRows
        line: int

        def show_quotes(self, on: bool | None = None) -> None: ...
        def _ensure(self, number: int | None) -> None: ...
        def _go(self, row: int) -> None: ...
        def _style(self, name: str) -> Style: ...
else:
    _Base = object

COUNTED = 20_000
"""Rows of a text up to which its hits are counted."""
Hit = tuple[int, int]
"""(line, first character)."""


class FindingView(_Base):
    """Mixed into MessageView."""

    sought: "Pattern | None" = None
    """What is marked."""
    _hit: Hit | None = None
    """The hit that was gone to last."""

    def seek(self, pattern: "Pattern | None") -> None:
        """Mark something else, or nothing."""
        if pattern != self.sought:
            self.sought, self._hit = pattern, None
            if pattern is not None:
                self.show_quotes(on=True)  # it may stand there
            self.refresh()

    @property
    def has_hits(self) -> bool:
        """Whether what is sought stands anywhere in the text."""
        return next(self._from((0, -1), 1), None) is not None

    def next_hit(self, step: int) -> tuple[int, int] | None:
        """Go to the next hit, or the one before: its number and how many there are; None when there is none there.

        The first time the search begins at what is on the screen.  In a very long text hits are not counted: (0, 0).
        """
        here = self._hit or (self.scroll_offset.y + (0 if step > 0 else self.size.height), -1)
        found = next(self._from(here, step), None)
        if found is None:
            return None
        self._hit = found
        self.line = found[0]
        row, top, height = found[0], self.scroll_offset.y, max(1, self.size.height)
        if not top <= row < top + height:
            self._go(row - height // 3)
        self.refresh()
        if len(self._lines) > COUNTED:
            return 0, 0
        every = list(self._from((0, -1), 1))
        return every.index(found) + 1, len(every)

    def _from(self, here: Hit, step: int) -> Iterator[Hit]:
        """The hits behind a place, or before it, the nearest first."""
        if self.sought is None:
            return
        from tui.finding import may_occur, spans

        self._ensure(None)
        for row, line in self._lines.matching(partial(may_occur, pattern=self.sought), max(0, here[0]), back=step < 0):
            starts = [start for start, _ in spans(_text(line), self.sought)]
            if step < 0:
                yield from ((row, start) for start in reversed(starts) if (row, start) < here)
            else:
                yield from ((row, start) for start in starts if (row, start) > here)

    def first_hit(self) -> tuple[int, int] | None:
        """Go to the first hit on the screen or below it, else to the first of all."""
        self._hit = None
        return self.next_hit(1) or self.first_hit_of_all()

    def first_hit_of_all(self) -> tuple[int, int] | None:
        """Go to the first hit from the top."""
        self._hit = (-1, -1)
        return self.next_hit(1)

    def marked(self, row: int, line: Sequence[tuple[str, Style]]) -> list[tuple[str, Style]]:
        """A line with its hits marked."""
        if self.sought is None:
            return list(line)
        from tui.finding import spans

        found = spans(_text(line), self.sought)
        if not found:
            return list(line)
        hit, here = self._style("hit"), self._style("hit-here")
        pieces, place = list[tuple[str, Style]](), 0
        for text, style in line:
            end, cut = place + len(text), place
            for first, last in found:
                first_here, last_here = max(first, place), min(last, end)
                if first_here < last_here:
                    pieces.append((text[cut - place : first_here - place], style))
                    look = here if self._hit == (row, first) else hit
                    pieces.append((text[first_here - place : last_here - place], style + look))
                    cut = last_here
            pieces.append((text[cut - place :], style))
            place = end
        return [piece for piece in pieces if piece[0]]


def _text(line: Sequence[tuple[str, Style]]) -> str:
    return "".join(text for text, _ in line)
