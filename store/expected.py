"""How much of an account is still to come from its server, by what it keeps."""

import json
import sqlite3

from store.keeping import Choice
from store.model import AccountId
from store.settings import KeepKind


def extent(connection: sqlite3.Connection, account: AccountId, choice: Choice) -> tuple[int, int]:
    """(messages, octets) that are to come from a server: those that are to be here, and are not as far as they should.

    What is parked and rests does not count.  Of messages of which only the text is to come the octets do not count.
    """
    if choice.keep.kind is KeepKind.SUMMARIES and not choice.folders and not _any_kept(connection, account):
        return 0, 0  # in every round, so not by looking at 100,000 rows
    whole = f"(kept OR server_folder_id IN (SELECT value FROM json_each(?5)) OR {choice.wanted})"
    mine = (
        f"uid IS NOT NULL AND {whole}"
        " AND (received >= ?2 OR kept OR server_folder_id IN (SELECT value FROM json_each(?5)))"
        " AND server_folder_id IN (SELECT id FROM folders WHERE account_id = ?1)"
        " AND id NOT IN (SELECT message_id FROM parked WHERE attempts > 0 AND (next_at IS NULL OR next_at > ?3))"
    )
    large = "size > ?4 AND NOT kept AND server_folder_id NOT IN (SELECT value FROM json_each(?5))"
    arguments = (account, choice.since, choice.now, choice.whole_limit, json.dumps(sorted(choice.folders)))
    messages, octets = connection.execute(
        f"SELECT count(*), coalesce(sum(CASE WHEN {large} THEN 0 ELSE size END), 0) FROM messages"
        f" INDEXED BY messages_to_fetch WHERE cached = 0 AND {mine}",
        arguments,
    ).fetchone()
    rest, more = connection.execute(
        f"SELECT count(*), coalesce(sum(size), 0) FROM messages INDEXED BY messages_to_complete"
        f" WHERE cached = 1 AND NOT ({large}) AND {mine}",
        arguments,
    ).fetchone()
    return int(messages + rest), int(octets + more)


def _any_kept(connection: sqlite3.Connection, account: AccountId) -> bool:
    """Whether any message is kept by hand; from an index of its own."""
    return (
        connection.execute("SELECT 1 FROM messages WHERE kept = 1 AND account_id = ?", (account,)).fetchone()
        is not None
    )
