"""Reads invitations (RFC 5545, RFC 5546) as values: what is to happen, when, where, who, and what became of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LIMIT = 400_000
"""Characters of a calendar that are read."""
EVENTS = 20
_COMPONENTS = 200
_LINES = 20_000
_PEOPLE = 200
_ZONES = re.compile(r"^BEGIN:VTIMEZONE\s*?$.*?^END:VTIMEZONE\s*?$\n?", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_ZONE_NAME = re.compile(r"^TZID[^:\r\n]*:(.{1,200}?)\s*$", re.MULTILINE | re.IGNORECASE)
_OFFSET = re.compile(r"^TZOFFSETTO:([+-])(\d\d)(\d\d)", re.MULTILINE | re.IGNORECASE)
_BEGIN = re.compile(r"^BEGIN:", re.MULTILINE | re.IGNORECASE)
_TROUBLE = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError, ZoneInfoNotFoundError,
)  # fmt: skip
"""What the library raises on broken calendars; they are shown as they stand then."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who is invited; texts are foreign, and not cleaned."""

    name: str
    address: str
    answer: str
    """`accepted`, `declined`, `tentative`, or "" when nothing was said yet."""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One event; texts are foreign, and not cleaned."""

    uid: str
    title: str
    start: datetime | date | None
    """With a zone when the sender named one that is known; a date for whole days."""
    end: datetime | date | None
    """The first moment, or day, that does not belong to it."""
    zone: str
    """The sender's name of the zone, empty for UTC, whole days and times without one."""
    where: str
    organiser: Attendee | None
    people: tuple[Attendee, ...]
    description: str
    repeats: str
    """In words, empty when it happens once."""
    cancelled: bool
    sequence: int
    instance: str = ""
    """Which of an event that repeats it is, empty for all of them."""

    @property
    def key(self) -> tuple[str, str]:
        """What versions of one event have in common."""
        return self.uid, self.instance


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar object: what is asked (`request`, `cancel`, `reply`, `publish` …), and the events."""

    method: str
    events: tuple[Event, ...]


def read_calendar(text: str) -> Calendar | None:
    """Read a text/calendar part; None when it is broken, or holds no event.  Never raises, and never acts on it.

    Zones are looked up by their name: a definition of one in the mail could keep a machine busy for hours.
    """
    # imported here: most messages are no invitations
    from icalendar import Calendar as Parsed

    text = text.replace("\r\n", "\n")
    if len(text) > LIMIT or text.count("\n") > _LINES or len(_BEGIN.findall(text)) > _COMPONENTS:
        return None
    offsets = _offsets(_ZONES.findall(text))
    try:
        found = [one for one in Parsed.from_ical(_ZONES.sub("", text), multiple=True) if one.name == "VCALENDAR"]
        events = [_event(one, offsets) for calendar in found for one in calendar.walk("VEVENT")[:EVENTS]]
        method = str(found[0].get("method", "")) if found else ""
    except _TROUBLE:
        return None
    return Calendar(method.strip().lower(), tuple(events[:EVENTS])) if events else None


def changes(old: Event, new: Event) -> tuple[str, ...]:
    """Which of `title`, `time`, `place`, `repetition`, `people`, `description` differ between two versions."""
    pairs = {
        "title": (old.title, new.title),
        "time": ((old.start, old.end), (new.start, new.end)),
        "place": (old.where, new.where),
        "repetition": (old.repeats, new.repeats),
        "people": ({one.address for one in old.people}, {one.address for one in new.people}),
        "description": (old.description.strip(), new.description.strip()),
    }
    return tuple(name for name, (before, after) in pairs.items() if before != after)


def _offsets(zones: Iterable[str]) -> dict[str, timedelta]:
    """The zones of a calendar that have one offset all year."""
    found: dict[str, timedelta] = {}
    for zone in zones:
        name = _ZONE_NAME.search(zone)
        values = {(sign, int(hours), int(minutes)) for sign, hours, minutes in _OFFSET.findall(zone)}
        if name and len(values) == 1:
            sign, hours, minutes = values.pop()
            offset = timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
            if abs(offset) < timedelta(days=1):
                found[name[1]] = offset
    return found


def _event(component: Any, offsets: dict[str, timedelta]) -> Event:
    start, zone = _moment(component.get("dtstart"), offsets)
    end, _ = _moment(component.get("dtend"), offsets)
    if end is None and start is not None and (length := getattr(component.get("duration"), "dt", None)):
        end = start + length
    people = component.get("attendee", [])
    people = people if isinstance(people, list) else [people]
    organiser = component.get("organizer")
    return Event(
        uid=str(component.get("uid", "")),
        title=str(component.get("summary", "")),
        start=start,
        end=end,
        zone=zone,
        where=str(component.get("location", "")),
        organiser=_attendee(organiser) if organiser else None,
        people=tuple(_attendee(one) for one in people[:_PEOPLE]),
        description=str(component.get("description", "")),
        repeats=_repetition(component.get("rrule")),
        cancelled=str(component.get("status", "")).upper() == "CANCELLED",
        sequence=int(component.get("sequence", 0)),
        instance=_instance(component.get("recurrence-id")),
    )


def _instance(value: Any) -> str:
    moment = getattr(value, "dt", None)
    return f"{value.params.get('TZID', '')} {moment}" if isinstance(moment, date) else ""


def _moment(value: Any, offsets: dict[str, timedelta]) -> tuple[datetime | date | None, str]:
    moment = getattr(value, "dt", None)
    if not isinstance(moment, date):
        return None, ""
    name = str(value.params.get("TZID", ""))
    if isinstance(moment, datetime) and name and moment.tzinfo is None:
        moment = moment.replace(tzinfo=_zone(name, offsets))
    return moment, name


def _zone(name: str, offsets: dict[str, timedelta]) -> tzinfo | None:
    """A zone by its name in the tz database or in Windows; else by the one offset that the mail gives it."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    try:
        return ZoneInfo(WINDOWS_TO_OLSON.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        offset = offsets.get(name)
        return None if offset is None else timezone(offset)


_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}


