"""How long to wait before another try: longer with each failure in a row, never all at the same moment."""

from protocols.clock import Clock

FIRST_DELAY = 2.0
LONGEST_DELAY = 300.0
"""Seconds before another try: at random up to the first, which doubles with each failure in a row (full jitter)."""
USEFUL_LIFE = 60.0
"""Seconds of connection after which a failure is the first one again."""


class Backoff:
    """Counts the failures in a row of one connection."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun = clock.monotonic()
        self._failures = 0

    def begin(self) -> None:
        """Note that a connection begins."""
        self._begun = self._clock.monotonic()

    @property
    def lived(self) -> float:
        """Seconds since it began."""
        return self._clock.monotonic() - self._begun

    def failed(self, *, useful: bool = True) -> float:
        """Count its end; answers the seconds to wait.  `useful`: whether a long life speaks for it."""
        self._failures = 1 if useful and self.lived >= USEFUL_LIFE else self._failures + 1
        most = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(self._failures - 1, 20))
        return self._clock.uniform(0.0, most)
