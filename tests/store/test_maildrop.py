"""What a POP3 server holds is remembered by UIDL."""

import pytest

from store import accounts, maildrop
from store.maildrop import Drop, Dropped
from tests.store.mail import memory, seed


@pytest.fixture
def tx():
    transaction = memory()
    yield transaction
    transaction.connection.close()


def test_a_message_is_known_from_storing_to_forgetting(tx):
    at = seed(tx)
    maildrop.stored(tx, at.pop3, ["a", "b", "c"], 100)
    maildrop.listed(tx, at.pop3, ["a", "unknown"], 200)
    maildrop.set_state(tx, at.pop3, ["b"], Drop.DELETE_PENDING)
    maildrop.set_state(tx, at.pop3, ["c"], Drop.UNCONFIRMED)
    assert maildrop.known(tx.connection, at.pop3) == {
        "a": Dropped(Drop.STORED, 100, 200),
        "b": Dropped(Drop.DELETE_PENDING, 100, 100),
        "c": Dropped(Drop.UNCONFIRMED, 100, 100),
    }
    maildrop.forget(tx, at.pop3, ["b", "c"])
    assert maildrop.known(tx.connection, at.pop3).keys() == {"a"}


def test_storing_again_keeps_when_it_was_first_seen(tx):
    at = seed(tx)
    maildrop.stored(tx, at.pop3, ["a"], 100)
    maildrop.stored(tx, at.pop3, ["a"], 200)
    assert maildrop.known(tx.connection, at.pop3) == {"a": Dropped(Drop.STORED, 100, 200)}


def test_accounts_do_not_share_a_maildrop(tx):
    at = seed(tx)
    maildrop.stored(tx, at.pop3, ["a"], 100)
    assert maildrop.known(tx.connection, at.account) == {}
    accounts.remove(tx, at.pop3)
    assert maildrop.known(tx.connection, at.pop3) == {}
