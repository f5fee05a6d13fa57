"""What SQLite can hold: text without NUL and lone surrogates, integers of 64 bits, times a calendar knows."""

import re

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_LARGEST = (1 << 62) - 1
LATEST = 253_402_300_799
"""Unix seconds of the end of the year 9999, the last that `datetime` can show."""


def text(value: str) -> str:
    """`value` with NUL (ends a C string inside SQLite) and lone surrogates (no UTF-8) replaced by U+FFFD."""
    if value.isascii() and "\0" not in value:
        return value
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


def label(name: str) -> str:
    """The word that stands for a keyword (RFC 9051 section 2.3.2) or a label (Gmail's hold blanks) among the labels.

    Lower case, blanks as `-`: labels that differ in nothing else are one word here, as they read alike.
    """
    return "-".join(text(name).lower().split())


def count(value: int) -> int:
    """A size or a number of things: never negative, never beyond 62 bits."""
    return value if 0 <= value <= _LARGEST else 0 if value < 0 else _LARGEST


def time(seconds: int) -> int:
    """Unix seconds between 1970 and 9999: lists sort by it, so a time out of range counts as the nearest in it."""
    return seconds if 0 <= seconds <= LATEST else 0 if seconds < 0 else LATEST


def date(seconds: int | None) -> int | None:
    """Unix seconds of a Date header, None when no calendar can show it."""
    return seconds if seconds is not None and abs(seconds) <= LATEST and seconds >= -62_135_596_800 else None
