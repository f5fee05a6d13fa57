"""Searches are saved under names and remembered in the order of their use."""

import pytest

from store import preferences
from store.errors import NotFound, NotPossible
from store.search import history, saved
from store.search.errors import QueryError


def names(tx):
    return [one.name for one in saved.every(tx.connection)]


def test_a_search_is_saved_under_its_name_and_found_by_it(tx):
    one = saved.save(tx, "  Unread   from Anna ", " from:anna is:unread ")
    assert (one.name, one.query) == ("Unread from Anna", "from:anna is:unread")
    assert saved.by_name(tx.connection, "unread FROM anna") == one
    assert tx.changes.everything


def test_the_same_name_takes_the_new_query_and_stays_one(tx):
    first = saved.save(tx, "Rent", "rent")
    assert saved.save(tx, "Rent", "subject:rent").id == first.id
    assert [one.query for one in saved.every(tx.connection)] == ["subject:rent"]


def test_they_stand_in_the_order_of_their_names(tx):
    for name in ("b", "C", "a"):
        saved.save(tx, name, "x")
    assert names(tx) == ["a", "b", "C"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x1b[31m", "a\u202eb"])
def test_a_name_that_nobody_could_read_is_refused(tx, name):
    with pytest.raises(NotPossible):
        saved.save(tx, name, "rent")


def test_a_wrong_query_is_not_saved(tx):
    with pytest.raises(QueryError):
        saved.save(tx, "Rent", "is:purple")
    assert names(tx) == []


def test_a_search_gets_another_name_unless_it_is_taken(tx):
    one, two = saved.save(tx, "one", "1"), saved.save(tx, "two", "2")
    saved.rename(tx, one.id, "first")
    assert names(tx) == ["first", "two"]
    with pytest.raises(NotPossible, match="already"):
        saved.rename(tx, two.id, "first")
    saved.rename(tx, two.id, "two")
    with pytest.raises(NotFound):
        saved.rename(tx, 99, "x")


def test_what_is_removed_is_gone(tx):
    one = saved.save(tx, "one", "1")
    saved.remove(tx, one.id)
    assert names(tx) == []
    with pytest.raises(NotFound):
        saved.remove(tx, one.id)
    with pytest.raises(NotFound, match="No saved search"):
        saved.by_name(tx.connection, "one")


def test_the_history_has_every_query_once_the_latest_last(tx):
    for query in ("rent", "from:anna", " rent ", "", "  "):
        history.add(tx, query)
    assert history.read(tx.connection) == ["from:anna", "rent"]


def test_the_history_is_bounded(tx):
    for number in range(history.MOST + 5):
        history.add(tx, f"q{number}")
    assert len(history.read(tx.connection)) == history.MOST
    assert history.read(tx.connection)[0] == "q5"


def test_a_history_that_something_else_wrote_is_none(tx):
    preferences.set(tx, history.NAME, {"a": 1})
    assert history.read(tx.connection) == []
    preferences.set(tx, history.NAME, ["rent", 7])
    assert history.read(tx.connection) == ["rent"]
