"""The bottom line: each account's state, what waits, what was done last, and a few keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from protocols.mime.safe import line
from store.status import AccountStatus, Activity, StoreStatus
from tui import format, marks

_LOOK = {
    Activity.ONLINE: "good",
    Activity.SYNCING: "good",
    Activity.CONNECTING: "plain",
    Activity.OFFLINE: "plain",
    Activity.WAITING: "warning",
    Activity.REFUSED: "error",
}


_TROUBLE = 14
"""Cells that are left for an account with which something is wrong, however long the words of the last act are."""
_WELL = " online"
_LEAST = 9
"""Cells that an account has at least, beside the words of the last act."""
_DETAIL = 18
"""Cells of a detail of which a part is worth showing: `, again at 12:05: …`."""
_SIGN_IN = 5
"""The contract's exit code of a refused sign-in."""


def _mark(look: str) -> str:
    """The sign of a state, with a blank after it; nothing where words must do."""
    sign: str = getattr(marks.now(), look)
    return f"{sign} " if sign else ""


@dataclass(frozen=True, slots=True)
class StatusText:
    """What the line says."""

    accounts: tuple[tuple[str, str], ...] = ()
    """(sentence, look: good, plain, warning, error) of each account."""
    waiting: int = 0
    """Operations that wait for a server."""
    act: str = ""
    keys: tuple[str, ...] = ()
    """What some keys do; as many as there is room for, the last first."""
    mouse: bool = True
    """Whether clicks come to us: said when they do not."""


def describe(name: str, status: AccountStatus) -> tuple[str, str]:
    """An account's state as (short sentence, look)."""
    match status.activity:
        case Activity.SYNCING if status.total:
            state = f"fetching {status.done:,} of {status.total:,}{_octets(status, ' · ')}"
        case Activity.ONLINE if status.total_bytes:
            state = f"fetching {_octets(status)}"
        case Activity.SYNCING:
            state = "fetching"
        case Activity.WAITING:
            # the clock time does not tick: a countdown would repaint the line every second
            state = "not stored" if status.exit_code == 1 else "no connection"
            if status.retry_at is not None:
                state += f", again at {format.clock(status.retry_at)}"
            if status.error:  # last: it is what may be cut
                state += f": {status.error}"
        case Activity.REFUSED:
            state = status.error or "refused"
            if status.exit_code == _SIGN_IN:
                state = f"sign in again: {state}"
        case Activity.OFFLINE if status.paused:
            state = "stays offline"
        case other:
            state = {Activity.ONLINE: "online", Activity.CONNECTING: "connecting", Activity.OFFLINE: "offline"}[other]
    look = _LOOK[status.activity]
    return f"{_mark(look)}{line(name, 30)} {line(state, 120)}", look


def _shortened(sentence: str, width: int) -> str:
    """At most `width` cells of a sentence about an account: better without its details than with half of one."""
    if cell_len(sentence) <= width:
        return sentence
    if sentence.endswith(_WELL) and _mark("good"):  # the sign says it
        return format.clip(sentence.removesuffix(_WELL), width)
    first, more, _ = sentence.partition(", ")
    if more and cell_len(first) <= width < cell_len(first) + _DETAIL:
        return first
    return format.clip(sentence, width)


def _octets(status: AccountStatus, before: str = "") -> str:
    return f"{before}{format.sizes(status.done_bytes, status.total_bytes)}" if status.total_bytes else ""


def account_signs(statuses: Mapping[str, AccountStatus]) -> dict[str, str]:
    """Account name -> sign, of the accounts that are not simply online: something is wrong, or there is no line."""
    looks = {name: _LOOK[status.activity] for name, status in statuses.items()}
    return {name: _mark(look).strip() for name, look in looks.items() if look != "good"}


def describe_store(status: StoreStatus) -> list[tuple[str, str]]:
    """What there is to say of the store as (short sentence, look): nothing, as a rule."""
    told = []
    if status.error:
        told.append((f"{_mark('error')}{line(status.error, 60)}", "error"))
    if status.work:
        far = f" {status.done:,} of {status.total:,}" if status.total else ""
        told.append((f"{_mark('plain')}{status.work}{far}", "plain"))
    return told


