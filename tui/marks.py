"""Every sign that the screen draws, as Unicode, as ASCII and as words; which of them is chosen once, at start."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marks:
    """One alphabet of signs.  In UNICODE and ASCII each is one cell wide, tree lines two; in WORDS any length.

    Several Unicode signs are of "ambiguous" width (UAX 11): a terminal that is set to draw those two cells wide, as
    some do for Chinese, Japanese and Korean, needs the ASCII ones.
    """

    # a row of the list
    unread: str = "●"
    star: str = "★"
    kept: str = "+"
    pending: str = "↑"
    """Waits to be sent to the server."""
    attachment: str = "@"
    answered: str = "↩"
    forwarded: str = "→"
    selected: str = "✓"
    muted: str = "m"
    server: str = "⇣"
    """On the server only: not in the cache."""
    new: str = "↑"
    """New mail above what is seen: `3 new ↑`."""
    # threads and folders that fold
    folded: str = "▸"
    unfolded: str = "▾"
    branch: str = "├─"
    last_branch: str = "└─"
    trunk: str = "│ "
    no_trunk: str = "  "
    # an account's state
    good: str = "●"
    plain: str = "○"
    warning: str = "▲"
    error: str = "✗"
    # lines, and what stands between words
    ellipsis: str = "…"
    rule: str = "─"
    bar: str = "│"
    quote: str = "▎"
    dot: str = "·"
    """Between two facts: `work · 3 unread`."""
    pointer: str = "▴"
    """Under the column of a query that is wrong."""
    chosen: str = "●"
    """A choice that is on."""
    # scroll bars and progress
    thumb: str = "█"
    track: str = " "
    done: str = "━"
    to_do: str = "─"
    # labels stand between these
    label_open: str = "["
    label_close: str = "]"


UNICODE = Marks()

ASCII = Marks(
    unread="N",
    star="*",
    kept="+",
    pending="^",
    answered="r",
    forwarded="f",
    selected="x",
    server="?",
    new="^",
    folded="+",
    unfolded="-",
    branch="|-",
    last_branch="`-",
    trunk="| ",
    good="o",
    plain="-",
    warning="!",
    error="X",
    ellipsis="~",
    rule="-",
    bar="|",
    quote="|",
    dot="-",
    pointer="^",
    chosen="*",
    thumb="#",
    track=" ",
    done="=",
    to_do="-",
)

WORDS = Marks(
    unread="unread",
    star="starred",
    kept="kept here",
    pending="waits to be sent",
    attachment="attachment",
    answered="answered",
    forwarded="forwarded",
    selected="selected",
    muted="muted",
    server="on the server only",
    new="above",
    folded="folded",
    unfolded="unfolded",
    branch="",
    last_branch="",
    trunk="",
    no_trunk="",
    good="",
    plain="",
    warning="warning:",
    error="error:",
    ellipsis="~",
    rule="",
    bar="",
    quote=">",
    dot=",",
    pointer="^",
    chosen="*",
    thumb=" ",
    track=" ",
    done="#",
    to_do=".",
    label_open="label ",
    label_close="",
)

_now = UNICODE


def choose(signs: Marks) -> None:
    """Draw with these signs from now on; the app does that once, before anything is on the screen."""
    global _now
    _now = signs


def now() -> Marks:
    """The signs that were chosen."""
    return _now
