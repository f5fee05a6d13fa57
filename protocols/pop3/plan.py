"""Decides what one POP3 session deletes and forgets, from what the server lists and what the store knows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocols.pop3.elapsed import DAY
from store.maildrop import Drop, Dropped
from store.settings import AfterDownload, AfterKind

FORGET_AFTER = 30 * DAY
"""A row outlives its message on the server by so long: an empty or short listing may be the server's fault."""


def unique(listed: Mapping[int, str]) -> dict[int, str]:
    """Number -> key, where a unique-id that comes again in one listing gets a suffix (`id`, `id#2`, `id#3`).

    RFC 1939 forbids it, but servers that make the id from the content do it for equal messages.
    """
    again: dict[str, int] = {}
    names: set[str] = set()
    keys: dict[int, str] = {}
    for number in sorted(listed):
        name = key = listed[number]
        while key in names:
            again[name] = again.get(name, 1) + 1
            key = f"{name}#{again[name]}"
        names.add(key)
        keys[number] = key
    return keys


@dataclass(frozen=True, slots=True)
class Farewells:
    """What becomes of the rows of the maildrop table at the end of a session."""

    delete: tuple[str, ...] = ()
    """To be deleted on the server now."""
    spare: tuple[str, ...] = ()
    """Once to be deleted, still there, and not to be deleted any more: they are `stored` again."""
    forget: tuple[str, ...] = ()
    """Not on the server for so long that they will not come back."""


def farewells(
    known: Mapping[str, Dropped], listed: Iterable[str], after: AfterDownload, now: int, *, agreed: bool, trusted: bool
) -> Farewells:
    """Decide about every message that is known, given the keys that the server lists.

    `agreed` says that STAT and UIDL count the same; otherwise nothing is deleted and nothing is forgotten.  `trusted`
    says that the clock is: otherwise no days are counted.  `now` in Unix seconds.
    """
    if not agreed:
        return Farewells()
    present = set(listed)
    delete, spare, forget = [], [], []
    for key, row in known.items():
        if key not in present:
            if trusted and now - row.last_listed > FORGET_AFTER:
                forget.append(key)
        elif row.whole and _is_due(row, after, now, trusted=trusted):
            delete.append(key)
        elif row.state in (Drop.DELETE_PENDING, Drop.UNCONFIRMED, Drop.DELETED):
            spare.append(key)
    return Farewells(tuple(delete), tuple(spare), tuple(forget))


def _is_due(row: Dropped, after: AfterDownload, now: int, *, trusted: bool) -> bool:
    match after.kind:
        case AfterKind.DELETE:
            return True
        case AfterKind.KEEP:
            return False
        case AfterKind.DAYS:
            return trusted and now - row.first_seen > after.days * DAY
