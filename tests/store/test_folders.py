"""Folder lists of servers: names and roles that come, go, change places, and meet folders of ours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import acts, folder_list, folders, journal, locations, rematching
from store.errors import NotFound
from store.folder_list import Listed
from store.folders import Cursor
from store.model import Flag, FolderId, Role
from store.operations import Archive, Move, SetFlags
from tests.store.mail import LISTED, add, arrival, assert_consistent, memory, row, seed


def listed(path, role=None, *, selectable=True):
    return Listed(path, path.encode(), role, selectable)


def shape(tx, at):
    return {one.path: one.role for one in folders.every(tx.connection, at.account)}


def test_a_list_comes_in_with_roles_and_names(tx, at):
    assert shape(tx, at) == {one.path: one.role for one in LISTED}
    assert folders.wire_name(tx.connection, at.work) == b"Work"
    assert folders.wire_name(tx.connection, FolderId(99)) is None
    assert set(folders.unified(tx.connection)) == {at.inbox, at.pop3_inbox}


def test_the_same_list_again_announces_nothing(tx, at):
    again = type(tx)(tx.connection)
    folder_list.reconcile(again, at.account, LISTED)
    assert not again.changes
    folder_list.reconcile(again, at.account, [*LISTED, listed("New")])
    [new] = again.changes.folders
    assert folders.get(tx.connection, new).path == "New"


def test_an_empty_list_changes_nothing(tx, at):
    folder_list.reconcile(tx, at.account, [])
    assert shape(tx, at) == {one.path: one.role for one in LISTED}


def test_roles_change_places(tx, at):
    swapped = [Listed(one.path, one.wire_name, one.role, True) for one in LISTED if one.role is Role.INBOX]
    swapped += [listed("Archive", Role.TRASH), listed("Trash", Role.SENT), listed("Sent", Role.ARCHIVE)]
    folder_list.reconcile(tx, at.account, swapped)
    assert shape(tx, at) == {"INBOX": Role.INBOX, "Archive": Role.TRASH, "Trash": Role.SENT, "Sent": Role.ARCHIVE}
    assert folders.by_role(tx.connection, at.account, Role.TRASH).id == at.archive


def test_of_two_folders_with_one_role_the_first_has_it(tx, at):
    folder_list.reconcile(tx, at.account, [*LISTED, listed("Sent Items", Role.SENT)])
    assert shape(tx, at)["Sent Items"] is None
    assert shape(tx, at)["Sent"] is Role.SENT


def test_a_role_that_the_server_does_not_tell_stays_where_it_was(tx, at):
    silent = [Listed(one.path, one.wire_name, None, True) for one in LISTED]
    folder_list.reconcile(tx, at.account, silent)
    assert shape(tx, at)["Trash"] is Role.TRASH
    folder_list.reconcile(tx, at.account, [*silent, listed("Bin", Role.TRASH)])
    assert (shape(tx, at)["Trash"], shape(tx, at)["Bin"]) == (None, Role.TRASH)


def without_work() -> list[Listed]:
    return [one for one in LISTED if one.path != "Work"]


def test_a_folder_that_is_gone_goes_though_an_act_waits_for_mail_whose_uid_is_not_known(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.work)
    acts.perform(tx, Archive((message,)))
    rematching.forget_uids(tx, at.work)  # its UIDVALIDITY changed, and it went before it could be listed
    folder_list.reconcile(tx, at.account, without_work())
    assert "Work" not in shape(tx, at)
    assert journal.waiting(tx.connection, at.account) == []
    assert tx.execute("SELECT state, error FROM journal").fetchall() == [("dropped", "The folder is gone.")]
    assert locations.location(tx.connection, message) is None


def test_a_folder_that_is_gone_stays_until_the_replay_has_said_what_became_of_acts(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.work)
    acts.perform(tx, Archive((message,)))
    folder_list.reconcile(tx, at.account, without_work())
    assert "Work" in shape(tx, at)
    rematching.forget_uids(tx, at.work)
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id], probe_uidnext=1)
    folder_list.reconcile(tx, at.account, without_work())
    assert "Work" in shape(tx, at)
    journal.unsure(tx, [entry.id])
    folder_list.reconcile(tx, at.account, without_work())
    assert "Work" not in shape(tx, at)
    # it may be there: the listing of the target decides
    assert locations.location(tx.connection, message) == (at.account, at.archive, None)
    assert journal.waiting(tx.connection, at.account) == []


def test_a_target_that_is_gone_stays_for_what_is_on_its_way_there(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Move((message,), at.work))
    rematching.forget_uids(tx, at.inbox)
    folder_list.reconcile(tx, at.account, without_work())
    assert "Work" in shape(tx, at)


def test_a_folder_that_is_gone_goes_with_its_messages(tx, at):
    [message] = add(tx, at, arrival(1, raw=b"x", text="x"), folder=at.work)
    folder_list.reconcile(tx, at.account, [one for one in LISTED if one.path != "Work"])
    assert locations.location(tx.connection, message) is None
    with pytest.raises(NotFound):
        folders.get(tx.connection, at.work)


def test_a_renamed_folder_is_a_new_one(tx, at):
    add(tx, at, arrival(1), folder=at.work)
    folder_list.reconcile(tx, at.account, [*(one for one in LISTED if one.path != "Work"), listed("Job")])
    assert "Work" not in shape(tx, at)
    assert folders.by_path(tx.connection, at.account, "Job").total == 0


@pytest.mark.parametrize("into", [True, False])
def test_a_folder_that_an_operation_waits_for_stays_until_it_is_done(tx, at, into):
    [message] = add(tx, at, arrival(1), folder=at.inbox if into else at.work)
    acts.perform(tx, Move((message,), at.work) if into else SetFlags((message,), add=Flag.SEEN))
    without = [one for one in LISTED if one.path != "Work"]
    folder_list.reconcile(tx, at.account, without)
    assert "Work" in shape(tx, at)
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    journal.refuse(tx, [entry.id], "No such folder.")
    folder_list.reconcile(tx, at.account, without)
    assert "Work" not in shape(tx, at)
    assert journal.unfinished(tx.connection) == []


def test_removing_a_folder_sends_back_what_was_to_be_moved_there(tx, at):
    there, through = add(tx, at, arrival(1), arrival(2))
    acts.perform(tx, Move((there, through), at.work))
    acts.perform(tx, Archive((through,)))
    folders.remove(tx, at.work)
    assert row(tx, there)["folder_id"] == at.inbox
    assert (row(tx, through)["folder_id"], row(tx, through)["pending"]) == (at.archive, 1)


def without_archive(tx, at):
    """The archive was made here and waits; one message is to go there.  Answers (folder, message)."""
    folders.remove(tx, at.archive)
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Archive((message,)))
    made = folders.by_role(tx.connection, at.account, Role.ARCHIVE)
    assert made is not None and folders.wire_name(tx.connection, made.id) is None
    return made.id, message


def other(*more):
    return [*(one for one in LISTED if one.path != "Archive"), *more]


def test_a_folder_that_waits_to_be_created_stays_while_it_is_not_listed(tx, at):
    made, message = without_archive(tx, at)
    folder_list.reconcile(tx, at.account, other())
    assert folders.get(tx.connection, made).role is Role.ARCHIVE
    assert row(tx, message)["folder_id"] == made


@pytest.mark.parametrize("role", [None, Role.ARCHIVE])
@pytest.mark.parametrize("path", ["Archive", "ARCHIVE", "archive"])
def test_a_folder_that_waits_becomes_the_listed_one_of_its_name_in_any_case(tx, at, path, role):
    made, message = without_archive(tx, at)
    folder_list.reconcile(tx, at.account, other(listed(path, role)))
    assert folders.get(tx.connection, made).path == path
    assert folders.get(tx.connection, made).role is Role.ARCHIVE
    assert folders.wire_name(tx.connection, made) == path.encode()
    assert row(tx, message)["folder_id"] == made


def test_a_folder_that_waits_becomes_the_listed_one_of_its_role(tx, at):
    _, message = without_archive(tx, at)
    folder_list.reconcile(tx, at.account, other(listed("Old mail", Role.ARCHIVE)))
    real = folders.by_role(tx.connection, at.account, Role.ARCHIVE)
    assert real.path == "Old mail"
    assert row(tx, message)["folder_id"] == real.id
    assert journal.waiting(tx.connection, at.account)[0].folder == real.id
    assert "Archive" not in shape(tx, at)
    acts.undo(tx)
    assert row(tx, message)["folder_id"] == at.inbox


def test_a_folder_that_is_being_created_only_gives_its_role_away(tx, at):
    made, message = without_archive(tx, at)
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    folder_list.reconcile(tx, at.account, other(listed("Old mail", Role.ARCHIVE)))
    assert folders.get(tx.connection, made).role is None
    folders.set_wire_name(tx, made, b"Archive")
    journal.finish_move(tx, [(entry.id, 1)], made)
    assert row(tx, message)["folder_id"] == made


def test_a_missing_role_is_given_to_the_folder_of_that_name_in_any_case(tx, at):
    folder_list.reconcile(tx, at.account, [*LISTED, listed("junk")])
    junk = folders.ensure_role(tx, at.account, Role.JUNK)
    assert junk.path == "junk"
    folder_list.reconcile(tx, at.account, [*LISTED, listed("junk")])
    assert folders.by_role(tx.connection, at.account, Role.JUNK) == junk
    assert folders.ensure_role(tx, at.account, Role.JUNK) == junk


def test_a_missing_role_avoids_names_that_are_for_something_else(tx, at):
    folder_list.reconcile(
        tx, at.account, [*LISTED, listed("Junk", selectable=False), listed("DRAFTS", Role.ALL), listed("drafts 2")]
    )
    assert folders.ensure_role(tx, at.account, Role.JUNK).path == "Junk 2"
    assert folders.ensure_role(tx, at.account, Role.DRAFTS).path == "Drafts 3"


def test_a_folder_is_found_by_path_then_role_then_any_case(tx, at):
    folder_list.reconcile(tx, at.account, [*LISTED, listed("sent mail"), listed("archive")])
    assert folders.by_path(tx.connection, at.account, "Archive").id == at.archive
    assert folders.by_path(tx.connection, at.account, "archive").id != at.archive
    assert folders.by_path(tx.connection, at.account, "Inbox").id == at.inbox
    assert folders.by_path(tx.connection, at.account, "WORK").id == at.work
    with pytest.raises(NotFound, match="No folder is called 'Nowhere'"):
        folders.by_path(tx.connection, at.account, "Nowhere")


def test_names_that_no_text_can_hold_are_made_storable(tx, at):
    odd = [*LISTED, Listed("a\0\ud800", b"odd", None, True)]
    folder_list.reconcile(tx, at.account, odd)
    again = type(tx)(tx.connection)
    folder_list.reconcile(again, at.account, odd)
    assert not again.changes
    assert folders.by_path(tx.connection, at.account, "a\ufffd\ufffd").total == 0


def test_the_cursor_is_none_until_it_is_set(tx, at):
    assert folders.cursor(tx.connection, at.inbox) is None
    folders.set_cursor(tx, at.inbox, Cursor(7, 100, 50, 3), synced_at=5)
    folders.set_cursor(tx, at.inbox, Cursor(7, 101, 1))
    assert folders.cursor(tx.connection, at.inbox) == Cursor(7, 101, 1, None)
    assert folders.get(tx.connection, at.inbox).synced_at == 5
    folders.set_synced(tx, at.inbox, 9)
    assert folders.get(tx.connection, at.inbox).synced_at == 9


PATHS = st.sampled_from(["INBOX", "Archive", "archive", "Trash", "A", "B"])
LISTS = st.lists(
    st.builds(listed, PATHS, st.none() | st.sampled_from(Role), selectable=st.booleans()),
    max_size=6,
    unique_by=lambda one: one.path,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(LISTS, max_size=4), st.lists(st.sampled_from([Role.ARCHIVE, Role.TRASH]), max_size=2))
def test_any_lists_leave_what_the_last_one_says(lists, roles):
    transaction = memory()
    at = seed(transaction)
    [message] = add(transaction, at, arrival(1))
    for number, one in enumerate(lists):
        folder_list.reconcile(transaction, at.account, one)
        if number < len(roles):
            folders.ensure_role(transaction, at.account, roles[number])
        if locations.location(transaction.connection, message):
            acts.perform(transaction, Archive((message,)))
    if lists and lists[-1]:
        there = {row.path: row for row in folders.every(transaction.connection, at.account)}
        assert {one.path for one in lists[-1]} <= there.keys()
        told = {one.role: one.path for one in reversed(lists[-1]) if one.role}
        for role, path in told.items():
            holder = folders.by_role(transaction.connection, at.account, role)
            assert holder is not None and holder.path in {one.path for one in lists[-1] if one.role is role}, path
    assert_consistent(transaction.connection)
    transaction.connection.close()


def closed(path):
    return [Listed(one.path, one.wire_name, one.role, one.selectable and one.path != path) for one in LISTED]


def held(tx, folder):
    return locations.uids(tx.connection, folder)


def test_mail_of_a_folder_that_can_no_longer_be_opened_goes_at_the_second_word(tx, at):
    add(tx, at, arrival(uid=1), arrival(uid=2), folder=at.work)
    folders.set_cursor(tx, at.work, Cursor(7, 3, 1, 5), synced_at=100)
    folder_list.reconcile(tx, at.account, closed("Work"))
    assert held(tx, at.work) == [1, 2]
    work = folders.get(tx.connection, at.work)
    assert (work.selectable, work.notice) == (False, folders.CLOSED)
    folder_list.reconcile(tx, at.account, closed("Work"))
    assert held(tx, at.work) == []
    work = folders.get(tx.connection, at.work)
    assert (work.selectable, work.notice, work.total) == (False, "", 0)
    assert folders.cursor(tx.connection, at.work) is None


def test_a_folder_that_can_be_opened_again_keeps_its_mail(tx, at):
    add(tx, at, arrival(uid=1), folder=at.work)
    for _ in range(3):
        folder_list.reconcile(tx, at.account, closed("Work"))
        folder_list.reconcile(tx, at.account, LISTED)
        work = folders.get(tx.connection, at.work)
        assert (held(tx, at.work), work.selectable, work.notice) == ([1], True, "")


def test_mail_for_which_acts_wait_stays_until_they_are_decided(tx, at):
    (message,) = add(tx, at, arrival(uid=1), folder=at.work)
    acts.perform(tx, SetFlags((message,), Flag.FLAGGED))
    for _ in range(3):
        folder_list.reconcile(tx, at.account, closed("Work"))
    assert held(tx, at.work) == [1]
    journal.refuse(tx, [one.id for one in journal.unfinished(tx.connection)], "It cannot be opened.")
    folder_list.reconcile(tx, at.account, closed("Work"))
    assert held(tx, at.work) == []
