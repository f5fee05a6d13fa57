"""A store in memory for the tests of acts: two accounts with folders, and a second server where it is wanted."""

import pytest

from store import accounts, folder_list, folders
from store.model import Protocol, Role
from tests.store.mail import LISTED, assert_consistent, memory, seed


@pytest.fixture
def tx():
    transaction = memory()
    yield transaction
    assert_consistent(transaction.connection)
    transaction.connection.close()


@pytest.fixture
def at(tx):
    return seed(tx)


@pytest.fixture
def other(tx, at):
    """The inbox of a second IMAP account."""
    wanted = [("imap", Protocol.IMAP, True), ("pop3", Protocol.POP3, True), ("second", Protocol.IMAP, True)]
    account = accounts.reconcile(tx, wanted)["second"]
    folder_list.reconcile(tx, account, LISTED)
    return folders.by_role(tx.connection, account, Role.INBOX)
