"""What a person does, says, takes back, and cannot do."""

import pytest

from store import accounts, acts, bodies, folders, journal, listing, messages
from store.errors import NotFound, NotPossible
from store.model import ActId, Flag, FolderId, MessageId, Protocol, Role
from store.operations import Archive, Copy, Delete, Move, SetFlags, SetLabels
from tests.store.mail import add, arrival, row


def send_all(tx, at):
    for entry in journal.waiting(tx.connection, at.account):
        journal.start(tx, [entry.id])
        match entry.kind:
            case "flags":
                journal.finish_flags(tx, [entry.id])
            case "move":
                assert entry.folder is not None
                journal.finish_move(tx, [(entry.id, 1000 + entry.id)], entry.folder)
            case "expunge":
                journal.finish_expunge(tx, [entry.id])


def test_titles_say_what_was_done(tx, at):
    one, two, three = add(tx, at, arrival(1), arrival(2), arrival(3))
    titles = [
        acts.perform(tx, operation).title
        for operation in (
            SetFlags((one, two), add=Flag.SEEN),
            SetFlags((one,), remove=Flag.SEEN),
            SetFlags((one,), add=Flag.FLAGGED),
            SetFlags((one,), remove=Flag.FLAGGED),
            SetFlags((one,), add=Flag.ANSWERED, remove=Flag.SEEN),
            Move((one,), at.work),
            Move((one,), at.inbox),
            Archive((one, two)),
            Delete((three, two)),
            Delete((three,)),
            SetLabels((one, two), add=("Urgent", "todo")),
            SetLabels((one,), remove=("todo",)),
            SetLabels((one,), add=("x",), remove=("urgent",)),
            Copy((one, two), at.inbox),
            Copy((one,), at.work),
        )
    ]
    assert titles == [
        "Marked 2 as read", "Marked 1 as unread", "Marked 1 with a star", "Marked 1 without star", "Marked 1 anew",
        "Moved 1 to Work", "Moved 1 to Inbox", "Archived 2", "Deleted 2", "Removed 1 for good",
        "Labelled 2 with todo, urgent", "Took todo off 1", "Changed the labels of 1", "Copied 2 to Inbox",
        "Copied 1 to Work",
    ]  # fmt: skip
    assert acts.undo(tx).title == "Undid: Copied 1 to Work"


def test_what_changes_nothing_is_not_written(tx, at):
    [message] = add(tx, at, arrival(1, flags=Flag.SEEN))
    assert acts.perform(tx, SetFlags((message,), add=Flag.SEEN)).messages == ()
    assert acts.perform(tx, Move((message,), at.inbox)).messages == ()
    assert journal.waiting(tx.connection, at.account) == []


def test_a_message_named_twice_is_acted_on_once(tx, at):
    [message] = add(tx, at, arrival(1))
    assert acts.perform(tx, Archive((message, message))).messages == (message,)


def test_a_missing_message_stops_the_whole_act(tx, at):
    [message] = add(tx, at, arrival(1))
    with pytest.raises(NotFound, match="No such message: 98, 99"):
        acts.perform(tx, Archive((message, MessageId(98), MessageId(99))))
    assert row(tx, message)["folder_id"] == at.inbox
    with pytest.raises(NotFound, match="…"):
        acts.perform(tx, Archive(tuple(MessageId(number) for number in range(50, 70))))


def test_moves_need_a_folder_that_holds_messages(tx, at):
    [message] = add(tx, at, arrival(1))
    tx.execute("UPDATE folders SET selectable = 0 WHERE id = ?", (at.work,))
    with pytest.raises(NotPossible, match="other folders only"):
        acts.perform(tx, Move((message,), at.work))
    with pytest.raises(NotFound):
        acts.perform(tx, Move((message,), FolderId(99)))


