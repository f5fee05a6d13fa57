"""The journal from the first write to the server's last word."""

import pytest

from store import acts, bodies, folders, history, journal, locations, messages
from store.errors import NotFound, NotPossible
from store.model import Flag, OperationId
from store.operations import Archive, Delete, Move, SetFlags, State
from tests.store.mail import add, arrival, digest, row


def started_move(tx, at, *, probe=None, **of_arrival):
    """(message, operation) of a move into the archive that is being sent."""
    [message] = add(tx, at, arrival(1, "a", **of_arrival))
    acts.perform(tx, Archive((message,)))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id], probe_uidnext=probe)
    return message, entry.id


def test_entries_carry_what_the_replay_needs(tx, at):
    first, second = add(tx, at, arrival(1), arrival(2))
    flags = acts.perform(tx, SetFlags((first,), add=Flag.SEEN, remove=Flag.FLAGGED))
    move = acts.perform(tx, Move((second,), at.work))
    one, two = journal.waiting(tx.connection, at.account)
    assert (one.act, one.message, one.kind, one.change.add, one.change.remove, one.folder) == (
        flags.id, first, "flags", Flag.SEEN, Flag.NONE, None,
    )  # fmt: skip
    assert (two.act, two.kind, two.folder, two.state, two.attempts) == (move.id, "move", at.work, State.QUEUED, 0)
    assert journal.waiting_counts(tx.connection) == {at.account: 2}
    assert [one.act for one in history.steps(tx.connection)] == [move.id, flags.id]


def test_what_was_being_sent_when_the_process_died_is_unknown(tx, at):
    _, operation = started_move(tx, at, probe=7)
    journal.recover(tx, at.account)
    [entry] = journal.waiting(tx.connection, at.account)
    assert (entry.id, entry.state, entry.attempts, entry.probe_uidnext) == (operation, State.UNKNOWN, 1, 7)


def test_what_was_taken_back_meanwhile_is_not_started(tx, at):
    ids = add(tx, at, arrival(1), arrival(2))
    acts.perform(tx, SetFlags((ids[0],), add=Flag.SEEN))
    acts.perform(tx, SetFlags((ids[1],), add=Flag.SEEN))
    entries = journal.waiting(tx.connection, at.account)
    acts.undo(tx)
    assert journal.start(tx, [entry.id for entry in entries]) == [entries[0].id]
    assert [entry.id for entry in journal.waiting(tx.connection, at.account)] == [entries[0].id]


def test_only_what_is_being_sent_is_put_back_or_doubted(tx, at):
    _, operation = started_move(tx, at)
    journal.requeue(tx, [operation])
    journal.unsure(tx, [operation])
    assert journal.waiting(tx.connection, at.account)[0].state is State.QUEUED
    journal.start(tx, [operation])
    journal.unsure(tx, [operation])
    journal.requeue(tx, [operation])
    assert journal.waiting(tx.connection, at.account)[0].state is State.UNKNOWN


def test_a_newcomer_that_a_faster_sync_stored_is_absorbed(tx, at):
    message, operation = started_move(tx, at)
    [newcomer] = add(tx, at, arrival(9, "a", flags=Flag.FLAGGED, raw=b"whole", text="whole"), folder=at.archive)
    acts.perform(tx, SetFlags((newcomer,), add=Flag.SEEN))
    journal.finish_move(tx, [(operation, 9)], at.archive)
    assert locations.location(tx.connection, newcomer) is None
    assert locations.location(tx.connection, message) == (at.account, at.archive, 9)
    assert row(tx, message)["flags"] == Flag.FLAGGED | Flag.SEEN
    assert [entry.message for entry in journal.waiting(tx.connection, at.account)] == [message]
    assert bodies.raw(tx.connection, message) == b"whole"
    assert tx.execute("SELECT rowid FROM search_bodies WHERE search_bodies MATCH 'whole'").fetchall() == [(message,)]


def test_an_absorbed_newcomer_leaves_a_body_that_is_here_alone(tx, at):
    message, operation = started_move(tx, at, raw=b"ours", text="ours")
    add(tx, at, arrival(9, "a", raw=b"theirs", text="theirs"), folder=at.archive)
    journal.finish_move(tx, [(operation, 9)], at.archive)
    assert bodies.raw(tx.connection, message) == b"ours"


