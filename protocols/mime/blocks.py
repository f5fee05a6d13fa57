"""The readable document: what text and HTML both become before a screen lays it out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from typing import Literal

from protocols.mime.safe import SafeText


class Mark(IntFlag):
    """How a span is set off."""

    NONE = 0
    BOLD = 1
    ITALIC = 2
    UNDERLINE = 4
    STRIKE = 8
    CODE = 16
    LINK = 32
    DIM = 64
    ADDED = 128
    """In a patch: a line that comes in."""
    REMOVED = 256
    """In a patch: a line that goes out."""
    HUNK = 512
    """In a patch: where in the file the lines below it stand."""


class Kind(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    """Text that may be wrapped again; one without spans is an empty line."""
    HEADING = "heading"
    PREFORMATTED = "preformatted"
    """One line that keeps its blanks."""
    LIST_ITEM = "list_item"
    """Begins with its marker, a bullet or a number, as the first span."""
    TABLE_ROW = "table_row"
    """Cells separated by a dim " │ " span."""
    RULE = "rule"
    SIGNATURE = "signature"
    NOTICE = "notice"
    """A remark of the program, not of the sender."""
    HEADERS = "headers"
    """One header line of a message inside the message."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text of one look."""

    text: SafeText
    marks: Mark = Mark.NONE
    link: int | None = None
    """Index into `Document.links`."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a line or an item."""

    kind: Kind
    spans: tuple[Span, ...]
    quote: int = 0
    """Levels of quotation in front of it."""
    indent: int = 0
    """Columns of indentation, of a list item the marker's."""
    level: int = 0
    """Of a heading, 1 to 6."""

    @property
    def text(self) -> str:
        """The text of all spans."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Begin(Block):
    """The empty line above a part of the message that is not its first."""

    name: SafeText = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Link:
    """A place that the document points to."""

    text: SafeText
    url: SafeText
    host: SafeText
    """Where it really leads, in ASCII."""
    suspicious: bool
    """Whether its text names another host, or its address hides its own."""


@dataclass(frozen=True, slots=True)
class Document:
    """What the reader shows of a message, below its own headers."""

    blocks: Sequence[Block]
    """Of a long text made only when they are asked for (`long_text.LongBlocks`)."""
    links: tuple[Link, ...] = ()
    warnings: tuple[SafeText, ...] = ()
    form: Literal["plain", "html", ""] = ""
    """Which of two forms it is, of a message that has both."""


LINKS = 2000
"""Links of one document that can be opened; more stay as text."""


class LinkList:
    """Numbers the links of a document while it is written; the same address twice is one number."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def add(self, link: Link) -> int | None:
        """Return the number of a link, None when the list is full."""
        key = (link.url, link.text)
        if (known := self._numbers.get(key)) is not None:
            return known
        if len(self.links) >= LINKS:
            return None
        self._numbers[key] = len(self.links)
        self.links.append(link)
        return len(self.links) - 1

    def forget(self, number: int) -> None:
        """Take out the links from a number on: what they stand in is written again."""
        for link in self.links[number:]:
            del self._numbers[(link.url, link.text)]
        del self.links[number:]


def plain(text: SafeText, kind: Kind = Kind.PARAGRAPH, quote: int = 0) -> Block:
    """Return a block of one unmarked span, or an empty one."""
    return Block(kind, (Span(text),) if text else (), quote)
