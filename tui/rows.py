"""Lays a message's summary out in columns: marks, who, what, when, and what else somebody wants to see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from protocols.mime.safe import SafeText, line
from store.model import Address, Flag, Summary
from store.settings import Column
from tui import format, marks
from tui.columns import Columns
from tui.widths import GAP, cells, needs_gap, simple, widest

Part = Literal["mark", "star", "text", "faint", "label"]
"""How a piece of a row is drawn: marks, the star, who and what, labels, or the rest."""
_CHIP = 14
"""Cells of a label's name; longer ones are cut."""


class Piece(NamedTuple):
    """Some cells of a row."""

    text: str
    part: Part


@dataclass(frozen=True, slots=True)
class Besides:
    """What a row shows that its summary does not know."""

    accounts: Sequence[str] = ()
    """The names of its accounts, where several are mixed."""
    folder: str = ""
    lead: str = ""
    """Stands before the subject: the lines of a tree, a sign that a thread is folded."""
    repeats: bool = False
    """Whether the subject is the one above: how the message begins says more."""
    outgoing: bool = False
    """Whether the people to name are the recipients."""
    selected: bool = False
    distant: bool = False
    """Whether only the server's search found it."""


NOTHING = Besides()


def pieces(summary: Summary, columns: Columns, now: float, besides: Besides = NOTHING) -> list[Piece]:
    """The pieces of one row, together exactly `columns.width` cells; `now` is the time that its date is told from."""
    chips = "labels" not in columns.names
    drawn: list[Piece] = []
    gap = ""
    for name, room in zip(columns.names, columns.cells, strict=True):
        if not room:
            continue
        column = (
            _subject(summary, room, besides, chips) if name == "subject" else _MAKERS[name](summary, room, now, besides)
        )
        drawn += [Piece(gap, column[0].part), *column]
        gap = "" if name == "marks" else GAP if any(needs_gap(piece.text) for piece in column) else " "
    left = columns.width - sum(cells(piece.text) for piece in drawn)
    drawn.append(Piece((gap or " ") + " " * (left - 1) if left > 0 else "", "faint"))
    return [piece for piece in drawn if piece.text]


def tall_pieces(
    summary: Summary, width: int, account: int, names: Sequence[Column], now: float, besides: Besides = NOTHING
) -> list[list[Piece]]:
    """A row of two lines, each exactly `width` cells: who and when, then what, as far in as the marks are wide."""
    first = Columns.of(width, account, [name for name in names if name != "subject"] or ["marks", "from", "date"])
    indent = min(first.cells_of("marks"), width)
    below = pieces(summary, Columns.of(width - indent, 0, ("subject",)), now, besides)
    return [pieces(summary, first, now, besides), [Piece(" " * indent, "faint"), *below]]


def spoken(summary: Summary, now: float, besides: Besides = NOTHING, room: int | None = None) -> str:
    """A row as one sentence, for a screen reader: `unread, 2 attachments; from Anna Keller; Rent; 13:55`.

    In at most `room` cells, where a room is given: the subject gives way first, then who, then what follows the date.
    """
    signs, flags = marks.now(), summary.flags
    files = summary.attachments
    states = (
        (besides.selected, signs.selected),
        (Flag.SEEN not in flags, signs.unread),
        (Flag.FLAGGED in flags, signs.star),
        (Flag.ANSWERED in flags, signs.answered),
        (bool(files), f"{files} {signs.attachment}{'' if files == 1 else 's'}"),
        (summary.kept, signs.kept),
        (bool(summary.pending), signs.pending),
        (besides.distant, signs.server),
    )
    labels = own_labels(summary.labels)
    who = f"to {_people(summary.to)}" if besides.outgoing else f"from {format.name(summary.sender)}"
    told = [
        ", ".join(word for there, word in states if there),
        who,
        f"{besides.lead} {line(summary.subject, 400) or '(no subject)'}".strip(),
        format.short_date(summary.received, now),
        f"account {' and '.join(line(name, 40) for name in besides.accounts)}" if besides.accounts else "",
        f"labels {', '.join(line(label, 40) for label in labels)}" if labels else "",
    ]
    return _sentence(told) if room is None else _short_sentence(told, room)


def _sentence(told: Iterable[str]) -> str:
    return "; ".join(part for part in told if part)


def _short_sentence(told: list[str], room: int) -> str:
    """States, who, what, when and what else in at most `room` cells; the date is lost last."""
    for part, least in ((2, 20), (1, 16)):
        over = widest(_sentence(told)) - room
        if over > 0:
            told[part] = format.clip(told[part], max(least, widest(told[part]) - over))
    before, when = _sentence(told[:3]), f"; {told[3]}" if told[3] else ""
    if widest(before) + len(when) > room:
        return format.clip(before, max(0, room - len(when))) + when
    return format.clip(_sentence(told), room)


def _marks(summary: Summary, room: int, now: float, besides: Besides) -> list[Piece]:
    signs, flags = marks.now(), summary.flags
    unread = " " if Flag.SEEN in flags else signs.unread
    star = signs.star if Flag.FLAGGED in flags else " "
    kept = star == " " and summary.kept
    third = (
        signs.selected
        if besides.selected
        else signs.pending
        if summary.pending
        else signs.server
        if besides.distant
        else signs.attachment
        if summary.attachments
        else signs.answered
        if Flag.ANSWERED in flags
        else " "
    )
    return [
        Piece(unread, "mark"),
        Piece(signs.kept if kept else star, "faint" if kept else "star"),
        Piece(f"{third} ", "mark" if besides.selected else "faint"),
    ]


