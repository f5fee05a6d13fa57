"""Finds in a long text, before its lines are made, the quotes that nobody reads again."""

import re
from typing import NamedTuple

DEEP = 2
"""Levels of quotation that are shown."""
FEW = 4
"""Lines up to which a quote stays, deep or at the end."""
_EMPTY = r"(?:> ?)*+[ \t\r]*+"
_RUNS = {
    flowed: re.compile(rf"^{deep}[^\n]*+(?:\n(?:(?!{deep}){_EMPTY}\n)*+{deep}[^\n]*+)*+", re.MULTILINE)
    for flowed, deep in ((False, f"(?:> ?){{{DEEP + 1}}}"), (True, f">{{{DEEP + 1}}}"))
}
_SAID = re.compile(r"^[ \t\r]*[^>\s]", re.MULTILINE)


class Fold(NamedTuple):
    """A quote that is folded: where it stands in the text, its lines that say something, and its level."""

    start: int
    end: int
    lines: int
    level: int


def folds(text: str, signed: int, *, flowed: bool) -> tuple[Fold, ...]:
    """The deep quotes of a text, and the whole letter under an answer; as those of a short text are folded.

    `signed` is where the signature begins.  Linear: every line is looked at twice at most.
    """
    if not text.startswith(">") and "\n>" not in text:
        return ()
    tail = _tail(text, signed)
    runs = _RUNS[flowed].finditer(text, 0, len(text) if tail is None else tail.start)
    found = [_fold(text, one.start(), one.end(), DEEP + 1) for one in runs]
    if tail is not None:
        found.append(tail)
    return tuple(one for one in found if one.lines > FEW)


def _fold(text: str, start: int, end: int, level: int) -> Fold:
    lines = sum(1 for one in text[start:end].split("\n") if one.strip("> \t\r"))
    return Fold(start, end + (text[end : end + 1] == "\n"), lines, level)


def _tail(text: str, signed: int) -> Fold | None:
    """The last quote, when only a signature follows it, and more than a line about who wrote it comes before it."""
    end = len(text[:signed].rstrip())
    start = end
    while start > 0:
        begin = text.rfind("\n", 0, start - 1) + 1 if start > 1 else 0
        line = text[begin:start]
        if line[:1] != ">" and line.strip():
            break
        start = begin
    while start < end and text[start] != ">":  # empty lines in front stay
        start = text.find("\n", start, end) + 1 or end
    if start >= end:
        return None
    said = _SAID.finditer(text, 0, start)
    return _fold(text, start, end, 1) if next(said, None) and next(said, None) else None
