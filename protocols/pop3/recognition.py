"""Recognises messages that are here already under whatever names a server gives them, before it fetches them."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from protocols.pop3 import identity
from protocols.pop3.connection import Connection
from protocols.pop3.identity import Lost
from store.maildrop import Drop, Dropped, Identity

_STRANGE = 0.9
"""The share of unknown ids above which a server is thought to have renamed what it holds (it was moved, or rebuilt)."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the headers told."""

    renamed: dict[str, str] = field(default_factory=dict)
    """Old key -> new key of messages that are here."""
    strangers: frozenset[str] = frozenset()
    """Keys that mean another message than before, which is not here."""
    unsure: frozenset[int] = frozenset()
    """Numbers that may be here, under another name or their own; their headers could not be had, so the whole message
    tells."""
    untold: set[str] = field(default_factory=set)
    """Keys of those that have the name of a known message, until the whole message has told that it is that one."""
    lost: Lost = field(default_factory=lambda: Lost({}))
    """What the server does not list, or calls by a name that nobody knows yet."""


def looks_renamed(recent: int, listed: int, unknown: int) -> bool:
    """Whether so many unknown of so many listed mean new names, and not new mail: about as many were there before."""
    return recent > 0 and unknown > _STRANGE * listed and recent / 2 <= listed <= recent * 2


async def recognise(
    connection: Connection,
    known: Mapping[str, Dropped],
    keys: Mapping[int, str],
    sizes: Mapping[int, int],
    *,
    since: int,
) -> Findings:
    """Look at the headers of every listed message (number -> key) about which its name alone does not tell enough.

    `since` is when the maildrop was looked at before.  In a maildrop of which nothing odd is known nothing is asked.
    """
    gone, doubtful, unknown = await asyncio.to_thread(_compared, known, keys, sizes, since)
    here = {keys[number]: known[keys[number]] for number in doubtful}
    headers, refused = await _headers(connection, sorted([*doubtful, *unknown]), sizes)
    changed = {keys[n] for n in doubtful if n in headers and not identity.still(here[keys[n]], headers[n])}
    untold = {keys[n] for n in refused if keys[n] in here and _needs_proof(here[keys[n]], sizes.get(n))}
    # a name that changed hands sets its old message free to be found under another one
    free = {key: here[key].identity for key in changed | untold if here[key].state is not Drop.DELETED}
    lost = Lost(gone | free)
    renamed = {}
    for number, found in headers.items():
        key = keys[number]
        if (key in changed or key not in here) and (old := lost.take(found)) is not None:
            renamed[old] = key
    unsure = frozenset(n for n in refused if keys[n] not in here or keys[n] in untold)
    return Findings(renamed, frozenset(changed - set(renamed.values())), unsure, untold, lost)


def _needs_proof(row: Dropped, size: int | None) -> bool:
    """Whether the whole message has to tell what its headers, which cannot be had, would have told."""
    return row.state is Drop.DELETED or size not in (None, row.identity.size)


def _compared(
    known: Mapping[str, Dropped], keys: Mapping[int, str], sizes: Mapping[int, int], since: int
) -> tuple[dict[str, Identity], list[int], list[int]]:
    """What is here and not listed, and the numbers, known and unknown, whose headers have to tell; it takes a while."""
    present = set(keys.values())
    there = {key: row for key, row in known.items() if row.shown and row.state is not Drop.DELETED}
    gone = {key: row.identity for key, row in there.items() if key not in present}
    unknown = [number for number, key in keys.items() if key not in known]
    recent = sum(row.last_listed >= since for row in there.values())
    if not looks_renamed(recent, len(keys), len(unknown)):
        lost = Lost(gone).sizes
        unknown = [number for number in unknown if sizes.get(number) in lost]
    return gone, _doubtful(known, keys, sizes), unknown


def _doubtful(known: Mapping[str, Dropped], keys: Mapping[int, str], sizes: Mapping[int, int]) -> list[int]:
    """Numbers whose name is known, but may mean another message by now.

    That is so after a deletion, whether the server confirmed it or not (servers forget deletions, and give names away
    again), where the size is another one, and among messages that share one name, told apart by their order only.
    """
    shared = {key.rpartition("#")[0] for key in (*known, *keys.values()) if "#" in key}
    found = []
    for number, key in keys.items():
        row = known.get(key)
        if row is None or not row.shown or row.identity.header_key is None:
            continue
        resized = row.identity.size is not None and sizes.get(number, row.identity.size) != row.identity.size
        if (
            resized
            or row.state in (Drop.DELETE_PENDING, Drop.UNCONFIRMED, Drop.DELETED)
            or key in shared
            or key.rpartition("#")[0] in shared
        ):
            found.append(number)
    return found


async def _headers(
    connection: Connection, numbers: list[int], sizes: Mapping[int, int]
) -> tuple[dict[int, Identity], list[int]]:
    """Identities by number, and the numbers whose headers the server does not give out."""
    found: dict[int, Identity] = {}
    refused: list[int] = []
    async with aclosing(connection.top_many(numbers, 0)) as answers:
        async for number, answer in answers:
            if isinstance(answer, bytes):
                found[number] = identity.of_headers(answer, sizes.get(number))
            else:
                refused.append(number)
    return found, refused
