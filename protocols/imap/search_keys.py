"""Turns a query into IMAP search keys (RFC 9051 section 6.4.4): what finds at least what the query asks for.

What a server cannot be asked, or what summaries on this disk tell better (flags, labels, folders), is left out; who
asks looks through the answer with it.  Parentheses are not used: `a and b` in one key is `NOT OR NOT a NOT b`.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from protocols.imap.arguments import Argument, Literal, astring
from store.search.tree import After, And, Before, Id, Larger, Node, Not, On, Or, Smaller, Word

_FIELDS = {"any": "TEXT", "body": "BODY", "from": "FROM", "to": "TO", "cc": "CC", "subject": "SUBJECT"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY = timedelta(days=1)

Key = tuple[Argument, ...]
"""One search key, as arguments of a command."""


@dataclass(frozen=True, slots=True)
class Keys:
    """All of these have to fit; none: everything does."""

    keys: tuple[Key, ...]

    def arguments(self, among: Key = ()) -> list[Argument]:
        """The words of the command: CHARSET where they are not ASCII, then `among` which messages, then the keys."""
        words = [*among, *(word for key in self.keys for word in key)]
        foreign = any(isinstance(word, Literal) for word in words)
        return [*(("CHARSET", "UTF-8") if foreign else ()), *words]


def keys(query: Node, *, plain: bool = False) -> Keys | None:
    """The search keys of a query; None when no server can be asked for it.

    `plain`: in ASCII, for a server that knows no other letters: words without their marks, and others not at all.
    """
    found = _wide(query, plain=plain)
    return None if found is None else Keys(tuple(found))


def _wide(node: Node, *, plain: bool) -> list[Key] | None:
    """Keys that together find at least what `node` does; None: it finds nothing that could be asked for."""
    match node:
        case And(parts):
            found = list[Key]()
            for part in parts:
                more = _wide(part, plain=plain)
                if more is None:
                    return None
                found += more
            return found
        case Or(parts):
            return _alternatives([_wide(part, plain=plain) for part in parts])
        case Not(part):
            narrow = _narrow(part, plain=plain)
            return [] if narrow is None else [("NOT", *narrow)]
        case Word():
            word = _word(node, plain=plain)
            return None if word is None else [word]
        case _:
            return _of_summary(node)


def _alternatives(parts: list[list[Key] | None]) -> list[Key] | None:
    """One of these; a part without keys asks for nothing that is not known here already."""
    single = [_all(part) for part in parts if part]
    if not single:
        return None if any(part is None for part in parts) else []
    key = single[-1]
    for one in reversed(single[:-1]):
        key = ("OR", *one, *key)
    return [key]


def _narrow(node: Node, *, plain: bool) -> Key | None:
    """One key that finds at most what `node` does; None: nothing."""
    match node:
        case Word():
            return _word(node, plain=plain)
        case Or(parts):
            found = [key for part in parts if (key := _narrow(part, plain=plain)) is not None]
            widened = _alternatives([[key] for key in found])
            return widened[0] if widened else None
        case And(parts):
            every = [_narrow(part, plain=plain) for part in parts]
            known = [key for key in every if key is not None]
            return _all(known) if known and len(known) == len(every) else None
        case _:
            return None


def _all(parts: list[Key]) -> Key:
    """All of these as one key."""
    key = parts[-1]
    for one in reversed(parts[:-1]):
        key = ("NOT", "OR", "NOT", *one, "NOT", *key)
    return key


def _word(word: Word, *, plain: bool) -> Key | None:
    name, text = _FIELDS.get(word.field), " ".join((word.text if plain else word.typed or word.text).split())
    if name is None or (plain and not text.isascii()):
        return None
    return name, astring(text)


def _of_summary(node: Node) -> list[Key]:
    """What makes the answer shorter; of dates a day more on both sides, since servers do not mind time zones."""
    match node:
        case After(day):
            return [_since(day)]
        case Before(day):
            return [_before(day)]
        case On(first, end):
            return [_since(first), _before(end)]
        case Larger(size):
            return [("LARGER", b"%d" % size)] if size < 2**32 else []
        case Smaller(size):
            return [("SMALLER", b"%d" % size)] if size < 2**32 else []
        case Id(message_id):
            return [("HEADER", "Message-ID", astring(message_id))]
        case _:
            return []


def _since(day: date) -> Key:
    words = _date(day - _DAY)
    return "OR", "SENTSINCE", words, "SINCE", words


def _before(day: date) -> Key:
    words = _date(day + _DAY)
    return "OR", "SENTBEFORE", words, "BEFORE", words


def _date(day: date) -> bytes:
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04d}".encode()
