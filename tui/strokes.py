"""How keys are spelled: `e`, `Ctrl+D`, `PgDn`, `g i`; for people, in the configuration, as the terminal says."""

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
NEVER = frozenset({"Backspace", "Ctrl+H"})
"""Nobody expects these to do anything to mail, and terminals confuse the two."""


def pressed(key: str, character: str | None) -> str:
    """The normal spelling of a key as Textual reports it: `key` its name, `character` what it prints, if anything."""
    if character and character.isprintable() and character != " ":
        return character
    return _spelled(key) or key


def parse_stroke(text: str) -> Stroke:
    """Read `e`, `Ctrl+D`, `PgDn`, `g i` or `gi`.  Raises ValueError when a part names no key."""
    parts = text.split()
    if len(parts) == 1 and len(text) == 2 and text.isprintable() and text.lower() not in _NAMES:
        parts = list(text)
    keys = tuple(_spelled(part) for part in parts)
    if not keys or not all(keys):
        raise ValueError(text)
    return keys


def told(stroke: Stroke) -> str:
    """A stroke for people: `gi`, `*a`, `Ctrl+D`, `Esc`; keys with a name stand apart."""
    names = ["Esc" if key == "Escape" else key for key in stroke]
    return ("" if all(len(key) == 1 for key in names) else " ").join(names)


def is_bare(stroke: Stroke) -> bool:
    """Whether it is a single key that prints something: what a slip of the hand, or a cat, types."""
    return len(stroke) == 1 and len(stroke[0]) == 1


def overlap(one: Stroke, other: Stroke) -> bool:
    """Whether the two cannot both be keys in one place: they are equal, or one begins the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _spelled(text: str) -> str:
    if len(text) == 1:
        return text if text.isprintable() else ""
    *modifiers, name = text.split("+") if not text.endswith("+") else (*text[:-1].rstrip("+").split("+"), "+")
    words = [_MODIFIERS.get(modifier.lower(), "") for modifier in modifiers]
    base = _NAMES.get(name.lower(), name.upper() if len(name) == 1 and words else "")
    return "+".join([*words, base]) if base and all(words) else ""
