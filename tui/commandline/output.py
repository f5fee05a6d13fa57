"""Writes results to standard output: safe text for people, JSON Lines for programs."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TextIO

import click

from protocols.mime.safe import block, line
from tui.format import fit

BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def is_coloured(stream: TextIO) -> bool:
    """Whether bold and dim may be written there: a terminal that can, and nobody said no (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def width(stream: TextIO) -> int | None:
    """Columns of the terminal; None when it is not one, so that nothing is cut for a program."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def wrapped(words: str, stream: TextIO, indent: int = 0) -> str:
    """Lines broken between words where the terminal ends, what follows `indent` blanks in; as they are elsewhere."""
    room = width(stream)
    if room is None:
        return words
    fill = textwrap.TextWrapper(
        max(20, room - 1),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        drop_whitespace=True,
    )
    return "\n".join(fill.fill(each) for each in words.split("\n"))


def text(words: str, style: str = "") -> None:
    """Write safe lines; whatever is in `words` is cleaned once more here."""
    cleaned = block(words)
    _write(f"{style}{cleaned}{PLAIN}\n" if style and is_coloured(sys.stdout) else f"{cleaned}\n")


def json_line(value: Mapping[str, object]) -> None:
    """Write one object as one line of ASCII."""
    _write(json.dumps(value, ensure_ascii=True) + "\n")


def data(content: bytes) -> None:
    """Write bytes as they are; never to a terminal, which would obey them: that gets safe text."""
    if sys.stdout.isatty():
        text(content.decode("utf-8", "replace"))
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        reader_is_gone()


def note(words: str) -> None:
    """Say something beside the result, on standard error."""
    if not sys.stderr.closed:
        click.echo(wrapped(block(words), sys.stderr), err=True)


def table(rows: Sequence[Sequence[str]], headings: Sequence[str], styles: Iterable[str] = ()) -> None:
    """Write aligned columns with a dim heading on a terminal; the last column takes what is left of the line."""
    room = width(sys.stdout)
    cells = [[line(cell) for cell in row] for row in rows]
    if room is not None:
        cells.insert(0, [line(heading) for heading in headings])
    widths = [max((_cells(row[column]) for row in cells), default=0) for column in range(len(headings))]
    if room is not None:
        widths[-1] = max(10, room - sum(widths[:-1]) - 2 * (len(widths) - 1))
    looks = [*([DIM] if room is not None else []), *styles]
    for number, row in enumerate(cells):
        columns = [fit(cell, columns) for cell, columns in zip(row, widths, strict=True)]
        text("  ".join(columns).rstrip(), looks[number] if number < len(looks) else "")


def time_of(seconds: float | None) -> str | None:
    """Unix seconds as UTC in ISO 8601, None as None; what no calendar holds is None too."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return None


def reader_is_gone() -> None:
    """End quietly: whoever read our output (`head`, a pager) has seen enough.  Raises click's Exit(0)."""
    # The interpreter flushes standard output once more at its end: there must be somebody to take it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise click.exceptions.Exit(0)


def _write(words: str) -> None:
    try:
        sys.stdout.write(words)
    except BrokenPipeError:
        reader_is_gone()


def _cells(cell: str) -> int:
    from rich.cells import cell_len

    return len(cell) if cell.isascii() else cell_len(cell)
