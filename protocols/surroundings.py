"""Notices that this machine slept or changed its network: what was connected is dead and does not know."""

import socket
from collections.abc import Callable
from contextlib import closing

from protocols.clock import Clock

JUMP = 30.0
"""Seconds by which the two clocks may drift apart between two looks; one of them stands still during sleep."""
_OUTSIDE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses of documentation (RFC 5737, RFC 3849): nobody is there, and nothing is sent to them either."""


def addresses() -> tuple[str, ...]:
    """The own addresses of this machine towards the outside, IPv4 and IPv6, as far as there is a way out."""
    found = []
    for family, outside in _OUTSIDE:
        try:
            with closing(socket.socket(family, socket.SOCK_DGRAM)) as probe:
                probe.connect((outside, 9))  # of a datagram socket this only chooses the route
                found.append(str(probe.getsockname()[0]))
        except OSError:  # no such network
            continue
    return tuple(found)


class Surroundings:
    """Compares each look with the one before; costs nothing between them."""

    def __init__(self, clock: Clock, own: Callable[[], tuple[str, ...]] = addresses) -> None:
        """`own` tells this machine's addresses."""
        self._clock = clock
        self._own = own
        self._drift = self._apart()
        self._addresses = own()

    def _apart(self) -> float:
        return self._clock.now() - self._clock.monotonic()

    def changed(self) -> bool:
        """Whether the machine slept since the last look, or has a network other than then; none is not another."""
        drift, before = self._apart(), self._drift
        here, there = self._own(), self._addresses
        self._drift, self._addresses = drift, here
        return abs(drift - before) > JUMP or (bool(here) and here != there)
