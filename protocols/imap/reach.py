"""Runs a command over many messages to its end, where a server handles only so many at a time (RFC 9738, Yahoo)."""

from protocols.imap.answers import Tagged
from protocols.imap.arguments import Argument
from protocols.imap.connection import Connection
from protocols.imap.sequence import ranges
from protocols.imap.wire import Sink


async def run_over(
    connection: Connection, name: str, uids: bytes, *args: Argument, before: tuple[Argument, ...] = (), sink: Sink
) -> None:
    """Run `name before uids args`, then again for what the server did not come to.  Raises as Connection.run does."""
    left: bytes | None = uids
    while left:
        tagged = await connection.run(name, *before, left, *args, sink=sink)
        left = unreached(tagged, left)


def unreached(tagged: Tagged, uids: bytes) -> bytes | None:
    """What of a set an answer leaves out: `OK [MESSAGELIMIT 1000 23221]` came down to UID 23221; None: nothing."""
    words = tagged.code.arguments.split()
    if tagged.code.name != "MESSAGELIMIT" or len(words) != 2 or not words[1].isdigit():
        return None
    lowest = int(words[1])
    asked = ranges(uids)
    if lowest > max(high for _, high in asked):  # else a server could keep us asking without end
        return None
    left = [(low, min(high, lowest - 1)) for low, high in asked if low < lowest]
    return b",".join(b"%d:%d" % one for one in left) or None
