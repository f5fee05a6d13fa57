"""Other habits: the keys of mutt, Gmail and Thunderbird where they differ from the table of commands."""

from collections.abc import Mapping

PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "default": {},
    "mutt": {
        "quit-or-back": ("q", "x"),
        "star": ("F",),
        "to-folders": ("Left", "h", "c", "y"),
        "move": ("s", "v"),
        "top": ("=", "g g", "Home"),
        "half-page-down": ("]", "Ctrl+D"),
        "half-page-up": ("[", "Ctrl+U"),
        "undo": ("u",),
        "page-down": ("z", "PgDn"),
        "page-up": ("Z", "PgUp"),
    },
    "gmail": {
        "back": ("Escape", "Left", "u"),
        "undo": ("z",),
        "delete": ("#", "Del"),
        "sync": ("N", "$", "F5"),
    },
    "thunderbird": {
        "down": ("Down", "f", "j"),
        "up": ("Up", "b"),
        "next-message": ("f",),
        "previous-message": ("b",),
        "next-unread": ("n", "Tab"),
        "previous-unread": ("p", "Shift+Tab"),
        "archive": ("a", "e"),
        "delete": ("Del", "d"),
    },
}
"""Name in `general.keys` -> command -> its keys.  A key given here is taken from the command that has it otherwise."""
