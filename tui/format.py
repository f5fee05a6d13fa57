"""Dates, sizes, names and cut text for the screen, measured in terminal cells."""

import time
from typing import TYPE_CHECKING

from protocols.mime.safe import SafeText, line
from protocols.mime.sizes import size as size
from protocols.mime.sizes import sizes as sizes
from store.model import Address
from tui import marks
from tui.widths import cells, head, widest

if TYPE_CHECKING:
    from store.usage import Usage

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells: cut with an ellipsis, or filled with blanks."""
    if text.isascii() and len(text) <= width:
        return text.ljust(width)
    cut = clip(text, width)
    return cut + " " * (width - cells(cut))


def clip(text: str, width: int) -> str:
    """`text` in at most `width` cells on any terminal; an ellipsis marks what was cut."""
    if width <= 0:
        return ""
    if len(text) <= width if text.isascii() else len(text) * 2 <= width or widest(text) <= width:
        return text
    return head(text, width - 1).rstrip() + marks.now().ellipsis


def short_date(seconds: int | None, now: float) -> str:
    """A list's date, at most 10 cells, local time: today `14:05`, this year `12 Nov`, older `2024-11-12`."""
    if seconds is None:
        return ""
    try:
        then, today = time.localtime(seconds), time.localtime(now)
    except (OverflowError, ValueError, OSError):
        return ""
    if then[:3] == today[:3]:
        return f"{then.tm_hour:02}:{then.tm_min:02}"
    if then.tm_year == today.tm_year:
        return f"{then.tm_mday} {_MONTHS[then.tm_mon - 1]}"
    return f"{then.tm_year:04}-{then.tm_mon:02}-{then.tm_mday:02}"


def clock(seconds: float) -> str:
    """A time of this day, local: `14:05`."""
    then = time.localtime(seconds)
    return f"{then.tm_hour:02}:{then.tm_min:02}"


def long_date(seconds: int | None) -> str:
    """A message's date in local time: `Thu 12 Nov 2026, 14:05 +0100`."""
    if seconds is None:
        return "no date"
    try:
        then = time.localtime(seconds)
    except (OverflowError, ValueError, OSError):
        return "no date"
    day = f"{_DAYS[then.tm_wday]} {then.tm_mday} {_MONTHS[then.tm_mon - 1]} {then.tm_year}"
    return f"{day}, {then.tm_hour:02}:{then.tm_min:02} {time.strftime('%z', then)}"


def usage(used: "Usage") -> str:
    """What is here of an account: `1.2 GB: 900 messages whole, 3 as text, 12 as summary only`."""
    kinds = ((used.whole, "whole"), (used.text, "as text"), (used.summary, "as summary only"))
    told = [f"{number:,} {how}" for number, how in kinds if number]
    if not told:
        return "no mail yet"
    number, _, how = told[0].partition(" ")
    noun = "message" if number == "1" else "messages"
    return f"{size(used.octets)}: {', '.join([f'{number} {noun} {how}', *told[1:]])}"


def name(address: Address) -> SafeText:
    """Who it is, short: the display name, else the address."""
    return line(address.name or address.address or "(no sender)", 200)


def person(address: Address) -> SafeText:
    """Who it is, in full: `Name <address>`; the address is never hidden behind a name."""
    return line(str(address), 300)


def count(number: int, noun: str) -> str:
    """`1 message`, `12 messages`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
