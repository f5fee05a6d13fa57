"""Which panes fit on the screen, and how it looks by choice: layout, folder pane, density, colours."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from store import preferences
from store.database import Transaction
from store.settings import DENSITIES, KEY_PRESETS, LAYOUTS, Density, General, Layout
from tui.commands import Pane

Form = Literal["wide", "stacked", "one"]
"""The message beside the list, below it, or in its place."""

WIDE, STACKED, STACKED_HEIGHT = 160, 100, 24
"""Cells from which on the panes stand side by side, or one above the other, where nobody said otherwise."""
_LEAST_WIDE, _LEAST_STACKED_HEIGHT = 90, 14
"""Cells below which the panes that somebody asked for cannot be read."""
_FOLDERS_BESIDE, _LEAST_BESIDE = 100, 64
"""Cells from which on the folders stand beside the list: by themselves, or where somebody asked for it."""

TITLES: Mapping[Layout, str] = {
    "auto": "what fits",
    "wide": "the message beside the list",
    "stacked": "the message below the list",
    "list": "one at a time",
}


@dataclass(frozen=True, slots=True)
class Panes:
    """What is shown now."""

    form: Form
    folders: bool
    listing: bool
    reader: bool

    @property
    def folders_alone(self) -> bool:
        """Whether the folders have the whole screen."""
        return self.folders and not self.listing and not self.reader


@dataclass(frozen=True, slots=True)
class Choices:
    """How the screen looks: as the configuration says, or as somebody chose by key since."""

    layout: Layout = "auto"
    folders: bool | None = None
    """Whether the folder pane stands beside the list; None: where it fits."""
    density: Density = "compact"
    theme: str = ""
    """The theme that was chosen by key; empty when none was."""
    keys: str = ""
    """The preset of keys that was chosen on the screen; empty when none was."""

    @classmethod
    def read(cls, connection: sqlite3.Connection, general: General) -> "Choices":
        """What is remembered; a choice ends when the configuration says something else than when it was made."""
        kept = {name: _kept(connection, name, getattr(general, name, None)) for name in _NAMES}
        found = cls(general.layout, None, general.density)
        if kept["layout"] in LAYOUTS:
            found = replace(found, layout=kept["layout"])
        if kept["density"] in DENSITIES:
            found = replace(found, density=kept["density"])
        if isinstance(kept["folders"], bool):
            found = replace(found, folders=kept["folders"])
        if kept["keys"] in KEY_PRESETS:
            found = replace(found, keys=kept["keys"])
        return replace(found, theme=kept["theme"]) if isinstance(kept["theme"], str) else found


_NAMES = ("layout", "folders", "density", "theme", "keys")


def _kept(connection: sqlite3.Connection, name: str, configured: str | None) -> preferences.Value:
    pair = preferences.get(connection, f"screen.{name}")
    return pair[1] if isinstance(pair, list) and len(pair) == 2 and pair[0] == configured else None


def remember(tx: Transaction, general: General, name: str, choice: str | bool | None) -> None:
    """Remember what was chosen by key for `name` (a field of Choices), and what the configuration said then."""
    preferences.set(tx, f"screen.{name}", [getattr(general, name, None), choice])


def panes(width: int, height: int, choices: Choices, pane: Pane, *, one: bool = False) -> Panes:
    """What a screen of this size shows with `pane` in front; `one`: never more than one pane (for a screen reader)."""
    form = "one" if one else _form(width, height, choices.layout)
    beside = not one and (
        width >= _FOLDERS_BESIDE if choices.folders is None else choices.folders and width >= _LEAST_BESIDE
    )
    if form == "wide" and width < WIDE and choices.folders is None:
        beside = width >= WIDE - 20
    folders = beside or pane == "folders"
    if folders and not beside and (one or width < _LEAST_BESIDE or choices.folders is None):
        return Panes(form, True, False, False)
    return Panes(form, folders, form != "one" or pane != "reader", form != "one" or pane == "reader")


def _form(width: int, height: int, layout: Layout) -> Form:
    if layout == "auto":
        if width >= WIDE:
            return "wide"
        return "stacked" if width >= STACKED and height >= STACKED_HEIGHT else "one"
    if layout == "wide" and width >= _LEAST_WIDE:
        return "wide"
    if layout in ("wide", "stacked") and height >= _LEAST_STACKED_HEIGHT:
        return "stacked"
    return "one"
