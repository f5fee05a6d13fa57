"""Folders that a list suddenly lacks: each is asked for by itself before anything of it is removed here."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from protocols.errors import Misbehaved, Refused, Throttled
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


async def examine(
    connection: Connection, missing: Sequence[Known], total: int, selected: bytes | None = None
) -> Verdict:
    """Ask the server for each folder that its list lacks; `total` is how many the store knows.

    Of the folder that is `selected` LIST alone is asked: STATUS of it is answered (Dovecot) even when it was deleted.
    What is in neither set is gone.  Raises ConnectionLost.
    """
    denied: set[bytes] = set()
    for name in [one.wire_name for one in missing[:MOST_ASKED]]:
        ask = is_listed if name == selected else exists
        if not await ask(connection, name):
            denied.add(name)
    kept = frozenset(one.wire_name for one in missing) - denied
    if len(denied) <= FEW or len(denied) <= MANY * total:
        return Verdict(kept, frozenset())
    missed = frozenset(one.wire_name for one in missing if one.wire_name in denied and not one.missed)
    if missed:
        _log.warning("%d of %d folders are missing; they go when the server says so again", len(missed), total)
    return Verdict(kept, missed)


async def exists(connection: Connection, name: bytes) -> bool:
    """Whether the server has a folder of this wire name, or cannot tell: LIST names it, or STATUS does not deny it."""
    if await is_listed(connection, name):
        return True
    try:
        await connection.run("STATUS", astring(name), b"(UIDVALIDITY)")
    except Refused as error:
        return error.code not in _DENIALS
    except (Misbehaved, Throttled):  # UNAVAILABLE of one folder must not hold up the others
        if connection.closed:
            raise
    return True


async def is_listed(connection: Connection, name: bytes) -> bool:
    r"""Whether LIST names this very folder, and not only as `\NonExistent`."""
    found = False

    def hear(response: Response) -> None:
        nonlocal found
        if response.name == "LIST":
            with suppress(Misbehaved):
                one = read_list(response)
                # a name may hold `*`, which LIST takes for "anything"
                found = found or (one.name == name and "\\nonexistent" not in one.attributes)

    try:
        await connection.run("LIST", b'""', astring(name), sink=hear)
    except (Refused, Misbehaved, Throttled):
        if connection.closed:
            raise
    return found
