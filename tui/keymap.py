"""The keys as they are typed: which command a key completes, counts such as `5j`, and sequences such as `g i`."""

from dataclasses import dataclass

from tui.bindings import Binding, Bindings, Origin, Overrides
from tui.commands import LAYERS, Command, Situation
from tui.strokes import Stroke, told

MOST = 99_999
"""The largest count."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """One key that may follow an unfinished sequence, and what it does then."""

    key: str
    command: Command
    more: int = 0
    """How many other commands begin with it."""


class Keymap:
    """The keys in force.  `feed` is told every key and answers with the command that it completes."""

    def __init__(
        self,
        preset: str = "default",
        overrides: Overrides | None = None,
        *,
        letters: bool = True,
    ) -> None:
        """`letters` False: no letter alone changes mail, `,` stands before it.

        Raises ConfigurationError for a command that does not exist, a key that is none, or two that clash.
        """
        self.preset = preset
        self.bindings = Bindings(preset, overrides, letters=letters)
        for fault in self.bindings.faults:
            raise fault
        self._begins: dict[Situation, set[Stroke]] = {
            situation: {stroke[:length] for stroke in table for length in range(1, len(stroke))}
            for situation, table in self.bindings.tables.items()
        }
        self._keys: dict[str, tuple[str, ...]] = {}
        self._waiting: Stroke = ()
        self._count = 0
        self.count = 0
        """The count that was typed before the command that `feed` answered last; 0: none."""
        self.stroke: Stroke = ()
        """The keys that completed that command."""
        self.used = False
        """Whether the last key meant something: completed, continued or ended a sequence, or belonged to a count."""

    def keys(self, id: str) -> tuple[str, ...]:
        """The keys of a command that are in force, as they are spelled for people; `g i` as in the configuration."""
        if id not in self._keys:
            self._keys[id] = tuple(" ".join(one.stroke) for one in self.bindings.of(id))
        return self._keys[id]

    def origin(self, id: str) -> Origin:
        """Where the keys of a command come from; those of one without any from the table."""
        return next((one.origin for one in self.bindings.of(id)), Origin.TABLE)

    def lookup(self, stroke: Stroke, situation: Situation) -> Binding | None:
        """Whose key it is in a situation."""
        return self.bindings.tables[situation].get(stroke)

    def where(self, stroke: Stroke) -> dict[Situation, Binding]:
        """Whose key it is, in each situation where it has a meaning."""
        return {one: found for one in LAYERS if (found := self.lookup(stroke, one)) is not None}

    @property
    def waiting(self) -> Stroke:
        """The keys of an unfinished sequence."""
        return self._waiting

    @property
    def typed(self) -> str:
        """What stands typed and waits for more: `5`, `g …`, `12 g …`."""
        parts = [f"{self._count}"] if self._count else []
        return " ".join([*parts, f"{told(self._waiting)} …"] if self._waiting else parts)

    def reset(self) -> None:
        """Forget an unfinished sequence, and a count."""
        self._waiting, self._count = (), 0

    def continuations(self, situation: Situation) -> list[Continuation]:
        """What may follow the keys that wait, in the order of the commands; each key once."""
        begun = self._waiting
        found: dict[str, Continuation] = {}
        for stroke, one in self.bindings.tables[situation].items():
            if len(stroke) > len(begun) and stroke[: len(begun)] == begun:
                key, first = stroke[len(begun)], found.get(stroke[len(begun)])
                found[key] = Continuation(key, first.command if first else one.command, first.more + 1 if first else 0)
        return list(found.values())

    def feed(self, key: str, situation: Situation) -> Command | None:
        """Take one key (normal spelling); the command it completes, or None: nothing, or a sequence goes on."""
        table, begins = self.bindings.tables[situation], self._begins[situation]
        stroke = (*self._waiting, key)
        begun = bool(self._waiting or self._count)
        self.used = True
        if found := table.get(stroke) if not (begun and key == "Escape") else None:
            self.count, self.stroke = self._count, stroke
            self.reset()
            return found.command
        if stroke in begins:
            self._waiting = stroke
        elif self._is_digit(key):
            self._count = min(MOST, self._count * 10 + int(key))
        else:
            self.reset()
            self.used = begun
        return None

    def _is_digit(self, key: str) -> bool:
        return not self._waiting and len(key) == 1 and key in "0123456789" and (key != "0" or self._count > 0)
