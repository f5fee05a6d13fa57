"""Rows that lost their UID find their messages again, and only theirs."""

from dataclasses import replace

import pytest

from store import acts, bodies, locations, rebuilds, rematching
from store.messages import Arrival
from store.model import Address, Flag
from store.operations import Move, SetFlags
from store.rematching import Identity
from tests.store.mail import NOON, add, arrival, digest, row


def nameless(uid: int, received: int, size: int = 1000, **of_digest: object) -> Arrival:
    """A message without Message-ID."""
    return replace(arrival(uid, "x", received=received, size=size), digest=digest("", **of_digest))  # type: ignore[arg-type]


def test_two_equal_arrivals_take_over_two_equal_rows(tx, at):
    ids = add(tx, at, arrival(1, "a"), arrival(2, "a"))
    rematching.forget_uids(tx, at.inbox)
    assert add(tx, at, arrival(11, "a"), arrival(12, "a")) == ids
    assert len(set(add(tx, at, arrival(13, "a"), arrival(11, "a")) + ids)) == 3


def test_of_equal_messages_the_date_tells_which_is_which(tx, at):
    ids = add(tx, at, *(arrival(uid, "a", received=NOON + uid) for uid in (1, 2, 3)))
    rematching.forget_uids(tx, at.inbox)
    again = [arrival(uid, "a", received=NOON + day) for uid, day in ((11, 3), (12, 1), (13, 2))]
    assert add(tx, at, *again) == [ids[2], ids[0], ids[1]]


def test_a_message_whose_date_changed_is_found_by_message_id_and_size(tx, at):
    ids = add(tx, at, arrival(1, "a"))
    rematching.forget_uids(tx, at.inbox)
    assert add(tx, at, arrival(11, "a", received=NOON - 5000)) == ids


def test_a_message_without_message_id_is_found_by_size_and_date(tx, at):
    ids = add(tx, at, nameless(1, NOON), nameless(2, NOON + 1), nameless(3, NOON + 2))
    acts.perform(tx, Move((ids[2],), at.archive))  # shown elsewhere already, but still here on the server
    rematching.forget_uids(tx, at.inbox)
    assert add(tx, at, nameless(11, NOON + 1), nameless(12, NOON), nameless(13, NOON + 2)) == [ids[1], ids[0], ids[2]]


@pytest.mark.parametrize(
    "stranger",
    [
        nameless(11, NOON + 1),
        nameless(11, NOON, size=999),
        nameless(11, NOON, subject="Another"),
        nameless(11, NOON, sender=Address("", "eve@example.org")),
        arrival(11, "named", received=NOON),
    ],
)
def test_without_message_id_nothing_else_will_do(tx, at, stranger):
    [message] = add(tx, at, nameless(1, NOON))
    rematching.forget_uids(tx, at.inbox)
    assert add(tx, at, stranger) != [message]
    assert row(tx, message)["uid"] is None


def test_of_two_messages_without_message_id_that_look_alike_neither_is_taken_for_the_other(tx, at):
    ids = add(tx, at, nameless(1, NOON), nameless(2, NOON))
    rematching.forget_uids(tx, at.inbox)
    assert not set(add(tx, at, nameless(11, NOON))).intersection(ids)
    [message] = add(tx, at, nameless(3, NOON + 9))
    rematching.forget_uids(tx, at.inbox, [3])
    assert message not in add(tx, at, nameless(12, NOON + 9), nameless(13, NOON + 9))


def test_adoption_uses_the_index_by_message_id(tx, at):
    add(tx, at, arrival(1))
    rematching.forget_uids(tx, at.inbox)
    statements: list[str] = []
    tx.connection.set_trace_callback(statements.append)
    add(tx, at, arrival(2))
    tx.connection.set_trace_callback(None)
    [sql] = [one for one in statements if "+uid IS NULL" in one]
    plan = str(tx.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())
    assert "messages_by_message_id" in plan and "SCAN messages" not in plan


def test_a_change_of_uidvalidity_keeps_ids_bodies_and_what_waits(tx, at):
    ids = add(tx, at, *(arrival(uid, raw=b"%d" % uid, text=f"text {uid}") for uid in (1, 2, 3)))
    acts.perform(tx, SetFlags((ids[0],), add=Flag.FLAGGED))
    rematching.forget_uids(tx, at.inbox)
    assert locations.orphans(tx.connection, at.inbox) == ids
    again = [arrival(uid + 100, f"uid-{uid}", flags=Flag.SEEN, received=NOON + uid) for uid in (3, 1)]
    assert add(tx, at, *again) == [ids[2], ids[0]]
    rebuilds.remove_lost(tx, at.inbox, ids)
    assert locations.uid_map(tx.connection, at.inbox, [101, 102, 103]) == {101: ids[0], 103: ids[2]}
    assert row(tx, ids[0])["flags"] == Flag.FLAGGED | Flag.SEEN
    assert bodies.raw(tx.connection, ids[0]) == b"1"
    assert bodies.raw(tx.connection, ids[1]) is None


ONE = Identity(1, "<a@x>", 1000, NOON)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (ONE._replace(uid=9, received=1), True),
        (ONE._replace(size=999), True),
        (ONE._replace(message_id="<b@x>"), False),
        (ONE._replace(message_id=""), False),
    ],
)
def test_the_message_id_proves_that_a_uid_still_means_the_message(other: Identity, same: bool):
    assert ONE.proves(other) is same


def test_without_message_id_size_and_date_prove_it_and_an_unreadable_message_proves_nothing():
    bare = ONE._replace(message_id="")
    assert bare.proves(bare)
    assert not bare.proves(bare._replace(received=1))
    assert not bare._replace(size=0).proves(bare._replace(size=0))


def test_the_servers_own_name_of_a_message_decides():
    mine = ONE._replace(server_id="M1")
    assert mine.proves(ONE._replace(server_id="M1", size=1))
    assert not mine.proves(ONE._replace(server_id="M2"))
    assert mine.proves(ONE)
