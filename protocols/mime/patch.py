"""Finds patches in a text by their hunks (unified diff), so that what was added and removed can be set off."""

import re
from collections.abc import Mapping, Sequence
from copy import copy
from typing import NamedTuple

from protocols.mime.blocks import Block, Kind, LinkList, Mark, Span
from protocols.mime.links import spans
from protocols.mime.safe import SafeText

TYPES = ("text/x-diff", "text/x-patch")
ENDINGS = (".diff", ".patch")
_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_HEAD = re.compile(
    r"(?:index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}|(?:old|new|deleted file|new file) mode \d{6}$"
    r"|(?:dis)?similarity index \d|(?:rename|copy) (?:from|to) \S|(?:---|\+\+\+) \S|Binary files \S|GIT binary patch$)"
)
_GIT = "diff --git "
_FILES = ("--- ", "+++ ")
_COUNTS = re.compile(r" \S[^|\n]{0,300}\| +(?:\d{1,9} ?(\+*)(-*)|Bin .{0,60})$")
_BACK = 100_000
"""Characters above a place in which the hunk that it stands in is looked for."""


class Look(NamedTuple):
    """How a line of a patch is drawn, and how many lines above it belong to it as the names of the files."""

    marks: Mark
    above: int = 0


class Hunks:
    """Told line by line of one level of quotation; a hunk ends when it has the lines that it announced.

    So the "-- " before a signature is none that was removed, and a list below a patch is a list.
    """

    def __init__(self) -> None:
        self._old = self._new = 0
        self._head = False
        self._last = ("", "")

    @property
    def is_open(self) -> bool:
        """Whether lines of a hunk are still to come."""
        return self._old > 0 or self._new > 0

    def take(self, line: str) -> Look | None:
        """How the next line is drawn, None when it is none of a patch."""
        above = self._last
        self._last = (above[1], line[:4])
        if found := _HUNK.match(line):
            self._old, self._new = (1 if count is None else int(count) for count in found.groups())
            names, self._head = above == _FILES and not self._head, False
            return Look(Mark.HUNK | Mark.BOLD, 2 if names else 0)
        if line.startswith(_GIT):
            self._old = self._new = 0
            self._head = True
            return Look(Mark.BOLD)
        if self._head and _HEAD.match(line):
            return Look(Mark.BOLD)
        self._head = False
        return self._inside(line) if self.is_open else Look(Mark.NONE) if line.startswith("\\ No newline") else None

    def _inside(self, line: str) -> Look | None:
        sign = line[:1]
        if sign == "\\":
            return Look(Mark.NONE)
        old, new, marks = _SIGNS.get(sign, (0, 0, Mark.NONE))
        if (old or new) and self._old >= old and self._new >= new:
            self._old -= old
            self._new -= new
            return Look(marks)
        self._old = self._new = 0  # a reviewer's words, or a patch that was cut
        return None


_SIGNS: Mapping[str, tuple[int, int, Mark]] = {
    "+": (0, 1, Mark.ADDED),
    "-": (1, 0, Mark.REMOVED),
    **dict.fromkeys((" ", "", "\r", "\t"), (1, 1, Mark.NONE)),  # some senders cut blanks at line ends
}
"""Sign -> (lines of the old text, lines of the new one, how it is drawn)."""


def counts(line: str) -> tuple[int, int, int] | None:
    """Of a line such as ` tui/rows.py | 12 +++--`: where its signs begin, how many are + and how many -; else None."""
    found = _COUNTS.match(line)
    if found is None or found[1] is None:
        return None
    return found.start(1), len(found[1]), len(found[2])


class HunksOf:
    """The states in which a patch is at lines of one long text.

    Asked for one place after the other it reckons on from the last one: a text of a megabyte may be one hunk.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: tuple[int, Hunks] | None = None

    def at(self, place: int) -> Hunks:
        """The state at the beginning of a line, from the hunk that begins last above it."""
        text, known = self._text, self._known
        start = text.rfind("\n@@ -", max(0, place - _BACK), place)
        if start < 0 and not (place <= _BACK and text.startswith("@@ -")):
            return Hunks()
        begin, found = start + 1, Hunks()
        if known is not None and begin <= known[0] <= place:
            begin, found = known[0], copy(known[1])
        for line in text[begin:place].split("\n")[:-1]:
            found.take(line)
        self._known = place, copy(found)
        return found


def is_possible(text: str) -> bool:
    """Whether a text can hold a patch at all; quick, since most hold none."""
    return "@@ -" in text or _GIT in text


def drawn(line: str, look: Look, links: LinkList, quote: int = 0) -> Block:
    """A line of a patch as a block."""
    return Block(Kind.PREFORMATTED, spans(line, links, look.marks), quote)


def drawn_counts(line: str, links: LinkList, quote: int = 0) -> Block | None:
    """A line that counts what a patch changes in one file as a block; None when it is none."""
    found = counts(line)
    if found is None:
        return None
    start, added, removed = found
    pieces = [Span(SafeText(sign * many), mark) for sign, many, mark in
              (("+", added, Mark.ADDED), ("-", removed, Mark.REMOVED)) if many]  # fmt: skip
    return Block(Kind.PREFORMATTED, (*spans(line[:start], links), *pieces), quote)


def name_files(blocks: list[Block], look: Look, quote: int) -> None:
    """Set off the names of the files above a hunk, the last blocks there are."""
    last = blocks[-look.above :] if look.above else []
    if tuple(one.text[:4] for one in last) == _FILES and all(one.quote == quote for one in last):
        for number, one in enumerate(last, len(blocks) - look.above):
            named = tuple(Span(span.text, span.marks | Mark.BOLD, span.link) for span in one.spans)
            blocks[number] = Block(Kind.PREFORMATTED, named, quote)


def patch_blocks(text: str, links: LinkList, most: int) -> list[Block]:
    """The first `most` lines of a text that is a patch as a whole, each as it stands."""
    hunks, blocks = Hunks(), list[Block]()
    lines: Sequence[str] = text.replace("\r\n", "\n").split("\n", most)
    for line in lines[:most]:
        look = hunks.take(line)
        if look is not None:
            name_files(blocks, look, 0)
        blocks.append(drawn_counts(line, links) or drawn(line, look or Look(Mark.NONE), links))
    return blocks
