"""Turns HTML into blocks: cleaned, written anew, laid out by html2text, within limits of time and size."""

import re
import time

import html2text
from selectolax.lexbor import LexborHTMLParser

from protocols.mime.blocks import Block, Kind, LinkList, Span, plain
from protocols.mime.linearise import Lineariser
from protocols.mime.links import spans
from protocols.mime.marks import PREFORMATTED, ROW, SpanReader
from protocols.mime.markup import INPUT_LIMIT, parsed, stripped
from protocols.mime.safe import SafeText, host_of, url
from protocols.mime.visible import NODES, events

_LINE = re.compile(r"((?:> ?)*)( *)(?:(#{1,6}) +|(\*|\d{1,9}\.) +)?(.*)")
_STRUCTURE = re.compile("<(?!br>|p>)")
_BLANKS = re.compile(r"\s{2,}|[^\S ]")
_RULE = re.compile(r"\s*\* \* \*\s*")
_SLACK = 65_536
TAGS = 60_000
"""Tags of a text up to a million characters that are laid out, and of a longer one in proportion: a second's work."""
BLOCKS = 30_000
"""Lines and paragraphs likewise."""
LITTLE = 80
"""Characters of text below which a message is pictures."""
LINES = 50_000
"""Lines that are shown without layout."""
_TOO_MUCH = "Laying out this HTML took too long; its text is shown without layout."
_STRIDE = 2048
_UNTOLD = "an address that cannot be told"


def html_blocks(html: str, links: LinkList | None = None, *, seconds: float = 2.0) -> list[Block]:
    """Return the blocks of an HTML text, its links added to `links`.  Never raises.

    After `seconds`, or where the markup is built to stop a parser, the tags are only stripped, and a NOTICE says so.
    The output is at most four times the input and 64 KiB.
    """
    links = LinkList() if links is None else links
    deadline = time.monotonic() + seconds
    size = max(1.0, min(len(html), INPUT_LIMIT) / 1_000_000)
    written = None if _is_dense(html, TAGS * size) else _written(html, links, deadline)
    if written is None:
        return without_layout(html, links, "This HTML could not be laid out; its text is shown without layout.")
    chunks = written.chunks
    reader = _Reader(links)
    reader.blocks += _told_of_forms(written.recipients)
    room = 4 * min(len(html), INPUT_LIMIT) + _SLACK
    for chunk in chunks:
        if time.monotonic() > deadline or len(reader.blocks) > BLOCKS * size:
            return without_layout(html, links, _TOO_MUCH)
        output = _laid_out(chunk)
        reader.take(output[: max(room, 0)])
        room -= len(output)
        if room <= 0:
            reader.blocks.append(_notice("The text goes on, but has become too long to show."))
            break
    if not any(block.spans for block in reader.blocks) and html.strip():
        return without_layout(html, links, "This HTML shows nothing; what it contains is shown without layout.")
    if len(html) > INPUT_LIMIT:
        reader.blocks.append(_notice("The text goes on, but is too long to show."))
    return reader.blocks


def _is_dense(html: str, most: float) -> bool:
    """Whether laying it out would take long: so many tags, or lines of preformatted text."""
    return html.count("<") > most or (html.count("\n") > most and "<pre" in html.lower())


def _written(html: str, links: LinkList, deadline: float) -> Lineariser | None:
    """The visible content written as simple HTML, None when it cannot be parsed in time.

    Where pictures are nearly all there is, those without a description are named: a link on them must be seen.
    """
    tree = parsed(html)
    if tree is None:
        return None
    before = len(links.links)
    written = _walked(tree, Lineariser(links), deadline)
    if written is not None and written.unnamed and written.letters < LITTLE:
        links.forget(before)
        written = _walked(tree, Lineariser(links, pictures=True), deadline)
    return written