def test_a_newcomer_is_found_by_message_id_above_the_probe_when_no_uid_is_told(tx, at):
    [older] = add(tx, at, arrival(5, "a"), folder=at.archive)
    message, operation = started_move(tx, at, probe=8)
    [newcomer] = add(tx, at, arrival(8, "a"), folder=at.archive)
    journal.finish_move(tx, [(operation, None)], at.archive)
    assert locations.location(tx.connection, message) == (at.account, at.archive, 8)
    assert locations.location(tx.connection, newcomer) is None
    assert locations.location(tx.connection, older) == (at.account, at.archive, 5)


def test_without_a_probe_an_equal_message_proves_nothing(tx, at):
    [older] = add(tx, at, arrival(5, "a"), folder=at.archive)
    message, operation = started_move(tx, at)
    journal.finish_move(tx, [(operation, None)], at.archive)
    assert locations.location(tx.connection, message) == (at.account, at.archive, None)
    assert locations.location(tx.connection, older) == (at.account, at.archive, 5)


def test_a_move_that_ends_after_its_folder_was_forgotten_is_no_error(tx, at):
    message, operation = started_move(tx, at)
    folders.remove(tx, at.archive)
    journal.finish_move(tx, [(operation, 5)], at.archive)
    assert locations.location(tx.connection, message) is None


def test_a_move_that_ends_after_its_message_went_is_no_error(tx, at):
    message, operation = started_move(tx, at)
    messages.remove(tx, [message], reason="gone")
    [newcomer] = add(tx, at, arrival(9, "a"), folder=at.archive)
    journal.finish_move(tx, [(operation, 9)], at.archive)
    assert locations.location(tx.connection, newcomer) == (at.account, at.archive, 9)


def test_what_is_gone_on_the_server_is_dropped_with_a_reason(tx, at):
    message, operation = started_move(tx, at)
    journal.finish_gone(tx, [operation])
    assert journal.unfinished(tx.connection) == []
    assert row(tx, message)["folder_id"] == at.inbox


def test_a_refused_operation_is_parked_retried_or_given_up(tx, at):
    message, operation = started_move(tx, at)
    journal.refuse(tx, [operation], "Over \0quota\ud800")
    [parked] = journal.unfinished(tx.connection)
    assert (parked.state, parked.error) == (
        State.REFUSED,
        "Over \N{REPLACEMENT CHARACTER}quota\N{REPLACEMENT CHARACTER}",
    )
    assert journal.waiting(tx.connection, at.account) == []
    assert row(tx, message)["folder_id"] == at.inbox
    journal.retry(tx, operation)
    assert row(tx, message)["folder_id"] == at.archive
    assert journal.waiting(tx.connection, at.account)[0].error == ""
    journal.drop(tx, operation)
    assert (row(tx, message)["folder_id"], row(tx, message)["pending"]) == (at.inbox, 0)


def test_only_what_is_parked_can_be_changed(tx, at):
    _, operation = started_move(tx, at)
    for change in (journal.retry, journal.drop):
        with pytest.raises(NotPossible, match="is running"):
            change(tx, operation)
        with pytest.raises(NotFound, match="no operation 99"):
            change(tx, OperationId(99))


def test_a_move_whose_folder_is_gone_is_not_tried_again(tx, at):
    _, operation = started_move(tx, at)
    journal.refuse(tx, [operation], "No.")
    tx.execute("DELETE FROM folders WHERE id = ?", (at.archive,))
    with pytest.raises(NotPossible, match="folder it was to go to is gone"):
        journal.retry(tx, operation)


def test_a_removal_that_is_done_takes_everything_with_it(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.trash)
    messages.store_bodies(tx, [(message, b"x", digest(text="x"))])
    acts.perform(tx, Delete((message,)))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    journal.finish_expunge(tx, [entry.id])
    assert bodies.raw(tx.connection, message) is None
    assert journal.unfinished(tx.connection) == []
