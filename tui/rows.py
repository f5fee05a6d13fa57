"""Lays a message's summary out in columns: marks, who, what, when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rich.cells import cell_len

from protocols.mime.safe import SafeText, line
from store.model import Flag, Summary
from tui import format

Part = Literal["mark", "star", "text", "faint"]
"""How a piece of a row is drawn: marks, the star, who and what, or the rest."""


class Piece(NamedTuple):
    """Some cells of a row."""

    text: str
    part: Part


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of a list's columns, in cells."""

    width: int
    who: int
    account: int
    when: int

    @classmethod
    def of(cls, width: int, account: int) -> "Columns":
        """Columns for a list `width` cells wide whose account names need `account` cells (0: do not show them)."""
        when = 10 if width >= 60 else 6
        shown = min(account, 10 if width < 100 else 16) if width >= 64 else 0
        return cls(width, max(8, min(26, width // 4)), shown, when)

    @property
    def what(self) -> int:
        """The cells left for subject and preview."""
        account = self.account + 1 if self.account else 0
        return max(1, self.width - 4 - self.who - 1 - account - 1 - self.when - 1)


def pieces(
    summary: Summary, columns: Columns, now: float, accounts: Sequence[str] = (), *, outgoing: bool = False
) -> list[Piece]:
    """The pieces of one row, together exactly `columns.width` cells; `accounts` are named where several are mixed."""
    flags = summary.flags
    star = "★" if Flag.FLAGGED in flags else "+" if summary.kept else " "
    unread = " " if Flag.SEEN in flags else "●"
    third = "↑" if summary.pending else "@" if summary.attachments else "↩" if Flag.ANSWERED in flags else " "
    when = format.short_date(summary.received, now)
    if len(when) > columns.when:
        when = when[:4]
    subject, preview = _what(summary, columns.what)
    tail = " " + when.rjust(columns.when) + " "
    if columns.account:
        tail = " " + format.fit(owners(accounts, columns.account), columns.account) + tail
    return [
        Piece(unread, "mark"),
        Piece(star, "faint" if star == "+" else "star"),
        Piece(f"{third} ", "faint"),
        Piece(format.fit(_who(summary, outgoing), columns.who) + " ", "text"),
        Piece(subject, "text"),
        Piece(preview, "faint"),
        Piece(tail, "faint"),
    ]


def owners(accounts: Sequence[str], room: int) -> str:
    """The accounts of a row in at most `room` cells: both names, each cut to its share; of more, how many."""
    names = [line(name, 40) for name in accounts]
    whole = "+".join(names)
    if cell_len(whole) <= room or len(names) < 2:
        return format.clip(whole, room)
    if len(names) > 2 or room < 7:
        more = f"+{len(names) - 1}"
        return format.clip(names[0], room - len(more)) + more
    first, second = map(cell_len, names)
    half = (room - 1) // 2
    share = room - 1 - second if second < half else min(first, half)
    return f"{format.clip(names[0], share)}+{format.clip(names[1], room - 1 - share)}"


def account_room(accounts: Iterable[str], *, doubled: bool) -> int:
    """The cells that a column of these accounts' names needs; of two at once where a row may stand for two."""
    widths = sorted((cell_len(line(name, 40)) for name in accounts), reverse=True)
    return sum(widths[:2]) + 1 if doubled and len(widths) > 1 else max(widths, default=0)


def _who(summary: Summary, outgoing: bool) -> str:
    if not outgoing:
        return format.name(summary.sender)
    first = format.name(summary.to[0]) if summary.to else SafeText("(no recipient)")
    return f"To {first}" + (f" +{len(summary.to) - 1}" if len(summary.to) > 1 else "")


def _what(summary: Summary, room: int) -> tuple[str, str]:
    subject = line(summary.subject, 400) or "(no subject)"
    taken = cell_len(subject)
    if taken + 6 >= room:
        return format.fit(subject, room), ""
    preview = line(summary.preview, 200)
    return subject, format.fit(f"  {preview}" if preview else "", room - taken)
