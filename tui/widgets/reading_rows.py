"""Draws what the reader shows as rows: headers, warnings, text and links."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rich.style import Style

from protocols.mime.blocks import Begin, Block, Document, Kind, Link, Mark, Span, plain
from protocols.mime.safe import SafeText, line
from store.model import AccountId, Address, Summary
from tui import format, marks
from tui.rows import label_chips
from tui.widgets.made_rows import Landmark, Row, Stretch
from tui.widths import cells
from tui.wrap import Line, Run, block_lines, folded, listed_links, quote_marks

if TYPE_CHECKING:
    from textual.scroll_view import ScrollView as _Base

    from tui import document_lines
    from tui.quotes import Folded
else:
    _Base = object

_LABEL = 9
CLICKED = "link"
"""What a style knows of the link that it is drawn for, under this name: the fields of a Link."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader shows: a message, its document once it is parsed, or a sentence in its place."""

    summary: Summary
    document: Document | None = None
    note: SafeText | None = None
    attachments: tuple[SafeText, ...] = ()
    headers: tuple[tuple[SafeText, SafeText], ...] = ()
    """All of them, as the message has them."""
    checked: SafeText | None = None
    """What the receiving server found out about the sender, when it is believed."""
    stranger: SafeText | None = None
    """That nothing is known of the sender, when that is so."""
    form: str = ""
    """"plain" or "html" of a message that has both, "source" when it is shown as it was received."""


