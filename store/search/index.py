"""Writes the search index: folded text of headers and bodies, in the transaction of the message."""

import json
from collections.abc import Sequence

from store.database import Transaction
from store.model import Digest, MessageId
from store.search.prepared import Prepared, folded


def add(tx: Transaction, messages: Sequence[tuple[MessageId, Digest, Prepared]]) -> None:
    """Index new messages: their headers, and their text where it is known."""
    tx.with_rows(
        "INSERT INTO search_headers (rowid, subject, sender, recipients, copies) (VALUES)",
        [(message, *known.indexed) for message, _, known in messages],
    )
    tx.with_rows(
        "INSERT INTO search_bodies (rowid, body, filenames) (VALUES)",
        [(m, folded(d.text), folded("\n".join(d.filenames))) for m, d, _ in messages if d.text is not None],
    )


def replace(tx: Transaction, messages: Sequence[tuple[MessageId, Digest, Prepared]]) -> None:
    """Index messages anew, headers and text."""
    for table in ("search_headers", "search_bodies"):
        tx.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(message,) for message, _, _ in messages])
    add(tx, messages)


def add_bodies(tx: Transaction, messages: Sequence[tuple[MessageId, Digest]]) -> None:
    """Index the text of messages whose headers are indexed already; repeating it replaces the entry."""
    ids = json.dumps([message for message, _ in messages])
    tx.execute("DELETE FROM search_bodies WHERE rowid IN (SELECT value FROM json_each(?))", (ids,))
    tx.with_rows(
        "INSERT INTO search_bodies (rowid, body, filenames) (VALUES)",
        [(m, folded(d.text or ""), folded("\n".join(d.filenames))) for m, d in messages],
    )
