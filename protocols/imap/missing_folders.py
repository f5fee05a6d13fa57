"""Folders that a list suddenly lacks: each is asked for by itself before anything of it is removed here."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from protocols.errors import Misbehaved, Refused
from protocols.imap.arguments import astring
from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from protocols.imap.parse import read_list
from store.folder_list import Known

_log = logging.getLogger(__name__)

MOST_ASKED = 200
"""Folders asked for in one round; the others stay until a later one."""
FEW = 2
"""So many may go at the first word."""
MANY = 0.2
"""Of more than this part of all folders the server has to say it in two rounds."""
_DENIALS = frozenset({"", "NONEXISTENT", "TRYCREATE"})
"""Codes of a NO that means "there is no such folder"; UNAVAILABLE, NOPERM and their like do not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of missing folders, as wire names."""

    kept: frozenset[bytes]
    """There all the same, or nobody knows."""
    missed: frozenset[bytes]
    """The server denies them, and too many others with them: once more, to be sure."""


async def examine(connection: Connection, missing: Sequence[Known], total: int) -> Verdict:
    """Ask the server for each folder that its list lacks; `total` is how many the store knows.

    What is in neither set is gone.  Raises Throttled, ConnectionLost.
    """
    denied = {one.wire_name for one in missing[:MOST_ASKED] if not await exists(connection, one.wire_name)}
    kept = frozenset(one.wire_name for one in missing) - denied
    if len(denied) <= FEW or len(denied) <= MANY * total:
        return Verdict(kept, frozenset())
    missed = frozenset(one.wire_name for one in missing if one.wire_name in denied and not one.missed)
    if missed:
        _log.warning("%d of %d folders are missing; they go when the server says so again", len(missed), total)
    return Verdict(kept, missed)


async def exists(connection: Connection, name: bytes) -> bool:
    """Whether the server has a folder of this wire name, or cannot tell: LIST names it, or STATUS does not deny it."""
    if await listed_as(connection, name) is not None:
        return True
    try:
        await connection.run("STATUS", astring(name), b"(UIDVALIDITY)")
    except Refused as error:
        return error.code not in _DENIALS
    except Misbehaved:
        if connection.closed:
            raise
    return True


async def listed_as(connection: Connection, name: bytes) -> frozenset[str] | None:
    r"""The attributes with which LIST names this very folder, None when it does not (or as `\NonExistent`)."""
    found: list[frozenset[str]] = []

    def hear(response: Response) -> None:
        if response.name == "LIST":
            with suppress(Misbehaved):
                one = read_list(response)
                # a name may hold `*`, which LIST takes for "anything"
                if one.name == name and "\\nonexistent" not in one.attributes:
                    found.append(one.attributes)

    try:
        await connection.run("LIST", b'""', astring(name), sink=hear)
    except (Refused, Misbehaved):
        if connection.closed:
            raise
    return found[0] if found else None
