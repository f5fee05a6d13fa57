"""How much time has passed since a maildrop was last looked at, as far as anybody can vouch for it."""

import time
from dataclasses import dataclass
from pathlib import Path

from store.pop3_accounts import Moment

DAY = 86_400
DRIFT = 3600
"""Seconds by which the two clocks may disagree: a clock that runs badly is set right by minutes."""
UNWATCHED = 60 * DAY
"""So long may nobody have looked at a maildrop in which no days are counted."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def moment() -> Moment:
    """Now; where the system does not tell since when it runs (Linux does), by the clock on the wall alone."""
    now = int(time.time())
    try:
        return Moment(now, _BOOT.read_text().strip(), int(time.clock_gettime(time.CLOCK_BOOTTIME)))
    except (OSError, AttributeError):
        return Moment(now)


@dataclass(frozen=True, slots=True)
class Elapsed:
    """What one session may believe."""

    trusted: bool
    """Whether days may be counted in this session."""
    shift: int = 0
    """Seconds by which the clock was set since then: all that was written down moves along."""


def elapsed(before: Moment | None, at: Moment, days: int) -> Elapsed:
    """Judge the time between two sessions; `days` is after how many a message is deleted, 0 when none is.

    Within one run of the machine a clock that nobody can set tells how long it was.  After a restart a time that runs
    backwards, or one of more than twice the days to wait, may as well be a clock that jumped: nothing is deleted in
    that session, and the time does not count.  Mail then stays on the server longer than it might; the other way
    round it would be gone.
    """
    if before is None:
        return Elapsed(True)
    gap = at.now - before.now
    if at.boot and at.boot == before.boot and at.uptime is not None and before.uptime is not None:
        set_by = gap - (at.uptime - before.uptime)
        return Elapsed(True) if abs(set_by) <= DRIFT else Elapsed(False, set_by)
    if 0 <= gap <= (2 * days * DAY or UNWATCHED):
        return Elapsed(True)
    return Elapsed(False, gap)
