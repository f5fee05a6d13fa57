"""Turns blocks into lines of a given width."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from protocols.mime.blocks import Block, Document, Kind, Link, Mark, plain
from protocols.mime.safe import SafeText
from tui import marks as signs
from tui.widths import head, widest

WIDEST = 100
"""Cells of the longest line of running text; longer ones are hard to read."""
_PIECE = 2000
_WORD = re.compile(r"[ \n]|[^ \n]+")
_BLANKS = re.compile("  +")


class Run(NamedTuple):
    """Some characters of one look, and the number of the link they belong to."""

    text: str
    marks: Mark
    link: int | None = None


class Line(NamedTuple):
    """One line for the screen: `quote` says how deep it is quoted, `prefix` stands before it."""

    runs: tuple[Run, ...]
    kind: Kind
    quote: int = 0
    prefix: str = ""


def listed_links(document: Document) -> list[tuple[int, Link]]:
    """(index, link) of the links whose text does not show where they lead; a reader lists them below the text."""
    return [(number, link) for number, link in enumerate(document.links) if link.suspicious or not _is_told(link)]


def _is_told(link: Link) -> bool:
    """Whether the text of a link is its address, or the person that it writes to."""
    text = link.text.strip()
    if link.url.startswith("mailto:"):
        text, address = (one.removeprefix("mailto:").partition("?")[0] for one in (text, link.url))
        return text.casefold() == address.casefold()
    return text.rstrip("/") == link.url.rstrip("/")


def block_lines(block: Block, width: int, numbered: frozenset[int] = frozenset()) -> Iterator[Line]:
    """The lines of one block; a list item hangs under its text, links in `numbered` get their number."""
    quote = min(block.quote, 8)
    marks = quote_marks(quote)
    indent = min(block.indent, max(0, width // 3))
    hang = 0
    if block.spans and block.kind is Kind.LIST_ITEM:
        hang = min(widest(block.spans[0].text), max(0, width // 3))
    elif block.kind is Kind.NOTICE and block.text.startswith("! "):
        hang = 2
    elif block.spans and block.kind is Kind.PREFORMATTED:
        hang = min(_begin(block.spans[0].text), max(0, width // 3))
    room = max(10, width - widest(marks) - indent)
    if block.kind is Kind.RULE:
        yield Line((Run(signs.now().rule * min(room, 40), Mark.NONE),), block.kind, quote, marks)
        return
    made = runs(block, numbered)
    found = _preformatted(made, room, hang) if block.kind in _UNWRAPPED else wrapped(made, min(room, WIDEST), hang)
    for number, line in enumerate(found):
        yield Line(tuple(line), block.kind, quote, marks + " " * (indent + (hang if number else 0)))


_UNWRAPPED = frozenset({Kind.PREFORMATTED, Kind.TABLE_ROW})


def folded(text: SafeText, width: int) -> list[str]:
    """A sentence of ours as lines of at most `width` cells (no fewer than ten)."""
    return ["".join(run.text for run in line.runs).rstrip() for line in block_lines(plain(text), width)]


def runs(block: Block, numbered: frozenset[int]) -> list[Run]:
    """The runs of a block, each listed link followed by its number in the list below the text."""
    made: list[Run] = []
    for position, span in enumerate(block.spans):
        made.append(Run(span.text, span.marks, span.link))
        following = block.spans[position + 1].link if position + 1 < len(block.spans) else None
        if span.link is not None and span.link in numbered and span.link != following:
            made.append(Run(f"[{span.link + 1}]", Mark.DIM))
    return made


def quote_marks(quote: int) -> str:
    """What stands in front of a line of that depth."""
    return f"{signs.now().quote} " * quote


def _begin(text: str) -> int:
    """The blanks that a text begins with."""
    return len(text) - len(text.lstrip(" "))


def _preformatted(runs: list[Run], width: int, hang: int = 0) -> Iterator[list[Run]]:
    """Lines with all their blanks; one that is too long is folded at a blank, where there is one, as `wrapped` does."""
    line: list[Run] = []
    room = width
    narrower = max(8, width - hang)
    for run in _pieces(runs):
        for number, part in enumerate(run.text.split("\n")):
            if number:
                yield line
                line, room = [], width
            while part:
                if room <= 0:  # what came before ended with the line
                    yield line
                    line, room = [], narrower
                head = part if len(part) * 2 <= room or widest(part) <= room else _fold(part, room, narrower, line)
                if head:
                    line.append(Run(head, run.marks, run.link))
                    room -= widest(head)
                part = part[len(head) :]
                if part:
                    yield line
                    line, room = [], narrower
    yield line


def _fold(text: str, room: int, width: int, line: list[Run]) -> str:
    """What still fits on the line, up to a blank; nothing when the next word fits on a line of its own."""
    head = _head(text, room)
    if text[len(head) : len(head) + 1] == " ":
        return head
    cut = head.rfind(" ") + 1
    if cut > (0 if line else _begin(text)):
        return head[:cut]
    word = text[: 8 * width].split(" ", 1)[0]
    return "" if line and line[-1].text.endswith(" ") and widest(word) <= width else head


def wrapped(runs: list[Run], width: int, hang: int = 0) -> Iterator[list[Run]]:
    """Lines broken at blanks, all but the first `hang` cells shorter; a word longer than a line is folded anywhere."""
    if len(runs) == 1 and not hang and runs[0].text.isascii() and "\n" not in runs[0].text:
        yield from _plain(runs[0], width)
        return
    line: list[Run] = []
    used = 0
    blank: Run | None = None
    room = width
    for run in _words(runs):
        if run.text == " ":
            blank = run if line else None
            continue
        cells = widest(run.text)
        if run.text == "\n" or (blank and used + 1 + cells > room):
            yield line
            line, used, blank, room = [], 0, None, max(8, width - hang)
            if run.text == "\n":
                continue
        if blank:
            line.append(blank)
            used, blank = used + 1, None
        text = run.text
        while used + widest(text) > room:
            head = _head(text, room - used) if used < room else ""
            line.append(Run(head, run.marks, run.link))
            text = text[len(head) :]
            yield line
            line, used, room = [], 0, max(8, width - hang)
        line.append(Run(text, run.marks, run.link))
        used += widest(text)
    yield line


def _plain(run: Run, width: int) -> Iterator[list[Run]]:
    """The same for ASCII of one look, which is most text, in a tenth of the time."""
    text = _BLANKS.sub(" ", run.text).strip(" ")
    start, end = 0, len(text)
    while end - start > width:
        cut = text.rfind(" ", start, start + width + 1)
        stop = cut if cut > start else start + width
        yield [Run(text[start:stop], run.marks, run.link)]
        start = stop + (text[stop] == " ")
    yield [Run(text[start:], run.marks, run.link)] if start < end else []


def _words(runs: list[Run]) -> Iterator[Run]:
    """Words, single blanks and line ends, each with its look."""
    for run in _pieces(runs):
        for found in _WORD.finditer(run.text):
            yield Run(found[0], run.marks, run.link)


def _pieces(runs: list[Run]) -> Iterator[Run]:
    """The same runs in pieces of bounded length: a line without an end costs no more than any other."""
    for run in runs:
        for start in range(0, len(run.text), _PIECE):
            yield Run(run.text[start : start + _PIECE], run.marks, run.link)


def _head(text: str, width: int) -> str:
    """As many characters as fit into `width` cells, at least one."""
    return head(text, width) or text[:1]
