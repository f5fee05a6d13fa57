"""The fold of what waits into the server's truth, case by case."""

from store import acts, journal, messages
from store.fold import refold
from store.model import Flag
from store.operations import Archive, Copy, Delete, Move, SetFlags, SetLabels
from tests.store.mail import add, arrival, row


def state(tx, message):
    one = row(tx, message)
    return one["flags"], one["folder_id"], one["pending"]


def test_a_flag_that_waits_survives_the_server_and_other_flags_are_merged(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, SetFlags((message,), add=Flag.SEEN))
    messages.set_server_flags(tx, at.inbox, [(1, Flag.NONE, ())])
    assert state(tx, message) == (Flag.SEEN, at.inbox, 1)
    messages.set_server_flags(tx, at.inbox, [(1, Flag.FLAGGED, ())])
    assert state(tx, message) == (Flag.SEEN | Flag.FLAGGED, at.inbox, 1)


def test_a_removed_flag_stays_removed_while_it_waits(tx, at):
    [message] = add(tx, at, arrival(1, flags=Flag.SEEN))
    acts.perform(tx, SetFlags((message,), remove=Flag.SEEN))
    messages.set_server_flags(tx, at.inbox, [(1, Flag.SEEN | Flag.ANSWERED, ())])
    assert state(tx, message) == (Flag.ANSWERED, at.inbox, 1)


def test_refusal_shows_the_servers_truth_of_now(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, SetFlags((message,), add=Flag.SEEN))
    [entry] = journal.waiting(tx.connection, at.account)
    messages.set_server_flags(tx, at.inbox, [(1, Flag.FLAGGED, ())])
    journal.start(tx, [entry.id])
    journal.refuse(tx, [entry.id], "No.")
    assert state(tx, message) == (Flag.FLAGGED, at.inbox, 0)


def test_a_chain_of_moves_ends_where_the_last_one_goes(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Move((message,), at.work))
    second = acts.perform(tx, Archive((message,)))
    acts.perform(tx, Delete((message,)))
    assert state(tx, message) == (0, at.trash, 3)
    acts.undo(tx)
    assert state(tx, message) == (0, at.archive, 2)
    first, _ = journal.waiting(tx.connection, at.account)
    journal.start(tx, [first.id])
    journal.refuse(tx, [first.id], "No.")
    assert state(tx, message) == (0, at.archive, 1)
    acts.undo(tx, second.id)
    assert state(tx, message) == (0, at.inbox, 0)


def test_an_act_on_a_message_whose_uid_is_unknown_waits_like_any_other(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Move((message,), at.archive))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    journal.finish_move(tx, [(entry.id, None)], at.archive)
    acts.perform(tx, SetFlags((message,), add=Flag.SEEN))
    assert state(tx, message) == (Flag.SEEN, at.archive, 1)
    assert row(tx, message)["uid"] is None


def test_a_pending_removal_hides_and_its_refusal_shows_again(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.trash)
    acts.perform(tx, Delete((message,)))
    assert state(tx, message) == (0, None, 1)
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    journal.refuse(tx, [entry.id], "No.")
    assert state(tx, message) == (0, at.trash, 0)


def test_folding_again_changes_and_announces_nothing(tx, at):
    ids = add(tx, at, arrival(1), arrival(2))
    acts.perform(tx, Move((ids[0],), at.work))
    again = type(tx)(tx.connection)
    refold(again, ids)
    assert not again.changes


def test_both_folders_of_a_move_are_announced(tx, at):
    [message] = add(tx, at, arrival(1))
    told = type(tx)(tx.connection)
    acts.perform(told, Move((message,), at.work))
    assert told.changes.folders == {at.inbox, at.work}
    assert told.changes.messages == {message}
    assert told.changes.journal == {at.account}


def words(tx, message):
    return tuple(str(row(tx, message)["labels"]).split())


def test_labels_are_merged_with_the_servers_like_flags(tx, at):
    [message] = add(tx, at, arrival(1, labels=("Work", "old")))
    acts.perform(tx, SetLabels((message,), add=("Todo",), remove=("OLD",)))
    assert words(tx, message) == ("todo", "work")
    messages.set_server_flags(tx, at.inbox, [(1, Flag.NONE, ("old", "work", "theirs"))])
    assert words(tx, message) == ("theirs", "todo", "work")
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    journal.finish_flags(tx, [entry.id])
    assert row(tx, message)["server_labels"] == row(tx, message)["labels"] == " theirs todo work "


def test_refused_labels_show_the_servers_again(tx, at):
    [message] = add(tx, at, arrival(1, labels=("work",)))
    acts.perform(tx, SetLabels((message,), add=("x",), remove=("work",)))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    journal.refuse(tx, [entry.id], "No.")
    assert words(tx, message) == ("work",)


def test_equal_labels_in_another_order_and_case_change_nothing(tx, at):
    add(tx, at, arrival(1, labels=("b", "a")))
    again = type(tx)(tx.connection)
    messages.set_server_flags(again, at.inbox, [(1, Flag.NONE, ("A", "B"))])
    assert not again.changes


def test_a_newcomer_brings_the_servers_labels_and_what_waits_stays(tx, at):
    [message] = add(tx, at, arrival(1, "a"))
    acts.perform(tx, SetLabels((message,), add=("mine",)))
    [newcomer] = add(tx, at, arrival(9, "a", labels=("theirs",)), folder=at.archive)
    messages.absorb(tx, message, newcomer)
    assert words(tx, message) == ("mine", "theirs")


def test_a_copy_that_waits_changes_nothing_but_the_count(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Copy((message,), at.work))
    assert state(tx, message) == (0, at.inbox, 1)