def status_text(
    names: Sequence[str],
    statuses: Mapping[str, AccountStatus],
    waiting: int,
    act: str,
    keys: Sequence[str],
    store: StoreStatus = StoreStatus(),  # noqa: B008 (frozen)
    *,
    told: bool = False,
    mouse: bool = True,
) -> StatusText:
    """Everything that the line says; with more than three quiet accounts only their number.

    `told`: how far a part has come that somebody saves stands in `act`.
    """
    every = {name: statuses.get(name, AccountStatus()) for name in names}
    if told:
        every = {name: _quiet(status) for name, status in every.items()}
    lines = [describe(name, status) for name, status in every.items()]
    quiet = [one for one in lines if one[1] == "good" and one[0].endswith(" online")]
    if len(lines) > 3 and len(quiet) > 1:
        lines = [one for one in lines if one not in quiet] + [(f"{_mark('good')}{len(quiet)} accounts online", "good")]
    order = ("error", "warning", "good", "plain")
    lines = [*describe_store(store), *lines]
    return StatusText(tuple(sorted(lines, key=lambda one: order.index(one[1]))), waiting, act, tuple(keys), mouse)


def _quiet(status: AccountStatus) -> AccountStatus:
    """The same without what is said elsewhere."""
    return replace(status, done_bytes=0, total_bytes=0) if status.activity is Activity.ONLINE else status


class StatusLine(Widget):
    """Draws a StatusText; repaints only when the text is different."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status--plain", "status--good", "status--warning", "status--error", "status--act", "status--keys",
    }  # fmt: skip
    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        background: $surface;
        & > .status--plain { color: $faint; background: $surface; }
        & > .status--good { color: $success; background: $surface; }
        & > .status--warning { color: $warning; background: $surface; }
        & > .status--error { color: $error; background: $surface; }
        & > .status--act { color: $foreground; background: $surface; }
        & > .status--keys { color: $faint; background: $surface; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text = StatusText()
        self._typed = ""

    def show_typed(self, keys: str) -> None:
        """Show keys that wait for more at the right end; empty: none wait."""
        if keys != self._typed:
            self._typed = keys
            self.refresh()

    def show(self, text: StatusText) -> None:
        """Say something else."""
        if text != self.text:
            self.text = text
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line: what was done first, since it answers the last key; then accounts; keys on the right."""
        width = self.size.width
        pieces: list[tuple[str, Style]] = []
        waiting = f" {format.count(self.text.waiting, 'change')} to send " if self.text.waiting else ""
        waiting += "" if self.text.mouse else " mouse off "
        if self.text.act:
            trouble = _TROUBLE if any(look in ("error", "warning") for _, look in self.text.accounts) else 0
            act = format.clip(self.text.act, max(width // 2, width - trouble - cell_len(waiting) - 2))
            pieces.append((f" {act} ", self._style("act")))
        room = width - sum(cell_len(text) for text, _ in pieces) - cell_len(waiting)
        if room > width // 2:  # a long reason leaves some for the key that helps
            room -= sum(cell_len(key) + 4 for key in self.text.keys[-1:])
        pieces += [(f" {sentence} ", self._style(look)) for sentence, look in self._accounts(room)]
        if waiting:
            pieces.append((waiting, self._style("plain")))
        used = 0
        segments: list[Segment] = []
        for text, style in pieces:
            shown = format.clip(text, width - used)
            segments.append(Segment(shown, style))
            used += cell_len(shown)
        keys = " "
        for key in reversed(self.text.keys if not self._typed else ()):
            if used + cell_len(keys) + cell_len(key) + 2 < width:
                keys = f"{key} {keys}" if keys == " " else f"{key}  {keys}"
        if keys != " ":
            segments.append(Segment(" " * (width - used - cell_len(keys)), self._style("keys")))
            segments.append(Segment(keys, self._style("keys")))
        strip = Strip(segments).adjust_cell_length(width, self._style("plain"))
        if not self._typed:
            return strip
        typed = f"  {self._typed} "
        end = Segment(typed, self._style("act"))
        return Strip([*strip.crop(0, max(0, width - cell_len(typed))), end]).adjust_cell_length(width)

    def _accounts(self, room: int) -> list[tuple[str, str]]:
        """The accounts' sentences; where they do not fit the longest are cut, none is left out."""
        told = list(self.text.accounts)
        if self.text.act and room < _LEAST * len(told):  # the last act and what waits come before what is well
            told = [one for one in told if one[1] in ("error", "warning")]
        left = room
        by_length = sorted(range(len(told)), key=lambda place: cell_len(told[place][0]))
        for after, place in enumerate(by_length):
            share = max(8, left // (len(told) - after) - 2)
            told[place] = (_shortened(told[place][0], share), told[place][1])
            left -= cell_len(told[place][0]) + 2
        return told

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"status--{name}")
