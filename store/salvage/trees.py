"""Walks the b-trees of a damaged database: the rows it reaches, and leaves to which nothing leads any more."""

from collections.abc import Iterator

from store.salvage.pages import Pages
from store.salvage.records import (
    INDEX_INTERIOR,
    TABLE_LEAF,
    Layout,
    Row,
    Unreadable,
    child,
    layout,
    row,
)


class Trees:
    """One pass over a file: what was read once is not read again."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.bad = 0
        """Pages and rows that could not be read."""
        self._used: set[int] = set()

    def schema(self) -> list[tuple[str, str, str, int]]:
        """(type, name, SQL, root page) of all that the database holds, as far as its first pages can be read."""
        found = []
        for one in self.rows(1):
            if len(one.values) == 5 and isinstance(one.values[0], str) and isinstance(one.values[1], str):
                kind, name, _, root, sql = one.values
                found.append((str(kind), str(name), str(sql or ""), root if isinstance(root, int) else 0))
        return found

    def rows(self, root: int) -> Iterator[Row]:
        """Every row of a tree that can be reached from its root, in the order of the tree."""
        waiting = [root]
        while waiting:
            number = waiting.pop()
            if number in self._used or not 0 < number <= self.pages.count:
                self.bad += 1
                continue
            self._used.add(number)
            page = self.pages.page(number)
            try:
                head = layout(page, number)
            except Unreadable:
                self.bad += 1
                continue
            if head.is_interior:
                waiting += [head.right, *(child(page, cell) for cell in reversed(head.cells))]
            if not head.is_interior or head.kind == INDEX_INTERIOR:
                yield from self._cells(page, head)

    def strays(self) -> Iterator[list[Row]]:
        """The rows of each leaf of a table that no tree leads to; call it when all tables have been read."""
        free = self.pages.free()
        for number in range(2, self.pages.count + 1):
            if number in self._used or number in free:
                continue
            page = self.pages.page(number)
            if not page or page[0] != TABLE_LEAF:
                continue
            try:
                head = layout(page, number)
            except Unreadable:
                continue
            before = self.bad
            found = list(self._cells(page, head))
            self.bad = before  # it may be no leaf at all
            if found:
                yield found

    def _cells(self, page: bytes, head: Layout) -> Iterator[Row]:
        for cell in head.cells:
            try:
                yield row(self.pages, page, head.kind, cell, self._used)
            except Unreadable:
                self.bad += 1
