"""What was done long ago is forgotten; what waits, what can be taken back and what others need is not."""

import pytest

from store import acts, history, journal
from store.model import Flag
from store.operations import Archive, SetFlags
from tests.store.mail import add, arrival, memory, seed

NOW = 2_000_000_000
OLD = NOW - history.KEPT - 1


@pytest.fixture
def tx():
    transaction = memory()
    yield transaction
    assert transaction.execute("PRAGMA foreign_key_check").fetchall() == []
    transaction.connection.close()


@pytest.fixture
def at(tx):
    return seed(tx)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(history, "ALWAYS", 2)
    monkeypatch.setattr(history, "SLICE", 3)


def forget(tx):
    after = 0
    while after is not None:
        after = history.forget_old(tx, NOW, after)
    return [one.act for one in reversed(history.steps(tx.connection))]


def did(tx, created=OLD, *, undoes=None):
    return history.record(tx, "Did it", created, undoes)


def test_old_acts_go_and_the_last_ones_stay(tx, at):
    every = [did(tx) for _ in range(10)]
    assert forget(tx) == every[-2:]


def test_young_acts_stay(tx, at):
    old, young, *more = did(tx), did(tx, OLD + 2), did(tx), did(tx), did(tx)
    assert forget(tx) == [young, *more[-2:]]
    assert old not in forget(tx)


def test_an_act_goes_with_what_took_it_back_or_after_it(tx, at):
    first = did(tx)
    second = did(tx)
    did(tx, undoes=first)
    young = did(tx, NOW, undoes=second)
    last = [did(tx), did(tx)]
    assert forget(tx) == [second, young, *last]


def test_what_waits_or_was_refused_stays(tx, at):
    messages = add(tx, at, *(arrival(uid) for uid in range(1, 5)))
    waiting, refused, done = (acts.perform(tx, SetFlags((m,), add=Flag.SEEN)).id for m in messages[:3])
    lost = acts.perform(tx, Archive((messages[3],))).id
    entries = journal.waiting(tx.connection, at.account)
    journal.refuse(tx, [entries[1].id], "no")
    journal.start(tx, [entries[2].id])
    journal.finish_flags(tx, [entries[2].id])
    journal.start(tx, [entries[3].id], probe_uidnext=7)
    journal.finish_move(tx, [(entries[3].id, None)], at.archive)  # under which UID, the next sync tells
    tx.execute("UPDATE acts SET created = ?", (OLD,))
    more = [did(tx), did(tx)]
    assert forget(tx) == [waiting, refused, lost, *more]
    assert tx.execute("SELECT count(*) FROM journal WHERE act_id = ?", (done,)).fetchone() == (0,)
    tx.execute("UPDATE messages SET uid = 9 WHERE id = ?", (messages[3],))
    assert forget(tx) == [waiting, refused, *more]
