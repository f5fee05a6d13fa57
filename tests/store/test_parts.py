"""What is here of messages that are not here whole: structures, sections, slices, and what a server withholds."""

import pytest

from store import bodies, expected, keeping, locations, messages, parked, parts
from store.keeping import DAY
from store.model import MessageId
from store.parts import WHOLE, Place
from store.settings import Keep
from store.structure import Structure
from tests.store.mail import NOON, Seeded, add, arrival, assert_consistent, digest, memory, row, seed

TREE = Structure(
    "TEXT",
    "multipart/mixed",
    children=(Structure("1", "text/plain", size=5), Structure("2", "application/pdf", name="a.pdf", size=9)),
)


def place(at: Seeded, uid: int = 1, uidvalidity: int = 7) -> Place:
    return Place(at.inbox, uidvalidity, uid)


def counts(tx) -> list[int]:
    tables = ("structures", "sections", "slices", "parked")
    return [tx.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]


def test_texts_are_read_and_attachments_are_told():
    tx = memory()
    at = seed(tx)
    (one,) = add(tx, at, arrival(1))
    parts.keep_structure(tx, one, place(at), TREE)
    sections = {"HEADER": (b"Subject: x\r\n", True), "1": (b"hel", False), "2": (b"%PDF", True)}
    parts.keep_sections(tx, one, sections)
    held = parts.stored(tx.connection, one)
    assert held is not None
    assert (held.structure, held.place) == (TREE, place(at))
    assert held.texts == {"HEADER": b"Subject: x\r\n", "1": b"hel"}
    assert held.complete == {"HEADER", "2"}
    assert parts.content(tx.connection, one, "2") == b"%PDF"
    assert parts.is_complete(tx.connection, one, "2") and not parts.is_complete(tx.connection, one, "1")
    parts.keep_structure(tx, one, place(at, uid=9), TREE)
    moved = parts.stored(tx.connection, one)
    assert moved is not None and (moved.place, moved.complete) == (place(at, uid=9), held.complete)
    parts.keep_structure(tx, one, place(at), Structure("1", "text/plain"))
    again = parts.stored(tx.connection, one)
    assert again is not None and (again.texts, again.complete) == ({}, frozenset())


def test_slices_follow_on_each_other_and_are_joined():
    tx = memory()
    at = seed(tx)
    (one,) = add(tx, at, arrival(1))
    here = place(at)
    assert parts.add_slice(tx, one, "2", here, 0, b"abc")
    assert not parts.add_slice(tx, one, "2", here, 4, b"x"), "a gap"
    assert not parts.add_slice(tx, one, "2", here, 2, b"x"), "somebody else was faster"
    assert parts.add_slice(tx, one, "2", here, 3, b"defg")
    assert parts.arrived(tx.connection, one, "2", here) == 7
    assert parts.join(tx, one, "2", here)
    assert parts.content(tx.connection, one, "2") == b"abcdefg"
    assert parts.is_complete(tx.connection, one, "2")
    assert not parts.join(tx, one, "2", here), "there is nothing left"
    assert counts(tx) == [0, 1, 0, 0]


def test_slices_of_another_place_do_not_count_and_are_not_joined():
    tx = memory()
    at = seed(tx)
    (one,) = add(tx, at, arrival(1))
    old, new = place(at), place(at, uidvalidity=8)
    parts.add_slice(tx, one, "2", old, 0, b"abc")
    assert parts.arrived(tx.connection, one, "2", new) == 0
    assert not parts.add_slice(tx, one, "2", new, 3, b"def")
    assert not parts.join(tx, one, "2", new)
    assert parts.add_slice(tx, one, "2", new, 0, b"xyz"), "a new beginning drops what was here"
    assert parts.arrived(tx.connection, one, "2") == 3
    assert parts.join(tx, one, "2", new)
    assert parts.content(tx.connection, one, "2") == b"xyz"


def test_the_whole_message_takes_the_place_of_its_parts():
    tx = memory()
    at = seed(tx)
    (one,) = add(tx, at, arrival(1))
    parts.keep_structure(tx, one, place(at), TREE)
    messages.store_texts(tx, [(one, digest(text="hello"))])
    pieces = [bytes([number]) * 1000 for number in range(50)]
    for number, piece in enumerate(pieces):
        assert parts.add_slice(tx, one, WHOLE, place(at), number * 1000, piece)
    assert parts.first_slice(tx.connection, one, WHOLE) == pieces[0]
    assert not parts.is_complete(tx.connection, one, WHOLE)
    assert parts.join(tx, one, WHOLE, place(at))
    assert bodies.raw(tx.connection, one) == b"".join(pieces)
    assert (row(tx, one)["cached"], counts(tx)) == (2, [0, 0, 0, 0])
    assert parts.is_complete(tx.connection, one, WHOLE)
    assert_consistent(tx.connection)


