"""Accounts come from the configuration; their mail stays until they are removed."""

import pytest

from store import accounts, acts, folders, journal, locations, messages
from store.errors import NotFound
from store.model import Protocol, Role
from store.operations import Archive
from tests.store.mail import add, arrival, assert_consistent, memory, seed


@pytest.fixture
def tx():
    transaction = memory()
    yield transaction
    assert_consistent(transaction.connection)
    transaction.connection.close()


def test_a_pop3_account_has_its_folders_at_once(tx):
    ids = accounts.reconcile(tx, [("home", Protocol.POP3, True), ("work", Protocol.IMAP, False)])
    assert [one.role for one in folders.every(tx.connection, ids["home"])] == [
        Role.ARCHIVE, Role.DRAFTS, Role.INBOX, Role.JUNK, Role.SENT, Role.TRASH,
    ]  # fmt: skip
    assert folders.every(tx.connection, ids["work"]) == []
    assert [one.name for one in accounts.every(tx.connection)] == ["home", "work"]
    assert accounts.by_name(tx.connection, "work").unified is False
    with pytest.raises(NotFound, match="No account is called 'nobody'"):
        accounts.by_name(tx.connection, "nobody")


def test_the_same_configuration_again_changes_nothing(tx):
    wanted = [("home", Protocol.POP3, True), ("work", Protocol.IMAP, True)]
    ids = accounts.reconcile(tx, wanted)
    again = type(tx)(tx.connection)
    assert accounts.reconcile(again, wanted) == ids
    assert not again.changes
    accounts.reconcile(again, [("home", Protocol.POP3, False)])
    assert again.changes.everything
    assert folders.unified(tx.connection) == ()
    assert len(accounts.every(tx.connection)) == 2


def test_another_protocol_makes_a_new_account_only_while_there_is_no_mail(tx):
    at = seed(tx)
    add(tx, at, arrival(1))
    ids = accounts.reconcile(tx, [("imap", Protocol.POP3, True), ("pop3", Protocol.IMAP, True)])
    assert ids["imap"] == at.account
    assert ids["pop3"] != at.pop3
    assert folders.every(tx.connection, ids["pop3"]) == []


def test_a_removed_account_takes_everything_with_it(tx):
    at = seed(tx)
    [message] = add(tx, at, arrival(1, raw=b"x", text="x"))
    [kept] = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(None, "k")])
    acts.perform(tx, Archive((message, kept)))
    accounts.remove(tx, at.account)
    assert [one.id for one in accounts.every(tx.connection)] == [at.pop3]
    assert journal.unfinished(tx.connection) == []
    assert locations.location(tx.connection, message) is None
    assert locations.location(tx.connection, kept) is not None
