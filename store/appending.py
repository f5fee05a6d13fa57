"""Puts new messages, raw bytes and all, into a folder: at once into a local one, by way of the journal elsewhere."""

import sqlite3
from collections.abc import Sequence

from store import folders, messages
from store.database import Transaction
from store.errors import NotPossible
from store.messages import Arrival
from store.model import AccountId, FolderId, MessageId


def is_local(connection: sqlite3.Connection, account: AccountId) -> bool:
    """Whether an account's folders are on this disk alone (POP3), so that what is done to its mail is done."""
    row = connection.execute("SELECT protocol = 'pop3' FROM accounts WHERE id = ?", (account,)).fetchone()
    return row is not None and bool(row[0])


def stage(tx: Transaction, folder: FolderId, rows: Sequence[Arrival]) -> list[MessageId]:
    """Put new messages, each with its raw bytes, into a folder; answers their ids, in order.

    Raises NotFound when there is no such folder, NotPossible when it takes no messages.
    """
    place = folders.get(tx.connection, folder)
    if not place.selectable:
        raise NotPossible("That folder holds other folders only, no messages.")
    if any(row.raw is None for row in rows):
        raise ValueError("a message that is put into a folder has to be whole")
    if not is_local(tx.connection, place.account):
        raise NotPossible("Messages cannot be put into a folder of a server yet.")
    return messages.add(tx, place.account, folder, rows)
