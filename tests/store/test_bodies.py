"""Raw bytes come back exactly as they were received."""

from hypothesis import given, settings
from hypothesis import strategies as st

from store import bodies, messages, usage
from store.model import MessageId
from tests.store.mail import add, arrival, digest, memory, seed


@settings(deadline=None, max_examples=30)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_bytes_are_kept_exactly(first, second):
    tx = memory()
    at = seed(tx)
    one, two, none = add(tx, at, arrival(1, raw=first, text=""), arrival(2), arrival(3))
    messages.store_bodies(tx, [(two, second, digest(text=""))])
    assert bodies.raw(tx.connection, one) == first
    assert bodies.raw(tx.connection, two) == second
    assert bodies.raw(tx.connection, none) is None
    assert bodies.raw(tx.connection, MessageId(99)) is None
    tx.connection.close()


def test_the_size_of_an_account_counts_what_is_here():
    tx = memory()
    at = seed(tx)
    add(tx, at, arrival(1, raw=b"x", text="", size=10), arrival(2, size=100))
    messages.add(tx, at.pop3, at.pop3_inbox, [arrival(None, "p", raw=b"y", text="", size=7)])
    assert usage.of_account(tx.connection, at.account).octets == 10
    assert usage.of_account(tx.connection, at.pop3).octets == 7
    tx.connection.close()
