"""Turns text/plain into blocks: quotes, signature, links, and paragraphs that flow (RFC 3676)."""

import re

from protocols.mime import patch
from protocols.mime.blocks import Block, Kind, LinkList, Mark, Span
from protocols.mime.links import spans
from protocols.mime.safe import SafeText

QUOTES = 50
"""Levels of quotation that are told apart."""
LINES = 100_000
"""Lines that are made at once; a longer text is made in chunks (`long_text`)."""
_LINE_LENGTH = 20_000
_QUOTE = re.compile(r"(?:> ?){1,}")
_FLOWED_QUOTE = re.compile(r">+")
_DRAWN = re.compile(r" {2,}\S.* {3,}\S|\t|^ {4}|[|+][-=]{2}|[─-╿]")


def text_blocks(
    text: str,
    links: LinkList,
    *,
    flowed: bool = False,
    delsp: bool = False,
    signed: bool = False,
    hunks: patch.Hunks | None = None,
) -> list[Block]:
    """Return the blocks of a plain text: a paragraph for each line, or for each run of lines that flow.

    Lines that are drawn with blanks (tables, code), and patches, are PREFORMATTED; what follows "-- " is SIGNATURE,
    and all of it when it is `signed` before.  `hunks` is the patch that the text begins in.  Linear.
    """
    writer = _Writer(links, signed=signed)
    if (hunks is not None and hunks.is_open) or patch.is_possible(text):
        writer.hunks = {0: hunks or patch.Hunks()}
    lines = text.replace("\r\n", "\n").split("\n", LINES)
    for number, line in enumerate(lines[:LINES]):
        if len(writer.blocks) > LINES:  # form feeds end lines too
            break
        if flowed:
            writer.flow(line.rstrip("\r"), delsp)
        elif len(line) > _LINE_LENGTH:
            for at in range(0, len(line), _LINE_LENGTH):
                if len(writer.blocks) <= LINES:
                    writer.fixed(line[at : at + _LINE_LENGTH])
        elif line or number + 1 < len(lines):
            writer.fixed(line)
    writer.finish()
    if max(len(lines), len(writer.blocks)) > LINES:
        notice = SafeText(f"The text goes on; only its first {LINES} lines are shown.")
        writer.blocks.append(Block(Kind.NOTICE, (Span(notice),)))
    return writer.blocks


class _Writer:
    """Collects blocks; `_open` holds the lines of a flowed paragraph that is not finished."""

    def __init__(self, links: LinkList, *, signed: bool) -> None:
        self.blocks: list[Block] = []
        self._links = links
        self._open: list[str] = []
        self._length = 0
        self._quote = 0
        self._signed = signed
        self.hunks: dict[int, patch.Hunks] | None = None
        """Patches by their level of quotation, None where there can be none."""

    def fixed(self, line: str) -> None:
        """Add a line that stands for itself."""
        found = _QUOTE.match(line)
        if found is None:
            self._add(line, 0)
        else:
            self._add(line[found.end() :], found[0].count(">"))

    def flow(self, line: str, delsp: bool) -> None:
        """Add a line of format=flowed: a blank at its end joins the next line of its depth (RFC 3676 section 4)."""
        found = _FLOWED_QUOTE.match(line)
        quote = len(found[0]) if found else 0
        content = line[quote:].removeprefix(" ")
        if self._open and (quote != self._quote or content == "-- " or self._length > _LINE_LENGTH):
            self.finish()
        self._quote = quote
        soft = content.endswith(" ") and content != "-- "
        self._open.append(content[:-1] if soft and delsp else content)
        self._length += len(content)
        if not soft:
            self.finish()

    def finish(self) -> None:
        """Close the flowed paragraph."""
        if self._open:
            self._add("".join(self._open), self._quote)
        self._open, self._length = [], 0

    def _add(self, text: str, quote: int) -> None:
        if self.hunks is not None and (quote or not self._signed) and self._patched(text, quote):
            return
        if not quote and text.rstrip("\r") in ("-- ", "--\xa0"):
            self._signed = True
        kind = Kind.SIGNATURE if self._signed and not quote else Kind.PARAGRAPH
        if kind is Kind.PARAGRAPH and len(text) < 500 and _DRAWN.search(text):
            kind = Kind.PREFORMATTED
        marks = Mark.DIM if kind is Kind.SIGNATURE else Mark.NONE
        for piece in _pieces(text):
            self.blocks.append(Block(kind, spans(piece, self._links, marks), min(quote, QUOTES)))

    def _patched(self, text: str, quote: int) -> bool:
        """Add a line of a patch; False when it is none."""
        assert self.hunks is not None
        level = min(quote, QUOTES)
        look = self.hunks.setdefault(level, patch.Hunks()).take(text)
        if look is None:
            told = patch.drawn_counts(text, self._links, level)
            self.blocks += [told] if told is not None else []
            return told is not None
        patch.name_files(self.blocks, look, level)
        self.blocks += [patch.drawn(piece, look, self._links, level) for piece in _pieces(text)]
        return True


_ODD_BREAKS = re.compile("[\r\v\f\x85\u2028\u2029]+")


def _pieces(text: str) -> list[str]:
    """Split at the other characters that end lines; cleaning would turn them into line breaks inside a span."""
    return _ODD_BREAKS.split(text.rstrip("\r")) if _ODD_BREAKS.search(text) else [text]
