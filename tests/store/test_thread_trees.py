"""A thread is one tree, whatever the order in which its messages came."""

from hypothesis import given, settings
from hypothesis import strategies as st

from store import messages, thread_trees
from store.model import Address, Digest, MessageId, ThreadId
from tests.store.mail import NOON, Arrival, add, arrival, memory, row, seed

DAY = 86_400


def drawn(tx, shown=None):
    """Every thread of the store as indented subjects, the threads in the order of their first messages."""
    threads = {ThreadId(one[0]) for one in tx.execute("SELECT DISTINCT thread_id FROM messages")}
    members = thread_trees.members(tx.connection, threads)
    trees = thread_trees.trees(tx.connection, members, shown)
    subjects = dict(tx.execute("SELECT id, subject FROM messages").fetchall())
    return sorted(tuple(f"{one.lines}{subjects[one.member.id]}" for one in placed) for placed in trees.values())


def letter(name, *references, at=0, subject="", **more):
    """A message that is called like its subject, `at` days after the first."""
    return arrival(None, name, references=references, subject=subject or name, date=NOON + at * DAY, **more)


def mail(
    subject: str, at: float, sender: str = "anna", *to: str, name: str = "", references: tuple[str, ...] = ()
) -> Arrival:
    """A message by its subject, day and people."""
    date = NOON + round(at * DAY)
    people = tuple(Address("", f"{one}@example.org") for one in to or ("binh",))
    ids = tuple(f"<{one}@example.org>" for one in references)
    own = f"<{name}@example.org>" if name else f"<{subject}-{at}-{sender}@example.org>"
    digest = Digest(own, ids, Address("", f"{sender}@example.org"), people, (), subject, date, 0, (), "", None)
    return Arrival(digest, date, 100)


def threads_of(tx, ids):
    return [row(tx, one)["thread_id"] for one in ids]


def test_answers_stand_under_what_they_answer_the_oldest_first():
    tx = memory()
    at = seed(tx)
    letters = (
        letter("a"), letter("d", "a", at=4), letter("b", "a", at=1), letter("c", "a", "b", at=2),
        letter("e", "a", "b", at=3), letter("f", "a", "b", "c", at=9), letter("z", at=1),
    )  # fmt: skip
    add(tx, at, *letters)
    assert drawn(tx) == [("a", "+b", "|+c", "||`f", "|`e", "`d"), ("z",)]


def test_who_answers_a_message_that_is_not_here_stands_under_what_that_one_answered():
    tx = memory()
    at = seed(tx)
    add(tx, at, letter("a"), letter("c", "a", "missing", at=1), letter("d", "c", at=2))
    assert drawn(tx) == [("a", "`c", " `d")]


def test_answers_to_something_that_is_not_here_stand_together():
    tx = memory()
    at = seed(tx)
    add(tx, at, letter("b", "a", at=1), letter("c", "a", at=2), letter("d", "b", at=3))
    assert drawn(tx) == [("b", "+d", "`c")] or drawn(tx) == [("b", "+c", "`d")]
    assert drawn(tx) == [("b", "+c", "`d")]


def test_a_removed_message_leaves_its_answers_in_place():
    tx = memory()
    at = seed(tx)
    ids = add(
        tx, at, letter("a"), letter("b", "a", at=1), letter("c", "b", at=2), letter("d", "c", at=3), letter("e", at=1)
    )
    messages.remove(tx, [ids[1], ids[2]], reason="")
    assert drawn(tx) == [("a", "`d"), ("e",)]


def test_only_what_is_shown_is_drawn():
    tx = memory()
    at = seed(tx)
    a, b, c, d = add(
        tx, at, letter("a"), letter("b", "a", at=1), letter("c", "a", "b", at=2), letter("d", "a", "b", "c", at=3)
    )
    assert drawn(tx, {a, d}) == [("a", "`d")]
    assert drawn(tx, {c}) == [("c",)]
    assert drawn(tx, {b, c, d}) == [("b", "`c", " `d")]


def test_mail_that_answers_itself_in_a_circle_is_drawn_all_the_same():
    tx = memory()
    at = seed(tx)
    add(tx, at, letter("a", "c"), letter("b", "a", at=1), letter("c", "b", at=2), letter("x", "x", at=3))
    assert drawn(tx) == [("a", "`b", " `c"), ("x",)]


def test_copies_of_a_message_are_one_place_of_the_tree():
    tx = memory()
    at = seed(tx)
    add(tx, at, letter("a"), letter("b", "a", at=1), letter("c", "b", at=2))
    add(tx, at, letter("b", "a", at=1), folder=at.archive)
    assert drawn(tx) == [("a", "+b", "|`c", "`b")]


def test_a_very_large_thread_is_a_list(monkeypatch):
    monkeypatch.setattr(thread_trees, "LARGEST", 3)
    tx = memory()
    at = seed(tx)
    add(tx, at, letter("a"), letter("b", "a", at=1), letter("c", "b", at=2), letter("d", "c", at=3))
    assert drawn(tx) == [("a", "+b", "+c", "`d")]


def test_a_deep_thread_is_no_error():
    tx = memory()
    at = seed(tx)
    add(tx, at, *(letter(f"m{n}", *([f"m{n - 1}"] if n else []), at=n) for n in range(500)))
    [placed] = thread_trees.trees(tx.connection, thread_trees.members(tx.connection, [ThreadId(1)])).values()
    assert [one.depth for one in placed] == list(range(500))


