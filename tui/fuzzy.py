"""Finds names by a few of their letters: parts of words, in any order, best first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from protocols.mime.safe import SafeText
from store.search.fold import fold

_SPLIT = re.compile(r"[\s/]+")
_WORD = re.compile(r"\w+")
_WHOLE, _FIRST, _LEAF, _START, _INSIDE, _SCATTERED = 6, 5, 4, 3, 2, 1


class Name:
    """A name, folded once (case and marks ignored), to be compared with what is typed, letter after letter."""

    __slots__ = ("_leaf", "_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = fold(text)
        self._starts: tuple[int, ...] | None = None
        self._leaf = max(self._text.rfind("/"), self._text.rfind(": ")) + 1

    def score(self, words: Sequence[str]) -> int:
        """How well it fits all of the folded words; 0: one of them is not in it.

        A whole word counts most, then the beginning of the last level of a path, of a word in it, of any word, letters
        inside one, and last letters that are scattered over the name, of which the first begins a word.
        """
        total = 0
        for word in words:
            found = self._word(word)
            if not found:
                return 0
            total += found
        return total or 1

    def _word(self, word: str) -> int:
        text = self._text
        if self._starts is None:
            self._starts = tuple(match.start() for match in _WORD.finditer(text))
        at = [start for start in self._starts if text.startswith(word, start)]
        if at:
            if any(start + len(word) == len(text) or not text[start + len(word)].isalnum() for start in at):
                return _WHOLE
            if any(not text[self._leaf : start].strip() for start in at if start >= self._leaf):
                return _FIRST
            return _LEAF if any(start >= self._leaf for start in at) else _START
        if word in text:
            return _INSIDE
        return _SCATTERED if len(word) > 1 and any(self._scattered(word, start) for start in self._starts) else 0

    def _scattered(self, word: str, start: int) -> bool:
        if self._text[start] != word[0]:
            return False
        place = start
        for letter in word[1:]:
            place = self._text.find(letter, place + 1)
            if place < 0:
                return False
        return True


def words(typed: str) -> list[str]:
    """What was typed as folded words; blanks and slashes stand between them."""
    return [fold(word) for word in _SPLIT.split(typed) if word]


def ranked(names: Sequence[Name], typed: str) -> list[int]:
    """The places of the names that fit, best first; of those that fit as well the earlier one."""
    wanted = words(typed)
    found = [(-score, place) for place, name in enumerate(names) if (score := name.score(wanted))]
    return [place for _, place in sorted(found)]


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Choice(Generic[Value]):
    """One thing to choose."""

    name: SafeText
    value: Value
    detail: str = ""
    """What stands faintly behind it, such as its keys."""
    also: str = ""
    """Other words that find it."""
    about: str = ""
    """A sentence that is shown while the cursor is on it."""


class Finder(Generic[Value]):
    """Finds among choices that stay the same; they are prepared with the first letter."""

    def __init__(self, choices: Sequence[Choice[Value]], names: Sequence[Name] = ()) -> None:
        """`names`: the folded names of the choices, in their order, when somebody has made them before."""
        self.choices = choices
        self._names = names

    @property
    def names(self) -> Sequence[Name]:
        """The folded names of the choices, in their order."""
        if len(self._names) != len(self.choices):
            self._names = [name_of(one) for one in self.choices]
        return self._names

    def __call__(self, typed: str) -> Sequence[Choice[Value]]:
        """What fits, best first; everything in its order when nothing is typed."""
        if not typed.strip():
            return self.choices
        return [self.choices[place] for place in ranked(self.names, typed)]


def name_of(choice: Choice[Value]) -> Name:
    """What is compared with the letters typed."""
    return Name(f"{choice.name} {choice.also}" if choice.also else choice.name)
