"""The accounts table: the store's side of what the configuration names."""

import sqlite3
from collections.abc import Collection, Iterable

from store import transfers
from store.database import Transaction
from store.errors import NotFound
from store.folders import add_local
from store.model import Account, AccountId, Protocol, Role

LOCAL_FOLDERS = (
    ("Inbox", Role.INBOX),
    ("Archive", Role.ARCHIVE),
    ("Sent", Role.SENT),
    ("Drafts", Role.DRAFTS),
    ("Trash", Role.TRASH),
    ("Junk", Role.JUNK),
)
"""What a POP3 account has from the first moment: the protocol knows no folders, so they live here."""


def every(connection: sqlite3.Connection) -> list[Account]:
    """All accounts, in the order they were added."""
    rows = connection.execute("SELECT id, name, protocol, unified FROM accounts ORDER BY id")
    return [Account(AccountId(row[0]), row[1], Protocol(row[2]), bool(row[3])) for row in rows]


def by_name(connection: sqlite3.Connection, name: str) -> Account:
    """One account; raises NotFound."""
    for account in every(connection):
        if account.name == name:
            return account
    raise NotFound(f"No account is called {name!r}.", "`bocau account list` names them.")


def reconcile(tx: Transaction, wanted: Iterable[tuple[str, Protocol, bool]]) -> dict[str, AccountId]:
    """Bring (name, protocol, unified) of the configuration into the table; answers name -> id.

    Accounts that are no longer configured stay with their mail until `remove` is called.  A name whose protocol
    changed is another account: mail that is here alone would be taken for mail that a server has lost.  The one of
    before goes when it has no messages, else it stays under another name, until its protocol is configured again.
    """
    rows = list(wanted)
    known = {account.name: account for account in every(tx.connection)}
    names = {name for name, _, _ in rows}
    ids: dict[str, AccountId] = {}
    for name, protocol, unified in rows:
        account = known.get(name)
        if account is not None and account.protocol is not protocol:
            _set_aside(tx, account, {*names, *known})
            account = known.get(_old_name(name, protocol))
            if account is not None and account.protocol is protocol and account.name not in names:
                _rename(tx, account.id, name)
            else:
                account = None
        if account is None:
            ids[name] = _add(tx, name, protocol, unified)
        else:
            ids[name] = account.id
            if account.unified != unified:
                tx.execute("UPDATE accounts SET unified = ? WHERE id = ?", (unified, account.id))
                tx.changed(accounts=[account.id], everything=True)
    return ids


def remove(tx: Transaction, account: AccountId) -> None:
    """Forget an account and every message, folder and operation of it."""
    tx.execute("DELETE FROM messages WHERE account_id = ?", (account,))
    tx.execute("DELETE FROM accounts WHERE id = ?", (account,))
    transfers.sweep(tx)  # what was to come here from other accounts stays there
    tx.changed(accounts=[account], everything=True)


def _set_aside(tx: Transaction, account: Account, taken: Collection[str]) -> None:
    """Free the name of an account."""
    if _is_empty(tx, account.id):
        remove(tx, account.id)
        return
    name = _old_name(account.name, account.protocol)
    while name in taken:
        name = f"{name}'"
    _rename(tx, account.id, name)


def _old_name(name: str, protocol: Protocol) -> str:
    return f"{name} ({protocol.value})"


def _rename(tx: Transaction, account: AccountId, name: str) -> None:
    tx.execute("UPDATE accounts SET name = ? WHERE id = ?", (name, account))
    tx.changed(accounts=[account], everything=True)


def _is_empty(tx: Transaction, account: AccountId) -> bool:
    return tx.execute("SELECT 1 FROM messages WHERE account_id = ? LIMIT 1", (account,)).fetchone() is None


def _add(tx: Transaction, name: str, protocol: Protocol, unified: bool) -> AccountId:
    cursor = tx.execute(
        "INSERT INTO accounts (name, protocol, unified) VALUES (?, ?, ?)", (name, protocol.value, unified)
    )
    account = AccountId(cursor.lastrowid or 0)
    if protocol is Protocol.POP3:
        for path, role in LOCAL_FOLDERS:
            add_local(tx, account, path, role)
    tx.changed(accounts=[account])
    return account