def _attendee(value: Any) -> Attendee:
    address = str(value)
    if address[:7].lower() == "mailto:":
        address = address[7:]
    params = getattr(value, "params", {})
    answer = _ANSWERS.get(str(params.get("PARTSTAT", "")).upper(), "")
    return Attendee(
        str(params.get("CN", "")), address, answer, str(params.get("ROLE", "")).upper() == "OPT-PARTICIPANT"
    )


_UNITS = {
    "DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year", "HOURLY": "hour", "MINUTELY": "minute",
    "SECONDLY": "second",
}  # fmt: skip
_DAYS = {"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}


def _repetition(rule: Any) -> str:
    """`every 2 weeks on Mon, Wed until 2026-12-31`; rules in their rarer words end in "…"."""
    if isinstance(rule, list):
        rule = rule[0] if rule else None
    if rule is None:
        return ""
    values = {str(name).upper(): list(value) for name, value in rule.items()}
    unit = _UNITS.get(str(next(iter(values.get("FREQ", [])), "")).upper(), "")
    if not unit:
        return ""
    interval = int(next(iter(values.get("INTERVAL", [])), 1))
    words = [f"every {unit}" if interval == 1 else f"every {interval} {unit}s"]
    if days := [_day(str(day)) for day in values.get("BYDAY", [])[:7]]:
        words.append(f"on {', '.join(days)}")
    if until := next(iter(values.get("UNTIL", [])), None):
        words.append(f"until {until:%Y-%m-%d}")
    if count := next(iter(values.get("COUNT", [])), None):
        words[-1] += ","
        words.append(f"{int(count)} times")
    known = {"FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT", "WKST"}
    return " ".join(words) + ("" if set(values) <= known else " …")


_ORDINALS = {"1": "1st ", "2": "2nd ", "3": "3rd ", "4": "4th ", "5": "5th ", "-1": "last "}


def _day(text: str) -> str:
    ordinal, day = text[:-2].lstrip("+"), text[-2:].upper()
    return f"{_ORDINALS.get(ordinal, '')}{_DAYS.get(day, day)}"
