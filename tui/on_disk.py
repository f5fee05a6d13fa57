"""A message as far as it is on this disk: parsed from its bytes, or put together from the parts that are here."""

import asyncio
import sqlite3
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from store import bodies, keeping, parts
from store.mailstore import MailStore
from store.model import MessageId
from store.parts import Stored

if TYPE_CHECKING:
    from protocols.mime.parse import Message
    from protocols.mime.part import Part


async def message_on_disk(store: MailStore, message: MessageId) -> "Message | None":
    """The message, parsed off the loop; parts that are not here say so (`Part.complete`).  None: not even its text."""
    found = await store.read(lambda c: _look(c, message))
    return None if found is None else await asyncio.to_thread(parsed, found)


def _look(connection: sqlite3.Connection, message: MessageId) -> bytes | Stored | None:
    raw = bodies.raw(connection, message)
    return parts.readable(connection, message) if raw is None else raw


def parsed(found: bytes | Stored) -> "Message":
    """Parse a message, for a thread of its own: a large one takes its time."""
    # imported here: the list is painted long before the first message is opened
    from protocols.mime.parse import parse_message
    from protocols.mime.partial import partial_message

    if isinstance(found, bytes):
        return parse_message(found)
    return partial_message(found.structure, found.texts, found.complete)


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


def shortfall(part: "Part") -> int:
    """Octets that the server had spoken of and that did not come, of a part with its body."""
    return max(0, part.size - part.here) if part.complete else 0
