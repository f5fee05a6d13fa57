"""Asks a selected folder what it holds: its UIDs, their flags, and what changed; parsed off the event loop."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from protocols.errors import Misbehaved
from protocols.imap import gmail
from protocols.imap.capabilities import Capabilities
from protocols.imap.connection import Connection
from protocols.imap.fetch import Fetched, read_fetch
from protocols.imap.framing import Response
from protocols.imap.parse import read_search
from protocols.imap.reach import run_over, unreached
from protocols.imap.sequence import MAX_UID, compress
from store.model import Flag

_log = logging.getLogger(__name__)

SLICE = 2000
"""Flags of so many messages are asked for at once: some 70 kB, ten milliseconds of framing."""
Marks = tuple[Flag, tuple[str, ...] | None]
"""System flags and labels of one message; labels None: the server said nothing of them."""


async def all_uids(connection: Connection) -> list[int]:
    """Every UID of the selected folder, ascending.

    Without UIDPLUS what is marked as deleted is left out: it may be what a move of ours had to leave behind.
    """
    found: set[int] = set()

    def hear(response: Response) -> None:
        if response.name in ("SEARCH", "ESEARCH"):
            found.update(read_search(response))

    which = "ALL" if connection.capabilities.uidplus else "UNDELETED"
    # ranges instead of a list: 20 bytes instead of 700 kB for 100,000 messages
    ranges = ("RETURN", "(ALL)") if connection.capabilities.esearch else ()
    tagged = await connection.run("UID SEARCH", *ranges, which, sink=hear)
    if left := unreached(tagged, b"1:%d" % MAX_UID):
        await run_over(connection, "UID SEARCH", left, which, before=(*ranges, "UID"), sink=hear)
    return await asyncio.to_thread(sorted, found)  # of 100,000 it would hold the event loop up


async def present(connection: Connection, uids: Iterable[int]) -> set[int]:
    """Those of `uids` that the selected folder has."""
    found: set[int] = set()

    def hear(response: Response) -> None:
        if response.name == "SEARCH":
            found.update(read_search(response))

    wanted = set(uids)
    for batch in compress(wanted):
        await run_over(connection, "UID SEARCH", batch, before=("UID",), sink=hear)
    return found & wanted


async def flags(connection: Connection, low: int, high: int, known: Sequence[int] = ()) -> dict[int, Marks]:
    """UID -> flags of every message between two UIDs, both included.

    `known` UIDs, ascending, only help to cut the question: an answer of megabytes would keep the event loop busy.
    """
    found: dict[int, Marks] = {}
    items = gmail.marks(connection.capabilities)
    for first, last in _slices(low, high, known):
        heard: list[Response] = []
        await run_over(connection, "UID FETCH", b"%d:%d" % (first, last), b"(UID %s)" % items, sink=collector(heard))
        found.update(await asyncio.to_thread(_flags, heard, first, last, connection.capabilities))
    return found


async def changed(connection: Connection, since: int) -> dict[int, Marks]:
    """UID -> flags of every message that changed after a MODSEQ (RFC 7162 section 3.1.4.1)."""
    heard: list[Response] = []
    everything = b"1:%d" % MAX_UID  # never `*`: Cyrus answers with nothing then when the last message is gone
    items = b"(UID %s)" % gmail.marks(connection.capabilities)
    await run_over(connection, "UID FETCH", everything, items, b"(CHANGEDSINCE %d)" % since, sink=collector(heard))
    return await asyncio.to_thread(_flags, heard, 1, MAX_UID, connection.capabilities)


def _slices(low: int, high: int, known: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ranges that cover `low` to `high` with at most SLICE of the known UIDs in each."""
    for last in known[SLICE - 1 :: SLICE]:
        if low <= last < high:
            yield low, last
            low = last + 1
    yield low, high


def _flags(heard: Iterable[Response], low: int, high: int, offers: Capabilities) -> dict[int, Marks]:
    # equal ones are one object: of 100,000 messages this is 10 MB instead of 40
    shared: dict[Marks, Marks] = {}
    found: dict[int, Marks] = {}
    for one in read_all(heard):
        if low <= one.uid <= high and one.flags is not None:
            marks = (one.flags, gmail.labels(one, offers))
            found[one.uid] = shared.setdefault(marks, marks)
    return found


def collector(into: list[Response]) -> Callable[[Response], None]:
    """Keep FETCH responses for parsing later, in a thread."""

    def hear(response: Response) -> None:
        if response.name == "FETCH":
            into.append(response)

    return hear


def read_all(responses: Iterable[Response]) -> list[Fetched]:
    """Read FETCH responses; one without UID or that cannot be read is left out."""
    everything = []
    for response in responses:
        try:
            one = read_fetch(response, need_uid=False)
            if one.uid:  # else a server's own remark on a message that nobody asked for
                everything.append(one)
        except Misbehaved as error:
            _log.warning("one FETCH response could not be read: %s", error.title)
    return everything
