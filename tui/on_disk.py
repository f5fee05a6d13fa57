"""A message as far as it is on this disk: parsed from its bytes, or put together from the parts that are here."""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from store import bodies, keeping, listing, parts
from store.mailstore import MailStore
from store.model import Cached, MessageId
from store.parts import Stored

if TYPE_CHECKING:
    from protocols.mime.parse import Message
    from protocols.mime.part import Part

BEGINNING = 16_384
"""Octets of a large message that are read for a first look: more lines than a screen has."""


async def message_on_disk(store: MailStore, message: MessageId) -> "Message | None":
    """The message, parsed off the loop; parts that are not here say so (`Part.complete`).  None: not even its text."""
    found = await store.read(lambda c: _look(c, message))
    return None if found is None else await asyncio.to_thread(parsed, found)


async def first_on_disk(store: MailStore, wanted: Sequence[MessageId]) -> MessageId:
    """Of messages that are one, the one to read: the first that is here whole, else as text; else the first."""

    def choose(connection: sqlite3.Connection) -> MessageId:
        found = listing.summaries(connection, wanted)
        here = [found[one] for one in wanted if one in found]
        for cached in (Cached.FULL, Cached.TEXT):
            for summary in here:
                if summary.cached is cached:
                    return summary.id
        return wanted[0]

    return wanted[0] if len(wanted) == 1 else await store.read(choose)


async def beginning_on_disk(store: MailStore, message: MessageId) -> bytes | None:
    """The first lines of a message, read without the rest; None when it is not here itself."""
    found = await store.read(lambda c: bodies.beginning(c, message, BEGINNING))
    return None if found is None else found[: found.rfind(b"\n") + 1]


def _look(connection: sqlite3.Connection, message: MessageId) -> bytes | Stored | None:
    raw = bodies.raw(connection, message)
    return parts.readable(connection, message) if raw is None else raw


def parsed(found: bytes | Stored) -> "Message":
    """Parse a message, for a thread of its own: a large one takes its time."""
    # imported here: the list is painted long before the first message is opened
    from protocols.mime.parse import parse_message
    from protocols.mime.partial import partial_message
    from protocols.mime.unfold import unfolded

    if isinstance(found, bytes):
        return unfolded(parse_message(found))
    return unfolded(partial_message(found.structure, found.texts, found.complete))


async def note_opened(store: MailStore, message: MessageId) -> None:
    """Write down, if it is not written yet, that somebody reads a message: it stays on this disk for a while."""
    now = time.time()
    if not await store.read(lambda c: keeping.is_noted(c, message, now)):
        await store.write(lambda tx: keeping.opened(tx, message, now))


async def with_body(store: MailStore, message: MessageId, part: "Part") -> "Part":
    """The same part with its body, which for an attachment that came alone is read only now."""
    if part.here or not part.complete:
        return part
    body = await store.read(lambda c: parts.content(c, message, part.index)) or b""
    return replace(part, source=body, start=0, end=len(body))


async def opened_up(store: MailStore, message: MessageId, found: "Message") -> "Message":
    """The same message, what came alone and holds files itself (winmail.dat) opened too."""
    from protocols.mime.tnef import TYPES
    from protocols.mime.unfold import unfolded_part

    closed = {part.index for part in found.leaves if part.type in TYPES and part.complete and not part.here}

    async def opened(part: "Part") -> "Part":
        if part.children:
            return part.holding(tuple([await opened(child) for child in part.children]))
        if part.index not in closed:
            return part
        return await asyncio.to_thread(unfolded_part, await with_body(store, message, part))

    return replace(found, root=await opened(found.root)) if closed else found


def shortfall(part: "Part") -> int:
    """Octets that the server had spoken of and that did not come, of a part with its body."""
    return max(0, part.size - part.here) if part.complete else 0
