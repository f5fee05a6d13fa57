"""What the palette offers: commands with their keys, places, searches, colours, keys; the nearest things first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from protocols.mime.safe import SafeText, line
from tui.commands import COMMANDS, GROUPS, LAYERS, Command, Situation
from tui.fuzzy import Choice, Finder, Name, name_of
from tui.keymap import Keymap
from tui.place import Place
from tui.strokes import parse_stroke, told

Run = Callable[[], object]
"""What happens when it is chosen."""
_LAST = {one.id for one in GROUPS["Moving"]} | {"palette"}
"""Whoever asks for a command by name hardly means a step."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Where the things come from that the palette shows."""

    situation: Situation
    keymap: Keymap
    command: Callable[[str], object]
    """Runs a command by its id."""
    visit: Callable[[Place], object]
    places: Finder[Place]
    used: Sequence[str] = ()
    """The commands that were chosen here last, the last one first."""
    searches: Sequence[str] = ()
    """What was searched for, the latest first."""
    search: Callable[[str], object] | None = None
    values: Mapping[str, tuple[str, Sequence[str], Callable[[str], object]]] = field(default_factory=dict)
    """Settings that are one of several words: the word to type -> (name for people, the words, what sets one)."""
    acts: Mapping[str, Callable[[], Finder[Run]]] = field(default_factory=dict)
    """Acts with an aim: the word to type -> what finds the aims, made when it is typed."""
    line: Callable[[int], object] | None = None
    """Goes to a line by its number."""


class Palette:
    """Finds among everything that an Offer holds."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._commands = [self._command(one) for one in self._ordered()]
        self._rest = [*self._settings(), *self._searches()]
        self._names: list[Name] | None = None
        self._aims: dict[str, Finder[Run]] = {}

    def __call__(self, typed: str) -> Sequence[Choice[Run]]:
        """What fits, best first.  `move Archive`: a command's word, then what it is about; `12`: a line."""
        typed = typed.strip().removeprefix(":").lstrip()
        if not typed:
            return [*self._commands, *self._rest]
        if typed.isdecimal() and self._offer.line is not None:
            number = min(int(typed[:9]), 10**8)
            return [Choice(SafeText(f"Go to line {number:,}"), partial(self._offer.line, number))]
        first, _, rest = typed.partition(" ")
        if (about := self._about(first, rest.strip())) is not None:
            return about
        return self._everything()(typed)

    def _everything(self) -> Finder[Run]:
        places = [self._place(one) for one in self._offer.places.choices]
        choices = [*self._commands, *places, *self._rest]
        if self._names is None:
            own = [[name_of(one) for one in some] for some in (self._commands, self._rest)]
            self._names = [*own[0], *self._offer.places.names, *own[1]]
        return Finder(choices, self._names)

    def _about(self, word: str, rest: str) -> Sequence[Choice[Run]] | None:
        if word == "go":
            return [self._place(one) for one in self._offer.places(rest)]
        if word == "search" and rest and self._offer.search is not None:
            return [Choice(line(f"Search for {rest}", 200), partial(self._offer.search, rest))]
        if word in self._offer.values:
            return Finder(self._of_value(word))(rest)
        if rest and word in self._offer.acts:
            if word not in self._aims:
                self._aims[word] = self._offer.acts[word]()
            return self._aims[word](rest)
        return None

    def _ordered(self) -> list[Command]:
        layers = LAYERS[self._offer.situation]
        fitting = [one for one in COMMANDS if one.context in layers]
        used = {id: place for place, id in enumerate(self._offer.used)}

        def rank(one: Command) -> tuple[bool, int, int]:
            return one.id in _LAST, used.get(one.id, len(used)), layers.index(one.context)

        return sorted(fitting, key=rank)

    def _command(self, one: Command) -> Choice[Run]:
        keys = ", ".join(told(parse_stroke(key)) for key in self._offer.keymap.keys(one.id)[:3])
        return Choice(SafeText(one.title), partial(self._offer.command, one.id), keys, one.id, one.help)

    def _place(self, one: Choice[Place]) -> Choice[Run]:
        return Choice(one.name, partial(self._offer.visit, one.value), "go to", one.also)

    def _settings(self) -> list[Choice[Run]]:
        return [choice for word in self._offer.values for choice in self._of_value(word)]

    def _of_value(self, word: str) -> list[Choice[Run]]:
        title, words, use = self._offer.values[word]
        return [Choice(line(f"{title}: {value}", 100), partial(use, value), word) for value in words]

    def _searches(self) -> list[Choice[Run]]:
        search = self._offer.search
        if search is None:
            return []
        return [Choice(line(f"Search: {one}", 200), partial(search, one), "again") for one in self._offer.searches]
