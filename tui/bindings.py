"""Who has which key: the table of commands, a preset over it, and the person's own keys over both."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import IntEnum

from store.errors import ConfigurationError
from tui.commands import COMMANDS, COVERING, LAYERS, Command, Situation
from tui.presets import PRESETS
from tui.strokes import NEVER, Stroke, is_bare, overlap, parse_stroke

LEADER = ","
"""What is typed before an act's letter when bare letters change nothing."""
Overrides = Mapping[str, str | Sequence[str]]
"""Command id -> its key, or its keys; none at all takes its keys away."""


class Origin(IntEnum):
    """Where a key comes from; what is smaller wins."""

    OWN = 0
    PRESET = 1
    TABLE = 2


@dataclass(frozen=True, slots=True)
class Binding:
    """One key of one command."""

    command: Command
    stroke: Stroke
    origin: Origin


class Bindings:
    """Every key in force.  Building it never fails: what is wrong with it stands in `faults` and `clashes`."""

    def __init__(self, preset: str = "default", overrides: Overrides | None = None, *, letters: bool = True) -> None:
        self.faults: list[ConfigurationError] = []
        """What is wrong with the person's own keys, a sentence for each line."""
        self.clashes: list[tuple[Binding, Binding]] = []
        """Keys that the table, or the preset, gives to two commands: the first one has it."""
        self.tables: dict[Situation, dict[Stroke, Binding]] = {situation: {} for situation in LAYERS}
        self._wanted = list(self._collect(preset, dict(overrides or {}), letters=letters))
        for situation in LAYERS:
            self._fill(situation)

    def of(self, id: str) -> list[Binding]:
        """The keys of a command that are in force somewhere, in their order."""
        kept = {one for table in self.tables.values() for one in table.values() if one.command.id == id}
        return [one for one in self._wanted if one in kept]

    def _collect(self, preset: str, own: Overrides, *, letters: bool) -> Iterator[Binding]:
        known = {one.id for one in COMMANDS}
        for id in own:
            if id not in known:
                self.faults.append(_unknown(id))
        given = PRESETS.get(preset, {})
        for one in COMMANDS:
            if one.id in own:
                for stroke in self._checked(one.id, own[one.id]):
                    yield Binding(one, stroke, Origin.OWN)
                continue
            origin = Origin.PRESET if one.id in given else Origin.TABLE
            for text in given.get(one.id, one.keys):
                stroke = parse_stroke(text)
                yield Binding(one, (LEADER, *stroke) if _is_rash(one, stroke, letters) else stroke, origin)

    def _checked(self, id: str, value: str | Sequence[str]) -> Iterator[Stroke]:
        for text in (value,) if isinstance(value, str) else value:
            try:
                stroke = parse_stroke(text)
            except ValueError:
                hint = 'Examples: "e", "Ctrl+D", "PgDn", "g i", "F5".'
                self.faults.append(ConfigurationError(f'keys.{id}: "{text}" is not a key.', hint))
                continue
            if NEVER & set(stroke):
                hint = "Terminals confuse Backspace and Ctrl+H."
                self.faults.append(ConfigurationError(f'keys.{id}: "{text}" cannot be used.', hint))
            else:
                yield stroke

    def _fill(self, situation: Situation) -> None:
        layers = LAYERS[situation]
        here = [one for one in self._wanted if one.command.context in layers]
        table = self.tables[situation]
        taken: dict[str, list[Binding]] = {}

        def rank(one: Binding) -> tuple[bool, bool, int, Origin]:
            context = one.command.context
            return context != COVERING, one.origin is not Origin.OWN, layers.index(context), one.origin

        for one in sorted(here, key=rank):
            rivals = [other for other in taken.get(one.stroke[0], ()) if overlap(other.stroke, one.stroke)]
            rivals = [other for other in rivals if other.command.id != one.command.id]
            if not rivals:
                table.setdefault(one.stroke, one)
                taken.setdefault(one.stroke[0], []).append(one)
            for other in rivals[:1]:
                self._clash(other, one)

    def _clash(self, first: Binding, second: Binding) -> None:
        if first.command.context == COVERING != second.command.context:
            return
        if first.origin is Origin.OWN:
            fault = _clash(first, second)
            if all(fault.title != other.title for other in self.faults):
                self.faults.append(fault)
            return
        meant = first.command.context != second.command.context and first.stroke == second.stroke
        if first.origin is second.origin and not meant and (first, second) not in self.clashes:
            self.clashes.append((first, second))


def _is_rash(one: Command, stroke: Stroke, letters: bool) -> bool:
    return one.destructive and not letters and is_bare(stroke)


def _unknown(id: str) -> ConfigurationError:
    ids = [one.id for one in COMMANDS]
    near = get_close_matches(id, ids, n=1)
    hint = f"Did you mean {near[0]}?" if near else "`bocau keys` names them all."
    return ConfigurationError(f"keys.{id}: there is no such command.", hint)


def _clash(mine: Binding, other: Binding) -> ConfigurationError:
    key, taken = " ".join(mine.stroke), " ".join(other.stroke)
    clash = "belongs to" if key == taken else f"overlaps with {taken}, the key of"
    return ConfigurationError(
        f"keys.{mine.command.id}: the key {key} {clash} {other.command.id}.",
        f"Choose another key, or give {other.command.id} another one.",
    )
