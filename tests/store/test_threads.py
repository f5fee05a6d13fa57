"""Threads are found whatever the order in which their messages arrive."""

from hypothesis import given, settings
from hypothesis import strategies as st

from store import messages, threads
from store.model import MessageId
from store.references import reference_key
from tests.store.mail import add, arrival, memory, row, seed

NAMES = st.sampled_from([f"m{number}" for number in range(8)])
LETTERS = st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=3)), min_size=1, max_size=9)


def groups(letters: list[tuple[str, list[str]]], order: list[int], batch: int) -> set[frozenset[int]]:
    """The letters, by their place in the list, grouped by thread after they arrived in `order` in batches."""
    tx = memory()
    at = seed(tx)
    place: dict[MessageId, int] = {}
    for start in range(0, len(order), batch):
        part = order[start : start + batch]
        arrivals = [arrival(n + 1, letters[n][0], references=tuple(letters[n][1])) for n in part]
        place.update(zip(add(tx, at, *arrivals), part, strict=True))
    found: dict[int, set[int]] = {}
    for message, thread in tx.execute("SELECT id, thread_id FROM messages"):
        found.setdefault(thread, set()).add(place[message])
    in_references = {one[0] for one in tx.execute("SELECT thread_id FROM thread_references")}
    assert in_references == found.keys()
    tx.connection.close()
    return {frozenset(members) for members in found.values()}


def connected(letters: list[tuple[str, list[str]]]) -> set[frozenset[int]]:
    """The oracle: letters that share a name belong together, and so on."""
    parts: list[tuple[set[str], set[int]]] = []
    for number, (own, mentioned) in enumerate(letters):
        names, members = {own, *mentioned}, {number}
        for other in [part for part in parts if part[0] & names]:
            parts.remove(other)
            names |= other[0]
            members |= other[1]
        parts.append((names, members))
    return {frozenset(members) for _, members in parts}


@settings(deadline=None, max_examples=60)
@given(LETTERS, st.data())
def test_the_order_of_arrival_and_the_batches_do_not_matter(letters, data):
    order = data.draw(st.permutations(range(len(letters))))
    batch = data.draw(st.integers(1, 4))
    assert groups(letters, order, batch) == connected(letters)


def test_a_message_without_any_id_is_a_thread_of_its_own():
    tx = memory()
    at = seed(tx)
    first, second = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(), arrival()])
    assert (row(tx, first)["thread_id"], row(tx, second)["thread_id"]) == (first, second)


def test_who_is_drawn_into_another_thread_is_announced():
    tx = memory()
    at = seed(tx)
    _, second, alone = add(tx, at, arrival(1, "a"), arrival(2, "b"), arrival(3, "c"))
    tx.changed()
    before = type(tx)(tx.connection)
    [joint] = add(before, at, arrival(4, "d", references=("a", "b")))
    assert {second, joint} <= before.changes.messages
    assert alone not in before.changes.messages


def test_a_newcomer_reads_and_writes_its_own_thread_only():
    tx = memory()
    at = seed(tx)
    add(tx, at, *(arrival(uid) for uid in range(1, 200)))
    statements: list[str] = []
    tx.connection.set_trace_callback(statements.append)
    before = tx.connection.total_changes
    new, known = reference_key("<new@example.org>"), reference_key("<uid-7@example.org>")
    threads.assign(tx, [threads.Newcomer(MessageId(1000), new, [known])])
    assert tx.connection.total_changes - before == 2
    assert len(statements) == 3


def test_an_answer_to_a_removed_message_still_joins_its_thread():
    tx = memory()
    at = seed(tx)
    first, gone = add(tx, at, arrival(1, "a"), arrival(2, "b", references=("a",)))
    messages.remove(tx, [gone], reason="")
    [answer] = add(tx, at, arrival(3, "c", references=("b",)))
    assert row(tx, answer)["thread_id"] == row(tx, first)["thread_id"]


def test_of_thousands_of_references_the_first_and_the_last_count():
    tx = memory()
    at = seed(tx)
    add(tx, at, arrival(1, references=tuple(f"r{number}" for number in range(40_000))))
    assert tx.execute("SELECT count(*) FROM thread_references").fetchone() == (101,)


def test_lone_surrogates_make_a_key_like_any_other():
    """D07."""
    assert -(2**63) <= reference_key("<\ud800@x>") < 2**63
