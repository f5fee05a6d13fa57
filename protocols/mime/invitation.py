"""Shows invitations: in the reader's own time, with who comes, and what became different."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo

from protocols.mime.blocks import Block, Kind, LinkList, plain
from protocols.mime.calendar import Attendee, Calendar, Event, changes, read_calendar
from protocols.mime.labelled import empty, heading, labelled
from protocols.mime.safe import line
from protocols.mime.text import text_blocks

_TITLES = {
    "request": "Invitation",
    "cancel": "Cancelled",
    "reply": "Answer to an invitation",
    "counter": "Another time is proposed",
    "declinecounter": "The other time was declined",
    "refresh": "Somebody asks for the latest version",
    "add": "More dates",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NAMED = 20
"""People that are named; the others are counted."""


def invitation_blocks(
    text: str,
    links: LinkList,
    *,
    zone: tzinfo | None = None,
    earlier: Calendar | None = None,
    later: Calendar | None = None,
) -> list[Block] | None:
    """Return the blocks of a text/calendar part, None when it is broken; `zone` None is the machine's own.

    `earlier` is what was said of the same events before: what differs is named, and what a cancellation does not
    repeat is taken from there.  `later` is what was said since.  Nothing is answered or entered.
    """
    calendar = read_calendar(text)
    if calendar is None:
        return None
    before, since = _by_key(earlier), _by_key(later)
    blocks: list[Block] = []
    for event in calendar.events:
        if (outdated := since.get(event.key)) is not None:
            blocks.append(plain(line(_since(outdated, zone), 300), Kind.NOTICE))
        blocks += _event(calendar.method, event, before.get(event.key), zone, links)
    return blocks


def _by_key(calendar: Calendar | None) -> Mapping[tuple[str, str], Event]:
    return {} if calendar is None else {event.key: event for event in calendar.events}


def _since(event: Event, zone: tzinfo | None) -> str:
    if event.cancelled:
        return "A later message cancels this."
    return f"A later message changes this; it is {when(event, zone)} now."


def _filled(event: Event, before: Event) -> Event:
    """A cancellation need not say again what it cancels (RFC 5546 section 3.2.5)."""
    if event.start is None:
        event = replace(event, start=before.start, end=before.end, zone=before.zone, repeats=before.repeats)
    return replace(event, title=event.title or before.title, where=event.where or before.where)


def _event(method: str, event: Event, before: Event | None, zone: tzinfo | None, links: LinkList) -> list[Block]:
    kind = "cancel" if event.cancelled else method
    title = _TITLES.get(kind, "Event")
    if kind == "cancel" and before is not None:
        event, before = _filled(event, before), None
    if kind == "request" and (event.sequence > 0 or before is not None):
        title = "Invitation, changed"
    blocks = [heading(f"{title}: {event.title or '(no title)'}")]
    blocks += labelled("When", when(event, zone))
    blocks += labelled("Repeats", event.repeats)
    blocks += labelled("Where", event.where, links)
    if event.organiser is not None:
        blocks += labelled("From", _person(event.organiser))
    label = "Says" if method == "reply" else "Invited"
    blocks += labelled(label, _people(event.people))
    if before is not None and (different := changes(before, event)):
        blocks += labelled("Changed", _different(different, before, zone))
    if event.description.strip():
        blocks += [empty(), *text_blocks(event.description.strip(), links)]
    return [*blocks, empty()]


def when(event: Event, zone: tzinfo | None = None) -> str:
    """`Thu 26 Nov 2026, 10:00 to 11:00 (09:00 in Europe/London)`, in the zone of the reader."""
    start, end = event.start, event.end
    if start is None:
        return "at a time that is not said"
    if not isinstance(start, datetime):
        last = end - timedelta(days=1) if end is not None and not isinstance(end, datetime) else start
        return f"{_day(start)}, all day" if last <= start else f"{_day(start)} to {_day(last)}, all day"
    here, there = _local(start, zone), start
    told = f"{_day(here)}, {here:%H:%M}"
    if isinstance(end, datetime):
        until = _local(end, zone) if (end.tzinfo is None) == (start.tzinfo is None) else here
        told += f" to {until:%H:%M}" if until.date() == here.date() else f" to {_day(until)}, {until:%H:%M}"
    if start.tzinfo is None:
        return f"{told} ({f'time of {event.zone}' if event.zone else 'wherever you are'})"
    if event.zone and here.replace(tzinfo=None) != there.replace(tzinfo=None):
        day = "" if here.date() == there.date() else f"{_day(there)}, "
        told += f" ({day}{there:%H:%M} in {event.zone})"
    return told


def _local(moment: datetime, zone: tzinfo | None) -> datetime:
    try:
        return moment if moment.tzinfo is None else moment.astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return moment


def _day(moment: date) -> str:
    return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def _person(attendee: Attendee) -> str:
    """The address is never hidden behind the name."""
    return f"{attendee.name} <{attendee.address}>" if attendee.name else attendee.address


def _people(people: tuple[Attendee, ...]) -> str:
    told = []
    for attendee in people[:_NAMED]:
        notes = [word for word in (attendee.answer, "optional" if attendee.optional else "") if word]
        told.append(_person(attendee) + (f" ({', '.join(notes)})" if notes else ""))
    more = len(people) - _NAMED
    return "; ".join(told) + (f" and {more} more" if more > 0 else "")


def _different(names: tuple[str, ...], before: Event, zone: tzinfo | None) -> str:
    """What differs, and what it was where that is short."""
    was = {"title": before.title, "time": when(before, zone), "place": before.where, "repetition": before.repeats}
    return "; ".join(f"{name} (was {was[name]})" if was.get(name) else name for name in names)