def _walked(tree: LexborHTMLParser, lineariser: Lineariser, deadline: float) -> Lineariser | None:
    for number, (kind, content, attributes) in enumerate(events(tree)):
        if kind == "text":
            lineariser.text(content)
        elif kind == "open":
            lineariser.open(content, attributes)
        else:
            lineariser.close(content)
        if number % _STRIDE == 0 and (time.monotonic() > deadline or number > 2 * NODES):
            return None
    lineariser.finish()
    return lineariser


def _told_of_forms(recipients: list[str]) -> list[Block]:
    """Say where the forms would send what is typed into them, were this a browser."""
    targets = ((url(address), "://" in address) for address in recipients)
    places = (host_of(target) if target is not None else _UNTOLD for target, whole in targets if target or whole)
    return [
        _notice(f"A form in this message would send what is typed to {place}.")
        for place in list(dict.fromkeys(places))[:3]
    ]


def _laid_out(chunk: str) -> str:
    """Run html2text over one chunk; what it cannot bear becomes plain text.

    Where there is nothing but line ends and paragraphs, as in most newsletters, it has nothing to decide.
    """
    if not _STRUCTURE.search(chunk):
        return _BLANKS.sub(" ", chunk).replace("<br>", "\n").replace("<p>", "\n\n")
    layout = html2text.HTML2Text(bodywidth=0)
    layout.unicode_snob = True
    layout.ignore_links = True
    layout.ignore_images = True
    layout.ignore_emphasis = True
    try:
        return str(layout.handle(chunk))
    except (AssertionError, IndexError, ValueError, RecursionError):
        return stripped(chunk)


def without_layout(html: str, links: LinkList, notice: str) -> list[Block]:
    """Return the text of HTML whose tags are only stripped, after a NOTICE that says so.  Never raises; linear."""
    lines = stripped(html)[: 4 * INPUT_LIMIT].splitlines()  # at every sign that ends a line, a form feed too
    blocks = [_notice(notice), *(Block(Kind.PARAGRAPH, spans(line.strip(), links)) for line in lines[:LINES])]
    if len(lines) > LINES:
        blocks.append(_notice("The text goes on, but is too long to show."))
    return blocks


def _notice(text: str) -> Block:
    return plain(SafeText(text), Kind.NOTICE)


class _Reader:
    """Reads html2text's Markdown; every sign in it is html2text's, since the text's own were taken out before."""

    def __init__(self, links: LinkList) -> None:
        self.blocks: list[Block] = []
        self._spans = SpanReader(links)

    def take(self, markdown: str) -> None:
        """Add the blocks of one chunk."""
        for line in markdown.split("\n"):
            self._line(line)
        while self.blocks and not self.blocks[-1].spans and self.blocks[-1].kind is Kind.PARAGRAPH:
            self.blocks.pop()
        if self.blocks:
            self.blocks.append(Block(Kind.PARAGRAPH, ()))

    def _line(self, line: str) -> None:
        if _RULE.fullmatch(line):
            self.blocks.append(Block(Kind.RULE, ()))
            return
        found = _LINE.match(line)
        if found is None:
            return
        marks, blanks, heading, item, rest = found.groups()
        quote = marks.count(">")
        spans = self._spans.read(rest.rstrip())
        if not spans:
            self._empty(quote)
        elif item:
            bullet = Span(SafeText("• " if item == "*" else f"{item} "))
            self.blocks.append(Block(Kind.LIST_ITEM, (bullet, *spans), quote, max(0, len(blanks) - 2)))
        elif heading:
            self.blocks.append(Block(Kind.HEADING, spans, quote, 0, len(heading)))
        else:
            kind = Kind.TABLE_ROW if ROW in rest else Kind.PREFORMATTED if PREFORMATTED in rest else Kind.PARAGRAPH
            self.blocks.append(Block(kind, spans, quote))

    def _empty(self, quote: int) -> None:
        """Keep one empty line between paragraphs, none in front."""
        if self.blocks and (self.blocks[-1].spans or self.blocks[-1].kind is Kind.RULE):
            self.blocks.append(Block(Kind.PARAGRAPH, (), quote))