class ReadingRows(_Base):
    """Mixed into MessageView; nothing in it is markup, everything in it is safe text."""

    accounts: Mapping[AccountId, str]
    """The names of accounts where a message may be of any of them; else empty."""
    clickable: bool
    """Whether the terminal is told where links lead."""
    fold_quotes: bool
    """Whether quotes that nobody reads again are one line each."""
    all_headers: bool
    """Whether every header is shown."""
    key_of: Callable[[str], str]
    """The key of a command, for what is told of it."""
    _styles_of: dict[str, Style]

    def _body(self, reading: Reading, width: int) -> Iterator[Row | Stretch | Landmark]:
        if reading.document is not None:
            notices = tuple(plain(SafeText(f"! {text}"), Kind.NOTICE) for text in reading.document.warnings)
            yield from self._drawn(Document(notices), width)
            if notices:
                yield []
            yield Landmark(SafeText("the text"))
            yield from self._drawn(reading.document, width)
            yield from self._links(reading.document)
        elif reading.note:
            yield from ([(row, self._style("label"))] for row in folded(reading.note, width))

    def _drawn(self, document: Document, width: int) -> Iterator[Row | Stretch | Landmark]:
        from tui import document_lines
        from tui.quotes import Folded

        for one in document_lines.airy(document_lines.drawn(document, width, fold=self.fold_quotes)):
            if isinstance(one, Folded):
                yield self._folded(one)
            elif isinstance(one, Begin):
                yield Landmark(one.name)
            elif isinstance(one, document_lines.Stretch):
                yield Stretch(one.height, partial(self._stretch, document, one), partial(_text, one))
            else:
                yield self._line(document, one)

    def _folded(self, quote: "Folded") -> Row:
        key = self.key_of("quotes")
        told = f"… {format.count(quote.lines, 'quoted line')}{f', {key} shows them' if key else ''}"
        level = quote.quote
        return [(quote_marks(level), self._style(f"quote{(level - 1) % 3 + 1}")), (told, self._style("label"))]

    def _stretch(self, document: Document, stretch: "document_lines.Stretch") -> list[Row]:
        return [self._line(document, one) for one in stretch.lines()]

    def _headers(self, reading: Reading, width: int) -> Iterator[Row]:
        summary = reading.summary
        room = max(8, width - _LABEL)
        if self.all_headers and reading.headers:
            yield from self._every_header(reading, width)
        else:
            yield from self._usual_headers(summary, room)
        yield from self._sender(reading, room)
        owners = dict.fromkeys(one.account for one in summary.everywhere if one.account in self.accounts)
        if owners:
            names = SafeText(", ".join(line(self.accounts[account], 60) for account in owners))
            yield from self._field("Account" if len(owners) == 1 else "Accounts", names, room, "header")
        if chips := label_chips(summary.labels, room):
            yield from self._field("Labels", SafeText(chips), room, "chips")
        for number, name in enumerate(reading.attachments):
            yield from self._field("" if number else "Files", name, room, "header")
        yield self._rule(reading, width)

    def _sender(self, reading: Reading, room: int) -> Iterator[Row]:
        """What was found out about who wrote it."""
        if reading.checked:
            yield from self._field("Checked", reading.checked, room, "label")
        if reading.stranger:
            yield from self._field("New", reading.stranger, room, "label")

    def _usual_headers(self, summary: Summary, room: int) -> Iterator[Row]:
        subject = line(summary.subject, 1000) or SafeText("(no subject)")
        yield from self._field("Subject", subject, room, "subject")
        sender = format.person(summary.sender) or SafeText("(no sender)")
        yield from self._field("From", sender, room, "header")
        for label, people in (("To", summary.to), ("Cc", summary.cc)):
            if people:
                yield from self._field(label, people_line(people), room, "header", at_most=3)
        date = SafeText(format.long_date(summary.date if summary.date is not None else summary.received))
        yield from self._field("Date", date, room, "header")

    def _every_header(self, reading: Reading, width: int) -> Iterator[Row]:
        for name, value in reading.headers:
            header = Block(Kind.PARAGRAPH, (Span(SafeText(f"{name}: "), Mark.DIM), Span(value)))
            for one in block_lines(header, width):
                yield [(run.text, self._style("label" if run.marks else "header")) for run in one.runs]

    def _rule(self, reading: Reading, width: int) -> Row:
        """What stands between the headers and the text: which form it is, and how to see the other."""
        told = self._form(reading)
        end = marks.now().rule * 2 if told else ""
        rule = marks.now().rule * max(0, width - cells(told) - len(end))
        return [(rule, self._style("rule")), (told, self._style("label")), (end, self._style("rule"))]

    def _form(self, reading: Reading) -> str:
        shown, other, command = _FORMS.get(reading.form, ("", "", ""))
        key = self.key_of(command) if command else ""
        return f" {shown}{f', {key} {other}' if key else ''} " if shown else ""

    def _field(self, label: str, text: SafeText, room: int, look: str, at_most: int = 4) -> Iterator[Row]:
        rest: str = text
        for number in range(at_most):
            head = format.clip(rest, room) if number + 1 == at_most else _piece(rest, room)
            yield [(f"{'' if number else label:<{_LABEL}}", self._style("label")), (head, self._style(look))]
            rest = rest[len(head) :].lstrip()
            if not rest:
                return

    def _links(self, document: Document) -> Iterator[Row | Landmark]:
        listed = listed_links(document)
        if listed:
            yield []
            yield Landmark(SafeText("links"))
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

    def _line(self, document: Document, drawn: Line) -> Row:
        look = f"quote{(drawn.quote - 1) % 3 + 1}" if drawn.quote else _LOOKS.get(drawn.kind, "text")
        base = self._style(look)
        pieces = [(drawn.prefix, base)] if drawn.prefix else []
        return pieces + [(run.text, self._marked(base, run, document, drawn.kind)) for run in drawn.runs]

    def _link_style(self, link: Link) -> Style:
        """A link's look; what a click on it means, and where the terminal leads itself (OSC 8), unless it lies."""
        key = f"{link.url} {link.text}"
        style = self._styles_of.get(key)
        if style is None:
            meta = {CLICKED: (link.text, link.url, link.host, link.suspicious)}
            leads = link.url if self.clickable and not link.suspicious else None
            style = self._styles_of[key] = self._style("link") + Style(link=leads, meta=meta)
        return style

    def _marked(self, base: Style, run: Run, document: Document, kind: Kind) -> Style:
        if run.link is not None:
            return self._link_style(document.links[run.link])
        marks = run.marks
        if not marks:
            return base
        if Mark.DIM in marks or (kind is Kind.HEADERS and Mark.BOLD in marks):
            return self._style("label")
        if marks & _PATCHED:
            base = self._style("added" if Mark.ADDED in marks else "removed" if Mark.REMOVED in marks else "hunk")
        return base + Style(
            bold=Mark.BOLD in marks or None,
            italic=Mark.ITALIC in marks or None,
            underline=Mark.UNDERLINE in marks or None,
            strike=Mark.STRIKE in marks or None,
        )

    def _style(self, name: str) -> Style:
        style = self._styles_of.get(name)
        if style is None:
            if not self.is_attached:  # what comes when the program ends is drawn by nobody
                return Style()
            style = self._styles_of[name] = self.get_component_rich_style(f"reader--{name}")
        return style


_PATCHED = Mark.ADDED | Mark.REMOVED | Mark.HUNK
_FORMS = {
    "plain": ("plain text", "HTML", "form"),
    "html": ("HTML", "plain text", "form"),
    "source": ("source", "as a message", "source"),
}
"""Form -> (what is shown, what else can be, the command that shows it)."""
_LOOKS = {
    Kind.HEADING: "heading",
    Kind.SIGNATURE: "signature",
    Kind.NOTICE: "notice",
    Kind.RULE: "rule",
    Kind.HEADERS: "header",
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


def _text(stretch: "document_lines.Stretch") -> str:
    return stretch.chunk.text