def test_an_archive_is_made_when_there_is_none(tx, at):
    folders.remove(tx, at.archive)
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Archive((message,)))
    made = folders.by_role(tx.connection, at.account, Role.ARCHIVE)
    assert made is not None and made.path == "Archive" and made.total == 1
    assert folders.wire_name(tx.connection, made.id) is None


def test_undo_takes_back_the_last_act_that_did_something(tx, at):
    first, second = add(tx, at, arrival(1), arrival(2))
    acts.perform(tx, Archive((first,)))
    acts.perform(tx, Archive((second,)))
    acts.perform(tx, SetFlags((second,), remove=Flag.SEEN))
    assert acts.undo(tx).messages == (second,)
    assert acts.undo(tx).messages == (first,)
    with pytest.raises(NotFound, match="nothing to undo"):
        acts.undo(tx)
    assert journal.waiting(tx.connection, at.account) == []


def test_undo_of_what_was_not_sent_tells_the_engine(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Archive((message,)))
    told = type(tx)(tx.connection)
    acts.undo(told)
    assert told.changes.journal == {at.account}
    assert told.changes.messages == {message}


def test_undo_of_what_was_sent_queues_the_reverse(tx, at):
    read, unread = add(tx, at, arrival(1, flags=Flag.SEEN), arrival(2))
    acts.perform(tx, SetFlags((read, unread), add=Flag.SEEN))
    acts.perform(tx, Delete((read,)))
    send_all(tx, at)
    acts.undo(tx)
    acts.undo(tx)
    waiting = journal.waiting(tx.connection, at.account)
    assert [(one.message, one.kind, one.change.remove, one.folder) for one in waiting] == [
        (read, "move", 0, at.inbox),
        (unread, "flags", Flag.SEEN, None),
    ]
    assert [row(tx, message)["flags"] for message in (read, unread)] == [Flag.SEEN, 0]


def test_undo_of_an_act_half_sent_forgets_one_half_and_reverses_the_other(tx, at):
    sent, waits = add(tx, at, arrival(1), arrival(2))
    act = acts.perform(tx, Archive((sent, waits)))
    entry = journal.waiting(tx.connection, at.account)[0]
    journal.start(tx, [entry.id])
    journal.finish_move(tx, [(entry.id, 9)], at.archive)
    assert set(acts.undo(tx, act.id).messages) == {sent, waits}
    assert [row(tx, message)["folder_id"] for message in (sent, waits)] == [at.inbox, at.inbox]
    assert [one.message for one in journal.waiting(tx.connection, at.account)] == [sent]


def test_an_act_cannot_be_undone_twice_nor_an_unknown_one(tx, at):
    [message] = add(tx, at, arrival(1))
    act = acts.perform(tx, Archive((message,)))
    acts.undo(tx, act.id)
    with pytest.raises(NotPossible, match="undone already"):
        acts.undo(tx, act.id)
    with pytest.raises(NotFound, match="no act 99"):
        acts.undo(tx, ActId(99))


def test_an_undo_can_be_undone_by_its_number(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Archive((message,)))
    send_all(tx, at)
    undoing = acts.undo(tx)
    acts.undo(tx, undoing.id)
    assert row(tx, message)["folder_id"] == at.archive


def test_what_was_removed_for_good_does_not_come_back(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.trash)
    acts.perform(tx, Delete((message,)))
    send_all(tx, at)
    with pytest.raises(NotPossible, match="cannot come back"):
        acts.undo(tx)


def test_undo_passes_over_acts_whose_messages_are_gone(tx, at):
    kept, gone = add(tx, at, arrival(1), arrival(2))
    acts.perform(tx, SetFlags((kept,), add=Flag.SEEN))
    acts.perform(tx, SetFlags((gone,), add=Flag.SEEN))
    send_all(tx, at)
    messages.remove_uids(tx, at.inbox, [2])
    assert acts.undo(tx).messages == (kept,)