def _from(summary: Summary, room: int, now: float, besides: Besides) -> list[Piece]:
    who = _recipients(summary) if besides.outgoing else format.name(summary.sender)
    return [Piece(format.fit(simple(who), room), "text")]


def _to(summary: Summary, room: int, now: float, besides: Besides) -> list[Piece]:
    who = _people(summary.to) if not besides.outgoing else format.name(summary.sender)
    return [Piece(format.fit(simple(who), room), "text")]


def _subject(summary: Summary, room: int, besides: Besides, chips_wanted: bool) -> list[Piece]:
    lead = format.clip(besides.lead, room // 2)
    room -= cells(lead)
    chips = label_chips(summary.labels, room // 3) if chips_wanted and summary.labels else ""
    chips = f"{chips} " if chips else ""
    room -= cells(chips)
    subject = simple(line(summary.subject, 400)) or "(no subject)"
    taken = widest(subject)
    before = [piece for piece in (Piece(lead, "faint"), Piece(chips, "label")) if piece.text]
    if besides.repeats and summary.preview:
        return [*before, Piece(format.fit(simple(line(summary.preview, 400)), room), "text")]
    if taken + 6 >= room:
        return [*before, Piece(format.fit(subject, room), "text")]
    preview = simple(line(summary.preview, 200))
    subject += " " * (taken - cells(subject))
    return [
        *before,
        Piece(subject, "text"),
        Piece(format.fit(f"  {preview}" if preview else "", room - taken), "faint"),
    ]


def _size(summary: Summary, room: int, now: float, besides: Besides) -> list[Piece]:
    return [Piece(format.size(summary.size).rjust(room)[:room], "faint")]


def _labels(summary: Summary, room: int, now: float, besides: Besides) -> list[Piece]:
    return [Piece(format.fit(label_chips(summary.labels, room), room), "label")]


def _folder(summary: Summary, room: int, now: float, besides: Besides) -> list[Piece]:
    return [Piece(format.fit(besides.folder, room), "faint")]


def _account(summary: Summary, room: int, now: float, besides: Besides) -> list[Piece]:
    return [Piece(format.fit(owners(besides.accounts, room), room), "faint")]


def _date(summary: Summary, room: int, now: float, besides: Besides) -> list[Piece]:
    when = format.short_date(summary.received, now)
    if len(when) > room:
        when = when[:4]
    return [Piece(when.rjust(room), "faint")]


_MAKERS = {
    "marks": _marks,
    "from": _from,
    "to": _to,
    "size": _size,
    "labels": _labels,
    "folder": _folder,
    "account": _account,
    "date": _date,
}


def own_labels(labels: Iterable[str]) -> list[str]:
    """The labels that a person gave, not what programs say to each other (`$forwarded`, `nonjunk`)."""
    return [label for label in labels if not label.startswith(("$", "\\")) and label not in _OF_PROGRAMS]


_OF_PROGRAMS = frozenset({"junk", "nonjunk", "notjunk"})


def label_chips(labels: Iterable[str], room: int) -> str:
    """`[work] [urgent]` in at most `room` cells; of those that do not fit, how many: `[work] +2`."""
    signs, names = marks.now(), own_labels(labels)
    shown = ""
    for number, name in enumerate(names):
        chip = f"{signs.label_open}{format.clip(simple(line(name, 40)), _CHIP)}{signs.label_close}"
        rest = len(names) - number - 1
        after = f"{shown} {chip}".lstrip()
        if widest(after) + (3 if rest else 0) > room:
            return f"{shown} +{rest + 1}".lstrip()
        shown = after
    return shown


def owners(accounts: Sequence[str], room: int) -> str:
    """The accounts of a row in at most `room` cells: both names, each cut to its share; of more, how many."""
    names = [line(name, 40) for name in accounts]
    whole = "+".join(names)
    if widest(whole) <= room or len(names) < 2:
        return format.clip(whole, room)
    if len(names) > 2 or room < 7:
        more = f"+{len(names) - 1}"
        return format.clip(names[0], room - len(more)) + more
    first, second = map(widest, names)
    half = (room - 1) // 2
    share = room - 1 - second if second < half else min(first, half)
    return f"{format.clip(names[0], share)}+{format.clip(names[1], room - 1 - share)}"


def account_room(accounts: Iterable[str], *, doubled: bool) -> int:
    """The cells that a column of these accounts' names needs; of two at once where a row may stand for two."""
    widths = sorted((widest(line(name, 40)) for name in accounts), reverse=True)
    return sum(widths[:2]) + 1 if doubled and len(widths) > 1 else max(widths, default=0)


def _recipients(summary: Summary) -> str:
    return f"To {_people(summary.to)}"


def _people(people: Sequence[Address]) -> str:
    first = format.name(people[0]) if people else SafeText("(no recipient)")
    return first + (f" +{len(people) - 1}" if len(people) > 1 else "")
