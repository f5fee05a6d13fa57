"""The query language of search: text in, a frozen tree out, or an error that names the column.

    words are all required   "a phrase"   -word excludes   one or other   (grouped)   operator:value
    from: to: cc: subject: body: filename:      words in one place
    folder: account: label: id:                 the message's place and names
    has:attachment   is:unread|read|starred|answered|draft
    before: after: on:                          2026-11-23, 2026-11, 2026, 7d, 2w, 3m, 1y, today, yesterday
    larger: smaller:                            10k, 5M, 1G (powers of 1024)

`after:` includes the day it names, `before:` does not: together they divide all mail, as IMAP's SINCE and BEFORE do.
"""

from collections.abc import Callable
from datetime import date
from typing import cast, get_args

from store.search.errors import QueryError
from store.search.fold import fold, is_searchable
from store.search.scan import Kind, Token, scan
from store.search.tree import (
    AccountIs,
    After,
    And,
    Before,
    FolderIs,
    HasAttachment,
    Id,
    Is,
    Label,
    Larger,
    Node,
    Not,
    On,
    Or,
    Smaller,
    State,
    Word,
    WordField,
)
from store.search.values import parse_bytes, parse_days

__all__ = ["QueryError", "parse"]

LENGTH_LIMIT = 4096
TERM_LIMIT = 200
DEPTH_LIMIT = 30
"""SQLite refuses expressions deeper than 1000 levels; nobody means a query anywhere near these limits."""

_DATES = "Allowed: 2026-11-23, 2026-11, 2026, 7d, 2w, 3m, 1y, today, yesterday."
_SIZES = "Allowed: a number of bytes, or one with k, M or G: 10k, 5M."


def parse(text: str, today: date) -> Node:
    """The tree of a query; `today` is the local day that relative dates count from.  An empty query is every message.

    Raises QueryError with the column.
    """
    if len(text) > LENGTH_LIMIT:
        raise QueryError(LENGTH_LIMIT + 1, f"a query has at most {LENGTH_LIMIT} characters.")
    parser = _Parser(list(scan(text)), today)
    return parser.parse()


class _Parser:
    """Recursive descent: alternatives of sequences of terms.

    A term that the index cannot hold (`&`, `--`) is None and drops out: it must neither exclude nor include anything.
    """

    def __init__(self, tokens: list[Token], today: date) -> None:
        terms = [token for token in tokens if token.kind is Kind.TERM]
        if len(terms) > TERM_LIMIT:
            raise QueryError(terms[TERM_LIMIT].column, f"a query has at most {TERM_LIMIT} words.")
        self._tokens = tokens
        self._today = today
        self._place = 0
        self._depth = 0

    def parse(self) -> Node:
        if not self._tokens:
            return And()
        node = self._alternatives()
        if (token := self._peek()) is not None:
            raise QueryError(token.column, "this parenthesis was never opened.", "Remove it, or quote it.")
        if node is None:
            raise QueryError(1, "there is no letter or digit to search for.", "Write a word or an operator.")
        return node

    def _peek(self) -> Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _alternatives(self) -> Node | None:
        found = [self._sequence()]
        while (token := self._peek()) and token.kind is Kind.OR:
            self._place += 1
            following = self._peek()
            if following is None or following.kind in (Kind.CLOSE, Kind.OR):
                raise QueryError(token.column, "or needs something after it.", 'Quote it to search for it: "or".')
            found.append(self._sequence())
        parts = tuple(part for part in found if part is not None)
        return parts[0] if len(parts) == 1 else Or(parts) if parts else None

    def _sequence(self) -> Node | None:
        start = self._peek()
        if start and start.kind is Kind.OR:
            raise QueryError(start.column, "or needs something before it.", 'Quote it to search for it: "or".')
        found = []
        while (token := self._peek()) and token.kind not in (Kind.CLOSE, Kind.OR):
            found.append(self._factor())
        parts = tuple(part for part in found if part is not None)
        return parts[0] if len(parts) == 1 else And(parts) if parts else None

    def _factor(self) -> Node | None:
        negative = False
        while (token := self._peek()) and token.kind is Kind.MINUS:
            negative = not negative
            self._place += 1
        if token is None or token.kind in (Kind.CLOSE, Kind.OR):
            column = self._tokens[self._place - 1].column
            raise QueryError(column, "this minus has nothing to exclude.", "Write it right before a word.")
        self._place += 1
        node = self._group(token) if token.kind is Kind.OPEN else _term(token, self._today)
        return Not(node) if negative and node is not None else node

    def _group(self, opened: Token) -> Node | None:
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise QueryError(opened.column, f"parentheses go at most {DEPTH_LIMIT} deep.")
        if (token := self._peek()) and token.kind is Kind.CLOSE:
            raise QueryError(opened.column, "there is nothing between these parentheses.")
        node = self._alternatives()
        if self._peek() is None:
            raise QueryError(opened.column, "this parenthesis is not closed.", "Close it, or quote it.")
        self._place += 1
        self._depth -= 1
        return node


def _term(token: Token, today: date) -> Node | None:
    operator = token.operator or "any"
    if operator in get_args(WordField):
        folded = " ".join(fold(token.text).split())
        return Word(cast(WordField, operator), folded, token.quoted, token.text) if is_searchable(folded) else None
    if operator in ("before", "after", "on"):
        return _dated(token, today)
    return _READERS[operator](token)


def _dated(token: Token, today: date) -> Node:
    try:
        first, end = parse_days(token.text, today)
    except ValueError:
        raise QueryError(token.column, f'"{token.text}" is not a date.', _DATES) from None
    if token.operator == "on":
        return On(first, end)
    return Before(first) if token.operator == "before" else After(first)


def _size(token: Token) -> int:
    try:
        return parse_bytes(token.text)
    except ValueError:
        raise QueryError(token.column, f'"{token.text}" is not a size.', _SIZES) from None


def _is(token: Token) -> Node:
    state = token.text.lower()
    if state not in get_args(State):
        raise QueryError(token.column, f'is: does not know "{token.text}".', f"Allowed: {', '.join(get_args(State))}.")
    return Is(cast(State, state))


def _has(token: Token) -> Node:
    if token.text.lower() not in ("attachment", "attachments"):
        raise QueryError(token.column, f'has: does not know "{token.text}".', "Allowed: attachment.")
    return HasAttachment()


def _label(token: Token) -> Node:
    if any(character.isspace() for character in token.text):
        raise QueryError(token.column, "a label has no blanks.", "Write one label: for each.")
    return Label(token.text.lower())


def _id(token: Token) -> Node:
    return Id(f"<{token.text.strip().removeprefix('<').removesuffix('>')}>")


_READERS: dict[str, Callable[[Token], Node]] = {
    "folder": lambda token: FolderIs(fold(token.text).strip("/")),
    "account": lambda token: AccountIs(fold(token.text)),
    "label": _label,
    "has": _has,
    "is": _is,
    "larger": lambda token: Larger(_size(token)),
    "smaller": lambda token: Smaller(_size(token)),
    "id": _id,
}
