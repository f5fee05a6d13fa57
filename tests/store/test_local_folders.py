"""Folders of POP3 accounts are on this disk alone: made at once, changed at will, and no mail is lost with them."""

import pytest

from store import accounts, acts, appending, bodies, folder_changes, folders, journal, messages
from store.errors import NotPossible
from store.folder_changes import CreateFolder, DeleteFolder, Fate, RenameFolder
from store.model import Flag, Protocol, Role
from store.operations import Archive, Copy, Delete, Move, SetFlags, SetLabels
from tests.store.mail import add, arrival, digest, row

RAW = b"Subject: kept\r\n\r\nWord for word.\r\n"


def of(tx, at, path):
    return folder_changes.exact(tx.connection, at.pop3, path)


def local(tx, at, folder, count=1):
    rows = [arrival(name=f"{folder.path}-{number}", raw=RAW, text="words") for number in range(count)]
    return messages.add(tx, at.pop3, folder.id, rows)


def shown(tx, folder):
    return [row[0] for row in tx.execute("SELECT id FROM messages WHERE folder_id = ? ORDER BY id", (folder.id,))]


def test_a_new_account_has_its_folders_before_any_server_was_asked(tx, at):
    ids = accounts.reconcile(tx, [("new", Protocol.POP3, True)])
    assert {folder.role: folder.path for folder in folders.every(tx.connection, ids["new"])} == {
        Role.INBOX: "Inbox", Role.ARCHIVE: "Archive", Role.SENT: "Sent", Role.DRAFTS: "Drafts", Role.TRASH: "Trash",
        Role.JUNK: "Junk",
    }  # fmt: skip


def test_every_act_of_triage_is_done_at_once_and_undone(tx, at):
    folder_changes.apply(tx, at.pop3, CreateFolder("Keep"))
    keep, inbox = of(tx, at, "Keep"), of(tx, at, "Inbox")
    [message] = local(tx, at, inbox)
    before = {name: row(tx, message)[name] for name in ("folder_id", "flags", "labels")}
    for operation in (
        SetFlags((message,), add=Flag.FLAGGED), SetFlags((message,), add=Flag.SEEN), SetLabels((message,), add=("x",)),
        Archive((message,)), Move((message,), keep.id), Copy((message,), keep.id), Delete((message,)),
    ):  # fmt: skip
        acts.perform(tx, operation)
        assert row(tx, message)["pending"] == 0
    assert row(tx, message)["folder_id"] == of(tx, at, "Trash").id
    for _ in range(7):
        acts.undo(tx)
    assert {name: row(tx, message)[name] for name in before} == before
    acts.perform(tx, Delete((message,)))
    acts.perform(tx, Delete((message,)))
    assert not messages.exists(tx.connection, message)
    assert journal.unfinished(tx.connection) == []


def test_a_folder_is_created_with_what_is_missing_above_it(tx, at):
    folder_changes.apply(tx, at.pop3, CreateFolder("Plans/2026/May"))
    assert [of(tx, at, path) is not None for path in ("Plans", "Plans/2026", "Plans/2026/May")] == [True] * 3
    with pytest.raises(NotPossible, match="already"):
        folder_changes.apply(tx, at.pop3, CreateFolder("Plans"))


def test_a_renamed_folder_takes_its_mail_and_what_is_inside_along(tx, at):
    folder_changes.apply(tx, at.pop3, CreateFolder("Plans/May"))
    ids = local(tx, at, of(tx, at, "Plans/May"), 2)
    folder_changes.apply(tx, at.pop3, RenameFolder("Plans", "Old/Plans"))
    assert shown(tx, of(tx, at, "Old/Plans/May")) == ids
    with pytest.raises(NotPossible, match="inbox"):
        folder_changes.apply(tx, at.pop3, RenameFolder("Inbox", "Other"))


def test_the_mail_of_a_folder_that_is_deleted_goes_to_the_trash(tx, at):
    folder_changes.apply(tx, at.pop3, CreateFolder("Plans/May"))
    plans, trash = of(tx, at, "Plans"), of(tx, at, "Trash")
    ids = local(tx, at, plans, 3)
    inside = local(tx, at, of(tx, at, "Plans/May"))
    assert folder_changes.fate(tx.connection, plans) is Fate.TRASH
    assert folder_changes.fate(tx.connection, folders.get(tx.connection, at.work)) is Fate.GONE
    folder_changes.apply(tx, at.pop3, DeleteFolder("Plans"))  # nothing is lost, so that nobody has to agree
    assert of(tx, at, "Plans") is None and shown(tx, trash) == ids
    assert shown(tx, of(tx, at, "Plans/May")) == inside
    with pytest.raises(NotPossible, match="not empty"):
        folder_changes.apply(tx, at.pop3, DeleteFolder("Trash"))


def test_a_trash_that_is_not_there_is_made_for_it(tx, at):
    folder_changes.apply(tx, at.pop3, DeleteFolder("Trash"))
    folder_changes.apply(tx, at.pop3, CreateFolder("Plans"))
    ids = local(tx, at, of(tx, at, "Plans"))
    folder_changes.apply(tx, at.pop3, DeleteFolder("Plans"))
    trash = folders.by_role(tx.connection, at.pop3, Role.TRASH)
    assert trash is not None and shown(tx, trash) == ids


def test_what_is_on_its_way_into_a_folder_that_is_deleted_comes_to_the_trash(tx, at):
    folder_changes.apply(tx, at.pop3, CreateFolder("Plans"))
    [message] = add(tx, at, arrival(1, "a"))
    acts.perform(tx, Move((message,), of(tx, at, "Plans").id))
    folder_changes.apply(tx, at.pop3, DeleteFolder("Plans"))
    trash = of(tx, at, "Trash")
    [copy] = shown(tx, trash)
    messages.store_bodies(tx, [(message, RAW, arrival(1, "a", text="words").digest)])
    appending.supply(tx, message, [copy])
    assert row(tx, copy)["server_folder_id"] == trash.id


def test_what_leaves_a_folder_that_is_deleted_comes_back_to_the_trash(tx, at):
    folder_changes.apply(tx, at.pop3, CreateFolder("Plans"))
    [message] = local(tx, at, of(tx, at, "Plans"))
    acts.perform(tx, Move((message,), at.work))
    folder_changes.apply(tx, at.pop3, DeleteFolder("Plans"))
    assert shown(tx, of(tx, at, "Trash")) == []
    [entry] = journal.unfinished(tx.connection)
    journal.drop(tx, entry.id)
    assert shown(tx, of(tx, at, "Trash")) == [message]


def test_a_copy_of_what_is_here_by_its_headers_waits_for_the_rest_of_it(tx, at):
    inbox, archive = of(tx, at, "Inbox"), of(tx, at, "Archive")
    [message] = messages.add(tx, at.pop3, inbox.id, [arrival(name="large", uidl="u1")])
    act = acts.perform(tx, Copy((message,), archive.id))
    assert act.title == "Copied 1 to Archive"
    [copy] = shown(tx, archive)
    assert appending.wanted(tx.connection, at.pop3) == [(message, [copy])]
    messages.store_bodies(tx, [(message, RAW, digest("large", text="words"))])
    assert appending.supply(tx, message, [copy])
    assert journal.unfinished(tx.connection) == []
    assert (row(tx, copy)["server_folder_id"], bodies.raw(tx.connection, copy)) == (archive.id, RAW)
    acts.undo(tx, act.id)
    assert (shown(tx, archive), shown(tx, inbox)) == ([], [message])
