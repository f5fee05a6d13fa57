"""Asks a selected folder what it holds: its UIDs, their flags, and what changed; parsed off the event loop."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

from protocols.errors import Misbehaved, Refused
from protocols.imap import gmail
from protocols.imap.arguments import astring
from protocols.imap.capabilities import Capabilities
from protocols.imap.connection import Connection
from protocols.imap.fetch import Fetched, read_fetch
from protocols.imap.framing import Response
from protocols.imap.parse import read_search, read_search_ranges, read_status
from protocols.imap.reach import run_over, unreached
from protocols.imap.sequence import MAX_UID, compress
from store.model import Flag

_log = logging.getLogger(__name__)

SLICE = 2000
"""Flags of so many messages are asked for at once: some 70 kB, ten milliseconds of framing."""
Marks = tuple[Flag, tuple[str, ...] | None]
"""System flags and labels of one message; labels None: the server said nothing of them."""
_UID = re.compile(rb"\bUID (\d{1,10})\b")


class Listing(dict[int, Marks]):
    """UID -> marks, as the server lists them."""

    def __init__(self) -> None:
        super().__init__()
        self.unreadable: set[int] = set()
        """Messages that are there, but what the server says of them cannot be read."""


async def all_uids(connection: Connection) -> list[int]:
    """Every UID of the selected folder, ascending; see `all_ranges`."""
    pairs = await all_ranges(connection)
    return await asyncio.to_thread(_expand, pairs)  # of 100,000 it would hold the event loop up


async def all_ranges(connection: Connection) -> list[tuple[int, int]]:
    """Every UID of the selected folder as inclusive ranges, ascending.

    Without UIDPLUS what is marked as deleted is left out: it may be what a move of ours had to leave behind.
    """
    found: list[tuple[int, int]] = []

    def hear(response: Response) -> None:
        if response.name in ("SEARCH", "ESEARCH"):
            found.extend(read_search_ranges(response))

    which = "ALL" if connection.capabilities.uidplus else "UNDELETED"
    # ranges instead of a list: 20 bytes instead of 700 kB for 100,000 messages
    words = ("RETURN", "(ALL)") if connection.capabilities.esearch else ()
    tagged = await connection.run("UID SEARCH", *words, which, sink=hear)
    if left := unreached(tagged, b"1:%d" % MAX_UID):
        await run_over(connection, "UID SEARCH", left, which, before=(*words, "UID"), sink=hear)
    return await asyncio.to_thread(_merged, found)


def _merged(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in ascending order that neither overlap nor touch."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return merged


def _expand(pairs: Iterable[tuple[int, int]]) -> list[int]:
    return [uid for low, high in pairs for uid in range(low, high + 1)]


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


async def flags(connection: Connection, low: int, high: int, known: Sequence[int] = ()) -> Listing:
    """UID -> flags of every message between two UIDs, both included.

    `known` UIDs, ascending, only help to cut the question: an answer of megabytes would keep the event loop busy.
    """
    found = Listing()
    items = gmail.marks(connection.capabilities)
    for first, last in _slices(low, high, known):
        heard: list[Response] = []
        words = b"%d:%d" % (first, last)
        await run_over(connection, "UID FETCH", words, b"(UID %s)" % items, sink=collector(heard))
        await asyncio.to_thread(read_flags, heard, connection.capabilities, found, first, last)
    return found


async def changed(connection: Connection, since: int) -> Listing:
    """UID -> flags of every message that changed after a MODSEQ (RFC 7162 section 3.1.4.1).

    With QRESYNC the server also says what vanished (section 3.2.6); that reaches the session as all VANISHED does.
    """
    heard: list[Response] = []
    everything = b"1:%d" % MAX_UID  # never `*`: Cyrus answers with nothing then when the last message is gone
    items = b"(UID %s)" % gmail.marks(connection.capabilities)
    vanished = b" VANISHED" if connection.capabilities.trusted_qresync else b""
    modifier = b"(CHANGEDSINCE %d%s)" % (since, vanished)
    await run_over(connection, "UID FETCH", everything, items, modifier, sink=collector(heard))
    return await asyncio.to_thread(read_flags, heard, connection.capabilities, Listing())


async def uidnext(connection: Connection, name: bytes) -> tuple[int | None, int]:
    """What SELECT did not tell: (UIDNEXT of STATUS or None, one more than the UID of the last message)."""
    told: list[int] = []
    heard: list[Response] = []

    def hear(response: Response) -> None:
        if response.name == "STATUS":
            with suppress(Misbehaved):  # one that cannot be read counts as one that says nothing
                told.append(read_status(response).items.get("UIDNEXT", 0))

    with suppress(Refused, Misbehaved):  # some servers give no STATUS of the folder that is selected
        await connection.run("STATUS", astring(name), b"(UIDNEXT)", sink=hear)
    if any(told):  # 163.com answers with nothing in the parentheses
        return max(told), max(told)
    await connection.run("UID FETCH", b"*", b"(UID)", sink=collector(heard))
    return None, 1 + max((one.uid for one in read_all(heard)), default=0)


def _slices(low: int, high: int, known: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ranges that cover `low` to `high` with at most SLICE of the known UIDs in each."""
    for last in known[SLICE - 1 :: SLICE]:
        if low <= last < high:
            yield low, last
            low = last + 1
    yield low, high


def read_flags(
    heard: Iterable[Response], offers: Capabilities, found: Listing, low: int = 1, high: int = MAX_UID
) -> Listing:
    """Read FETCH responses with FLAGS into `found`; for a thread, since there may be 100,000."""
    # equal ones are one object: of 100,000 messages this is 10 MB instead of 40
    shared: dict[Marks, Marks] = {}
    for response in heard:
        try:
            one = read_fetch(response, need_uid=False)
        except Misbehaved as error:
            _log.warning("the flags of one message could not be read: %s", error.title)
            if match := _UID.search(response.line):  # it is there: not to be taken for one that was removed
                found.unreadable.add(int(match[1]))
            continue
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
