"""Rows of results: the summaries that are shown, and the places of messages that join a list later."""

import json
import sqlite3
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import replace

from store import listing
from store.model import Double, Flag, MessageId, Summary
from store.search.found import Found

Position = tuple[int, int]
"""(received, id): the order of every list, newest first."""


def summaries(
    connection: sqlite3.Connection, ids: Iterable[int], others: Mapping[MessageId, tuple[MessageId, ...]]
) -> dict[MessageId, Summary]:
    """Summaries by id, each with what the row stands for; messages that are gone or hidden are left out."""
    wanted = [MessageId(id) for id in ids]
    doubles = [other for id in wanted for other in others.get(id, ())]
    rows = listing.summaries(connection, [*wanted, *doubles])
    return {
        id: _standing_for(rows[id], [rows[other] for other in others.get(id, ()) if other in rows])
        for id in wanted
        if id in rows
    }


def joined(connection: sqlite3.Connection, found: Found, more: Iterable[int]) -> Found:
    """Results with further messages in their places, as far as those are still to be seen and no row stands for them.

    One that stood in the results before is put where the order of time wants it.
    """
    known = {*found.ids, *found.behind, *(other for others in found.others.values() for other in others)}
    extra = [id for id in more if id not in known]
    if not extra:
        return found
    rows = connection.execute(
        "SELECT received, id FROM messages WHERE folder_id IS NOT NULL AND id IN (SELECT value FROM json_each(?))"
        " ORDER BY received DESC, id DESC",
        (json.dumps(extra),),
    ).fetchall()
    ids, begin = array("q"), 0
    for position in rows:
        end = _place(connection, found.ids, position, begin)
        ids.extend(found.ids[begin:end])
        ids.append(position[1])
        begin = end
    ids.extend(found.ids[begin:])
    return replace(found, ids=ids)


def _place(connection: sqlite3.Connection, ids: "array[int]", position: Position, low: int) -> int:
    """The first index from `low` on whose message is older than `position`: some twenty look-ups."""
    high = len(ids)
    while low < high:
        middle = (low + high) // 2
        row = connection.execute("SELECT received, id FROM messages WHERE id = ?", (ids[middle],)).fetchone()
        if row is not None and tuple(row) > position:
            low = middle + 1
        else:
            high = middle
    return low


def _standing_for(summary: Summary, doubles: list[Summary]) -> Summary:
    """A row as it is drawn: unread as long as one of them is, with every other flag that one of them has."""
    if not doubles:
        return summary
    flags, seen, pending = summary.flags, summary.flags & Flag.SEEN, summary.pending
    for one in doubles:
        flags, seen, pending = flags | one.flags, seen & one.flags, pending + one.pending
    return replace(
        summary,
        flags=flags & ~Flag.SEEN | seen,
        pending=pending,
        doubles=tuple(Double(one.id, one.account, one.folder) for one in doubles),
    )
