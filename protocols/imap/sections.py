"""Asks a selected folder for parts of messages: their structure, headers and texts, and slices of the rest."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from protocols.imap.retrieval import fetch_each
from protocols.imap.structure import read_structure
from protocols.imap.survey import collector, read_all
from protocols.mime.choose import texts
from protocols.mime.digest import digest_parts
from protocols.mime.partial import HEADER, partial_message
from store.model import Digest
from store.structure import Structure

_log = logging.getLogger(__name__)

TEXT_BYTES = 1 << 20
"""Of one text part this much is read; who wants more opens the part."""
TEXTS = 40
"""Text parts of one message that are read."""

Sections = dict[str, tuple[bytes, bool]]
"""Sections by their IMAP names, as (content as transferred, whether it is complete)."""


@dataclass(frozen=True, slots=True)
class Readable:
    """What the reader needs of one large message, and what the index learns from it."""

    uid: int
    structure: Structure
    sections: Sections
    digest: Digest


async def structures(connection: Connection, uids: Sequence[int]) -> dict[int, Structure]:
    """UID -> structure; a message whose structure is refused, missing or broken is left out."""
    heard: list[Response] = []
    refused = await fetch_each(connection, uids, b"(UID BODYSTRUCTURE)", heard)
    found = await asyncio.to_thread(_structures, heard, set(uids))
    if len(found) + len(refused) < len(uids):
        _log.info("%d of %d structures are missing or broken", len(uids) - len(found) - len(refused), len(uids))
    return found


def text_sections(structure: Structure, *, mime: bool = True) -> tuple[str, ...]:
    """The sections of headers and texts that the reader may show, in the order of the message, HEADER first.

    `mime`: with the headers of the parts, which say more than the structure.
    """
    # what is the whole body of a message is described by that message's header
    bodies = {structure.section}
    bodies.update(child.section for part in structure.walk() if _encloses(part) for child in part.children)
    wanted = [HEADER]
    for part in texts(partial_message(structure, {}, ()).root)[:TEXTS]:
        if part.children:
            wanted.append(f"{part.index}.{HEADER}")
        else:
            wanted += [f"{part.index}.MIME", part.index] if mime and part.index not in bodies else [part.index]
    return tuple(wanted)


def _encloses(part: Structure) -> bool:
    return part.type.startswith("message/")


async def readables(
    connection: Connection, wanted: Mapping[int, Structure], names: Sequence[str]
) -> dict[int, Readable]:
    """Headers and texts of messages of which the same sections are wanted, by UID; what does not come is left out.

    A text comes up to TEXT_BYTES; where a server ignores that, all of it.
    """
    items = b" ".join(_item(name) for name in names)
    heard: list[Response] = []
    await fetch_each(connection, list(wanted), b"(UID " + items + b")", heard)
    return await asyncio.to_thread(_readables, heard, wanted, names)


@dataclass(frozen=True, slots=True)
class Slice:
    """What a server answered when it was asked for a slice."""

    octets: bytes
    origin: int | None
    """Octets before it, as the server says; None when it does not say that this is a slice."""


async def slice_of(connection: Connection, uid: int, section: str, start: int, size: int) -> Slice | None:
    """`size` octets of a section ("" is the whole message) from `start` on; None when the answer holds no such data.

    Raises Refused or Misbehaved when the server says no.
    """
    return await _one(connection, uid, section, b"<%d.%d>" % (start, size))


async def unsliced(connection: Connection, uid: int, section: str) -> Slice | None:
    """All of a section in one piece, for a server that cannot slice.  Raises as `slice_of` does."""
    return await _one(connection, uid, section, b"")


async def _one(connection: Connection, uid: int, section: str, span: bytes) -> Slice | None:
    heard: list[Response] = []
    item = b"(UID BODY.PEEK[%s]%s)" % (section.encode(), span)
    await connection.run("UID FETCH", b"%d" % uid, item, sink=collector(heard))
    for one in read_all(heard):
        for name, octets in one.sections.items():
            if one.uid == uid and (origin := _origin(name, section)) is not None:
                return Slice(octets, None if origin < 0 else origin)
    return None


def _origin(name: str, section: str) -> int | None:
    """The origin in `BODY[1.2]<524288>`, -1 when there is none, None when it is another section."""
    told, bracket, rest = name.partition("]")
    if not bracket or told not in (f"BODY[{section.upper()}", f"BINARY[{section.upper()}"):
        return None
    digits = rest.strip("<>")
    return int(digits) if digits.isdigit() else -1


def _is_header(name: str) -> bool:
    return name.endswith((HEADER, "MIME"))


def _item(name: str) -> bytes:
    span = b"" if _is_header(name) else b"<0.%d>" % TEXT_BYTES
    return b"BODY.PEEK[%s]%s" % (name.encode(), span)


def _structures(heard: Sequence[Response], wanted: set[int]) -> dict[int, Structure]:
    read = {one.uid: read_structure(one.structure) for one in read_all(heard) if one.structure is not None}
    return {uid: tree for uid, tree in read.items() if tree is not None and uid in wanted}


def _readables(heard: Sequence[Response], wanted: Mapping[int, Structure], names: Sequence[str]) -> dict[int, Readable]:
    gathered: dict[int, Sections] = {}
    for one in read_all(heard):
        if one.uid in wanted:
            sections = gathered.setdefault(one.uid, {})
            for key, octets in one.sections.items():
                name = next((name for name in names if _origin(key, name) is not None), None)
                if name is not None:
                    sections[name] = (octets, _is_header(name) or len(octets) != TEXT_BYTES)
    return {uid: _readable(uid, wanted[uid], found) for uid, found in gathered.items() if _is_usable(found, names)}


def _is_usable(found: Sections, names: Sequence[str]) -> bool:
    """Whether the header came, and some text if there is any."""
    texts = [name for name in names if not _is_header(name)]
    return bool(found.get(HEADER, (b"",))[0]) and (not texts or any(name in found for name in texts))


def _readable(uid: int, structure: Structure, sections: Sections) -> Readable:
    read = {name: octets for name, (octets, _) in sections.items()}
    whole = [name for name, (_, complete) in sections.items() if complete]
    message = partial_message(structure, read, whole)
    return Readable(uid, structure, sections, digest_parts(message.fields, message.root))
