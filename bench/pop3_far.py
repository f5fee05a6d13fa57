"""300 small messages over POP3 from a server that is 50 ms away: one command at a time takes half a minute."""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench import mailbox
from bench.dovecot import Dovecot, why_not
from bench.proxy import Fault, Proxy
from bench.repeat import timed
from bench.synchronise import account, sync
from bench.table import Row
from store.model import Protocol

MESSAGES = 300
TEXT_BYTES = 600
ROUND_TRIP_SECONDS = 0.05
BAR_SECONDS = 2.0


def measure() -> Iterator[Row]:
    """Median of several first syncs through a proxy that delays every chunk in both directions."""
    if reason := why_not():
        print(f"pop3_far is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        user = mailbox.user_with(dovecot, MESSAGES, TEXT_BYTES)
        timing = timed(lambda: asyncio.run(_seconds(dovecot, user)))
    yield Row(f"{MESSAGES} small messages over POP3, 50 ms away{timing.note}", timing.seconds, "s", BAR_SECONDS)


async def _seconds(server: Dovecot, user: str) -> float:
    far = Fault(delay=ROUND_TRIP_SECONDS / 2)
    async with Proxy(server.pop3, to_server=far, to_client=far) as proxy:
        settings = replace(account(server, user, Protocol.POP3), host=proxy.host, port=proxy.port)
        with tempfile.TemporaryDirectory(prefix="bocau-pop3-") as folder:
            figures = await sync(Path(folder) / "data", settings)
    if figures.messages != MESSAGES:
        raise RuntimeError(f"{figures.messages} of {MESSAGES} messages are here")
    return figures.seconds
