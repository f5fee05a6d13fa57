"""What a POP3 server holds is remembered by UIDL."""

import pytest

from store import accounts, maildrop
from store.maildrop import NOBODY, Drop, Dropped, Identity
from tests.store.mail import memory, seed


@pytest.fixture
def tx():
    transaction = memory()
    yield transaction
    transaction.connection.close()


def unknown(*uidls):
    return dict.fromkeys(uidls, NOBODY)


def test_a_message_is_known_from_storing_to_forgetting(tx):
    at = seed(tx)
    maildrop.stored(tx, at.pop3, unknown("a", "b", "c"), 100)
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
    maildrop.stored(tx, at.pop3, unknown("a"), 100)
    maildrop.stored(tx, at.pop3, unknown("a"), 200)
    assert maildrop.known(tx.connection, at.pop3) == {"a": Dropped(Drop.STORED, 100, 200)}


def test_accounts_do_not_share_a_maildrop(tx):
    at = seed(tx)
    maildrop.stored(tx, at.pop3, unknown("a"), 100)
    assert maildrop.known(tx.connection, at.account) == {}
    accounts.remove(tx, at.pop3)
    assert maildrop.known(tx.connection, at.pop3) == {}


def test_what_is_seen_is_not_here_and_its_days_count_from_then_on(tx):
    at = seed(tx)
    maildrop.seen(tx, at.pop3, {"a": 7, "b": None}, 100)
    maildrop.seen(tx, at.pop3, {"a": 9}, 200)
    assert maildrop.known(tx.connection, at.pop3) == {
        "a": Dropped(Drop.SEEN, 100, 200, Identity(7, None, None)),
        "b": Dropped(Drop.SEEN, 100, 100),
    }
    maildrop.failed(tx, at.pop3, "a", 3, 900)
    maildrop.stored(tx, at.pop3, {"a": Identity(7, 1, 2)}, 300)
    row = maildrop.known(tx.connection, at.pop3)["a"]
    assert row == Dropped(Drop.STORED, 100, 300, Identity(7, 1, 2))
    assert row.whole and row.shown


def test_times_move_along_with_a_clock_that_was_set(tx):
    at = seed(tx)
    maildrop.stored(tx, at.pop3, unknown("a"), 100)
    maildrop.shift(tx, at.pop3, -30)
    assert maildrop.known(tx.connection, at.pop3) == {"a": Dropped(Drop.STORED, 70, 70)}


def test_names_may_change_hands(tx):
    at = seed(tx)
    keys = {"a": Identity(1, 1, 1), "b": Identity(2, 2, 2), "c": Identity(3, 3, 3)}
    maildrop.stored(tx, at.pop3, keys, 100)
    maildrop.seen(tx, at.pop3, {"d": 3}, 200)
    maildrop.rename(tx, at.pop3, {"a": "b", "b": "a", "c": "d"})
    known = maildrop.known(tx.connection, at.pop3)
    assert {key: row.identity.size for key, row in known.items()} == {"a": 2, "b": 1, "d": 3}
    assert known["d"].whole


def test_a_deletion_is_remembered_where_the_message_would_be_known_again(tx):
    at = seed(tx)
    maildrop.stored(tx, at.pop3, {"a": Identity(7, 1, 2), "b": NOBODY}, 100)
    maildrop.deleted(tx, at.pop3, ["a", "b"])
    assert maildrop.known(tx.connection, at.pop3) == {"a": Dropped(Drop.DELETED, 100, 100, Identity(7, 1, 2))}


def test_only_what_never_came_whole_is_marked_as_removed(tx):
    at = seed(tx)
    maildrop.seen(tx, at.pop3, {"large": 9}, 100)
    maildrop.stored(tx, at.pop3, {"whole": Identity(7, 1, 2)}, 100)
    tx.executemany(
        "INSERT INTO messages (id, account_id, uidl, thread_id, received, size, cached) VALUES (?, ?, ?, 1, 1, 1, ?)",
        [(901, at.pop3, "large", 0), (902, at.pop3, "whole", 2)],
    )
    maildrop.remove(tx, [901, 902])
    states = {uidl: row.state for uidl, row in maildrop.known(tx.connection, at.pop3).items()}
    assert states == {"large": Drop.REMOVED, "whole": Drop.STORED}