def test_what_belongs_to_a_message_goes_with_it_and_nothing_is_kept_for_one_that_is_gone():
    tx = memory()
    at = seed(tx)
    one, two = add(tx, at, arrival(1), arrival(2))
    for message in (one, two, MessageId(99)):
        parts.keep_structure(tx, message, place(at), TREE)
        parts.keep_sections(tx, message, {"1": (b"x", True)})
        parts.add_slice(tx, message, "2", place(at), 0, b"x")
        parked.park(tx, {message: "no"}, NOON)
        parked.note_cut(tx, [message], NOON)
    assert counts(tx) == [2, 2, 2, 2]
    messages.remove(tx, [one], reason="")
    assert counts(tx) == [1, 1, 1, 1]
    messages.store_bodies(tx, [(two, b"raw", digest(text=""))])
    assert counts(tx) == [0, 0, 0, 1]


def test_a_row_that_takes_another_one_in_takes_its_parts():
    tx = memory()
    at = seed(tx)
    one, two = add(tx, at, arrival(1), arrival(2))
    parts.keep_structure(tx, two, place(at), TREE)
    parts.add_slice(tx, two, "2", place(at), 0, b"x")
    messages.store_texts(tx, [(two, digest(text="hello"))])
    messages.absorb(tx, one, two)
    assert parts.stored(tx.connection, one) is not None
    assert parts.arrived(tx.connection, one, "2") == 1
    assert_consistent(tx.connection)


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_a_parked_message_rests_longer_each_time_and_in_the_end_until_the_user_opens_it(attempts: int):
    tx = memory()
    at = seed(tx)
    one, two = add(tx, at, arrival(1), arrival(2))
    for _ in range(attempts):
        parked.park(tx, {one: "Server error\0"}, NOON)
    trouble = parked.of_message(tx.connection, one)
    assert trouble is not None
    assert trouble == parked.of_folder(tx.connection, at.inbox)[one] == parked.every(tx.connection)[one]
    assert (trouble.attempts, trouble.reason) == (attempts, "Server error\N{REPLACEMENT CHARACTER}")
    expected = [NOON + 600, NOON + 7200, None][attempts - 1]
    assert trouble.next_at == expected
    assert trouble.rests(NOON)
    assert trouble.rests(NOON + 10**9) is (expected is None)
    assert parked.of_message(tx.connection, two) is None
    parked.release(tx, [one])
    assert parked.every(tx.connection) == {}


def test_a_message_that_ends_connection_after_connection_alone_is_parked_and_progress_forgets_the_cuts():
    tx = memory()
    at = seed(tx)
    one, two = add(tx, at, arrival(1), arrival(2))
    for _ in range(parked.CUTS):
        parked.note_cut(tx, [one, two], NOON)
    assert parked.every(tx.connection) == {}, "among others none of them is guilty yet"
    parked.forget_cuts(tx, two)
    parked.note_cut(tx, [one], NOON)
    parked.note_cut(tx, [two], NOON)
    assert list(parked.every(tx.connection)) == [one]
    rests = parked.of_message(tx.connection, two)
    assert rests is not None and not rests.rests(NOON)
    for _ in range(5):
        parked.note_cut(tx, [one], NOON)
    trouble = parked.of_message(tx.connection, one)
    assert trouble is not None and (trouble.attempts, trouble.next_at) == (6, NOON + 7200), "it may be the network"


def test_what_is_to_come_is_counted_by_what_the_account_keeps():
    tx = memory()
    at = seed(tx)
    one, two, three, four = add(tx, at, *(arrival(n, size=n * 1000, received=NOON + n) for n in range(1, 5)))
    connection = tx.connection

    def extent(keep: str = "full", now: int = NOON) -> tuple[int, int]:
        choice = keeping.choice(connection, at.account, Keep.parse(keep), now)
        return expected.extent(connection, at.account, choice)

    assert extent() == (4, 10_000)
    assert extent("summaries") == (0, 0)
    messages.store_bodies(tx, [(one, b"x", digest(text=""))])
    messages.store_texts(tx, [(two, digest(text="")), (four, digest(text=""))])
    assert extent() == (3, 9000)
    assert extent("1 days", NOON + 3 + DAY) == (2, 7000)
    assert extent("6 kB") == (2, 5000), "of a month the small ones are kept, and one of these is here"
    tx.execute("UPDATE messages SET size = ? WHERE id IN (?, ?)", (300_000, three, four))
    assert extent("text") == (2, 2000), "of a large one the text is to come, of another one it is here"
    keeping.keep_messages(tx, [four], True)
    assert extent("text") == (3, 302_000)
    assert extent("summaries") == (1, 300_000)
    keeping.keep_folder(tx, at.inbox, True)
    assert extent("summaries") == extent("1 days", NOON + 9 * DAY) == extent() == (3, 602_000)
    assert [wanted.id for wanted in locations.to_complete(connection, at.inbox)] == [two, four]
    parked.park(tx, {four: "no"}, NOON)
    assert extent() == (2, 302_000), "it rests"
    assert extent(now=NOON + 600) == (3, 602_000)
    found = locations.wanted(connection, four)
    assert found is not None and (found[0], found[1].uid, found[1].kept) == (at.inbox, 4, True)
    assert locations.wanted(connection, MessageId(99)) is None
