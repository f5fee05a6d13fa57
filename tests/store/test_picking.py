"""Which messages of a list are unread, read or starred, and which of several copies an act is for."""

from store import acts, messages, picking
from store.model import Flag, Role
from store.operations import SetLabels
from store.picking import Which, pick
from tests.store.mail import add, arrival


def test_rows_are_picked_by_what_they_are(tx, at):
    new, old, star = add(tx, at, arrival(1), arrival(2, flags=Flag.SEEN), arrival(3, flags=Flag.SEEN | Flag.FLAGGED))
    rows = [new, old, star]
    wanted = {which: pick(tx.connection, [at.inbox], rows, which).rows for which in Which}
    assert wanted == {
        Which.ALL: {new, old, star}, Which.UNREAD: {new}, Which.READ: {old, star}, Which.STARRED: {star},
    }  # fmt: skip


def test_what_left_a_place_is_not_there(tx, at):
    here, starred = add(tx, at, arrival(1), arrival(2, flags=Flag.FLAGGED))
    [there] = add(tx, at, arrival(3), folder=at.work)
    c = tx.connection
    assert picking.still_there(c, [at.inbox], [here, starred, there]) == {here, starred}
    assert picking.still_there(c, [at.inbox], [here, starred], starred=True) == {starred}
    assert picking.still_there(c, [], [here, there, 99]) == {here, there}


def test_labels_are_counted_over_the_messages(tx, at):
    one, two = add(tx, at, arrival(1), arrival(2))
    acts.perform(tx, SetLabels((one, two), add=("work",)))
    acts.perform(tx, SetLabels((two,), add=("home",)))
    assert picking.labels_of(tx.connection, [one, two]) == {"home": 1, "work": 2}


def test_messages_of_a_role_and_with_a_flag_are_named(tx, at):
    one, two = add(tx, at, arrival(1), arrival(2, flags=Flag.FLAGGED))
    [gone] = add(tx, at, arrival(3), folder=at.trash)
    c = tx.connection
    assert picking.in_role(c, [one, two, gone], Role.TRASH) == {gone}
    assert picking.having(c, [one, two, gone], Flag.FLAGGED) == {two}


def test_a_thread_is_what_of_it_is_in_these_folders(tx, at):
    [first] = add(tx, at, arrival(1, "first"))
    [answer] = add(tx, at, arrival(2, "answer", references=("first",)))
    [filed] = add(tx, at, arrival(3, "filed", references=("first",)), folder=at.work)
    [other] = add(tx, at, arrival(4, "other"))
    c = tx.connection
    assert set(picking.thread_of(c, [answer], [at.inbox])) == {first, answer}
    assert set(picking.thread_of(c, [answer], [at.inbox, at.work])) == {first, answer, filed}
    assert set(picking.thread_of(c, [answer, other], [])) == {first, answer, other}


def test_of_one_message_in_two_accounts_the_folder_takes_its_own(tx, at):
    [one] = add(tx, at, arrival(1, "same"))
    [double] = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(None, "same", uidl="a")])
    [alone] = add(tx, at, arrival(2, "alone"))
    tx.execute("UPDATE messages SET likeness = 7 WHERE id IN (?, ?)", (one, double))
    also = frozenset({double})
    c = tx.connection
    assert picking.one_of_each(c, (one, double, alone), also, at.work) == (one, alone)
    assert picking.one_of_each(c, (one, double, alone), also, at.pop3_inbox) == (double, alone)
    assert picking.one_of_each(c, (one, double, alone), frozenset(), at.work) == (one, double, alone)
