"""Brings a salvaged database into order: what refers to lost rows finds something else, or goes."""

from collections.abc import Sequence

from store import accounts, folders, mending, unified
from store.database import Transaction
from store.model import Protocol
from store.salvage.report import Report

Configured = Sequence[tuple[str, Protocol, bool]]
"""(name, protocol, unified) of the accounts in the configuration."""


def amend(tx: Transaction, configured: Configured, report: Report) -> None:
    """Make the rows of a copy agree; the numbers go into the report."""
    _accounts(tx, configured)
    _folders(tx)
    _acts(tx)
    _references(tx)
    _numbers(tx)
    _derived(tx)
    found = mending.mend(tx)
    report.hollow, report.again, report.homeless = found.lost, found.hollow, found.homeless


def _accounts(tx: Transaction, configured: Configured) -> None:
    """Accounts whose rows are lost get back the name of the configured one that is missing, or one made up."""
    lost = [row[0] for row in tx.execute(
        "SELECT account_id FROM messages UNION SELECT account_id FROM folders EXCEPT SELECT id FROM accounts ORDER BY 1"
    )]  # fmt: skip
    there = {account.name for account in accounts.every(tx.connection)}
    spare = [one for one in configured if one[0] not in there]
    for account in lost:
        protocol = _protocol(tx, account)
        found = next((one for one in spare if one[1] is protocol), None)
        if found is not None:
            spare.remove(found)
        name, _, unified = found or (f"salvaged-{account}", protocol, True)
        tx.execute(
            "INSERT INTO accounts (id, name, protocol, unified) VALUES (?, ?, ?, ?)",
            (account, name, protocol.value, unified),
        )


def _protocol(tx: Transaction, account: int) -> Protocol:
    known = tx.execute(
        "SELECT EXISTS (SELECT 1 FROM messages WHERE account_id = ?1 AND uid IS NOT NULL)"
        " OR EXISTS (SELECT 1 FROM folders WHERE account_id = ?1 AND wire_name IS NOT NULL)",
        (account,),
    ).fetchone()[0]
    return Protocol.IMAP if known else Protocol.POP3


def _folders(tx: Transaction) -> None:
    """Local mail whose folder is lost goes to the inbox; of IMAP accounts the server has it, and brings it again."""
    for account in accounts.every(tx.connection):
        if account.protocol is Protocol.POP3:
            for _, role in accounts.LOCAL_FOLDERS:
                folders.ensure_role(tx, account.id, role)
    for column in ("server_folder_id", "folder_id"):
        tx.execute(
            f"UPDATE messages SET {column} = (SELECT f.id FROM folders f WHERE f.account_id = messages.account_id"
            f" AND f.role = 'inbox') WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT id FROM folders)"
            " AND account_id IN (SELECT id FROM accounts WHERE protocol = 'pop3')"
        )
    tx.execute(
        "DELETE FROM messages WHERE server_folder_id IS NOT NULL AND server_folder_id NOT IN (SELECT id FROM folders)"
    )
    tx.execute(
        "UPDATE messages SET folder_id = server_folder_id"
        " WHERE folder_id IS NOT NULL AND folder_id NOT IN (SELECT id FROM folders)"
    )
    # everything is compared with the server once more: what was lost here is missing there in no list
    tx.execute("UPDATE folders SET highestmodseq = NULL")


def _acts(tx: Transaction) -> None:
    """What waits for a server is sent, also when nobody knows any more what it was called."""
    tx.execute(
        "INSERT INTO acts (id, title, created) SELECT DISTINCT act_id, 'An act from before the damage', created"
        " FROM journal WHERE act_id NOT IN (SELECT id FROM acts) GROUP BY act_id"
    )
    tx.execute("UPDATE acts SET undoes = NULL WHERE undoes IS NOT NULL AND undoes NOT IN (SELECT id FROM acts)")


def _references(tx: Transaction) -> None:
    """Whatever else refers to a row that is lost goes, table by table, until nothing does."""
    while wrong := {row[0] for row in tx.execute("PRAGMA foreign_key_check")}:
        for table in wrong:
            for _, _, parent, column, key, *_ in tx.execute(f'PRAGMA foreign_key_list("{table}")').fetchall():
                tx.execute(
                    f'DELETE FROM "{table}" WHERE "{column}" IS NOT NULL'
                    f' AND "{column}" NOT IN (SELECT "{key or "id"}" FROM "{parent}")'
                )


def _numbers(tx: Transaction) -> None:
    """Ids that were given out are never given out again, also when the row that counted them is lost."""
    for table in ("messages", "folders", "accounts", "acts", "journal"):
        highest = tx.execute(f'SELECT coalesce(max(id), 0) FROM "{table}"').fetchone()[0]
        if table == "messages":
            highest = max(highest, tx.execute("SELECT coalesce(max(message_id), 0) FROM bodies").fetchone()[0])
            highest = max(highest, tx.execute("SELECT coalesce(max(first + count), 0) FROM reservations").fetchone()[0])
        before = tx.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()[0]
        tx.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        tx.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, max(highest, before)))


def _derived(tx: Transaction) -> None:
    """Counters and what unified folders count too often."""
    mending.recount(tx)
    unified.anew(tx)
