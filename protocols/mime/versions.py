"""Finds, among the invitations of other messages, what was said of an event before, and what was said since."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from protocols.mime.calendar import Calendar, Event, read_calendar
from protocols.mime.parse import Message

_TELLING = frozenset(("", "request", "publish", "cancel"))
"""Methods by which an organiser says what an event is; answers and proposals say nothing of that."""
_PARTS = 10


@dataclass(frozen=True, slots=True)
class Versions:
    """What other messages say of the events of one, None where they say nothing."""

    earlier: Calendar | None = None
    later: Calendar | None = None


NONE = Versions()


def calendars(message: Message) -> list[Calendar]:
    """The calendars of a message; call it in a thread."""
    found = [part for part in message.leaves if part.type == "text/calendar" and part.here][:_PARTS]
    return [calendar for part in found if (calendar := read_calendar(part.text())) is not None]


def versions(now: Calendar, others: Iterable[Calendar]) -> Versions:
    """Of each event the last version before the one in `now`, and the last one of all where that is a later one.

    Only what names the same organiser counts: anybody can copy the name (UID) of an event.
    """
    before, since = dict[tuple[str, str], Event](), dict[tuple[str, str], Event]()
    own = {event.key: event for event in now.events if event.uid and _organiser(event)}
    for calendar in others:
        for found in calendar.events if calendar.method in _TELLING else ():
            event = replace(found, cancelled=found.cancelled or calendar.method == "cancel")
            mine = own.get(event.key)
            if mine is None or _organiser(mine) != _organiser(event):
                continue
            if _is_earlier(event, mine, now.method):
                _keep(before, event)
            elif event.sequence > mine.sequence or (event.cancelled and not _cancels(mine, now.method)):
                _keep(since, event)
    return Versions(_calendar(before), _calendar(since) if now.method in ("", "request", "publish") else None)


def _is_earlier(event: Event, mine: Event, method: str) -> bool:
    if event.cancelled:
        return False
    repeated = method in ("cancel", "counter") or mine.cancelled  # these may have the number of what they are about
    return event.sequence < mine.sequence or (repeated and event.sequence == mine.sequence)


def _cancels(event: Event, method: str) -> bool:
    return event.cancelled or method == "cancel"


def _keep(kept: dict[tuple[str, str], Event], event: Event) -> None:
    other = kept.get(event.key)
    if other is None or (event.sequence, event.cancelled) > (other.sequence, other.cancelled):
        kept[event.key] = event


def _organiser(event: Event) -> str:
    return "" if event.organiser is None else event.organiser.address.strip().casefold()


def _calendar(found: dict[tuple[str, str], Event]) -> Calendar | None:
    return Calendar("", tuple(found.values())) if found else None