def test_undo_into_a_folder_that_is_gone_says_so(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.work)
    acts.perform(tx, Archive((message,)))
    send_all(tx, at)
    folders.remove(tx, at.work)
    with pytest.raises(NotPossible, match="folder it was in is gone"):
        acts.undo(tx)


def test_on_pop3_acts_and_undo_are_done_at_once(tx, at):
    [message] = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(None, "a", raw=b"x", text="x")])
    acts.perform(tx, SetFlags((message,), add=Flag.FLAGGED))
    acts.perform(tx, Archive((message,)))
    archive = folders.by_role(tx.connection, at.pop3, Role.ARCHIVE)
    summary = listing.summaries(tx.connection, [message])[message]
    assert archive is not None
    assert (summary.folder, summary.flags, summary.pending) == (archive.id, Flag.FLAGGED, 0)
    assert row(tx, message)["server_folder_id"] == archive.id
    assert journal.waiting_counts(tx.connection) == {}
    acts.undo(tx)
    acts.undo(tx)
    assert (row(tx, message)["folder_id"], row(tx, message)["server_flags"]) == (at.pop3_inbox, 0)


def test_on_pop3_the_trash_is_emptied_at_once_and_for_good(tx, at):
    [message] = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(None, "a", raw=b"x", text="x")])
    acts.perform(tx, Delete((message,)))
    assert bodies.raw(tx.connection, message) == b"x"
    acts.perform(tx, Delete((message,)))
    assert listing.summaries(tx.connection, [message]) == {}
    with pytest.raises(NotPossible, match="cannot come back"):
        acts.undo(tx)


def test_an_act_whose_messages_are_gone_is_not_said_to_be_undone(tx, at):
    [message] = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(None, "a", raw=b"x", text="x")])
    away = acts.perform(tx, Delete((message,)))
    removed = acts.perform(tx, Delete((message,)))
    assert (away.lasting, removed.lasting) == (False, True)
    with pytest.raises(NotPossible, match="messages are gone"):
        acts.undo(tx, away.id)


def test_one_act_may_touch_two_accounts(tx, at):
    [here] = add(tx, at, arrival(1))
    [there] = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(None, "a")])
    acts.perform(tx, Archive((here, there)))
    assert journal.waiting_counts(tx.connection) == {at.account: 1}
    acts.undo(tx)
    assert [row(tx, message)["folder_id"] for message in (here, there)] == [at.inbox, at.pop3_inbox]


def test_acts_of_a_removed_account_are_passed_over_by_undo(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Archive((message,)))
    accounts.remove(tx, at.account)
    with pytest.raises(NotFound, match="nothing to undo"):
        acts.undo(tx)
    assert accounts.reconcile(tx, [("imap", Protocol.IMAP, True)])["imap"] != at.account


@pytest.mark.parametrize(
    "word", ["", "two words", 'a"b', "a(b", "a)b", "a{b", "50%", "*", "\\Seen", "a]", "é", "a\x7f"]
)
def test_a_label_that_no_server_takes_is_refused_before_the_journal(tx, at, word):
    [message] = add(tx, at, arrival(1))
    with pytest.raises(NotPossible, match="cannot be a label"):
        acts.perform(tx, SetLabels((message,), add=("fine", word)))
    assert journal.waiting(tx.connection, at.account) == []


def test_a_label_cannot_come_and_go_in_one_act(tx, at):
    [message] = add(tx, at, arrival(1))
    with pytest.raises(NotPossible, match="at once"):
        acts.perform(tx, SetLabels((message,), add=("x",), remove=("X",)))


def test_labels_that_are_so_already_are_not_written(tx, at):
    labelled, bare = add(tx, at, arrival(1, labels=("work",)), arrival(2))
    assert acts.perform(tx, SetLabels((labelled, bare), add=("Work",))).messages == (bare,)
    assert acts.perform(tx, SetLabels((bare,), remove=("other",))).messages == ()


