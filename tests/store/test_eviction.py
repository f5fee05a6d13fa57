"""What an account no longer keeps goes from this disk, in order; what must stay stays, whatever the setting."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import (
    accounts,
    acts,
    bodies,
    eviction,
    folder_list,
    folders,
    journal,
    keeping,
    listing,
    messages,
    parts,
    twins,
    usage,
)
from store.database import Transaction
from store.keeping import DAY, MONTH, RECENT, Depth
from store.model import Cached, Flag, FolderId, MessageId, Protocol, Role
from store.operations import Archive, Copy, SetFlags
from store.parts import Place
from store.settings import Keep
from store.structure import Structure
from tests.store.mail import LISTED, Seeded, add, arrival, digest, memory, seed

NOW = 400 * MONTH
TEXT = Structure(
    "TEXT", "multipart/mixed", children=(Structure("1", "text/plain"), Structure("2", "application/pdf", size=900_000))
)


@pytest.fixture
def tx() -> Iterator[Transaction]:
    transaction = memory()
    yield transaction
    transaction.connection.close()


@pytest.fixture
def at(tx: Transaction) -> Seeded:
    return seed(tx)


def whole(uid: int, *, age: int = 100 * DAY, size: int = 1000, flags: Flag = Flag.NONE) -> messages.Arrival:
    """A message that is here whole, received `age` seconds ago."""
    text = f"pigeon {uid}"
    return arrival(uid, flags=flags, received=NOW - age, size=size, raw=text.encode(), text=text, preview=text)


def evict(tx: Transaction, at: Seeded, keep: str, *, now: int = NOW, slices: int | None = None) -> list[int]:
    """Evict what has to go (only so many slices of it); answers the ids in order."""
    choice = keeping.choice(tx.connection, at.account, Keep.parse(keep), now)
    gone: list[int] = []
    for number, some in enumerate(eviction.slices(eviction.doomed(tx.connection, at.account, choice))):
        if number == slices:
            break
        for one in some:
            if one.depth is Depth.TEXT:
                done = eviction.reduce(tx, one, TEXT, {"HEADER": (b"h", True), "1": (b"pigeon", True)}, now)
                gone += [one.id] if done else []
            else:
                gone += eviction.evict(tx, [one], now)
    return gone


def cached(tx: Transaction, message: MessageId) -> Cached:
    return listing.summaries(tx.connection, [message])[message].cached


def drafts(tx: Transaction, at: Seeded) -> FolderId:
    return folders.ensure_role(tx, at.account, Role.DRAFTS).id


def test_what_is_too_old_goes_and_its_summary_flags_and_search_text_stay(tx: Transaction, at: Seeded):
    old, young = add(tx, at, whole(1, flags=Flag.SEEN), whole(2, age=80 * DAY))
    before = listing.summaries(tx.connection, [old])[old]
    assert evict(tx, at, "90 days") == [old]
    assert bodies.raw(tx.connection, old) is None
    assert bodies.raw(tx.connection, young) == b"pigeon 2"
    after = listing.summaries(tx.connection, [old])[old]
    assert after.cached is Cached.NONE
    assert (after.preview, after.flags, after.size) == (before.preview, before.flags, before.size)
    found = tx.execute("SELECT rowid FROM search_bodies WHERE search_bodies MATCH 'pigeon' ORDER BY 1").fetchall()
    assert found == [(old,), (young,)]
    assert evict(tx, at, "90 days") == []


def test_full_evicts_nothing_and_summaries_everything(tx: Transaction, at: Seeded):
    one, two = add(tx, at, whole(1), whole(2, age=0))
    assert evict(tx, at, "full") == []
    assert sorted(evict(tx, at, "summaries")) == [one, two]
    assert {cached(tx, message) for message in (one, two)} == {Cached.NONE}


def test_of_a_large_message_the_text_stays_where_text_is_kept(tx: Transaction, at: Seeded):
    small, large = add(tx, at, whole(1, size=keeping.TEXT_LIMIT), whole(2, size=keeping.TEXT_LIMIT + 1))
    assert evict(tx, at, "text") == [large]
    assert (cached(tx, small), cached(tx, large)) == (Cached.FULL, Cached.TEXT)
    assert bodies.raw(tx.connection, large) is None
    held = parts.readable(tx.connection, large)
    assert held is not None and held.texts == {"HEADER": b"h", "1": b"pigeon"}
    assert held.place == Place(at.inbox, 0, 2), "of no UIDVALIDITY: a part's number is asked for again"
    assert evict(tx, at, "text") == []


def test_attachments_that_came_alone_go_after_a_while_where_text_is_kept(tx: Transaction, at: Seeded):
    [message] = add(tx, at, arrival(1, size=2_000_000, received=NOW))
    parts.keep_structure(tx, message, Place(at.inbox, 7, 1), TEXT)
    parts.keep_sections(tx, message, {"HEADER": (b"h", True), "1": (b"t" * 100_000, True), "2": (b"x" * 900_000, True)})
    parts.add_slice(tx, message, "", Place(at.inbox, 7, 1), 0, b"y" * 500)
    messages.store_texts(tx, [(message, digest(text="t"))])
    keeping.opened(tx, message, NOW)
    keep = Keep.parse("text")
    later = NOW + RECENT + 1
    assert eviction.doomed(tx.connection, at.account, keeping.choice(tx.connection, at.account, keep, NOW + DAY)) == []
    [one] = eviction.doomed(tx.connection, at.account, keeping.choice(tx.connection, at.account, keep, later))
    assert (one.id, one.size, one.depth) == (message, 900_500, Depth.TEXT)
    assert eviction.trim(tx, one, later)
    held = parts.stored(tx.connection, message)
    assert held is not None and (held.complete, held.begun) == ({"HEADER", "1"}, {})
    assert eviction.doomed(tx.connection, at.account, keeping.choice(tx.connection, at.account, keep, later)) == []


def test_mail_of_a_pop3_account_is_never_evicted(tx: Transaction, at: Seeded):
    messages.add(tx, at.pop3, at.pop3_inbox, [whole(1)])
    choice = keeping.choice(tx.connection, at.pop3, Keep.parse("summaries"), NOW)
    assert eviction.doomed(tx.connection, at.pop3, choice) == []


def test_a_draft_is_never_evicted(tx: Transaction, at: Seeded):
    add(tx, at, whole(1, flags=Flag.DRAFT))
    add(tx, at, whole(1), folder=drafts(tx, at))
    assert evict(tx, at, "summaries") == []


def test_what_no_server_is_known_to_have_is_never_evicted(tx: Transaction, at: Seeded):
    sent = messages.Arrival(digest("sent", text="x"), received=0, size=10, raw=b"x")
    add(tx, at, sent, folder=at.sent)
    assert evict(tx, at, "summaries") == []


def test_a_starred_message_is_never_evicted(tx: Transaction, at: Seeded):
    there, here = add(tx, at, whole(1, flags=Flag.FLAGGED), whole(2))
    acts.perform(tx, SetFlags((here,), Flag.FLAGGED))
    tx.execute("UPDATE messages SET pending = 0")  # the star alone keeps it
    assert evict(tx, at, "summaries") == []
    assert cached(tx, there) is cached(tx, here) is Cached.FULL


def test_what_is_kept_by_hand_is_never_evicted_until_it_is_let_go(tx: Transaction, at: Seeded):
    [message] = add(tx, at, whole(1))
    assert keeping.keep_messages(tx, [message], True) == [message]
    assert keeping.keep_messages(tx, [message], True) == []
    assert evict(tx, at, "summaries") == []
    keeping.keep_messages(tx, [message], False)
    assert evict(tx, at, "summaries") == [message]


def test_what_stands_in_a_kept_folder_is_never_evicted(tx: Transaction, at: Seeded):
    add(tx, at, whole(1), folder=at.work)
    [moving] = add(tx, at, whole(2))
    assert keeping.keep_folder(tx, at.work, True) and not keeping.keep_folder(tx, at.work, True)
    assert evict(tx, at, "summaries") == [moving]
    keeping.keep_folder(tx, at.work, False)
    assert len(evict(tx, at, "summaries")) == 1


def test_what_an_operation_is_bound_to_is_never_evicted(tx: Transaction, at: Seeded):
    waiting, refused = add(tx, at, whole(1), whole(2))
    acts.perform(tx, SetFlags((waiting,), Flag.SEEN))
    acts.perform(tx, Archive((refused,)))
    [_, entry] = journal.waiting(tx.connection, at.account)
    journal.refuse(tx, [entry.id], "No.")
    assert listing.summaries(tx.connection, [refused])[refused].pending == 0
    assert evict(tx, at, "summaries") == []


def test_what_a_copy_in_another_account_is_made_from_is_never_evicted(tx: Transaction, at: Seeded):
    [message] = add(tx, at, whole(1))
    other = accounts.reconcile(tx, [("imap", Protocol.IMAP, True), ("other", Protocol.IMAP, True)])["other"]
    folder_list.reconcile(tx, other, LISTED)
    acts.perform(tx, Copy((message,), folders.by_path(tx.connection, other, "Work").id))
    assert listing.summaries(tx.connection, [message])[message].pending == 0
    assert evict(tx, at, "summaries") == []
    tx.execute("UPDATE journal SET state = 'done'")
    assert evict(tx, at, "summaries") == [message]


def test_what_was_opened_lately_stays_for_two_weeks(tx: Transaction, at: Seeded):
    [message] = add(tx, at, whole(1))
    keeping.opened(tx, message, NOW)
    assert evict(tx, at, "90 days", now=NOW + RECENT) == []
    assert evict(tx, at, "90 days", now=NOW + RECENT + 1) == [message]


def test_what_becomes_bound_after_it_was_chosen_stays(tx: Transaction, at: Seeded):
    starred, opened, goes = add(tx, at, whole(1), whole(2), whole(3))
    choice = keeping.choice(tx.connection, at.account, Keep.parse("summaries"), NOW)
    chosen = eviction.doomed(tx.connection, at.account, choice)
    keeping.keep_messages(tx, [starred], True)
    keeping.opened(tx, opened, NOW)
    assert eviction.evict(tx, chosen, NOW) == [goes]


@pytest.mark.parametrize("bound", ["one", "other"])
def test_a_body_that_two_rows_share_stays_while_either_is_protected(tx: Transaction, at: Seeded, bound: str):
    one, other = add(tx, at, whole(1)) + add(tx, at, arrival(9, received=NOW - 100 * DAY), folder=at.work)
    for folder, uid in ((at.inbox, 1), (at.work, 9)):
        twins.name(tx, folder, {uid: "mail-1"})
    assert cached(tx, other) is Cached.FULL
    acts.perform(tx, SetFlags((one if bound == "one" else other,), Flag.FLAGGED))
    assert evict(tx, at, "90 days") == []
    assert bodies.raw(tx.connection, other) == b"pigeon 1"


def test_twins_are_evicted_together_and_counted_once(tx: Transaction, at: Seeded):
    one, other = add(tx, at, whole(1)) + add(tx, at, arrival(9, received=NOW - 100 * DAY), folder=at.work)
    for folder, uid in ((at.inbox, 1), (at.work, 9)):
        twins.name(tx, folder, {uid: "mail-1"})
    assert evict(tx, at, "1 kB") == [], "it is here once"
    assert len(evict(tx, at, "90 days")) == 1
    assert cached(tx, one) is cached(tx, other) is Cached.NONE
    assert bodies.raw(tx.connection, one) is bodies.raw(tx.connection, other) is None


def test_the_oldest_month_goes_first_and_of_a_month_the_largest(tx: Transaction, at: Seeded):
    ids = add(
        tx,
        at,
        whole(1, age=MONTH, size=900),
        whole(2, age=9 * MONTH, size=100),
        whole(3, age=9 * MONTH + 5, size=700),
        whole(4, age=20 * MONTH, size=50),
        whole(5, age=0, size=2000),
    )
    assert evict(tx, at, "summaries") == [ids[3], ids[2], ids[1], ids[0], ids[4]]


def test_a_size_is_reached_and_nothing_more_goes(tx: Transaction, at: Seeded):
    ids = add(tx, at, *(whole(n, age=n * MONTH, size=1000) for n in range(10)))
    assert evict(tx, at, "4 kB") == list(reversed(ids[4:]))
    assert usage.of_account(tx.connection, at.account).octets == 4000
    assert evict(tx, at, "4 kB") == []
    [new] = add(tx, at, whole(50, age=0, size=500))
    assert evict(tx, at, "4 kB") == [ids[3]]
    assert cached(tx, new) is Cached.FULL


def test_room_is_made_for_what_is_still_to_come(tx: Transaction, at: Seeded):
    old = add(tx, at, *(whole(n, age=n * MONTH, size=1000) for n in range(1, 5)))
    add(tx, at, arrival(9, received=NOW, size=1500))
    assert evict(tx, at, "4 kB") == [old[3], old[2]]
    choice = keeping.choice(tx.connection, at.account, Keep.parse("4 kB"), NOW)
    assert choice.depth(at.inbox, NOW, 1500) is Depth.WHOLE
    assert choice.depth(at.inbox, NOW - 4 * MONTH, 1000) is Depth.NONE, "what went does not come again"


def test_what_is_protected_takes_its_room_from_the_others(tx: Transaction, at: Seeded):
    starred = add(tx, at, whole(1, age=50 * MONTH, size=3000, flags=Flag.FLAGGED))
    young, old = add(tx, at, whole(2, age=MONTH), whole(3, age=2 * MONTH))
    assert evict(tx, at, "4 kB") == [old]
    assert evict(tx, at, "3 kB") == [young]
    assert evict(tx, at, "1 kB") == []
    assert cached(tx, starred[0]) is Cached.FULL


def test_what_was_opened_goes_for_a_size_only_when_nothing_else_is_left_the_longest_ago_first(
    tx: Transaction, at: Seeded
):
    first, second, reading, other = add(tx, at, *(whole(n, age=n * MONTH, size=1000) for n in range(1, 5)))
    for message, ago in ((first, 5 * DAY), (second, DAY), (reading, 60)):
        keeping.opened(tx, message, NOW - ago)
    assert evict(tx, at, "3 kB") == [other]
    assert evict(tx, at, "2 kB") == [first]
    assert evict(tx, at, "1 kB") == [second]
    tx.execute("UPDATE messages SET size = 5000 WHERE id = ?", (reading,))
    assert evict(tx, at, "1 kB") == [], "somebody reads it"


def test_an_eviction_that_was_interrupted_goes_on_where_it_ended(tx: Transaction, at: Seeded):
    size = eviction.SLICE_BYTES // 2
    ids = add(tx, at, *(whole(n, age=n * MONTH, size=size) for n in range(1, 9)))
    first = evict(tx, at, "summaries", slices=2)
    assert first == list(reversed(ids[4:]))
    assert [cached(tx, message) for message in ids] == [Cached.FULL] * 4 + [Cached.NONE] * 4
    assert evict(tx, at, "summaries") == list(reversed(ids[:4]))


def test_a_slice_is_bounded_by_messages_and_by_octets_and_texts_come_one_by_one():
    def going(count: int, size: int, depth: Depth = Depth.NONE) -> list[eviction.Doomed]:
        return [eviction.Doomed(MessageId(n), size, depth) for n in range(count)]

    most, octets = eviction.SLICE_MESSAGES, eviction.SLICE_BYTES
    assert [len(some) for some in eviction.slices(going(2 * most + 1, 1))] == [most, most, 1]
    assert [len(some) for some in eviction.slices(going(3, octets))] == [1, 1, 1]
    assert [len(some) for some in eviction.slices(going(2, 1, Depth.TEXT))] == [1, 1]
    assert list(eviction.slices([])) == []


def test_opening_is_written_down_now_and_then(tx: Transaction, at: Seeded):
    [message] = add(tx, at, whole(1))
    assert not keeping.is_noted(tx.connection, message, NOW)
    keeping.opened(tx, message, NOW)
    assert keeping.is_noted(tx.connection, message, NOW + 60)
    assert not keeping.is_noted(tx.connection, message, NOW + DAY)
    assert keeping.is_noted(tx.connection, MessageId(99), NOW), "it is gone: there is nothing to write down"


def test_where_two_rows_share_a_message_its_text_stays_for_both(tx: Transaction, at: Seeded):
    large = whole(1, size=900_000)
    one, other = add(tx, at, large) + add(tx, at, arrival(9, received=large.received, size=900_000), folder=at.work)
    for folder, uid in ((at.inbox, 1), (at.work, 9)):
        twins.name(tx, folder, {uid: "mail-1"})
    assert len(evict(tx, at, "text")) == 1
    assert cached(tx, one) is cached(tx, other) is Cached.TEXT
    for message in (one, other):
        held = parts.readable(tx.connection, message)
        assert held is not None and held.texts["1"] == b"pigeon"
    found = tx.execute("SELECT count(*) FROM search_bodies WHERE search_bodies MATCH 'pigeon'").fetchone()
    assert found == (1,)


LETTERS = st.lists(
    st.tuples(
        st.integers(0, 5 * MONTH),
        st.integers(0, 3000),
        st.booleans(),
        st.sampled_from([Flag.NONE, Flag.NONE, Flag.FLAGGED]),
        st.sampled_from([None, None, 60, 2 * DAY, 30 * DAY]),
    ),
    max_size=12,
)


@settings(max_examples=150)
@given(LETTERS, st.integers(1, 9))
def test_a_size_is_kept_and_what_is_fetched_then_is_never_evicted_again(letters: list[tuple], limit: int):
    tx = memory()
    at = seed(tx)
    for uid, (age, size, here, flags, used) in enumerate(letters, 1):
        one = whole(uid, age=age, size=size, flags=flags)
        [message] = add(tx, at, one if here else replace(one, raw=None))
        if used is not None:
            keeping.opened(tx, message, NOW - used)

    def here() -> int:
        total: int = tx.execute("SELECT coalesce(sum(size), 0) FROM messages WHERE cached > 0").fetchone()[0]
        return total

    evict(tx, at, f"{limit} kB")
    held = "SELECT sum(NOT (flags & 4 OR coalesce(used_at, 0) >= ?)) FROM messages WHERE cached > 0"
    if here() > limit * 1000:
        assert not tx.execute(held, (NOW - keeping.READING,)).fetchone()[0], "nothing that may go is left"
    choice = keeping.choice(tx.connection, at.account, Keep.parse(f"{limit} kB"), NOW)
    for message, received, size in tx.execute("SELECT id, received, size FROM messages WHERE cached = 0").fetchall():
        if choice.depth(at.inbox, received, size) is Depth.WHOLE:
            messages.store_bodies(tx, [(message, b"x", digest(text="x"))])
    before = here()
    assert evict(tx, at, f"{limit} kB") == []
    if before > limit * 1000:
        assert not tx.execute(held, (NOW - keeping.READING,)).fetchone()[0]
    tx.connection.close()
