"""Cuts a query into tokens: parentheses, minus, `or`, and terms with their operator."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from store.search.errors import QueryError

OPERATORS = (
    "from", "to", "cc", "subject", "body", "filename", "folder", "account", "label", "has", "is",
    "before", "after", "on", "larger", "smaller", "id",
)  # fmt: skip

_OPERATOR = re.compile(r"([A-Za-z]+):")
_BARE = re.compile(r'[^\s()"]+')


class Kind(StrEnum):
    """What a token is."""

    OPEN = "("
    CLOSE = ")"
    MINUS = "-"
    OR = "or"
    TERM = "term"


@dataclass(frozen=True, slots=True)
class Token:
    """A token; `operator`, `text` and `quoted` are those of a term, `column` (from 1) is where its text begins."""

    kind: Kind
    column: int
    operator: str = ""
    text: str = ""
    quoted: bool = False


def scan(text: str) -> Iterator[Token]:
    """The tokens of `text`.  Raises QueryError for an open quotation mark, an unknown operator, a missing value."""
    text = "".join(" " if _is_blank(character) else character for character in text)
    place = 0
    while place < len(text):
        character = text[place]
        if character == " ":
            place += 1
        elif character in "()":
            yield Token(Kind(character), place + 1)
            place += 1
        elif character == "-" and text[place + 1 : place + 2].strip():
            yield Token(Kind.MINUS, place + 1)
            place += 1
        else:
            token, place = _term(text, place)
            yield token


def _is_blank(character: str) -> bool:
    # Control characters (NUL ends a C string inside SQLite) and lone surrogates never reach the index.
    return character.isspace() or character < " " or character == "\x7f" or "\ud800" <= character <= "\udfff"


def _term(text: str, place: int) -> tuple[Token, int]:
    operator = ""
    match = _OPERATOR.match(text, place)
    if match and match[1].lower() in OPERATORS:
        operator, place = match[1].lower(), match.end()
    elif match and text[match.end() : match.end() + 1].strip() and not text.startswith("//", match.end()):
        raise _unknown_operator(match[1], place + 1)
    value, quoted, end = _value(text, place)
    if operator and not value.strip():
        raise QueryError(place + 1, f"{operator}: needs a value right after the colon.", f'Like {operator}:"...".')
    if not operator and not quoted and value.lower() == "or":
        return Token(Kind.OR, place + 1), end
    return Token(Kind.TERM, place + 1, operator, value, quoted), end


def _value(text: str, place: int) -> tuple[str, bool, int]:
    if text.startswith('"', place):
        end = text.find('"', place + 1)
        if end < 0:
            raise QueryError(place + 1, "this quotation mark is not closed.", 'Write "a phrase" with two of them.')
        return text[place + 1 : end], True, end + 1
    match = _BARE.match(text, place)
    return (match[0], False, match.end()) if match else ("", False, place)


def _unknown_operator(name: str, column: int) -> QueryError:
    near = get_close_matches(name.lower(), OPERATORS, n=1)
    suggestion = f"Did you mean {near[0]}:?  " if near else ""
    known = " ".join(f"{operator}:" for operator in OPERATORS)
    return QueryError(
        column, f"there is no operator {name}:.", f"{suggestion}There are {known}; quote the word to search for it."
    )
