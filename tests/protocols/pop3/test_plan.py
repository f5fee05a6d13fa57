"""What one session deletes, spares and forgets."""

from protocols.pop3.plan import DAY, Farewells, farewells, unique
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
    assert farewells(known, ["a", "b", "c", "new"], DELETE, NOW, agreed=True) == Farewells(("a", "b", "c"))


def test_keep_deletes_nothing_and_takes_back_what_was_to_be_deleted():
    known = {"a": row(days=900), "b": row(Drop.UNCONFIRMED), "c": row(Drop.DELETE_PENDING)}
    assert farewells(known, "abc", KEEP, NOW, agreed=True) == Farewells(spare=("b", "c"))


def test_days_are_counted_from_the_first_session_that_saw_the_message():
    known = {"old": row(days=14.1), "young": row(days=13.9)}
    assert farewells(known, ["old", "young"], DAYS, NOW, agreed=True).delete == ("old",)


def test_a_clock_that_went_back_deletes_nothing():
    known = {"old": row(days=40), "other": Dropped(Drop.STORED, NOW, NOW + 60)}
    assert farewells(known, ["old", "other"], DAYS, NOW, agreed=True) == Farewells()


def test_a_clock_that_jumped_far_ahead_deletes_nothing_in_that_session():
    known = {"old": row(days=40, listed=29)}
    assert farewells(known, ["old"], DAYS, NOW, agreed=True) == Farewells()
    assert farewells({"old": row(days=40)}, ["old"], DAYS, NOW, agreed=True).delete == ("old",)


def test_counts_that_disagree_delete_and_forget_nothing():
    known = {"a": row(), "gone": row(Drop.UNCONFIRMED)}
    assert farewells(known, ["a"], DELETE, NOW, agreed=False) == Farewells()


def test_a_deletion_whose_message_is_gone_is_forgotten():
    known = {"a": row(Drop.UNCONFIRMED), "b": row(Drop.DELETE_PENDING)}
    assert farewells(known, [], DELETE, NOW, agreed=True) == Farewells(forget=("a", "b"))


def test_a_stored_message_is_forgotten_thirty_days_after_its_last_listing():
    known = {"late": row(listed=31), "lately": row(listed=29)}
    assert farewells(known, [], KEEP, NOW, agreed=True) == Farewells(forget=("late",))
