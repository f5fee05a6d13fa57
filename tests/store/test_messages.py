"""What a sync writes: arrivals known and new, flags, removals, bodies, and UIDs that change their meaning."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import acts, bodies, expected, folders, journal, keeping, listing, locations, messages, usage
from store.model import Address, Digest, Flag, MessageId
from store.operations import Move, SetFlags
from store.settings import Keep
from tests.store.mail import NOON, Seeded, add, arrival, digest, memory, row, seed


def test_ids_come_back_in_the_order_of_the_arrivals(tx, at):
    first = add(tx, at, arrival(2), arrival(1))
    second = add(tx, at, arrival(3), arrival(1), arrival(2))
    assert second == [max(first) + 1, first[1], first[0]]
    assert folders.get(tx.connection, at.inbox).total == 3


def test_a_known_uid_only_updates_flags(tx, at):
    [message] = add(tx, at, arrival(1, subject="Old", text="old"))
    assert add(tx, at, arrival(1, subject="New", text="new", flags=Flag.SEEN)) == [message]
    assert (row(tx, message)["subject"], row(tx, message)["flags"]) == ("Old", Flag.SEEN)


def test_the_same_uid_twice_in_one_call_is_one_message(tx, at):
    ids = add(tx, at, arrival(1), arrival(1, flags=Flag.FLAGGED))
    assert ids[0] == ids[1]
    assert row(tx, ids[0])["flags"] == Flag.FLAGGED


def test_ids_are_never_used_again(tx, at):
    [message] = add(tx, at, arrival(1))
    messages.remove(tx, [message], reason="")
    assert add(tx, at, arrival(1)) == [message + 1]


def moved_without_uid(tx, at: Seeded, name: str = "a", probe: int | None = None) -> MessageId:
    """A message that the server moved to the archive without telling its new UID."""
    [message] = add(tx, at, arrival(1, name, raw=b"whole", text="whole"))
    acts.perform(tx, Move((message,), at.archive))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id], probe_uidnext=probe)
    journal.finish_move(tx, [(entry.id, None)], at.archive)
    return message


def test_the_far_end_of_a_move_takes_over_the_row(tx, at):
    message = moved_without_uid(tx, at)
    assert add(tx, at, arrival(7, "a", flags=Flag.SEEN), folder=at.archive) == [message]
    assert (row(tx, message)["uid"], row(tx, message)["flags"]) == (7, Flag.SEEN)
    assert bodies.raw(tx.connection, message) == b"whole"


@pytest.mark.parametrize("stranger", [arrival(7, "b"), arrival(7, "a", size=1001), arrival(7, "a")])
def test_another_message_takes_over_nothing(tx, at, stranger):
    message = moved_without_uid(tx, at)
    folder = at.work if stranger == arrival(7, "a") else at.archive
    assert add(tx, at, stranger, folder=folder) != [message]
    assert row(tx, message)["uid"] is None


@pytest.mark.parametrize(
    ("ranges", "same"),
    [
        ([(1, 3), (7, 7)], True),
        ([(1, 1), (2, 3), (7, 7)], True),
        ([(1, 4)], False),
        ([(1, 3)], False),
        ([(1, 3), (7, 8)], False),
        ([], False),
    ],
)
def test_uids_are_compared_with_ranges_in_both_directions(tx, at, ranges, same):
    add(tx, at, *(arrival(uid) for uid in (1, 2, 3, 7)))
    add(tx, at, arrival(8), folder=at.work)
    assert locations.are_just(tx.connection, at.inbox, ranges, locations.count_uids(tx.connection, at.inbox)) is same
    assert locations.are_just(
        tx.connection, at.archive, ranges, locations.count_uids(tx.connection, at.archive)
    ) is not bool(ranges)
    assert locations.uids_in(tx.connection, at.inbox, [(2, 9), (1, 2), (4_000_000, 0xFFFFFFFF)]) == [1, 2, 3, 7]


def test_flags_of_unknown_uids_and_equal_flags_change_nothing(tx, at):
    [message] = add(tx, at, arrival(1, flags=Flag.SEEN))
    quiet = type(tx)(tx.connection)
    messages.set_server_flags(quiet, at.inbox, [(1, Flag.SEEN, ()), (2, Flag.SEEN, ())])
    messages.set_server_flags(quiet, at.inbox, [(1, Flag.SEEN, None)])
    assert not quiet.changes
    messages.set_server_flags(quiet, at.inbox, [(1, Flag.SEEN, ("Work", "$Later"))])
    assert quiet.changes.messages == {message}
    assert listing.summaries(tx.connection, [message])[message].labels == ("$later", "work")


def test_what_the_server_no_longer_has_goes_with_body_and_operations(tx, at):
    kept, gone = add(tx, at, arrival(1), arrival(2, raw=b"x", text="x"))
    acts.perform(tx, SetFlags((kept, gone), add=Flag.SEEN))
    assert messages.remove_uids(tx, at.inbox, [2, 9]) == [gone]
    assert [entry.message for entry in journal.waiting(tx.connection, at.account)] == [kept]
    [error] = tx.execute("SELECT error FROM journal WHERE state = 'dropped'").fetchone()
    assert "no longer on the server" in error


def test_a_message_that_is_just_being_moved_is_not_removed(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Move((message,), at.archive))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    assert messages.remove_uids(tx, at.inbox, [1]) == []
    journal.unsure(tx, [entry.id])
    assert messages.remove_uids(tx, at.inbox, [1]) == []
    journal.finish_move(tx, [(entry.id, 5)], at.archive)
    assert messages.remove_uids(tx, at.inbox, [1]) == []
    assert messages.remove_uids(tx, at.archive, [5]) == [message]


def _to_come(tx, at) -> int:
    """How many messages are still to come where everything is kept."""
    choice = keeping.choice(tx.connection, at.account, Keep.parse("full"), 0)
    return expected.extent(tx.connection, at.account, choice)[0]


def test_bodies_come_later_and_again(tx, at):
    [message] = add(tx, at, arrival(1))
    assert [wanted.id for wanted in locations.to_fetch(tx.connection, at.inbox, 10, 10)] == [message]
    messages.store_texts(tx, [(message, digest(text="short", preview="short"))])
    assert listing.summaries(tx.connection, [message])[message].cached == "text"
    for text in ("first", "second"):
        messages.store_bodies(tx, [(message, text.encode(), digest(text=text, filenames=("a.pdf",)))])
    summary = listing.summaries(tx.connection, [message])[message]
    assert (summary.cached, summary.attachments, summary.size) == ("full", 1, 1000)
    assert locations.to_fetch(tx.connection, at.inbox, 10, 10) == []
    assert _to_come(tx, at) == 0
    assert usage.of_account(tx.connection, at.account).octets == 1000
    found = tx.execute("SELECT body, filenames FROM search_bodies").fetchall()
    assert found == [("second", "a.pdf")]


def test_a_body_that_comes_after_its_message_went_is_left_out(tx, at):
    gone, kept = add(tx, at, arrival(1), arrival(2))
    messages.remove(tx, [gone], reason="")
    messages.store_bodies(tx, [(gone, b"a", digest(text="a")), (kept, b"b", digest(text="b"))])
    messages.store_texts(tx, [(gone, digest(text="a"))])
    assert bodies.raw(tx.connection, gone) is None
    assert bodies.raw(tx.connection, kept) == b"b"


def test_what_is_to_fetch_comes_newest_first_from_its_own_index(tx, at):
    ids = add(tx, at, *(arrival(uid) for uid in range(1, 8)))
    assert [one.uid for one in locations.to_fetch(tx.connection, at.inbox, 6, 3)] == [5, 4, 3]
    assert _to_come(tx, at) == len(ids)
    plan = tx.execute(
        "EXPLAIN QUERY PLAN SELECT id, uid, size, received FROM messages WHERE server_folder_id = 1 AND cached = 0"
        " AND uid < 9 ORDER BY uid DESC LIMIT 3"
    ).fetchall()
    assert "messages_to_fetch" in str(plan) and "B-TREE" not in str(plan)


def test_places_uids_and_counts_are_told(tx, at):
    seen, unseen = add(tx, at, arrival(1, flags=Flag.SEEN), arrival(4))
    acts.perform(tx, SetFlags((unseen,), add=Flag.SEEN))
    assert locations.server_counts(tx.connection, at.inbox) == (2, 1)
    assert locations.location(tx.connection, seen) == (at.account, at.inbox, 1)
    assert locations.location(tx.connection, MessageId(99)) is None
    assert locations.uids(tx.connection, at.inbox) == [1, 4]
    assert locations.uids(tx.connection, at.inbox, 2, 3) == []
    assert locations.uids_of(tx.connection, [seen, unseen]) == {1, 4}
    assert locations.message_id(tx.connection, seen) == "<uid-1@example.org>"
    assert locations.message_id(tx.connection, MessageId(99)) == ""


def test_a_removed_operation_is_dropped_and_its_folder_announced(tx, at):
    [message] = add(tx, at, arrival(1))
    told = type(tx)(tx.connection)
    messages.remove(told, [message], reason="gone")
    assert told.changes.messages == {message}
    assert told.changes.folders == {at.inbox}


TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=6)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_no_text_and_no_number_from_a_server_can_break_a_row(data):
    """D07."""
    transaction = memory()
    at = seed(transaction)
    person = st.builds(Address, TEXT, TEXT)
    number = st.integers(-(2**70), 2**70)
    hostile = st.builds(
        Digest, message_id=TEXT, references=st.tuples(TEXT), sender=person, to=st.tuples(person), cc=st.tuples(person),
        subject=TEXT, date=st.none() | number, attachments=number, filenames=st.tuples(TEXT), preview=TEXT,
        text=st.none() | TEXT,
    )  # fmt: skip
    arrivals = [
        messages.Arrival(data.draw(hostile), data.draw(number), data.draw(number), labels=(data.draw(TEXT),), uid=uid)
        for uid in (1, 2)
    ]
    ids = add(transaction, at, *arrivals)
    messages.store_bodies(transaction, [(ids[0], b"raw", data.draw(hostile))])
    for summary in listing.summaries(transaction.connection, ids).values():
        str(summary).encode()
        assert "\0" not in summary.subject + summary.sender.name + summary.preview
        assert 0 <= summary.size < 2**63
        assert 0 <= summary.received < 2**63
    assert list(listing.vector(transaction.connection, [at.inbox])) == [
        one.id for one in listing.page(transaction.connection, [at.inbox], None, 9)
    ]
    transaction.connection.close()


def test_dates_no_calendar_knows_are_no_dates(tx, at):
    """D07."""
    early, late, good = add(tx, at, arrival(1, date=-(10**12)), arrival(2, date=10**12), arrival(3, date=NOON))
    assert [row(tx, message)["date"] for message in (early, late, good)] == [None, None, NOON]


def test_reserved_ids_are_used_by_uid_and_never_given_out_again(tx, at):
    first = messages.reserve(tx, 3)
    numbers = {uid: MessageId(first + uid - 1) for uid in (1, 2, 3)}
    late = messages.add(tx, at.account, at.inbox, [arrival(3), arrival(2)], numbers)
    [other] = messages.add(tx, at.account, at.archive, [arrival(9)])
    early = messages.add(tx, at.account, at.inbox, [arrival(1)], numbers)
    assert (late, early) == ([first + 2, first + 1], [first])
    assert other > first + 2
