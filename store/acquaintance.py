"""Tells whether a sender is known: whether mail was received from the address before, or sent to it.

Asked of the search index and of the list's own index, so that it costs no more in a large store.  Mail in the junk
folder makes nobody known.  It is not told at all while that could only mislead: as long as a folder in which mail is
kept has not been synchronised to its end, and where there is hardly any mail from a month before or longer ago.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from store.model import Summary
from store.search.fold import fold, is_searchable

OLD = 30 * 86_400
"""Seconds by which mail has to be older than a message to count as what was there before."""
ENOUGH = 50
"""Messages of that age without which everybody would be new."""
OFTEN = 2
"""Messages from which on somebody's name is known, if nothing was sent there."""
_LOOKED_AT = 2000
_SAY_NOTHING = frozenset(
    ("admin", "billing", "contact", "customer service", "help", "hello", "hr", "info", "it", "mail", "marketing", "me",
     "news", "newsletter", "no reply", "noreply", "notification", "notifications", "office", "sales", "security",
     "service", "support", "team", "updates", "webmaster")
)  # fmt: skip
"""Names that many have."""


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What is known of a sender who was never heard of before."""

    namesake: str
    """The address from which somebody of the same name wrote until now, not cleaned; empty when nobody did."""


def stranger(
    connection: sqlite3.Connection, message: Summary, own: Collection[str], post: str = ""
) -> Acquaintance | None:
    """What is known of the sender of a message, None when he is known himself, or it cannot be told.

    `own` are the addresses of the accounts, `post` is the address of the list that the message came by.
    """
    address = message.sender.address.casefold()
    mine = {one.casefold() for one in own}
    if "@" not in address or address in mine or not _has_past(connection, message.received):
        return None
    if _wrote(connection, address, message) or _was_sent_to(connection, address, mine):
        return None
    if post and post.casefold() not in mine and _came_by(connection, post.casefold(), message):
        return None  # whoever writes to a list that one reads is no stranger there
    return Acquaintance(_namesake(connection, message, mine))


def _has_past(connection: sqlite3.Connection, received: int) -> bool:
    awaited = connection.execute(
        "SELECT 1 FROM folders JOIN accounts ON accounts.id = folders.account_id WHERE folders.synced_at IS NULL"
        " AND selectable AND protocol = 'imap' AND role IN ('inbox', 'sent', 'archive', 'all') LIMIT 1"
    ).fetchone()
    old = "SELECT 1 FROM folders CROSS JOIN messages m ON m.folder_id = folders.id AND m.received < ? LIMIT ?"
    found = connection.execute(f"SELECT count(*) FROM ({old})", (received - OLD, ENOUGH)).fetchone()[0]
    return awaited is None and found >= ENOUGH


_BEFORE = (
    " FROM (SELECT rowid AS id FROM search_headers WHERE search_headers MATCH ? ORDER BY rowid DESC LIMIT ?) hit"
    " JOIN messages m ON m.id = hit.id LEFT JOIN folders place ON place.id = m.folder_id"
    " WHERE (m.received, m.id) < (?, ?) AND (m.message_id = '' OR m.message_id <> ?)"
    " AND place.role IS NOT 'junk'"
)


def _rows(connection: sqlite3.Connection, columns: str, asked: str, message: Summary) -> sqlite3.Cursor:
    """Columns of earlier messages `m` that the index finds; the message itself, wherever it is, is left out."""
    values = (asked, _LOOKED_AT, message.received, message.id, message.message_id)
    return connection.execute(f"SELECT {columns}{_BEFORE}", values)


def _wrote(connection: sqlite3.Connection, address: str, message: Summary) -> bool:
    asked = _asked("sender", address)
    return bool(asked) and any(
        found.casefold() == address for (found,) in _rows(connection, "m.from_address", asked, message)
    )


def _was_sent_to(connection: sqlite3.Connection, address: str, mine: Collection[str]) -> bool:
    """Whether anything was sent there, at any time."""
    asked = _asked("{recipients copies}", address)
    if not asked:
        return False
    rows = connection.execute(
        "SELECT m.recipients, m.copies, m.from_address, place.role FROM (SELECT rowid AS id FROM search_headers"
        " WHERE search_headers MATCH ? ORDER BY rowid DESC LIMIT ?) hit JOIN messages m ON m.id = hit.id"
        " LEFT JOIN folders place ON place.id = m.folder_id",
        (asked, _LOOKED_AT),
    )
    return any(
        (role == "sent" or sender.casefold() in mine) and address in (_addresses(to) | _addresses(copies))
        for to, copies, sender, role in rows
    )


def _came_by(connection: sqlite3.Connection, post: str, message: Summary) -> bool:
    asked = _asked("{recipients copies}", post)
    return bool(asked) and any(
        post in (_addresses(to) | _addresses(copies))
        for to, copies in _rows(connection, "m.recipients, m.copies", asked, message)
    )


def _namesake(connection: sqlite3.Connection, message: Summary, mine: Collection[str]) -> str:
    """The address of somebody known who has the same name."""
    name = _plain(message.sender.name)
    asked = _asked("sender", name)
    if len(name) < 2 or name in _SAY_NOTHING or not asked:
        return ""
    address = message.sender.address.casefold()
    times = Counter(
        found
        for called, found in _rows(connection, "m.from_name, m.from_address", asked, message)
        if _plain(called) == name and found.casefold() not in {address, "", *mine}
    )
    for found, count in times.most_common(3):
        if count >= OFTEN or _was_sent_to(connection, found.casefold(), mine):
            return str(found)
    return ""


def _addresses(column: str) -> set[str]:
    return {address.casefold() for _, address in json.loads(column)}


def _plain(name: str) -> str:
    return " ".join(fold(name[:200]).replace(",", " ").split())


def _asked(column: str, text: str) -> str:
    folded = fold(text[:300]).replace('"', " ").replace("\0", " ")
    return f'{column} : "{folded}"' if is_searchable(folded) else ""
