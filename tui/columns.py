"""Which columns a list shows and how wide each is, so that they fit the pane."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.settings import Column

USUAL: tuple[Column, ...] = ("marks", "from", "subject", "date")
_MARKS = 4
_LEAST_SUBJECT = 24
"""Cells below which the subject gets those of a column that can be spared."""
_SPARED: tuple[Column, ...] = ("size", "labels", "to", "folder", "account", "from")
"""In this order columns go where there is no room; the others stay, however narrow the pane."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a list from left to right and their widths in cells, blanks between them not counted."""

    width: int
    names: tuple[Column, ...]
    cells: tuple[int, ...]

    @classmethod
    def of(cls, width: int, account: int = 0, names: Sequence[Column] = USUAL) -> "Columns":
        """Columns for a list `width` cells wide whose account names need `account` cells (0: do not show them)."""
        shown = list(names)
        if account and "account" not in shown:
            shown.insert(shown.index("date") if "date" in shown else len(shown), "account")
        if not account and "account" in shown:
            shown.remove("account")
        for spare in (*_SPARED, None):
            cells = [_cells(name, width, account) for name in shown]
            left = width - sum(cells) - len(shown) + ("marks" in shown)
            if spare is None or left >= min(_LEAST_SUBJECT, width // 3) or "subject" not in shown:
                break
            if spare in shown and (spare != "from" or width < 30):
                shown.remove(spare)
        widest = shown.index("subject") if "subject" in shown else _last_name(shown)
        cells[widest] = max(1, cells[widest] + left)
        return cls(width, tuple(shown), tuple(cells))

    def cells_of(self, name: Column) -> int:
        """The width of a column, 0 when it is not shown."""
        return self.cells[self.names.index(name)] if name in self.names else 0


def _last_name(shown: Sequence[Column]) -> int:
    """The column that gets what is left where there is no subject."""
    return max((number for number, name in enumerate(shown) if name in ("from", "to")), default=0)


def _cells(name: Column, width: int, account: int) -> int:
    match name:
        case "marks":
            return _MARKS
        case "subject":
            return 0
        case "from" | "to":
            return max(8, min(26, width // 4))
        case "account":
            return min(account, 10 if width < 100 else 16) if width >= 64 else 0
        case "date":
            return 10 if width >= 72 else 6
        case "size":
            return 6
        case "labels" | "folder":
            return 10 if width < 100 else 16
