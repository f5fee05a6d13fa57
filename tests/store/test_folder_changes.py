"""Rules for changing folders, and rows that get other names, all at once or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import acts, folder_changes, folder_list, folders, journal
from store.errors import NotFound, NotPossible
from store.folder_changes import CreateFolder, DeleteFolder, Fate, RenameFolder, SubscribeFolder
from store.folder_list import MISSING, Listed
from store.model import Flag, Role
from store.operations import Move, SetFlags
from tests.store.mail import LISTED, add, arrival, memory, row, seed


def listed(path, wire=None, role=None, **more):
    return Listed(path, (wire or path).encode(), role, True, **more)


def names(tx, account):
    return {folder.path: folder.id for folder in folders.every(tx.connection, account)}


def wires(tx, account):
    return {one.path: one.wire_name for one in folder_list.known(tx.connection, account)}


def test_a_renamed_folder_keeps_its_row_its_mail_and_what_waits(tx, at):
    messages = add(tx, at, arrival(1), arrival(2), folder=at.work)
    acts.perform(tx, SetFlags((messages[0],), Flag.FLAGGED))
    others = [one for one in LISTED if one.path != "Work"]
    folder_list.reconcile(tx, at.account, [*others, listed("Job")], renamed={b"Job": b"Work"})
    assert names(tx, at.account)["Job"] == at.work
    assert "Work" not in names(tx, at.account)
    assert folders.get(tx.connection, at.work).total == 2
    assert len(journal.unfinished(tx.connection)) == 1


def test_folders_change_places(tx, at):
    swapped = [one for one in LISTED if one.path not in ("Work", "Archive")]
    swapped += [listed("Work"), listed("Archive", role=Role.ARCHIVE)]
    folder_list.reconcile(tx, at.account, swapped, renamed={b"Work": b"Archive", b"Archive": b"Work"})
    found = names(tx, at.account)
    assert (found["Work"], found["Archive"]) == (at.archive, at.work)


def test_a_path_that_reads_otherwise_today_moves_its_row(tx, at):
    add(tx, at, arrival(1), folder=at.work)
    others = [one for one in LISTED if one.path != "Work"]
    folder_list.reconcile(tx, at.account, [*others, listed("Work (2)", "Work"), listed("Work", "&AFc-ork")])
    assert names(tx, at.account)["Work (2)"] == at.work
    assert folders.get(tx.connection, at.work).total == 1


def test_a_folder_that_waits_at_the_new_path_becomes_the_real_one(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.inbox)
    waiting = folders.add_local(tx, at.account, "Job", None)
    acts.perform(tx, Move((message,), waiting))
    others = [one for one in LISTED if one.path != "Work"]
    folder_list.reconcile(tx, at.account, [*others, listed("Job")], renamed={b"Job": b"Work"})
    assert names(tx, at.account)["Job"] == at.work
    assert row(tx, message)["folder_id"] == at.work


def test_of_two_rows_of_one_folder_the_one_at_its_path_stays(tx, at):
    folders.set_wire_name(tx, folders.add_local(tx, at.account, "Job", None), b"Work")
    folder_list.reconcile(tx, at.account, LISTED)
    assert names(tx, at.account).keys() == {one.path for one in LISTED}
    assert names(tx, at.account)["Work"] == at.work


def test_what_is_kept_stays_and_what_is_missed_says_so_until_it_is_back(tx, at):
    others = [one for one in LISTED if one.path not in ("Work", "Archive", "Sent")]
    folder_list.reconcile(tx, at.account, others, kept={b"Work"}, missed={b"Archive"})
    assert set(names(tx, at.account)) == {"INBOX", "Trash", "Work", "Archive"}
    missed = {one.path: one.missed for one in folder_list.known(tx.connection, at.account)}
    assert missed == {"INBOX": False, "Trash": False, "Work": False, "Archive": True}
    assert tx.execute("SELECT notice FROM folders WHERE id = ?", (at.archive,)).fetchone() == (MISSING,)
    folder_list.reconcile(tx, at.account, LISTED)
    assert not any(one.missed for one in folder_list.known(tx.connection, at.account))


def test_what_a_server_does_not_tell_stays_as_it_was(tx, at):
    told = [listed("INBOX", role=Role.INBOX), listed("Work", subscribed=False, mailbox_id="F1")]
    folder_list.reconcile(tx, at.account, told)
    folder_list.reconcile(tx, at.account, [listed("INBOX"), listed("Work")])
    work = next(one for one in folder_list.known(tx.connection, at.account) if one.path == "Work")
    assert (work.subscribed, work.mailbox_id) == (False, "F1")


def test_of_rows_that_want_a_taken_path_none_moves(tx, at):
    folder_list.rename(tx, at.account, {at.work: ("Sent", b"Sent"), at.archive: ("Old", b"Old")})
    found = names(tx, at.account)
    assert (found["Work"], found["Old"]) == (at.work, at.archive)


@given(st.permutations(["INBOX", "Archive", "Sent", "Trash", "Work"]))
def test_any_exchange_of_names_keeps_every_row(order):
    tx = memory()
    at = seed(tx)
    before = names(tx, at.account)
    paths = [one.path for one in LISTED]
    renamed = {new.encode(): old.encode() for old, new in zip(paths, order, strict=True)}
    folder_list.reconcile(tx, at.account, [listed(path) for path in order], renamed=renamed)
    after = names(tx, at.account)
    assert {after[new]: before[old] for old, new in zip(paths, order, strict=True)} == {
        id: id for id in before.values()
    }
    assert all(path.encode() == wire for path, wire in wires(tx, at.account).items())
    tx.connection.close()


def test_folders_of_a_pop3_account_are_made_renamed_and_deleted_here(tx, at):
    before = set(names(tx, at.pop3))
    for change in (CreateFolder("A"), CreateFolder("A/B"), CreateFolder("AB"), RenameFolder("A", "C/D")):
        folder_changes.apply(tx, at.pop3, change)
    assert set(names(tx, at.pop3)) == {*before, "C/D", "C/D/B", "AB"}
    folder_changes.apply(tx, at.pop3, DeleteFolder("C/D"))
    assert set(names(tx, at.pop3)) == {*before, "C/D/B", "AB"}
    with pytest.raises(NotPossible, match="on this disk alone"):
        folder_changes.apply(tx, at.pop3, SubscribeFolder("AB"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (CreateFolder("Work"), "already"),
        (CreateFolder("Inbox"), "already"),
        (CreateFolder("/a"), "Every level"),
        (CreateFolder("a/ /b"), "Every level"),
        (CreateFolder("a\x1bb"), "control characters"),
        (CreateFolder("a\ud800"), "control characters"),
        (RenameFolder("Work", "Sent"), "already"),
        (RenameFolder("Work", "Work/a"), "into itself"),
        (RenameFolder("INBOX", "Old"), "keeps its name"),
        (DeleteFolder("INBOX"), "cannot be deleted"),
        (DeleteFolder("Archive", 9), "not empty"),
        (DeleteFolder("Work"), "holds 1 message,"),
    ],
)
def test_what_must_not_be_is_refused_with_its_reason(tx, at, change, reason):
    add(tx, at, arrival(1), folder=at.archive)
    add(tx, at, arrival(1), folder=at.work)
    with pytest.raises(NotPossible, match=reason):
        folder_changes.check(tx.connection, at.account, change)


def test_what_may_be_is_told_by_its_folder(tx, at):
    add(tx, at, arrival(1), folder=at.work)
    assert folder_changes.check(tx.connection, at.account, CreateFolder("Work/a")) is None
    for change in (RenameFolder("Work", "WORK"), DeleteFolder("Work", 1), SubscribeFolder("Work")):
        folder = folder_changes.check(tx.connection, at.account, change)
        assert folder is not None
        assert folder.id == at.work
    with pytest.raises(NotFound):
        folder_changes.check(tx.connection, at.account, DeleteFolder("work", 1))


def test_a_folder_that_is_only_a_place_has_neither_mail_nor_cursor(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.work)
    acts.perform(tx, SetFlags((message,), Flag.SEEN))
    folders.set_cursor(tx, at.work, folders.Cursor(1, 2, 1), synced_at=5)
    with pytest.raises(NotPossible, match="already"):
        folder_changes.check(tx.connection, at.account, CreateFolder("Work"))
    folders.vacate(tx, at.work)
    assert folder_changes.check(tx.connection, at.account, CreateFolder("Work")) is None
    place = folders.get(tx.connection, at.work)
    assert (place.selectable, place.total, place.synced_at) == (False, 0, None)
    assert folders.cursor(tx.connection, at.work) is None
    assert not journal.unfinished(tx.connection)


def test_a_folder_of_gmail_is_a_label_of_its_mail(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.work)
    assert folder_changes.fate(tx.connection, folders.get(tx.connection, at.work)) is Fate.GONE
    tx.execute("UPDATE messages SET server_id = 'gmail:7' WHERE id = ?", (message,))
    assert folder_changes.fate(tx.connection, folders.get(tx.connection, at.work)) is Fate.LABEL
