"""Brings messages from a selected folder in batches: summaries and whole bodies; parsed off the event loop."""

import asyncio
import logging
import re
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from protocols.bulk import READER
from protocols.errors import Misbehaved, Refused
from protocols.imap import gmail
from protocols.imap.capabilities import Capabilities
from protocols.imap.connection import Connection
from protocols.imap.fetch import Fetched
from protocols.imap.framing import Response
from protocols.imap.reach import run_over
from protocols.imap.sequence import compress
from protocols.imap.survey import collector, present, read_all
from protocols.mime.bulk_worker import Reading
from store.messages import Arrival
from store.model import Address, Digest, Flag

_log = logging.getLogger(__name__)

HEADER_FIELDS = b"DATE FROM SENDER TO CC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE"
_SUMMARY = b"INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (%s)]" % HEADER_FIELDS
_UID = re.compile(rb"\bUID (\d{1,10})")
_PATIENCE = 40
"""So many refused commands without one that works are not the fault of single messages."""
SILENT = "It answers without the message."
"""Why a message did not come, when the server says OK and nothing else (Exchange, for some calendar items)."""


@dataclass(frozen=True, slots=True)
class Whole:
    """One message in full."""

    uid: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Headed:
    """The answers to a FETCH of summaries, not yet read."""

    headers: Sequence[tuple[Fetched, bytes]]
    unreadable: Sequence[int]
    """UIDs that the server has, and of which it gives nothing that could be read."""
    offers: Capabilities

    async def arrivals(self) -> list[Arrival]:
        """Read the headers; needs no connection.  What could not be read is shown as unreadable, never skipped."""
        digests = await READER.read(Reading.HEADERS, [header for _, header in self.headers])
        return await asyncio.to_thread(self._arrivals, digests)

    def _arrivals(self, digests: Sequence[Digest]) -> list[Arrival]:
        read = [_arrival(one, digest, self.offers) for (one, _), digest in zip(self.headers, digests, strict=True)]
        return [*read, *map(_unreadable, self.unreadable)]


async def summaries(connection: Connection, uids: Sequence[int]) -> Headed:
    """Summaries in no order; a UID that is gone is left out, one that cannot be read has an empty summary."""
    heard: list[Response] = []
    offers = connection.capabilities
    items = b"(UID %s%s %s)" % (gmail.marks(offers), gmail.identity(offers), _SUMMARY)
    try:
        refused = await fetch_each(connection, uids, items, heard, known=not gmail.identity(offers))
    except Misbehaved as error:  # a proxy may announce what the server behind it does not know
        if connection.closed or not gmail.identity(offers):
            raise
        _log.warning("no names for messages: %s", error.title)
        refused = await fetch_each(connection, uids, b"(UID FLAGS %s)" % _SUMMARY, heard)
    headers, broken = await asyncio.to_thread(_headers, heard, set(uids).difference(refused))
    silent = set(uids).difference(refused, broken, (one.uid for one, _ in headers))
    # an OK without the data (Exchange, for some calendar items): is the message gone, or only not given out?
    hidden = await present(connection, silent) if silent else set()
    return Headed(headers, [*refused, *broken, *hidden], offers)


