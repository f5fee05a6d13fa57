"""Sets rows of a data table in columns, where they fit."""

import re
from collections.abc import Iterator, Sequence

from protocols.mime.blocks import Kind, Mark
from tui.widths import cells, widest
from tui.wrap import Line, Run, wrapped

Cells = list[list[Run]]
"""The runs of each cell of a row."""

SEPARATOR = " │ "
_NARROWEST = 6
_WIDEST = 60
"""Cells of the screen up to which a column holds data; two that are wider are text that somebody set in columns."""
_NUMBER = re.compile(r"[-+−]?[\d.,' ]*\d[\d.,' ]*(?:%|[A-Za-z€$£¥₫]{1,3})?|[€$£¥₫] ?[\d.,' ]*\d|[-–—]?")


def split(runs: Sequence[Run]) -> Cells:
    """The cells of a row."""
    row: Cells = [[]]
    for run in runs:
        if run.text == SEPARATOR and run.marks == Mark.DIM:
            row.append([])
        else:
            row[-1].append(run)
    return row


def table(rows: Sequence[Cells], width: int, quote: int, prefix: str) -> Iterator[Line] | None:
    """The lines of a table at most `width` cells wide, None when it does not fit or is none of data.

    Of a row with fewer cells the last one stands in the last column.
    """
    count = max(map(len, rows))
    rows = [_spread(row, count) for row in rows]
    natural = [max(_width(row[column]) for row in rows) for column in range(count)]
    widths = _fitted(natural, width - len(SEPARATOR) * (count - 1))
    if len(rows) < 2 or sum(one > _WIDEST for one in natural) > 1 or widths is None:
        return None
    right = [all(_NUMBER.fullmatch(_text(row[column])) for row in rows[1:]) for column in range(count)]
    return (line for row in rows for line in _row(row, widths, right, quote, prefix))


def _spread(row: Cells, count: int) -> Cells:
    return [*row[:-1], *([[]] * (count - len(row))), row[-1]]


def _fitted(natural: Sequence[int], room: int) -> list[int] | None:
    """The widths of the columns, the widest ones made narrower; None when there is no room."""
    widths = list(natural)
    while sum(widths) > room:
        widest_one = max(widths)
        if widest_one <= _NARROWEST:
            return None
        widths[widths.index(widest_one)] -= 1
    return widths


def _row(row: Cells, widths: Sequence[int], right: Sequence[bool], quote: int, prefix: str) -> Iterator[Line]:
    columns = [list(wrapped(cell, max(1, width))) for cell, width in zip(row, widths, strict=True)]
    for number in range(max(map(len, columns))):
        runs: list[Run] = []
        for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
            found = column[number] if number < len(column) else []
            blank = Run(" " * max(0, width - sum(cells(run.text) for run in found)), Mark.NONE)
            if place:
                runs.append(Run(SEPARATOR, Mark.DIM))
            last = place + 1 == len(columns)
            runs += [blank, *found] if right[place] else found if last else [*found, blank]
        yield Line(tuple(runs), Kind.TABLE_ROW, quote, prefix)


def _width(cell: Sequence[Run]) -> int:
    return sum(widest(run.text) for run in cell)


def _text(cell: Sequence[Run]) -> str:
    return "".join(run.text for run in cell).strip()
