"""The values of query operators: days, spans of days, and sizes."""

import re
from calendar import monthrange
from datetime import date, timedelta

_RELATIVE = re.compile(r"(\d{1,5})([dwmy])")
_CALENDAR = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)(?:([kmg])(?:i?b)?|b)?", re.IGNORECASE)
_FACTOR = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}


def parse_days(text: str, today: date) -> tuple[date, date]:
    """A day, month, year or distance back from `today` as (first day, day after the last).

    Raises ValueError; days before 1970 or after 9998 are refused, because the store counts seconds from 1970.
    """
    word = text.lower()
    try:
        first, end = _named(word, today) or _relative(word, today) or _calendar(word)
    except OverflowError as error:
        raise ValueError(text) from error
    if not 1970 <= first.year <= 9998:
        raise ValueError(text)
    return first, end


def parse_bytes(text: str) -> int:
    """A size such as 900, 10k, 1.5M or 1G, in powers of 1024, as bytes.  Raises ValueError."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    # SQLite's integers have 64 bits; no message comes near.
    return min(int(float(match[1]) * _FACTOR[(match[2] or "").lower()]), 2**62)


def _named(word: str, today: date) -> tuple[date, date] | None:
    back = {"today": 0, "yesterday": 1}.get(word)
    return None if back is None else _day(today - timedelta(days=back))


def _relative(word: str, today: date) -> tuple[date, date] | None:
    match = _RELATIVE.fullmatch(word)
    if match is None:
        return None
    amount = int(match[1])
    if match[2] in "dw":
        return _day(today - timedelta(days=amount * (7 if match[2] == "w" else 1)))
    months = today.year * 12 + today.month - 1 - amount * (12 if match[2] == "y" else 1)
    year, month = divmod(months, 12)
    if year < 1:
        raise ValueError(word)
    # The 31st of a shorter month is its last day.
    return _day(date(year, month + 1, min(today.day, monthrange(year, month + 1)[1])))


def _calendar(word: str) -> tuple[date, date]:
    match = _CALENDAR.fullmatch(word)
    if match is None:
        raise ValueError(word)
    year = int(match[1])
    if match[2] is None:
        return date(year, 1, 1), date(year + 1, 1, 1)
    month = int(match[2])
    if match[3] is None:
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    return _day(date(year, month, int(match[3])))


def _day(day: date) -> tuple[date, date]:
    return day, day + timedelta(days=1)
