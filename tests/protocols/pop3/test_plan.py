"""What one session deletes, spares and forgets."""

import pytest

from protocols.pop3.elapsed import DAY
from protocols.pop3.plan import Farewells, farewells, unique
from store.maildrop import Drop, Dropped
from store.settings import AfterDownload

NOW = 1_760_000_000
DELETE, KEEP, DAYS = (AfterDownload.parse(words) for words in ("delete", "keep", "14 days"))


def row(state: Drop = Drop.STORED, *, days: float = 0, listed: float = 0.01) -> Dropped:
    return Dropped(state, NOW - int(days * DAY), NOW - int(listed * DAY))


def test_ids_that_come_twice_get_a_suffix_in_the_order_of_the_numbers():
    assert unique({2: "a", 1: "a", 3: "b", 4: "a"}) == {1: "a", 2: "a#2", 3: "b", 4: "a#3"}


def test_delete_deletes_all_that_is_stored_and_listed():
    known = {"a": row(), "b": row(Drop.UNCONFIRMED), "c": row(Drop.DELETE_PENDING), "gone": row()}
    parting = farewells(known, ["a", "b", "c", "new"], DELETE, NOW, agreed=True, trusted=True)
    assert parting == Farewells(("a", "b", "c"))


def test_keep_deletes_nothing_and_takes_back_what_was_to_be_deleted():
    known = {"a": row(days=900), "b": row(Drop.UNCONFIRMED), "c": row(Drop.DELETE_PENDING)}
    assert farewells(known, "abc", KEEP, NOW, agreed=True, trusted=True) == Farewells(spare=("b", "c"))


def test_days_are_counted_from_the_first_session_that_saw_the_message():
    known = {"old": row(days=14.1), "young": row(days=13.9)}
    assert farewells(known, ["old", "young"], DAYS, NOW, agreed=True, trusted=True).delete == ("old",)


def test_a_clock_that_is_not_trusted_deletes_by_no_days():
    known = {"old": row(days=40)}
    assert farewells(known, ["old"], DAYS, NOW, agreed=True, trusted=False) == Farewells()
    assert farewells(known, ["old"], DELETE, NOW, agreed=True, trusted=False).delete == ("old",)


def test_what_is_not_here_whole_is_never_deleted():
    assert farewells({"seen": row(Drop.SEEN, days=99)}, ["seen"], DELETE, NOW, agreed=True, trusted=True) == Farewells()


def test_counts_that_disagree_delete_and_forget_nothing():
    known = {"a": row(), "gone": row(Drop.UNCONFIRMED)}
    assert farewells(known, ["a"], DELETE, NOW, agreed=False, trusted=True) == Farewells()


@pytest.mark.parametrize("state", Drop)
def test_a_row_is_forgotten_thirty_days_after_its_last_listing(state: Drop):
    known = {"late": row(state, listed=31), "lately": row(state, listed=29)}
    assert farewells(known, [], KEEP, NOW, agreed=True, trusted=True) == Farewells(forget=("late",))
    assert farewells(known, [], KEEP, NOW, agreed=True, trusted=False) == Farewells()
