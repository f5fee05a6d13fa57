"""Finds messages with invitations of one organiser by the search index, those to the same event first."""

import sqlite3
from collections.abc import Collection

from store.model import MessageId
from store.search.fold import fold, is_searchable

MOST = 20
"""Messages that are looked into for one invitation."""
_LOOKED_AT = 500


def candidates(
    connection: sqlite3.Connection, organiser: str, title: str, senders: Collection[str], besides: Collection[MessageId]
) -> list[MessageId]:
    """Messages whose calendar names `organiser`, an address, and perhaps `title`: the newest ones from `senders`.

    The index holds of a calendar who is to come and what it is about, not its UID: whoever asks looks for that.
    """
    people, about = _phrase(f"mailto {organiser}"), _phrase(title)
    wanted = {one.casefold() for one in senders}
    found: dict[MessageId, None] = {}
    for asked in ([f"{people} AND {about}"] if people and about else []) + ([people] if people else []):
        rows = connection.execute(
            "SELECT id, from_address FROM messages WHERE folder_id IS NOT NULL AND id IN (SELECT rowid FROM"
            " search_bodies WHERE search_bodies MATCH ? ORDER BY rowid DESC LIMIT ?) ORDER BY received DESC, id DESC",
            (f"body : ({asked})", _LOOKED_AT),
        )
        for id, sender in rows:
            if sender.casefold() in wanted and id not in besides:
                found.setdefault(MessageId(id))
            if len(found) >= MOST:
                return list(found)
    return list(found)


def _phrase(text: str) -> str:
    folded = fold(text[:300]).replace('"', " ").replace("\0", " ")
    return f'"{folded}"' if is_searchable(folded) else ""
