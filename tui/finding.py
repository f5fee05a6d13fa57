"""Finds words in a line of text as the search index does: without case and marks; spans of characters come out."""

import re
from collections.abc import Iterator
from functools import lru_cache

from store.search.fold import fold
from store.search.tree import And, Node, Not, Or, Word

_FIELDS = ("any", "from", "to", "cc", "subject", "body")
Pattern = re.Pattern[str]


def of_query(query: Node) -> Pattern | None:
    """What to mark in a message that a query found: the beginnings of its words, and its phrases; None: nothing."""
    return _compiled([_word(word) for word in _words(query)])


def of_text(text: str) -> Pattern | None:
    """What to mark for a text that was typed: wherever it stands, blanks for blanks; None for nothing."""
    parts = [re.escape("".join(map(_folded, part))) for part in text.split()]
    return _compiled([r"\s+".join(part for part in parts if part)])


def spans(text: str, pattern: Pattern) -> list[tuple[int, int]]:
    """Where a pattern stands in a line, as (first, last + 1) in characters of the line."""
    if text.isascii():
        return [match.span() for match in pattern.finditer(text.lower()) if match[0]]
    folded = [_folded(character) for character in text]
    places = [place for place, letters in enumerate(folded) for _ in letters]
    found = []
    for match in pattern.finditer("".join(folded)):
        if match[0]:
            end = places[match.end() - 1] + 1
            while end < len(text) and not folded[end]:  # the marks of the last letter
                end += 1
            found.append((places[match.start()], end))
    return found


def may_occur(text: str, pattern: Pattern) -> bool:
    """Whether it is worth looking for a pattern in the lines of a text."""
    return not text.isascii() or pattern.search(text.lower()) is not None


def _words(node: Node, *, wanted: bool = True) -> Iterator[Word]:
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _words(part, wanted=wanted)
        case Not(part):
            yield from _words(part, wanted=not wanted)
        case Word(field=field) if wanted and field in _FIELDS:
            yield node


def _word(word: Word) -> str:
    # characters of scripts without blanks stand apart in the index, and together in the text
    text = re.sub(r"(?<=[^\x00-\u0dff]) (?=[^\x00-\u0dff])", "", word.text)
    parts = r"\W+".join(re.escape(part) for part in re.split(r"\s+", text) if part)
    begins = "" if text[0] > "\u0dff" else r"(?<!\w)"
    return f"{begins}{parts}" + (r"(?!\w)" if word.phrase and text[-1] <= "\u0dff" else "")


def _compiled(alternatives: list[str]) -> Pattern | None:
    wanted = sorted({one for one in alternatives if one}, key=len, reverse=True)
    return re.compile("|".join(wanted)) if wanted else None


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    return fold(character).strip() or (" " if character.isspace() else "" if fold(character) == "" else character)
