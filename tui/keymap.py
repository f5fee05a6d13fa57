"""Which key runs which command: the table, the preset and the user's own keys, and sequences such as `g i`."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from store.errors import ConfigurationError
from tui.commands import COMMANDS, PRESETS, Command, Context

Stroke = tuple[str, ...]
"""One to several keys, pressed one after the other, each in its normal spelling."""

_NAMES = {
    "enter": "Enter", "return": "Enter", "escape": "Escape", "esc": "Escape", "tab": "Tab", "space": "Space",
    "pageup": "PgUp", "pgup": "PgUp", "pagedown": "PgDn", "pgdn": "PgDn", "home": "Home", "end": "End",
    "up": "Up", "down": "Down", "left": "Left", "right": "Right", "delete": "Del", "del": "Del",
    "insert": "Ins", "ins": "Ins", "backspace": "Backspace",
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}  # fmt: skip
_MODIFIERS = {"ctrl": "Ctrl", "alt": "Alt", "shift": "Shift", "super": "Super", "meta": "Meta"}
_CONTEXTS: tuple[Context, ...] = ("list", "reader", "folders")
_NEVER = frozenset({"Backspace", "Ctrl+H"})
"""Nobody expects these to do anything to mail, and terminals confuse the two."""


def pressed(key: str, character: str | None) -> str:
    """The normal spelling of a key as Textual reports it: `key` its name, `character` what it prints, if anything."""
    if character and character.isprintable() and character != " ":
        return character
    return _spelled(key) or key


def parse_stroke(text: str) -> Stroke:
    """Read `e`, `Ctrl+D`, `PgDn`, `g i` or `gi`.  Raises ValueError when a part names no key."""
    parts = text.split()
    if len(parts) == 1 and len(text) == 2 and text.isalnum() and text.lower() not in _NAMES:
        parts = list(text)
    keys = tuple(_spelled(part) for part in parts)
    if not keys or not all(keys):
        raise ValueError(text)
    return keys


def _spelled(text: str) -> str:
    if len(text) == 1:
        return text if text.isprintable() else ""
    *modifiers, name = text.split("+") if not text.endswith("+") else (*text[:-1].rstrip("+").split("+"), "+")
    words = [_MODIFIERS.get(modifier.lower(), "") for modifier in modifiers]
    base = _NAMES.get(name.lower(), name.upper() if len(name) == 1 and words else "")
    return "+".join([*words, base]) if base and all(words) else ""


class Keymap:
    """The keys in force.  `feed` is told every key and answers with the command that it completes."""

    def __init__(self, preset: str = "default", overrides: Mapping[str, str] | None = None) -> None:
        """Raises ConfigurationError for a command that does not exist, a key that is none, or two that clash."""
        self._keys = {one.id: PRESETS.get(preset, {}).get(one.id, one.keys) for one in COMMANDS}
        own = dict(overrides or {})
        for id, text in own.items():
            self._keys[id] = (_checked(id, text),)
        self._commands: dict[Context, dict[Stroke, Command]] = {context: {} for context in _CONTEXTS}
        # the user's keys win over the table's; two of the user's keys, or a table key left without any, are an error
        for one in sorted(COMMANDS, key=lambda one: one.id not in own):
            for text in self._keys[one.id]:
                self._bind(one, parse_stroke(text), own)
        self._waiting: Stroke = ()

    def keys(self, id: str) -> tuple[str, ...]:
        """The keys of a command, as they are spelled for people."""
        return self._keys[id]

    @property
    def waiting(self) -> Stroke:
        """The keys of an unfinished sequence."""
        return self._waiting

    def reset(self) -> None:
        """Forget an unfinished sequence."""
        self._waiting = ()

    def feed(self, key: str, context: Context) -> Command | None:
        """Take one key (normal spelling); the command it completes, or None: nothing, or a sequence goes on."""
        stroke = (*self._waiting, key)
        self._waiting = ()
        table = self._commands[context]
        if found := table.get(stroke):
            return found
        if any(other[: len(stroke)] == stroke for other in table):
            self._waiting = stroke
        return None

    def _bind(self, one: Command, stroke: Stroke, own: Mapping[str, str]) -> None:
        for context in _CONTEXTS if one.context == "global" else (one.context,):
            table = self._commands[context]
            for other in [other for other in table if _overlap(other, stroke)]:
                if table[other].id == one.id:
                    continue
                rival = table[other]
                special = {rival.context, one.context} != {"global"} and rival.context != one.context
                if other == stroke and special and rival.id not in own and one.id not in own:
                    break  # a pane's own command stands before a global one on purpose
                if one.id in own or rival.id in own:
                    _refuse_clash(one, rival, (stroke, other), own)
                raise ConfigurationError(f"Two commands have the key {' '.join(stroke)}: {rival.id} and {one.id}.")
            else:
                table[stroke] = one


def _overlap(one: Stroke, other: Stroke) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _checked(id: str, text: str) -> str:
    ids = [one.id for one in COMMANDS]
    if id not in ids:
        near = get_close_matches(id, ids, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(ids)}."
        raise ConfigurationError(f"keys.{id}: there is no such command.", hint)
    try:
        stroke = parse_stroke(text)
    except ValueError as error:
        raise ConfigurationError(
            f'keys.{id}: "{text}" is not a key.', 'Examples: "e", "Ctrl+D", "PgDn", "g i", "F5".'
        ) from error
    if _NEVER & set(stroke):
        raise ConfigurationError(f'keys.{id}: "{text}" cannot be used.', "Terminals confuse Backspace and Ctrl+H.")
    return " ".join(stroke)


def _refuse_clash(one: Command, rival: Command, strokes: tuple[Stroke, Stroke], own: Iterable[str]) -> None:
    (mine, key), (other, taken) = (one, strokes[0]), (rival, strokes[1])
    if one.id not in own:
        (mine, key), (other, taken) = (other, taken), (mine, key)
    clash = "belongs to" if key == taken else f"overlaps with {' '.join(taken)}, the key of"
    raise ConfigurationError(
        f"keys.{mine.id}: the key {' '.join(key)} {clash} {other.id}.",
        f"Choose another key, or give {other.id} another one.",
    )
