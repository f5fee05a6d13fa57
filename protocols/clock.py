"""Time and chance as the engine uses them, in one value, so that a test needs no sleeping and no luck."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """The real ones by default."""

    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only grow: for how long something took."""
    now: Callable[[], float] = time.time
    """Unix seconds: for what is written down."""
    uniform: Callable[[float, float], float] = random.uniform
