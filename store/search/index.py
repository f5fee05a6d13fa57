"""Writes the search index: folded text of headers and bodies, in the transaction of the message."""

import json
from collections.abc import Sequence

from store.database import Transaction
from store.model import Address, Digest, MessageId
from store.search.fold import fold


def add(tx: Transaction, messages: Sequence[tuple[MessageId, Digest]]) -> None:
    """Index new messages: their headers, and their text where it is known."""
    tx.with_rows(
        "INSERT INTO search_headers (rowid, subject, sender, recipients, copies) (VALUES)",
        [(m, _folded(d.subject), _people((d.sender,)), _people(d.to), _people(d.cc)) for m, d in messages],
    )
    tx.with_rows(
        "INSERT INTO search_bodies (rowid, body, filenames) (VALUES)",
        [(m, _folded(d.text), _folded("\n".join(d.filenames))) for m, d in messages if d.text is not None],
    )


def replace(tx: Transaction, messages: Sequence[tuple[MessageId, Digest]]) -> None:
    """Index messages anew, headers and text."""
    for table in ("search_headers", "search_bodies"):
        tx.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(message,) for message, _ in messages])
    add(tx, messages)


def add_bodies(tx: Transaction, messages: Sequence[tuple[MessageId, Digest]]) -> None:
    """Index the text of messages whose headers are indexed already; repeating it replaces the entry."""
    ids = json.dumps([message for message, _ in messages])
    tx.execute("DELETE FROM search_bodies WHERE rowid IN (SELECT value FROM json_each(?))", (ids,))
    tx.with_rows(
        "INSERT INTO search_bodies (rowid, body, filenames) (VALUES)",
        [(m, _folded(d.text or ""), _folded("\n".join(d.filenames))) for m, d in messages],
    )


def _people(addresses: Sequence[Address]) -> str:
    return _folded("\n".join(f"{a.name} {a.address}" for a in addresses))


def _folded(text: str) -> str:
    # NUL ends a C string inside SQLite; lone surrogates are gone once folded
    return fold(text).replace("\0", " ")
