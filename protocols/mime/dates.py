"""Reads the Date header (RFC 5322 section 3.3), its obsolete forms, and what senders make of it."""

import re
from datetime import date as day_of
from functools import lru_cache

from protocols.mime.words import unfolded

_MONTHS = {"janfebmaraprmayjunjulaugsepoctnovdec"[3 * at : 3 * at + 3]: at + 1 for at in range(12)}
_ZONES = {
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "jst": 9,
    "cet": 1,
    "cest": 2,
}
_TIME = r"(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d{1,9})?)?"
_ZONE = r"\s*(?:([+-])(\d{2}):?(\d{2})(?!\d)|([A-Za-z]{1,5}))?"
_RFC = re.compile(
    r"(?:[A-Za-z]{2,9}\.?,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]{0,6}\.?,?[\s-]+(\d{2,4})(?!\d),?\s+" + _TIME + _ZONE
)
_ASCTIME = re.compile(
    r"[A-Za-z]{3},?\s+([A-Za-z]{3})\s+(\d{1,2}),?\s+" + _TIME + r"(?:\s+([A-Za-z]{3,4}))?\s+(\d{4})(?!\d)"
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ]" + _TIME + _ZONE)
_COMMENT = re.compile(r"\([^()]*\)")


def date(value: bytes | str) -> int | None:
    """Return a date in Unix seconds, None when it is none; years 1900 to 9999, an unreadable zone counts as UTC."""
    text = value if isinstance(value, str) else value[:512].decode("latin-1")
    text = text[:512].strip()
    found = _RFC.match(text)
    if found is None and ("(" in text or "\n" in text):
        text = unfolded(_COMMENT.sub(" ", text))
        found = _RFC.match(text)
    if found is not None:
        day, month, year, hour, minute, second, sign, hours, minutes, name = found.groups()
        zone = _zone(sign, hours, minutes, name)
        return _seconds(_year(year), _MONTHS.get(month.lower(), 0), int(day), (hour, minute, second), zone)
    if found := _ASCTIME.match(text):
        month, day, hour, minute, second, name, year = found.groups()
        return _seconds(
            int(year), _MONTHS.get(month.lower(), 0), int(day), (hour, minute, second), _zone("", "", "", name)
        )
    if found := _ISO.match(text):
        year, month, day, hour, minute, second, sign, hours, minutes, name = found.groups()
        return _seconds(int(year), int(month), int(day), (hour, minute, second), _zone(sign, hours, minutes, name))
    return None


def _year(text: str) -> int:
    """Read a year of two or three digits as RFC 5322 section 4.3 says."""
    year = int(text)
    if len(text) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(text) == 3 else year


def _zone(sign: str | None, hours: str | None, minutes: str | None, name: str | None) -> int:
    """Return the offset in seconds east of UTC; impossible and unknown zones are UTC (RFC 5322 section 4.3)."""
    if sign and hours and minutes:
        offset = int(hours) * 3600 + int(minutes) * 60
        return 0 if offset > 15 * 3600 else (-offset if sign == "-" else offset)
    return _ZONES.get((name or "").lower(), 0) * 3600


def _seconds(year: int, month: int, day: int, time: tuple[str, str, str | None], zone: int) -> int | None:
    hour, minute, second = int(time[0]), int(time[1]), int(time[2] or 0)
    if not (1900 <= year <= 9999 and 1 <= month <= 12 and hour < 24 and minute < 60 and second <= 60):
        return None
    days = _days(year, month, day)
    return None if days is None else days * 86_400 + hour * 3600 + minute * 60 + second - zone


@lru_cache(maxsize=4096)
def _days(year: int, month: int, day: int) -> int | None:
    """Days since 1970, None when that month has no such day; mail of a day comes together."""
    try:
        return day_of(year, month, day).toordinal() - 719_163
    except ValueError:
        return None
