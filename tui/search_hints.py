"""What may stand at the cursor of a query: operators, and the values that each of them takes."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from store.search.fold import fold
from store.search.scan import OPERATORS
from store.search.tree import State

_TOKEN = re.compile(r'(?:^|(?<=[\s(]))-?((?:[A-Za-z]+:)?(?:"[^"]*|[^\s"()]*))$')
_FIXED = {
    "is": get_args(State),
    "has": ("attachment",),
    "before": ("today", "yesterday", "7d", "1m", "1y"),
    "after": ("today", "yesterday", "7d", "1m", "1y"),
    "on": ("today", "yesterday"),
    "larger": ("100k", "1M", "10M"),
    "smaller": ("10k", "100k", "1M"),
}
_MOST = 200
"""Names offered at once."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a query may mention, as the store spells them."""

    folders: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand from `start` (in characters) to the cursor, the best first."""

    start: int
    candidates: tuple[str, ...]


def completion(text: str, cursor: int, names: Names) -> Completion | None:
    """What may complete the word before the cursor; None where nothing is known that fits."""
    match = _TOKEN.search(text[:cursor])
    if match is None or not match[1]:
        return None
    operator, colon, value = match[1].partition(":")
    if colon:
        found = [f"{operator}:{_quoted(one)}" for one in _values(operator.lower(), value.lstrip('"'), names)]
    else:
        found = [f"{one}:" for one in OPERATORS if one.startswith(operator.lower())]
    found = [one for one in found if one != match[1]]
    return Completion(match.start(1), tuple(found)) if found else None


def _values(operator: str, begun: str, names: Names) -> Sequence[str]:
    if operator in _FIXED:
        return [one for one in _FIXED[operator] if one.lower().startswith(begun.lower())]
    known = {"folder": names.folders, "account": names.accounts, "label": names.labels}.get(operator, ())
    return list(dict.fromkeys(_beginning(known, fold(begun))))[:_MOST]


def _beginning(names: Iterable[str], begun: str) -> Iterable[str]:
    """Names of which the whole, or else a part between slashes, begins so; those that cannot be quoted are left out."""
    folded_names = ((name, fold(name)) for name in names if '"' not in name and name.isprintable())
    usable = sorted(folded_names, key=lambda pair: pair[1])
    yield from (name for name, folded in usable if folded.startswith(begun))
    yield from (name for name, folded in usable if f"/{begun}" in folded)


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"[\s()]", value) else value
