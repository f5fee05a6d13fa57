"""The reader with a cursor of its own, with which text is selected by keys."""

import re
import unicodedata
from collections.abc import Callable

from rich.style import Style
from textual.geometry import Offset
from textual.selection import Selection
from textual.strip import Strip

from tui.widgets.conversation_view import ConversationView
from tui.widgets.selecting_view import MOST, set_off
from tui.widths import cells

_WORD = re.compile(r"\S+")
_JOINED = ("\u200d", "\ufe0e", "\ufe0f")
Spot = tuple[int, int]
"""(row, character in it)."""


class CaretView(ConversationView):
    """A ConversationView; while `caret` stands somewhere, what scrolls the text moves it, and what is selected grows.

    What is selected is the screen's selection, as the mouse makes it: drawn, copied and forgotten in the same way.
    """

    caret: Spot | None = None
    _mark: Spot | None = None
    """Where the selection began."""
    _by_lines = False
    _column = 0
    """The column that the caret goes back to where a line is long enough."""

    def begin(self) -> None:
        """Put the caret on the line that is heard, or on the first one that is seen."""
        self._ensure(self.scroll_offset.y + self.size.height)
        if len(self._lines):
            self._mark = None
            self._put((self.line if self.is_spoken else self.scroll_offset.y, 0))

    def end(self) -> None:
        """Take the caret away, and forget what is selected."""
        self.caret = self._mark = None
        self.screen.clear_selection()
        self.refresh()

    def mark(self, *, by_lines: bool) -> bool:
        """Select from here on, by characters or by lines; asked for the same again, nothing.  Whether it selects."""
        if self.caret is not None:
            is_same = self._mark is not None and self._by_lines == by_lines
            self._mark = None if is_same else self._mark or self.caret
            self._by_lines = by_lines
            self._select()
        return self._mark is not None

    def other_end(self) -> None:
        """Go on at the other end of what is selected."""
        if self.caret is not None and self._mark is not None:
            self._mark, there = self.caret, self._mark
            self._put(there)

    @property
    def is_marked(self) -> bool:
        """Whether anything is selected by the caret."""
        return self.caret is not None and self._mark is not None

    @property
    def lines_too_many(self) -> int:
        """How many lines are selected, where they are more than can be copied; else 0."""
        if self.caret is None or self._mark is None:
            return 0
        lines = abs(self.caret[0] - self._mark[0]) + 1
        return lines if lines > MOST else 0

    # moving

    def scroll_lines(self, number: int) -> None:
        """Move the caret some lines, or scroll where there is none."""
        if self.caret is None:
            super().scroll_lines(number)
        else:
            self._put((self.caret[0] + number, self._column), keep=True)

    def top(self) -> None:
        """To the first line."""
        super().top()
        if self.caret is not None:
            self._put((0, 0))

    def bottom(self) -> None:
        """To the last line."""
        super().bottom()
        if self.caret is not None:
            self._put((len(self._lines) - 1, 0))

    def by_characters(self, step: int) -> None:
        """Some characters on (or back), over line ends."""
        self._repeat(abs(step), lambda: self._step(1 if step > 0 else -1))

    def by_words(self, step: int, *, to_end: bool = False) -> None:
        """To the beginning of a word some words on or back, or to the end of one, over line ends."""
        self._repeat(abs(step), lambda: self._to_word(1 if step > 0 else -1, to_end=to_end))

    def _repeat(self, times: int, move: Callable[[], None]) -> None:
        """Move so many times, or until the text ends."""
        for _ in range(times):
            before = self.caret
            move()
            if self.caret == before:
                return

    def to_line_start(self) -> None:
        """To the first letter of the line."""
        if self.caret is not None:
            found = _WORD.search(self._text(self.caret[0]))
            self._put((self.caret[0], found.start() if found else 0))

    def to_line_end(self) -> None:
        """To the last letter of the line."""
        if self.caret is not None:
            self._put((self.caret[0], len(self._text(self.caret[0]))))

    def _step(self, step: int) -> None:
        if self.caret is None:
            return
        row, column = self.caret
        text = self._text(row)
        column += step
        while 0 < column < len(text) and _belongs(text, column):
            column += step
        if column < 0 and row:
            self._put((row - 1, len(self._text(row - 1))))
        elif column >= len(text) and self._has(row + 1):
            self._put((row + 1, 0))
        elif 0 <= column < len(text):
            self._put((row, column))

    def _to_word(self, step: int, *, to_end: bool) -> None:
        if self.caret is None:
            return
        row, here = self.caret
        is_further: Callable[[int], bool] = (lambda at: at > here) if step > 0 else (lambda at: at < here)
        while self._has(row):
            places = [one.end() - 1 if to_end else one.start() for one in _WORD.finditer(self._text(row))]
            found = [place for place in places if row != self.caret[0] or is_further(place)]
            if found:
                self._put((row, found[0] if step > 0 else found[-1]))
                return
            row += step

    def _has(self, row: int) -> bool:
        self._ensure(row + 1)
        return 0 <= row < len(self._lines)

    def _text(self, row: int) -> str:
        return "".join(text for text, _ in self._lines[row]).rstrip()

    def _put(self, spot: Spot, *, keep: bool = False) -> None:
        """Put the caret somewhere, or as near as there is text, and bring it in sight."""
        self._ensure(max(0, spot[0]) + 1)
        row = max(0, min(spot[0], len(self._lines) - 1))
        text = self._text(row)
        column = max(0, min(spot[1], len(text) - 1))
        while column and _belongs(text, column):
            column -= 1
        self.caret = (row, column)
        self._column = self._column if keep else column
        height = max(1, self.size.height)
        if not self.scroll_offset.y <= row < self.scroll_offset.y + height:
            self._go(row if row < self.scroll_offset.y else row - height + 1)
        self.line = row
        self._stood()
        self._select()

    # drawing

    @property
    def caret_cell(self) -> int:
        """Cells in front of the caret in its line."""
        return 0 if self.caret is None else 1 + cells(self._text(self.caret[0])[: self.caret[1]])

    def render_line(self, y: int) -> Strip:
        """One line of the screen, with the caret."""
        strip = super().render_line(y)
        if self.caret is None or self.caret[0] != y + self.scroll_offset.y:
            return strip
        place = self.caret[1] + 1
        there = _style_at(strip, place)
        return set_off(strip, (place, place + 1), Style(reverse=not there.reverse, underline=True))

    def _select(self) -> None:
        """Let the screen know what is selected."""
        others = {widget: one for widget, one in self.screen.selections.items() if widget is not self}
        if self.caret is not None and self._mark is not None:
            first, last = sorted((self.caret, self._mark))
            start = 0 if self._by_lines else first[1] + 1
            end = len(self._text(last[0])) + 1 if self._by_lines else self._after(last) + 1
            others[self] = Selection(Offset(start, first[0]), Offset(end, last[0]))
        self.screen.selections = others
        self.refresh()

    def _after(self, spot: Spot) -> int:
        """The character behind the one that stands there, with all that belongs to it."""
        text, column = self._text(spot[0]), spot[1] + 1
        while column < len(text) and _belongs(text, column):
            column += 1
        return column

    def _wrap(self) -> None:
        """Wrap again: where the caret stood is other text now."""
        self._mark = None
        super()._wrap()
        if self.caret is not None:
            if self.reading is None or not self._has(0):
                self.caret = None
            else:
                self._put(self.caret)


def _style_at(strip: Strip, place: int) -> Style:
    """How a character of a strip is drawn."""
    for text, style, _ in strip:
        if place < len(text):
            return style or Style.null()
        place -= len(text)
    return Style.null()


def _belongs(text: str, place: int) -> bool:
    """Whether a character is part of the one before it: an accent, or a joined emoji."""
    char = text[place]
    joined = char in _JOINED or text[place - 1] == "\u200d" or "\U0001f3fb" <= char <= "\U0001f3ff"
    return joined or unicodedata.category(char) in ("Mn", "Me")
