"""Folders built anew: counted by the day, and what waited for a lost message stays visible."""

import pytest

from store import acts, folders, journal, locations, rebuilds, rematching
from store.model import Flag
from store.operations import Archive, Delete, Move, SetFlags, State
from tests.store.mail import NOON, add, arrival

REASON = "The server rebuilt the folder, and the message could not be found again."


def states(tx) -> list[tuple[str, str]]:
    return [tuple(row) for row in tx.execute("SELECT state, error FROM journal ORDER BY id").fetchall()]


def test_rebuilds_are_counted_for_a_day_each_folder_by_itself(tx, at):
    for _ in range(2):  # within one second
        rebuilds.record(tx, at.inbox, NOON)
    rebuilds.record(tx, at.work, NOON)
    assert rebuilds.count(tx.connection, at.inbox, NOON + 10) == 2
    assert rebuilds.count(tx.connection, at.inbox, NOON + rebuilds.DAY + 10) == 0
    rebuilds.record(tx, at.inbox, NOON + 2 * rebuilds.DAY)
    assert tx.execute("SELECT count(*) FROM folder_rebuilds").fetchone()[0] == 2


def test_what_waits_for_a_lost_message_is_refused_and_the_message_goes(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, SetFlags((message,), add=Flag.FLAGGED))
    acts.perform(tx, Archive((message,)))
    rematching.forget_uids(tx, at.inbox)
    rebuilds.remove_lost(tx, at.inbox, [message])
    assert states(tx) == [(State.REFUSED, REASON)] * 2
    assert locations.location(tx.connection, message) is None
    assert [entry.message for entry in journal.unfinished(tx.connection)] == [message] * 2
    assert folders.get(tx.connection, at.archive).total == 0


def test_a_lost_message_that_was_to_be_removed_for_good_is_what_was_wanted(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.trash)
    acts.perform(tx, Delete((message,)))
    rematching.forget_uids(tx, at.trash)
    rebuilds.remove_lost(tx, at.trash, [message])
    assert [state for state, _ in states(tx)] == [State.DROPPED]


@pytest.mark.parametrize("state", [State.RUNNING, State.UNKNOWN])
def test_a_move_that_may_have_been_carried_out_is_left_to_its_target(tx, at, state: State):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Move((message,), at.archive))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id], probe_uidnext=1)
    if state is State.UNKNOWN:
        journal.unsure(tx, [entry.id])
    rematching.forget_uids(tx, at.inbox)
    rebuilds.remove_lost(tx, at.inbox, [message])
    if state is State.RUNNING:  # its replay knows more
        assert states(tx) == [(State.RUNNING, "")]
        assert locations.orphans(tx.connection, at.inbox) == [message]
        return
    assert states(tx) == [(State.DONE, "")]
    assert locations.orphans(tx.connection, at.archive) == [message]
    assert add(tx, at, arrival(5, "uid-1"), folder=at.archive) == [message]


def test_what_got_its_uid_meanwhile_is_not_lost(tx, at):
    [message] = add(tx, at, arrival(1))
    rebuilds.remove_lost(tx, at.inbox, [message])
    assert locations.location(tx.connection, message) is not None


def test_a_complete_sync_takes_the_notice_away(tx, at):
    folders.set_notice(tx, at.work, "Not now.")
    assert folders.get(tx.connection, at.work).notice == "Not now."
    cursor = folders.Cursor(7, 1, 1)
    folders.set_cursor(tx, at.work, cursor)
    assert folders.get(tx.connection, at.work).notice == "Not now."
    folders.set_cursor(tx, at.work, cursor, synced_at=NOON)
    assert folders.get(tx.connection, at.work).notice == ""
    folders.set_notice(tx, at.work, "Not now.")
    folders.set_synced(tx, at.work, NOON)
    assert folders.get(tx.connection, at.work).notice == ""