NAMES = st.sampled_from([f"m{number}" for number in range(7)])
LETTERS = st.lists(
    st.tuples(NAMES, st.lists(NAMES, max_size=3), st.integers(0, 9)),
    min_size=1,
    max_size=7,
    unique_by=lambda one: one[0],
)
SUBJECTS = st.sampled_from(["Invoice", "Re: Invoice", "RE: invoice", "Rent", "Re: Rent"])
PEOPLE = st.sampled_from(["anna", "binh", "carl"])
REPLIES = st.lists(
    st.tuples(SUBJECTS, st.integers(0, 120), PEOPLE, PEOPLE, st.lists(st.integers(0, 7), max_size=1)),
    min_size=1,
    max_size=8,
)


def arrive(arrivals, order, batch):
    tx = memory()
    at = seed(tx)
    for start in range(0, len(order), batch):
        add(tx, at, *(arrivals[n] for n in order[start : start + batch]))
    found = drawn(tx)
    tx.connection.close()
    return found


@settings(deadline=None, max_examples=60)
@given(LETTERS, st.data())
def test_trees_do_not_depend_on_the_order_of_arrival(letters, data):
    arrivals = [letter(name, *references, at=at) for name, references, at in letters]
    order = data.draw(st.permutations(range(len(arrivals))))
    batch = data.draw(st.integers(1, 4))
    found = arrive(arrivals, order, batch)
    assert found == arrive(arrivals, range(len(arrivals)), 1)
    assert sum(map(len, found)) == len(arrivals)


@settings(deadline=None, max_examples=100)
@given(REPLIES, st.data())
def test_threads_by_subject_do_not_depend_on_the_order_of_arrival(letters, data):
    arrivals = [
        mail(subject, day, sender, to, name=f"n{n}", references=tuple(f"n{one}" for one in references))
        for n, (subject, day, sender, to, references) in enumerate(letters)
    ]
    order = data.draw(st.permutations(range(len(arrivals))))
    batch = data.draw(st.integers(1, 4))
    assert arrive(arrivals, order, batch) == arrive(arrivals, range(len(arrivals)), 1)


def test_a_reply_without_references_joins_what_it_answers():
    tx = memory()
    at = seed(tx)
    invoice, reply, answer = add(
        tx,
        at,
        mail("Invoice", 0, "anna", "binh"),
        mail("AW: [list] invoice", 2, "binh", "anna", name="reply"),
        mail("Re: Invoice", 3, "anna", "binh", references=("reply",)),
    )
    assert threads_of(tx, (invoice, reply, answer)) == [invoice] * 3
    assert drawn(tx) == [("Invoice", "`AW: [list] invoice", " `Re: Invoice")]


def test_it_joins_the_latest_message_of_that_subject_before_it_alone():
    tx = memory()
    at = seed(tx)
    months = [mail("Invoice", 30 * n, "anna", "binh") for n in range(5)]
    replies = [mail("Re: Invoice", 30 * n + 1, "binh", "anna") for n in range(5)]
    add(tx, at, *months)
    add(tx, at, *replies)
    assert drawn(tx) == [("Invoice", "`Re: Invoice")] * 5


def test_ten_years_of_invoices_are_not_one_thread():
    tx = memory()
    at = seed(tx)
    ids = add(tx, at, *(mail("Invoice", 30 * n, "anna", "binh") for n in range(120)))
    assert threads_of(tx, ids) == ids


def test_strangers_long_times_and_first_messages_are_not_joined():
    tx = memory()
    at = seed(tx)
    ids = add(
        tx,
        at,
        mail("Invoice", 0, "anna", "binh"),
        mail("Re: Invoice", 1, "carl", "binh"),  # not addressed to who wrote it
        mail("Re: Invoice", 100, "binh", "anna"),  # long after
        mail("Fwd: Invoice", 1.5, "binh", "anna"),  # no reply
        mail("Re:", 1, "binh", "anna"),
        mail("Re: Invoice", -1, "dora", "anna"),  # before
    )
    assert threads_of(tx, ids) == ids


def test_a_later_find_between_takes_the_reply_and_all_its_answers_along():
    tx = memory()
    at = seed(tx)
    old, reply, answer = add(
        tx,
        at,
        mail("Report", 0, "anna", "binh"),
        mail("Re: Report", 10, "binh", "anna", name="reply"),
        mail("Re: Report", 11, "anna", "binh", references=("reply",)),
    )
    assert threads_of(tx, (old, reply, answer)) == [old] * 3
    before = type(tx)(tx.connection)
    [newer] = add(before, at, mail("Report", 7, "anna", "binh"), folder=at.archive)
    assert threads_of(tx, (old, reply, answer, newer)) == [old, reply, reply, reply]
    assert {reply, answer, newer} <= before.changes.messages
    assert drawn(tx) == [("Report",), ("Report", "`Re: Report", " `Re: Report")]


def test_what_a_reply_answered_may_go_and_the_reply_stays_in_its_thread():
    tx = memory()
    at = seed(tx)
    first, second, reply = add(
        tx,
        at,
        mail("Plan", 0, "anna", "binh", name="first"),
        mail("Plan B", 1, "anna", "binh", name="second", references=("first",)),
        mail("Re: Plan B", 2, "binh", "anna"),
    )
    assert threads_of(tx, (second, reply)) == [first] * 2
    messages.remove(tx, [second], reason="")
    add(tx, at, mail("Plan B", 0.5, "anna", "binh"))
    assert threads_of(tx, (first, reply)) == [first] * 2
    assert MessageId(reply) == reply
