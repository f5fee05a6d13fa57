"""The reader of conversations: one message below the other, what was read folded to a line."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.strip import Strip

from protocols.mime.safe import SafeText, line
from store.model import Flag, MessageId, Summary
from tui import format, marks
from tui.widgets.made_rows import Landmark, MadeRows, Row, Stretch, height
from tui.widgets.message_list import MessageList
from tui.widgets.message_view import MessageView
from tui.widgets.reading_rows import Reading, people_line
from tui.widths import cells

if TYPE_CHECKING:
    from tui.conversation import Conversation, Entry

_NAME = 22


class ConversationView(MessageView):
    """A MessageView that shows a whole conversation when it is given one.

    `reading` is the current message's then: the one that acts are for, marked by its first line.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"reader--current"}
    DEFAULT_CSS = """
    ConversationView {
        & > .reader--current { background: $cursor; color: $cursor-text; text-style: bold; }
        &:ansi > .reader--current { text-style: bold reverse; background: ansi_default; color: ansi_default; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.conversation: Conversation | None = None
        self.wants: Callable[[], object] = lambda: None
        """Hears of an open message that comes into sight and whose text is not here yet."""
        self.current = 0
        """The entry that acts are for."""
        self._open: set[MessageId] = set()
        self._readings: dict[MessageId, Reading] = {}
        self._wrapped: dict[MessageId, list[Row | Stretch | Landmark]] = {}
        self._starts: list[int] = []
        """The first line of each entry, as far as they are wrapped."""
        self._missing: set[MessageId] = set()
        self._seen: set[MessageId] = set()

    # what is shown

    def show(self, reading: Reading | None, origin: MessageId | None = None) -> None:
        """Show one message from its top, or nothing."""
        if self.conversation is not None:
            self.conversation = self.reading = None
            self._lines = MadeRows()
        super().show(reading, origin)

    def converse(self, conversation: "Conversation", origin: MessageId) -> None:
        """Show a conversation from its chosen message on; `origin` is the row of the list that it is opened from."""
        same = self.conversation is not None and self.origin == origin
        self.conversation, self.origin = conversation, origin
        if not same:
            self._readings.clear()
            self._seen.clear()
            self.fold_quotes = self.sought is None
            self._open = set(conversation.opened)
            self.current = conversation.chosen
        self._wrapped.clear()
        self._set_current(min(self.current, len(conversation.entries) - 1))
        self._wrap()
        if not same:
            self._to_entry(self.current)

    def renew(self, conversation: "Conversation") -> None:
        """Show what became of the conversation; what is open stays so, and the current message."""
        before = self._entry()
        numbers = {entry.summary.id: number for number, entry in enumerate(conversation.entries)}
        anchor, heard = self._anchor(), self._entry_of_line()
        self.conversation = conversation
        for entry in conversation.entries:  # more of it may be here now
            reading = self._readings.get(entry.summary.id)
            if reading is not None and reading.summary.cached is not entry.summary.cached:
                del self._readings[entry.summary.id]
                self._wrapped.pop(entry.summary.id, None)
        self._open |= {entry.summary.id for entry in conversation.entries if entry.is_unread} - self._seen
        if before is not None:
            current = numbers.get(before.summary.id, min(self.current, len(conversation.entries) - 1))
            self._set_current(current)
        self._wrap()
        if anchor is not None and before is not None:
            self._go(self._start_of(numbers.get(anchor[0], self.current)) + anchor[1])
        self._back_to_line(heard)

    def show_headers(self) -> None:
        """Show all headers of what is open, or the usual ones again; the current message keeps its place."""
        if self.conversation is None:
            super().show_headers()
            return
        self.all_headers = not self.all_headers
        self._wrapped.clear()
        self._wrap()
        self._to_entry(self.current)

    def make_again(self) -> None:
        """Make all rows again, the same message on top."""
        self._wrapped.clear()
        anchor = self._anchor()
        if self.conversation is None or anchor is None:
            super().make_again()
            return
        numbers = {entry.summary.id: number for number, entry in enumerate(self.conversation.entries)}
        self._wrap()
        self._go(self._start_of(numbers[anchor[0]]) + anchor[1])

    def turned(self, reading: Reading) -> None:
        """Here is the current message in another form: show it from its beginning."""
        if self.conversation is None:
            self.show(reading, self.origin)
        else:
            self.put(reading)
            self._to_entry(self.current)

    def put(self, reading: Reading) -> None:
        """Here is a message of the conversation, or why it cannot be shown; nobody may look at it any more."""
        if self.conversation is None:
            return
        message = reading.summary.id
        anchor, heard = self._anchor(), self._entry_of_line()
        self._readings[message] = reading
        self._wrapped.pop(message, None)
        self._missing.discard(message)
        self._set_current(self.current)
        self._wrap()
        if anchor is not None:
            numbers = {entry.summary.id: number for number, entry in enumerate(self.conversation.entries)}
            self._go(self._start_of(numbers.get(anchor[0], self.current)) + anchor[1])
        self._back_to_line(heard)

    def next_missing(self) -> Summary | None:
        """An open message that is looked at and not here yet, the current one first."""
        if self.conversation is None:
            return None
        entries = self.conversation.entries
        order = [self.current, *range(self.current, len(entries)), *range(self.current - 1, -1, -1)]
        return next(
            (entries[n].summary for n in order if n < len(entries) and entries[n].summary.id in self._missing), None
        )

    @property
    def drawn(self) -> list[Summary]:
        """The messages whose text has been on the screen."""
        if self.conversation is None:
            return super().drawn
        return [entry.summary for entry in self.conversation.entries if entry.summary.id in self._seen]

    # going about in it

    def step(self, step: int) -> bool:
        """Go to the next entry (1) or the one before (-1), and open it; False at the ends."""
        if self.conversation is None or not 0 <= self.current + step < len(self.conversation.entries):
            return False
        self._set_current(self.current + step)
        self._open.add(self.conversation.entries[self.current].summary.id)
        self._wrap()
        self._to_entry(self.current)
        return True

    def fold(self) -> None:
        """Fold the current message to a line, or open it."""
        entry = self._entry()
        if entry is not None:
            self._open ^= {entry.summary.id}
            self._missing.discard(entry.summary.id)
            self._wrap()
            self._to_entry(self.current, only_if_hidden=True)

    def on_click(self, event: events.Click) -> None:
        """A click on the first line of a message folds or opens it."""
        row = event.y + self.scroll_offset.y
        if self.conversation is not None and row in self._starts:
            self._set_current(self._starts.index(row))
            self.fold()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The current message is one that can be seen."""
        super().watch_scroll_y(old_value, new_value)
        if self.conversation is None or not self._starts:
            return
        top = round(new_value)
        first = max(0, bisect_right(self._starts, top) - 1)
        last = bisect_right(self._starts, top + max(1, self.size.height) - 1) - 1
        if not first <= self.current <= last:
            self._set_current(min(first + 1, last) if self.current < first else max(first, last))
            self.refresh()

    def _entry(self) -> "Entry | None":
        return None if self.conversation is None else self.conversation.entries[self.current]

    def _set_current(self, number: int) -> None:
        assert self.conversation is not None
        self.current = number
        summary = self.conversation.entries[number].summary
        self.reading = self._readings.get(summary.id) or Reading(summary)

    def _anchor(self) -> tuple[MessageId, int] | None:
        """The message at the top of the screen, or the current one, and how many of its lines are above."""
        if self.conversation is None or not self._starts:
            return None
        top = self.scroll_offset.y
        number = max(0, bisect_right(self._starts, top) - 1)
        if number < self.current < len(self._starts) and self._starts[self.current] < top + self.size.height:
            number = self.current
        return self.conversation.entries[number].summary.id, top - self._starts[number]

    def _start_of(self, number: int) -> int:
        while len(self._starts) <= number and (before := len(self._lines)) >= 0:
            self._ensure(before + 200)
            if len(self._lines) == before:
                break
        return self._starts[min(number, len(self._starts) - 1)] if self._starts else 0

    def _to_entry(self, number: int, *, only_if_hidden: bool = False) -> None:
        row = self._start_of(number)
        if not only_if_hidden or not self.scroll_offset.y <= row < self.scroll_offset.y + self.size.height:
            self._go(row if number else 0)
        self.line = row if number or only_if_hidden else 0
        self._keep_line_in_sight()

    # the line that is heard

    def _stood(self) -> None:
        """Acts are for the message in which the cursor stands."""
        if self.is_spoken and self.conversation is not None and self._starts:
            self._set_current(max(0, bisect_right(self._starts, self.line) - 1))

    def _entry_of_line(self) -> tuple[MessageId, int] | None:
        """The message in which the line stands, and how far in it; None: above the first."""
        number = bisect_right(self._starts, self.line) - 1
        if self.conversation is None or not 0 <= number < len(self.conversation.entries):
            return None
        return self.conversation.entries[number].summary.id, self.line - self._starts[number]

    def _back_to_line(self, heard: tuple[MessageId, int] | None) -> None:
        """What was heard is heard still, wherever it is now."""
        if heard is not None and self.conversation is not None:
            numbers = {entry.summary.id: number for number, entry in enumerate(self.conversation.entries)}
            self.line = self._start_of(numbers.get(heard[0], self.current)) + heard[1]
        self._keep_line_in_sight()

    # drawing

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        if self.conversation is None:
            return super().render_line(y)
        row = y + self.scroll_offset.y
        strip = super().render_line(y)
        number = bisect_right(self._starts, row) - 1
        if 0 <= number < len(self.conversation.entries):
            message = self.conversation.entries[number].summary.id
            reading = self._readings.get(message)
            if message in self._open and message not in self._seen and reading is not None and reading.document:
                self._seen.add(message)
                self.post_message(self.Drawn(message))
            if number == self.current and row == self._starts[number]:
                return Strip([Segment(strip.text, self._style("current"))], strip.cell_length)
        return strip

    def _announce(self) -> None:
        if self.conversation is None:
            super()._announce()

    def _made(self, width: int) -> Iterator[Row | Stretch | Landmark]:
        if self.conversation is None:
            yield from super()._made(width)
            return
        self._starts = []
        self._missing.clear()
        rows = 0
        entries = self.conversation.entries
        subject = line(entries[0].summary.subject, 1000) or SafeText("(no subject)")
        heading = [
            *self._field("Subject", subject, max(8, width - 9), "subject"),
            *self._field("Thread", SafeText(format.count(len(entries), "message")), max(8, width - 9), "header"),
            [(marks.now().rule * width, self._style("rule"))],
        ]
        for row in heading:
            rows += 1
            yield row
        for entry in entries:
            self._starts.append(rows)
            for one in self._entry_rows(entry, width):
                rows += height(one)
                yield one

    def _entry_rows(self, entry: "Entry", width: int) -> Iterator[Row | Stretch | Landmark]:
        message = entry.summary.id
        is_open = message in self._open
        yield self._first_row(entry, width, is_open=is_open)
        if not is_open:
            return
        if (known := self._wrapped.get(message)) is not None:
            yield from known
            return
        reading = self._readings.get(message)
        if reading is None:
            self._missing.add(message)
            self.wants()
            yield from ([], [("  …", self._style("label"))], [])
            return
        made: list[Row | Stretch | Landmark] = []
        for row in self._open_rows(reading, width):
            made.append(row)
            yield row
        self._wrapped[message] = made

    def _open_rows(self, reading: Reading, width: int) -> Iterator[Row | Stretch | Landmark]:
        summary, room = reading.summary, max(8, width - 9)
        if self.all_headers and reading.headers:
            yield from self._every_header(reading, width)
        else:
            for label, people in (("To", summary.to), ("Cc", summary.cc)):
                if people:
                    yield from self._field(label, people_line(people), room, "header", at_most=2)
        yield from self._sender(reading, room)
        for number, name in enumerate(reading.attachments):
            yield from self._field("" if number else "Files", name, room, "header")
        told = self._form(reading)
        yield [(" " * max(0, width - len(told)), self._style("text")), (told, self._style("label"))] if told else []
        yield from self._body(reading, width)
        yield []

    def _first_row(self, entry: "Entry", width: int, *, is_open: bool) -> Row:
        signs, summary = marks.now(), entry.summary
        states = [signs.unread if entry.is_unread else " ", signs.star if Flag.FLAGGED in summary.flags else " "]
        when = SafeText(format.long_date(summary.date if summary.date is not None else summary.received))
        when = when if width >= 70 and is_open else SafeText(format.short_date(summary.received, MessageList.clock()))
        tail = f" {signs.dot} {entry.folder}" if entry.folder else ""
        tail += f" {signs.dot} {when}"
        begin = f"{signs.unfolded if is_open else signs.folded} {''.join(states)} "
        if self.is_spoken:
            begin = "".join(f"{word}; " for word in ("" if is_open else signs.folded, *states) if word.strip())
        label = self._style("label")
        room = max(8, width - cells(begin) - cells(tail))
        look = self._style("subject" if entry.is_unread or is_open else "text")
        if is_open:
            who = format.fit(format.person(summary.sender), room)
            return [(begin, look), (who, look), (tail, label)]
        name = format.fit(format.name(summary.sender), min(_NAME, room))
        rest = max(0, room - cells(name) - 1)
        said = format.fit(line(summary.preview, 200), rest) if rest else ""
        return [(begin, look), (f"{name} ", look), (said, label), (tail, label)]

    def _wrap(self) -> None:
        self._starts = []
        super()._wrap()

    def _is_counted(self, width: int) -> bool:
        return self.conversation is None and super()._is_counted(width)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap again, the same message on top."""
        self._wrapped.clear()
        anchor, heard = self._anchor(), self._entry_of_line()
        if self.conversation is None or anchor is None:
            super().on_resize(event)
            return
        numbers = {entry.summary.id: number for number, entry in enumerate(self.conversation.entries)}
        self._wrap()
        self._go(self._start_of(numbers[anchor[0]]) + min(0, anchor[1]))
        self._back_to_line(heard and (heard[0], 0))
