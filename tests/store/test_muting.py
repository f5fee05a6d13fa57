"""A muted thread leaves the inbox, and what comes into it is filed away; all of it is taken back with the mute."""

import pytest

from store import acts, folders, history, journal, messages, muted_arrivals, muting
from store.model import Flag, Role
from store.operations import Archive, Move, Mute
from tests.store.mail import add, arrival, row


def arrives(tx, at, *arrivals, **where):
    """Mail that a sync brings, as a transaction of it ends."""
    ids = add(tx, at, *arrivals, **where)
    muted_arrivals.settle(tx)
    return ids


def place(tx, message):
    return row(tx, message)["folder_id"]


@pytest.fixture
def thread(tx, at):
    """A question in the inbox, ones own answer, and one more."""
    [question] = add(tx, at, arrival(1, "question"))
    [answer] = add(tx, at, arrival(1, "answer", references=("question",), flags=Flag.SEEN), folder=at.sent)
    [more] = add(tx, at, arrival(2, "more", references=("question", "answer")))
    return question, answer, more


def test_what_is_in_the_inbox_is_archived_and_the_rest_stays(tx, at, thread):
    question, answer, more = thread
    act = acts.perform(tx, Mute((more,)))
    assert act.title == "Muted a thread"
    assert [place(tx, one) for one in thread] == [at.archive, at.sent, at.archive]
    assert row(tx, question)["flags"] == Flag.NONE
    assert muting.are_muted(tx.connection, [question, answer])
    acts.undo(tx)
    assert [place(tx, one) for one in thread] == [at.inbox, at.sent, at.inbox]
    assert not muting.are_muted(tx.connection, [question])


def test_what_comes_later_is_archived_as_read_by_an_act_of_its_own(tx, at, thread):
    mute = acts.perform(tx, Mute(thread[:1]))
    reply, stranger = arrives(tx, at, arrival(5, "reply", references=("more",)), arrival(6, "stranger"))
    assert (place(tx, reply), row(tx, reply)["flags"]) == (at.archive, Flag.SEEN)
    assert (place(tx, stranger), row(tx, stranger)["flags"]) == (at.inbox, Flag.NONE)
    newest = history.steps(tx.connection)[0]
    assert (newest.title, newest.part_of, newest.aside) == ("Archived 1 of a muted thread", mute.id, True)
    assert [entry.kind for entry in journal.waiting(tx.connection, at.account)][-2:] == ["flags", "move"]
    acts.undo(tx)
    assert (place(tx, reply), row(tx, reply)["flags"]) == (at.inbox, Flag.NONE)
    assert place(tx, thread[0]) == at.inbox
    acts.redo(tx)
    assert (place(tx, reply), row(tx, reply)["flags"]) == (at.archive, Flag.SEEN)
    [again] = arrives(tx, at, arrival(7, "again", references=("reply",)))
    assert place(tx, again) == at.archive
    acts.undo(tx)
    assert [place(tx, one) for one in (*thread, reply, again)] == [at.inbox, at.sent, *[at.inbox] * 3]


def test_what_came_can_be_taken_back_alone(tx, at, thread):
    acts.perform(tx, Mute(thread[:1]))
    [reply] = arrives(tx, at, arrival(5, "reply", references=("more",)))
    acts.undo(tx, history.steps(tx.connection)[0].act)
    assert place(tx, reply) == at.inbox
    assert place(tx, thread[0]) == at.archive


def test_ones_own_answers_stay_where_they_are(tx, at, thread):
    acts.perform(tx, Mute(thread[:1]))
    [own] = arrives(tx, at, arrival(8, "own", references=("more",)), folder=at.sent)
    assert place(tx, own) == at.sent


def test_threads_that_become_one_are_muted_as_one(tx, at):
    [old, muted] = add(tx, at, arrival(1, "old"), arrival(2, "muted"))
    acts.perform(tx, Mute((muted,)))
    [bridge] = arrives(tx, at, arrival(3, "bridge", references=("old", "muted")))
    assert row(tx, old)["thread_id"] == row(tx, muted)["thread_id"] == row(tx, bridge)["thread_id"]
    assert place(tx, bridge) == at.archive
    [later] = arrives(tx, at, arrival(4, "later", references=("old",)))
    assert place(tx, later) == at.archive
    acts.undo(tx)
    assert not muting.are_muted(tx.connection, [old])
    assert [place(tx, one) for one in (old, muted, bridge, later)] == [at.inbox] * 4


def test_muting_again_ends_it_and_leaves_the_mail_where_it_is(tx, at, thread):
    acts.perform(tx, Mute(thread[:1]))
    act = acts.perform(tx, Mute(thread[2:]))
    assert act.title == "Unmuted a thread"
    assert place(tx, thread[0]) == at.archive
    [reply] = arrives(tx, at, arrival(5, "reply", references=("more",)))
    assert place(tx, reply) == at.inbox
    acts.undo(tx)
    assert muting.are_muted(tx.connection, [reply])
    assert acts.perform(tx, Mute(thread[:1], muted=True)).messages == ()


def test_several_threads_are_muted_by_one_act(tx, at):
    first, second, third = add(tx, at, arrival(1), arrival(2), arrival(3))
    acts.perform(tx, Mute((first,)))
    act = acts.perform(tx, Mute((first, second, third)))
    assert act.title == "Muted 2 threads"
    assert [place(tx, one) for one in (first, second, third)] == [at.archive] * 3


def test_on_pop3_too(tx, at):
    def mail(name, *about):
        return arrival(None, name, uidl=name, raw=b"x", text="x", references=about)

    [first] = messages.add(tx, at.pop3, at.pop3_inbox, [mail("first")])
    acts.perform(tx, Mute((first,)))
    [second] = messages.add(tx, at.pop3, at.pop3_inbox, [mail("second", "first")])
    muted_arrivals.settle(tx)
    archive = folders.by_role(tx.connection, at.pop3, Role.ARCHIVE)
    assert archive is not None
    assert [place(tx, one) for one in (first, second)] == [archive.id] * 2
    acts.undo(tx)
    assert [place(tx, one) for one in (first, second)] == [at.pop3_inbox] * 2
    assert row(tx, second)["flags"] == Flag.NONE


def test_what_somebody_moves_back_to_the_inbox_stays_there(tx, at, thread):
    acts.perform(tx, Mute(thread[:1]))
    acts.perform(tx, Move(thread[:1], at.inbox))
    muted_arrivals.settle(tx)
    assert place(tx, thread[0]) == at.inbox


def test_what_was_archived_before_stays_archived_when_the_mute_is_taken_back(tx, at, thread):
    question, _, more = thread
    acts.perform(tx, Archive((question,)))
    acts.perform(tx, Mute((more,)))
    acts.undo(tx)
    assert (place(tx, question), place(tx, more)) == (at.archive, at.inbox)
