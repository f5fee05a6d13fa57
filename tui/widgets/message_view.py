"""The reader: a message's headers and text, wrapped to the pane as far as it is looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from protocols.mime.blocks import Document, Kind, Link, Mark, plain
from protocols.mime.safe import SafeText, line
from store.model import AccountId, Address, MessageId, Summary
from tui import format, marks
from tui.rows import label_chips
from tui.widgets.finding_view import FindingView
from tui.widgets.virtual_list import merged
from tui.wrap import Line, Run, folded, lines, listed_links

_LABEL = 9
_AHEAD = 3
"""Pages wrapped beyond what is seen, so that the scroll bar has something to say."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader shows: a message, its document once it is parsed, or a sentence in its place."""

    summary: Summary
    document: Document | None = None
    note: SafeText | None = None
    attachments: tuple[SafeText, ...] = ()


class MessageView(FindingView, ScrollView, can_focus=True, inherit_bindings=False):
    """Draws a Reading line by line; nothing in it is markup, everything in it is safe text."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "reader--text", "reader--label", "reader--header", "reader--subject", "reader--notice", "reader--rule",
        "reader--chips", "reader--link", "reader--heading", "reader--signature", "reader--quote1", "reader--quote2",
        "reader--quote3", "reader--hit", "reader--hit-here",
    }  # fmt: skip
    DEFAULT_CSS = """
    MessageView {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $line;
        scrollbar-color-hover: $secondary;
        scrollbar-color-active: $primary;
        & > .reader--text { color: $foreground; }
        & > .reader--label { color: $faint; }
        & > .reader--chips { color: $label; }
        & > .reader--header { color: $foreground; }
        & > .reader--subject { color: $unread; text-style: bold; }
        & > .reader--notice { color: $warning; }
        & > .reader--rule { color: $line; }
        & > .reader--link { color: $accent; text-style: underline; }
        & > .reader--heading { color: $unread; text-style: bold; }
        & > .reader--signature { color: $faint; }
        & > .reader--quote1 { color: $quote1; }
        & > .reader--quote2 { color: $quote2; }
        & > .reader--quote3 { color: $quote3; }
        & > .reader--hit { background: $warning 35%; color: $unread; }
        & > .reader--hit-here { background: $warning; color: $background; text-style: bold; }
        &:ansi > .reader--signature { text-style: dim; }
        &:ansi > .reader--hit { background: ansi_default; color: ansi_default; text-style: underline; }
        &:ansi > .reader--hit-here { background: ansi_default; color: ansi_default; text-style: reverse; }
    }
    """

    class Drawn(Message):
        """The message's text has really been on the screen."""

        def __init__(self, message: MessageId) -> None:
            super().__init__()
            self.message = message

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.reading: Reading | None = None
        self.origin: MessageId | None = None
        """The row of the list from which it was opened."""
        self.accounts: Mapping[AccountId, str] = {}
        """The names of accounts where a message may be of any of them; else empty."""
        self._lines: list[list[tuple[str, Style]]] = []
        self._rest: Iterator[list[tuple[str, Style]]] = iter(())
        self._styles_of: dict[str, Style] = {}
        self._announced = False
        self.clickable = False
        """Whether the terminal is told where links lead."""

    def show(self, reading: Reading | None, origin: MessageId | None = None) -> None:
        """Show a message from its top, or nothing; the same message keeps its place.

        `origin` is the row of the list from which it is opened, when that is another message's.
        """
        same = self.reading is not None and reading is not None and self.reading.summary.id == reading.summary.id
        text_came = same and self.reading is not None and self.reading.document is None
        self.reading = reading
        self.origin = origin or (None if reading is None else reading.summary.id)
        self._announced = self._announced and same and not text_came
        self._wrap()
        if not same:
            self.scroll_to(y=0, animate=False, force=True)

    @property
    def drawn(self) -> list[Summary]:
        """The messages whose text has been on the screen."""
        return [self.reading.summary] if self.reading is not None and self._announced else []

    @property
    def at_end(self) -> bool:
        """Whether the last line can be seen."""
        self._ensure(self.scroll_offset.y + self.size.height + 1)
        return self.scroll_offset.y + self.size.height >= len(self._lines)

    def scroll_lines(self, number: int) -> None:
        """Scroll some lines down, or up."""
        self._go(self.scroll_offset.y + number)

    def page(self, pages: float) -> None:
        """Scroll some pages, keeping two lines in sight."""
        self.scroll_lines(round(pages * max(1, self.size.height - 2)))

    def top(self) -> None:
        """Scroll to the first line."""
        self._go(0)

    def bottom(self) -> None:
        """Scroll to the last line."""
        self._ensure(None)
        self._go(len(self._lines))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width, row = self.size.width, y + self.scroll_offset.y
        if row >= len(self._lines):
            self._ensure(row + 1)
        self._announce()
        if row >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        segments = [Segment(" ", self.rich_style), *merged(self.marked(row, self._lines[row]))]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _announce(self) -> None:
        """The text is on the screen: say so once."""
        if self.reading is not None and self.reading.document is not None and not self._announced:
            self._announced = True
            self.post_message(self.Drawn(self.reading.summary.id))

    def on_resize(self, event: events.Resize) -> None:
        """Wrap again, keeping the place in proportion."""
        share = self.scroll_offset.y / len(self._lines) if self._lines else 0.0
        seen = len(self._lines)
        self._wrap()
        if share:
            self._ensure(seen)
            self._go(round(share * len(self._lines)))

    def notify_style_update(self) -> None:
        """Draw in the colours of another theme."""
        self._styles_of.clear()
        super().notify_style_update()
        if self.reading is not None and self.is_mounted:
            self.call_after_refresh(self._wrap)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Wrap ahead of what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._ensure(round(new_value) + _AHEAD * max(1, self.size.height))

    def _go(self, row: int) -> None:
        self._ensure(row + _AHEAD * max(1, self.size.height))
        self.scroll_to(y=max(0, min(row, len(self._lines) - self.size.height)), animate=False, force=True)

    def _wrap(self) -> None:
        self._lines = []
        width = max(10, self.size.width - 2)
        self._rest = self._made(width)
        self._ensure(self.scroll_offset.y + _AHEAD * max(1, self.size.height))
        self.refresh()

    def _ensure(self, number: int | None) -> None:
        wanted = None if number is None else number - len(self._lines)
        if wanted is None or wanted > 0:
            self._lines += islice(self._rest, wanted)
        if self.virtual_size.height != len(self._lines):
            self.virtual_size = Size(0, len(self._lines))

    def _made(self, width: int) -> Iterator[list[tuple[str, Style]]]:
        """All lines, made when they are asked for."""
        if self.reading is not None:
            yield from self._headers(self.reading, width)
            yield from self._body(self.reading, width)

    def _body(self, reading: Reading, width: int) -> Iterator[list[tuple[str, Style]]]:
        body: Iterator[list[tuple[str, Style]]] = iter(())
        if reading.document is not None:
            notices = Document(tuple(plain(SafeText(f"! {text}"), Kind.NOTICE) for text in reading.document.warnings))
            body = chain(
                map(partial(self._line, notices), lines(notices, width)),
                map(partial(self._line, reading.document), lines(reading.document, width)),
                self._links(reading.document),
            )
        elif reading.note:
            body = ([(row, self._style("label"))] for row in folded(reading.note, width))
        return body

    def _headers(self, reading: Reading, width: int) -> Iterator[list[tuple[str, Style]]]:
        summary = reading.summary
        room = max(8, width - _LABEL)
        subject = line(summary.subject, 1000) or SafeText("(no subject)")
        yield from self._field("Subject", subject, room, "subject")
        yield from self._field("From", format.person(summary.sender), room, "header")
        for label, people in (("To", summary.to), ("Cc", summary.cc)):
            if people:
                yield from self._field(label, people_line(people), room, "header", at_most=3)
        date = SafeText(format.long_date(summary.date if summary.date is not None else summary.received))
        yield from self._field("Date", date, room, "header")
        owners = dict.fromkeys(one.account for one in summary.everywhere if one.account in self.accounts)
        if owners:
            names = SafeText(", ".join(line(self.accounts[account], 60) for account in owners))
            yield from self._field("Account" if len(owners) == 1 else "Accounts", names, room, "header")
        if chips := label_chips(summary.labels, room):
            yield from self._field("Labels", SafeText(chips), room, "chips")
        for number, name in enumerate(reading.attachments):
            yield from self._field("" if number else "Files", name, room, "header")
        yield [(marks.now().rule * width, self._style("rule"))]

    def _field(
        self, label: str, text: SafeText, room: int, look: str, at_most: int = 4
    ) -> Iterator[list[tuple[str, Style]]]:
        rest: str = text
        for number in range(at_most):
            head = format.clip(rest, room) if number + 1 == at_most else _piece(rest, room)
            yield [(f"{'' if number else label:<{_LABEL}}", self._style("label")), (head, self._style(look))]
            rest = rest[len(head) :].lstrip()
            if not rest:
                return

    def _links(self, document: Document) -> Iterator[list[tuple[str, Style]]]:
        listed = listed_links(document)
        if listed:
            yield []
            yield [("Links", self._style("label"))]
        room = max(10, self.size.width - 8)
        for number, link in listed:
            label = f"[{number + 1}]"
            if link.suspicious:
                yield [(f"{label:<5}", self._style("label")), (f"! leads to {link.host}", self._style("notice"))]
                label = ""
            for start in range(0, len(link.url), room):  # an address is ASCII, and never cut short
                text = link.url[start : start + room]
                yield [(f"{'' if start else label:<5}", self._style("label")), (text, self._link_style(link))]

    def _line(self, document: Document, drawn: Line) -> list[tuple[str, Style]]:
        look = f"quote{(drawn.quote - 1) % 3 + 1}" if drawn.quote else _LOOKS.get(drawn.kind, "text")
        base = self._style(look)
        pieces = [(drawn.prefix, base)] if drawn.prefix else []
        return pieces + [(run.text, self._marked(base, run, document)) for run in drawn.runs]

    def _link_style(self, link: Link) -> Style:
        """A link's look; the terminal may open it (OSC 8) when it says where it leads."""
        if not self.clickable or link.suspicious:
            return self._style("link")
        style = self._styles_of.get(link.url)
        if style is None:
            style = self._styles_of[link.url] = self._style("link") + Style(link=link.url)
        return style

    def _marked(self, base: Style, run: Run, document: Document) -> Style:
        if run.link is not None:
            return self._link_style(document.links[run.link])
        marks = run.marks
        if not marks:
            return base
        if Mark.DIM in marks:
            return self._style("label")
        return base + Style(
            bold=Mark.BOLD in marks or None,
            italic=Mark.ITALIC in marks or None,
            underline=Mark.UNDERLINE in marks or None,
            strike=Mark.STRIKE in marks or None,
        )

    def _style(self, name: str) -> Style:
        style = self._styles_of.get(name)
        if style is None:
            style = self._styles_of[name] = self.get_component_rich_style(f"reader--{name}")
        return style


_LOOKS = {
    Kind.HEADING: "heading",
    Kind.SIGNATURE: "signature",
    Kind.NOTICE: "notice",
    Kind.RULE: "rule",
    Kind.HEADERS: "label",
}


def people_line(people: tuple[Address, ...]) -> SafeText:
    """People by name and address; of more than twenty, how many more."""
    shown = ", ".join(format.person(address) for address in people[:20])
    return SafeText(shown + (f" and {len(people) - 20} more" if len(people) > 20 else ""))


def _piece(text: str, room: int) -> str:
    """The first line of a text, broken at a blank when there is one."""
    head = format.clip(text, room)
    if head == text:
        return head
    head = head[:-1]
    blank = head.rfind(" ")
    return head[:blank] if blank > room // 2 else head