async def bodies(connection: Connection, uids: Sequence[int]) -> tuple[list[Whole], dict[int, str]]:
    """Whole messages, and UID -> reason of those that the server has and does not give; what is gone is in neither."""
    wholes, refused, silent = await _given(connection, uids)
    parts = deque([sorted(silent)] if silent else [])
    tries = 0
    while parts and tries < _PATIENCE:  # what is left then comes next time
        part = parts.popleft()
        if len(part) == 1 and len(uids) == 1:
            refused[part[0]] = SILENT
            continue
        # one that is not given out may keep others back: it is looked for as where a batch is refused
        for half in filter(None, (part[: len(part) // 2], part[len(part) // 2 :])):
            tries += 1
            more, no, still = await _given(connection, half)
            wholes += more
            refused |= no
            if len(half) == 1:
                refused |= dict.fromkeys(still, SILENT)
            elif still:
                parts.append(sorted(still))
    if refused:
        _log.warning("the server refuses to give %d messages, UID %s", len(refused), compress(refused)[0].decode())
    return wholes, refused


async def _given(connection: Connection, uids: Sequence[int]) -> tuple[list[Whole], dict[int, str], set[int]]:
    """(what came, what was refused and why, what the server has and said nothing about)."""
    heard: list[Response] = []
    refused = await fetch_each(connection, uids, b"(UID BODY.PEEK[])", heard)
    wholes = await asyncio.to_thread(_wholes, heard, set(uids), "BODY[]")
    silent = set(uids).difference(refused, (whole.uid for whole in wholes))
    return wholes, refused, await present(connection, silent) if silent else set()


async def fetch_each(
    connection: Connection, uids: Sequence[int], items: bytes, heard: list[Response], *, known: bool = True
) -> dict[int, str]:
    """Collect FETCH responses; answers UID -> the server's words of those that it refuses one by one.

    `known`: every server knows these items, so that a BAD is about messages too (Yahoo: BAD [CLIENTBUG]).

    One poisoned message makes some servers (Yahoo, Exchange) refuse the whole batch: it is halved until the guilty one
    stands alone.  A server that refuses everything has another trouble: then its Refused is raised.
    """
    parts = deque([list(uids)])
    poisoned: dict[int, str] = {}
    refusals, good = 0, False
    while parts:
        part = parts.popleft()
        try:
            for batch in compress(part):
                await run_over(connection, "UID FETCH", batch, items, sink=collector(heard))
            good = good or bool(part)
        except (Refused, Misbehaved) as error:
            refusals += 1
            unknown = not known and isinstance(error, Misbehaved)
            if connection.closed or unknown or (refusals >= _PATIENCE and not good):
                raise
            if len(part) == 1:
                poisoned[part[0]] = said(error)
            else:
                parts += (part[: len(part) // 2], part[len(part) // 2 :])
    return poisoned


def said(error: Refused | Misbehaved) -> str:
    """What the server said when it refused, else what the error says of it; not cleaned for display."""
    return (error.text if isinstance(error, Refused) else "") or error.title


def _headers(responses: Sequence[Response], wanted: set[int]) -> tuple[list[tuple[Fetched, bytes]], set[int]]:
    """The messages of which a header block came, and the UIDs of answers that cannot be read."""
    found: dict[int, tuple[Fetched, bytes]] = {}
    for one in read_all(responses):
        if one.uid in wanted:
            for name, data in one.sections.items():
                if name.startswith("BODY[HEADER"):
                    found[one.uid] = one, data
                    break
    if len(found) == len(responses):
        return list(found.values()), set()
    named = {int(match[1]) for response in responses if (match := _UID.search(response.line))}
    return list(found.values()), named & wanted - found.keys()


def _arrival(one: Fetched, summary: Digest, offers: Capabilities) -> Arrival:
    return Arrival(
        digest=summary,
        received=_received(one, summary),
        size=one.size or 0,
        flags=one.flags or Flag.NONE,
        labels=gmail.labels(one, offers) or one.labels,
        server_id=gmail.server_id(one),
        uid=one.uid,
    )


def _wholes(responses: Sequence[Response], wanted: set[int], section: str) -> list[Whole]:
    wholes = []
    for one in read_all(responses):
        raw = one.sections.get(section)
        if one.uid in wanted and raw:  # a message of no bytes is one that was not given out
            wholes.append(Whole(one.uid, raw))
    return wholes


def _received(one: Fetched, summary: Digest) -> int:
    """INTERNALDATE; where the server has none the Date header, and now at the latest: a list sorts by it."""
    now = int(time.time())
    if one.internaldate is not None:
        return one.internaldate
    return now if summary.date is None else min(summary.date, now)


def _unreadable(uid: int) -> Arrival:
    nobody = Address("", "")
    nothing = Digest("", (), nobody, (), (), "", None, 0, (), "", None)
    return Arrival(digest=nothing, received=int(time.time()), size=0, uid=uid)
