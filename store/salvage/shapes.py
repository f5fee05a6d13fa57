"""What the rows of each table look like: a leaf that nothing leads to is recognised by that."""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from store.salvage.records import Row, Value

_HEADER = re.compile(rb"[!-9;-~]{1,200}[ \t]*:|From ")
"""How a message begins."""
_NEEDED = 0.8
"""So much of a leaf has to fit; the rest may be damaged."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: `type` as declared, in upper case."""

    name: str
    type: str
    required: bool
    default: bool
    """Whether a row may be without it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its columns in the order of the file, and which of them is the rowid (None: none is)."""

    table: str
    columns: tuple[Column, ...]
    rowid: int | None

    def fits(self, row: Row) -> bool:
        """Whether a row may be one of this table."""
        if not 0 < len(row.values) <= len(self.columns):
            return False
        if any(not one.default for one in self.columns[len(row.values) :]):
            return False
        for number, (column, value) in enumerate(zip(self.columns, row.values, strict=False)):
            if number == self.rowid:
                if value is not None:
                    return False
            elif not _matches(column, value):
                return False
        return self.table != "bodies" or (isinstance(row.values[1], bytes) and bool(_HEADER.match(row.values[1])))

    def named(self, row: Row) -> dict[str, Value]:
        """The values by column; those that came later than the row are left out."""
        named = {column.name: value for column, value in zip(self.columns, row.values, strict=False)}
        if self.rowid is not None:
            named[self.columns[self.rowid].name] = row.rowid
        return named


def _matches(column: Column, value: Value) -> bool:
    if value is None:
        return not column.required
    if column.type.startswith("INT"):
        return isinstance(value, int)
    if column.type == "TEXT":
        return isinstance(value, str)
    return isinstance(value, bytes) if column.type == "BLOB" else True


def of(connection: sqlite3.Connection, table: str) -> Shape:
    """The shape of a table of a sound database."""
    about = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    sql = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()[0]
    keyed = sorted((row for row in about if row[5]), key=lambda row: row[5])
    without_rowid = bool(re.search(r"WITHOUT\s+ROWID\s*$", sql, re.IGNORECASE))
    if without_rowid:  # the key comes first in the file
        about = [*keyed, *(row for row in about if not row[5])]
    alias = len(keyed) == 1 and keyed[0][2].upper() == "INTEGER" and not without_rowid
    columns = tuple(Column(row[1], row[2].upper(), bool(row[3]), row[4] is not None or not row[3]) for row in about)
    return Shape(table, columns, about.index(keyed[0]) if alias else None)


def recognise(leaf: Sequence[Row], shapes: Sequence[Shape]) -> Shape | None:
    """The table that a leaf is of, the one with the most columns if several fit; None when none does."""
    for shape in sorted(shapes, key=lambda one: len(one.columns), reverse=True):
        if sum(map(shape.fits, leaf)) >= _NEEDED * len(leaf):
            return shape
    return None
