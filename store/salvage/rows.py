"""Copies every row that can be read from a damaged database into a new one of the same version."""

import sqlite3
from collections.abc import Callable, Iterable

from store import migrations
from store.salvage import shapes
from store.salvage.pages import Pages
from store.salvage.records import Row, Value
from store.salvage.report import Report
from store.salvage.shapes import Column, Shape
from store.salvage.trees import Trees
from store.search.rebuild import make_rescued
from store.search.sources import RESCUED

Progress = Callable[[int], None]
"""Gets how many rows were read so far."""

_BATCH = 500
_INDEXED = "search_bodies_content"
"""The text of bodies as the search index keeps it: of messages that are not here whole it is nowhere else."""
_DOUBTFUL = "The store was damaged: it may have been done already. Retry it, or drop it."
_RESCUED = Shape(
    _INDEXED, (Column("id", "INTEGER", True, False), Column("c0", "TEXT", True, False),
               Column("c1", "TEXT", True, False)), 0,
)  # fmt: skip


class Copy:
    """One pass from the pages of a damaged file into `target`, an open connection to an empty database."""

    def __init__(self, pages: Pages, target: sqlite3.Connection, report: Report, progress: Progress) -> None:
        self._trees = Trees(pages)
        self._target = target
        self._report = report
        self._progress = progress
        self._done = 0
        newest = migrations.available()[-1][0]
        version = pages.version
        # a header that cannot be read leaves the newest version: older rows fit in with what their columns default to
        migrations.migrate(target, upto=version if version and version <= newest else None)

    def run(self) -> None:
        """Copy all rows, first those that trees lead to; then bring the copy to the newest version."""
        target = self._target
        triggers = target.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        target.execute("BEGIN")
        for name, _ in triggers:
            target.execute(f'DROP TRIGGER "{name}"')
        make_rescued(target)
        known = [shapes.of(target, name) for name in _tables(target)]
        roots = {name: root for kind, name, _, root in self._trees.schema() if kind == "table"}
        for shape in (*known, _RESCUED):
            if root := roots.get(shape.table, 0):
                self._insert(shape, self._trees.rows(root))
        if root := roots.get("sqlite_sequence", 0):
            self._sequence(self._trees.rows(root))
        for leaf in self._trees.strays():
            found = shapes.recognise(leaf, [*known, _RESCUED])
            if found is not None:
                fitting = [row for row in leaf if found.fits(row)]
                self._report.strays += self._insert(found, fitting)
                if found.table == "journal":
                    self._report.doubtful += self._park(fitting)
        self._report.bad = self._trees.bad
        for _, sql in triggers:
            target.execute(sql)
        target.execute("COMMIT")
        migrations.migrate(target)

    def _insert(self, shape: Shape, rows: Iterable[Row]) -> int:
        """Insert what fits and is not there yet; how many rows that were."""
        table = RESCUED if shape.table == _INDEXED else shape.table
        added = 0
        for row in rows:
            self._done += 1
            if self._done % _BATCH == 0:
                self._progress(self._done)
            if len(row.values) > len(shape.columns) or (row.cut and table != "bodies"):
                self._trees.bad += 1
                continue
            if self._put(table, shape.named(row)):
                added += 1
                self._report.cut += row.cut
        self._report.saved[table] = self._report.saved.get(table, 0) + added
        return added

    def _park(self, rows: Iterable[Row]) -> int:
        """Have the person decide on operations that may be long done: a page in no use any more looks like this one."""
        return sum(
            self._target.execute(
                "UPDATE journal SET state = 'refused', error = ? WHERE id = ?"
                " AND state IN ('queued', 'running', 'unknown')",
                (_DOUBTFUL, row.rowid),
            ).rowcount
            for row in rows
        )

    def _put(self, table: str, named: dict[str, Value]) -> bool:
        columns = ", ".join(f'"{name}"' for name in named)
        sql = f'INSERT OR IGNORE INTO "{table}" ({columns}) VALUES ({", ".join("?" * len(named))})'
        return self._target.execute(sql, tuple(named.values())).rowcount > 0

    def _sequence(self, rows: Iterable[Row]) -> None:
        """Ids are never given out twice, also not those of rows that are lost."""
        for row in rows:
            if len(row.values) == 2 and isinstance(row.values[0], str) and isinstance(row.values[1], int):
                self._target.execute("DELETE FROM sqlite_sequence WHERE name = ?", (row.values[0],))
                self._target.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", row.values)


def _tables(connection: sqlite3.Connection) -> list[str]:
    """The tables that hold what cannot be worked out anew: neither SQLite's own nor those of the search index."""
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").fetchall()
    virtual = tuple(f"{name}_" for name, sql in rows if sql.upper().startswith("CREATE VIRTUAL"))
    return [
        name
        for name, sql in rows
        if not name.startswith(("sqlite_", *virtual)) and not sql.upper().startswith("CREATE VIRTUAL")
    ]
