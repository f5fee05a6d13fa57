"""Decides what one POP3 session fetches and deletes, from what the server lists and what the store knows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from store.maildrop import Drop, Dropped
from store.settings import AfterDownload, AfterKind

DAY = 86_400
FORGET_AFTER = 30 * DAY
"""A row outlives its message on the server by so long: an empty or short listing may be the server's fault."""


def unique(listed: Mapping[int, str]) -> dict[int, str]:
    """Number -> key, where a unique-id that comes again in one listing gets a suffix (`id`, `id#2`, `id#3`).

    RFC 1939 forbids it, but servers that make the id from the content do it for equal messages.
    """
    seen: dict[str, int] = {}
    keys: dict[int, str] = {}
    for number in sorted(listed):
        key = listed[number]
        seen[key] = seen.get(key, 0) + 1
        keys[number] = key if seen[key] == 1 else f"{key}#{seen[key]}"
    return keys


@dataclass(frozen=True, slots=True)
class Farewells:
    """What becomes of the rows of the maildrop table at the end of a session."""

    delete: tuple[str, ...] = ()
    """To be deleted on the server now."""
    spare: tuple[str, ...] = ()
    """Once to be deleted, still there, and not to be deleted any more: they are `stored` again."""
    forget: tuple[str, ...] = ()
    """No longer on the server, for sure."""


def farewells(
    known: Mapping[str, Dropped], listed: Iterable[str], after: AfterDownload, now: int, *, agreed: bool
) -> Farewells:
    """Decide about every message that is committed to the disk (`known`), given the keys that the server lists.

    `agreed` says that STAT and UIDL count the same; otherwise nothing is deleted and nothing is forgotten.  `now` in
    Unix seconds.  A message that was once to be deleted and is gone was deleted; one that is still there was not.
    """
    if not agreed:
        return Farewells()
    present = set(listed)
    trusted = clock_is_plausible(known, present, after, now)
    delete, spare, forget = [], [], []
    for key, row in known.items():
        if key not in present:
            if row.state is not Drop.STORED or now - row.last_listed > FORGET_AFTER:
                forget.append(key)
        elif _is_due(row, after, now, trusted=trusted):
            delete.append(key)
        elif row.state is not Drop.STORED:
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


def clock_is_plausible(known: Mapping[str, Dropped], present: set[str], after: AfterDownload, now: int) -> bool:
    """Whether days may be counted: the clock stands neither before the last session nor far behind it.

    After more than twice the days to wait it may as well have jumped: one session then deletes nothing, and writes
    down its own time, so that the next one can tell.
    """
    newest = max((row.last_listed for key, row in known.items() if key in present), default=now)
    return newest <= now <= newest + 2 * after.days * DAY
