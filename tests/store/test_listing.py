"""Pages and vectors show every visible message once, newest first, from the index alone."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import acts, listing
from store.listing import Position
from store.model import Address, Cached, Flag, MessageId
from store.operations import Delete, Move
from tests.store.mail import NOON, add, arrival, memory, row, seed


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), max_size=30), st.integers(1, 7), st.integers(1, 7))
def test_pages_of_several_folders_are_the_sorted_whole(letters, limit, which):
    transaction = memory()
    at = seed(transaction)
    places = [at.inbox, at.work, at.trash]
    oracle = []
    for uid, (place, second) in enumerate(letters, 1):
        [message] = add(transaction, at, arrival(uid, received=NOON + second), folder=places[place])
        oracle.append((NOON + second, message, places[place]))
    folders = [place for bit, place in enumerate(places) if which & 1 << bit]
    expected = [one[1] for one in sorted(oracle, reverse=True) if one[2] in folders]
    got: list[MessageId] = []
    before = None
    while page := listing.page(transaction.connection, folders, before, limit):
        assert len(page) <= limit
        got += [one.id for one in page]
        before = Position(page[-1].received, page[-1].id)
    assert got == expected
    assert list(listing.vector(transaction.connection, folders)) == expected
    assert listing.latest(transaction.connection, folders) == (max(oracle_of(oracle, folders), default=None))
    transaction.connection.close()


def oracle_of(oracle, folders):
    return [(one[0], one[1]) for one in oracle if one[2] in folders]


def test_no_folders_have_no_pages(tx):
    assert listing.page(tx.connection, [], None, 10) == []
    assert list(listing.vector(tx.connection, [])) == []
    assert listing.latest(tx.connection, []) is None


def test_a_list_shows_the_effective_folder(tx, at):
    kept, moved, removed = add(tx, at, arrival(1), arrival(2), arrival(3))
    acts.perform(tx, Move((moved,), at.work))
    acts.perform(tx, Delete((removed,)))
    acts.perform(tx, Delete((removed,)))
    assert list(listing.vector(tx.connection, [at.inbox])) == [kept]
    assert list(listing.vector(tx.connection, [at.work, at.trash])) == [moved]
    assert listing.summaries(tx.connection, [removed, MessageId(99)]) == {}


def test_a_summary_carries_the_whole_row(tx, at):
    one = arrival(5, "a", subject="Hóa đơn", flags=Flag.SEEN, raw=b"x", text="x", preview="Xin chào", size=77)
    [message] = add(tx, at, one)
    summary = listing.summaries(tx.connection, [message])[message]
    assert (summary.sender, summary.to, summary.cc) == (
        Address("Anna", "anna@example.org"), (Address("", "binh@example.org"),), (),
    )  # fmt: skip
    assert (summary.account, summary.folder, summary.uid, summary.uidl) == (at.account, at.inbox, 5, None)
    assert (summary.subject, summary.preview, summary.message_id) == ("Hóa đơn", "Xin chào", "<a@example.org>")
    assert (summary.date, summary.received, summary.size) == (NOON, NOON + 5, 77)
    assert (summary.flags, summary.cached, summary.pending) == (Flag.SEEN, Cached.FULL, 0)
    assert summary.thread == row(tx, message)["thread_id"]


def plans(tx, read):
    """The query plans of everything that `read` asks of the lists."""
    asked: list[str] = []
    tx.connection.set_trace_callback(asked.append)
    read()
    tx.connection.set_trace_callback(None)
    asked = [sql for sql in asked if not re.search(r"json_each|server_id", sql)]
    return [str(tx.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()) for sql in asked]


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_lists_are_read_from_the_index_in_order(tx, at, several, whole):
    folders = [at.inbox, at.work, at.trash] if several else [at.inbox]
    [plan] = plans(
        tx,
        lambda: listing.vector(tx.connection, folders) if whole else listing.page(tx.connection, folders, None, 50),
    )
    assert plan.count("USING COVERING INDEX messages_by_folder") == len(folders)
    assert "B-TREE" not in plan
    assert ("MERGE" in plan) == several


def test_many_folders_are_one_list_too(tx, at):
    tx.executemany(
        "INSERT INTO folders (account_id, path) VALUES (?, ?)", [(at.account, f"f{number}") for number in range(700)]
    )
    every = [one[0] for one in tx.execute("SELECT id FROM folders")]
    [message] = add(tx, at, arrival(1), folder=every[-1])
    assert [one.id for one in listing.page(tx.connection, every, None, 5)] == [message]
    assert list(listing.vector(tx.connection, every)) == [message]