def test_undo_of_labels_brings_back_what_was_there(tx, at):
    [message] = add(tx, at, arrival(1, labels=("old",)))
    acts.perform(tx, SetLabels((message,), add=("new",), remove=("old",)))
    send_all(tx, at)
    acts.undo(tx)
    assert row(tx, message)["labels"] == " old "
    [entry] = journal.waiting(tx.connection, at.account)
    assert (entry.change.add_labels, entry.change.remove_labels) == (("old",), ("new",))


def test_a_copy_needs_a_folder(tx, at):
    [message] = add(tx, at, arrival(1))
    with pytest.raises(NotFound):
        acts.perform(tx, Copy((message,), FolderId(99)))


def test_a_copy_whose_uid_the_server_tells_is_here_at_once_with_all_that_is_known(tx, at):
    [message] = add(tx, at, arrival(1, "a", flags=Flag.SEEN, labels=("work",), raw=b"whole", text="needle"))
    acts.perform(tx, Copy((message,), at.work))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    journal.finish_copy(tx, [(entry.id, 40)], at.work)
    [copy] = listing.vector(tx.connection, [at.work])
    shown = listing.summaries(tx.connection, [MessageId(copy)])[MessageId(copy)]
    assert (shown.uid, shown.flags, shown.labels, shown.cached) == (40, Flag.SEEN, ("work",), "full")
    assert bodies.raw(tx.connection, MessageId(copy)) == b"whole"
    found = tx.execute("SELECT rowid FROM search_bodies WHERE search_bodies MATCH 'needle' ORDER BY 1").fetchall()
    assert found == [(message,), (copy,)]


def test_undo_of_a_copy_that_was_made_moves_it_to_the_trash(tx, at):
    [message] = add(tx, at, arrival(1))
    act = acts.perform(tx, Copy((message,), at.work))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    journal.finish_copy(tx, [(entry.id, 40)], at.work)
    [copy] = listing.vector(tx.connection, [at.work])
    assert acts.undo(tx, act.id).messages == (copy,)
    assert (row(tx, MessageId(copy))["folder_id"], row(tx, message)["folder_id"]) == (at.trash, at.inbox)


def test_a_copy_whose_place_is_not_known_cannot_be_undone_and_one_that_waits_is_forgotten(tx, at):
    [message] = add(tx, at, arrival(1))
    waits = acts.perform(tx, Copy((message,), at.work))
    acts.undo(tx, waits.id)
    assert journal.waiting(tx.connection, at.account) == []
    sent = acts.perform(tx, Copy((message,), at.work))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    journal.finish_copy(tx, [(entry.id, None)], at.work)
    with pytest.raises(NotPossible, match="on the server already"):
        acts.undo(tx, sent.id)


def test_a_copy_that_a_faster_sync_has_stored_is_not_doubled(tx, at):
    [message] = add(tx, at, arrival(1, "a"))
    acts.perform(tx, Copy((message,), at.work))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    [newcomer] = add(tx, at, arrival(40, "a"), folder=at.work)
    journal.finish_copy(tx, [(entry.id, 40)], at.work)
    assert list(listing.vector(tx.connection, [at.work])) == [newcomer]


def test_on_pop3_labels_and_copies_are_made_here(tx, at):
    [message] = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(None, "a", raw=b"x", text="x")])
    archive = folders.ensure_role(tx, at.pop3, Role.ARCHIVE).id
    acts.perform(tx, SetLabels((message,), add=("home",)))
    acts.perform(tx, Copy((message,), archive))
    [copy] = listing.vector(tx.connection, [archive])
    assert bodies.raw(tx.connection, MessageId(copy)) == b"x"
    assert row(tx, MessageId(copy))["labels"] == row(tx, message)["server_labels"] == " home "
    acts.undo(tx)
    assert list(listing.vector(tx.connection, [archive])) == []
    acts.undo(tx)
    assert row(tx, message)["labels"] == ""
