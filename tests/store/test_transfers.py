"""Mail goes to other accounts: shown there at once, and never lost or doubled whatever becomes of it."""

import pytest

from store import accounts, acts, appending, bodies, folders, history, journal, messages
from store.errors import NotPossible
from store.model import Flag, Protocol, Role
from store.operations import Archive, Copy, Delete, Kind, Move, SetFlags, SetLabels, State
from tests.store.mail import add, arrival, row

RAW = b"Subject: kept\r\n\r\nWord for word.\r\n"


def whole(tx, at, *, folder=None, **of_arrival):
    """A message in the IMAP account's inbox that is whole on this disk."""
    [message] = add(tx, at, arrival(1, "a", raw=RAW, text="words", **of_arrival), folder=folder)
    return message


def local(tx, at, name="here", **of_arrival):
    """A message of the POP3 account."""
    [message] = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(name=name, raw=RAW, text="words", **of_arrival)])
    return message


def shown(tx, folder):
    return [row[0] for row in tx.execute("SELECT id FROM messages WHERE folder_id = ? ORDER BY id", (folder,))]


def states(tx):
    return tx.execute("SELECT kind, state FROM journal ORDER BY id").fetchall()


def append_all(tx, account, uid=100):
    """What the replay of an account does with its appends."""
    for entry in journal.waiting(tx.connection, account):
        if entry.kind is Kind.APPEND and journal.start(tx, [entry.id], probe_uidnext=uid):
            appending.finish(tx, entry.id, uid)
            uid += 1


def test_a_message_moved_to_another_server_shows_there_at_once_and_leaves_when_it_has_arrived(tx, at, other):
    message = whole(tx, at, flags=Flag.SEEN | Flag.DELETED, labels=("work",))
    acts.perform(tx, SetFlags((message,), add=Flag.FLAGGED))
    act = acts.perform(tx, Move((message,), other.id))
    assert (act.title, act.messages) == ("Moved 1 to Inbox of second", (message,))
    [copy] = shown(tx, other.id)
    assert shown(tx, at.inbox) == []
    stored = row(tx, copy)
    assert (stored["account_id"], stored["server_folder_id"], stored["uid"]) == (other.account, None, None)
    assert (stored["flags"], stored["labels"], stored["pending"]) == (Flag.SEEN | Flag.FLAGGED, " work ", 1)
    assert appending.letter(tx.connection, copy) == appending.Letter(
        RAW, Flag.SEEN | Flag.FLAGGED, ("work",), stored["received"]
    )
    [flags] = journal.waiting(tx.connection, at.account)  # nobody removes it before the copy is there
    journal.start(tx, [flags.id])
    journal.finish_flags(tx, [flags.id])
    append_all(tx, other.account)
    assert (row(tx, copy)["server_folder_id"], row(tx, copy)["uid"], row(tx, copy)["pending"]) == (other.id, 100, 0)
    [removal] = journal.waiting(tx.connection, at.account)
    assert (removal.kind, removal.message, removal.copy) == (Kind.EXPUNGE, message, copy)
    journal.start(tx, [removal.id])
    journal.finish_expunge(tx, [removal.id])
    assert shown(tx, at.inbox) == [] and shown(tx, other.id) == [copy]
    assert journal.unfinished(tx.connection) == []


def test_a_copy_leaves_the_message_where_it_is(tx, at, other):
    message = whole(tx, at)
    assert acts.perform(tx, Copy((message,), other.id)).title == "Copied 1 to Inbox of second"
    append_all(tx, other.account)
    assert len(shown(tx, other.id)) == 1 and shown(tx, at.inbox) == [message]
    assert journal.waiting(tx.connection, at.account) == []


def test_what_goes_to_a_local_folder_is_there_at_once(tx, at):
    message = whole(tx, at)
    acts.perform(tx, Move((message,), at.pop3_inbox))
    [copy] = shown(tx, at.pop3_inbox)
    assert bodies.raw(tx.connection, copy) == RAW and row(tx, copy)["pending"] == 0
    [removal] = journal.waiting(tx.connection, at.account)
    assert removal.kind is Kind.EXPUNGE
    acts.undo(tx)
    assert shown(tx, at.pop3_inbox) == [] and shown(tx, at.inbox) == [message]
    assert journal.unfinished(tx.connection) == []


def test_what_is_not_whole_here_waits_for_its_bytes(tx, at):
    [message] = add(tx, at, arrival(1, "a"))
    acts.perform(tx, Move((message,), at.pop3_inbox))
    [copy] = shown(tx, at.pop3_inbox)
    assert shown(tx, at.inbox) == []
    assert appending.letter(tx.connection, copy) is None
    assert appending.source(tx.connection, copy) == message
    assert appending.lenders(tx.connection) == {at.account}
    assert appending.wanted(tx.connection, at.account) == [(message, [copy])]
    acts.perform(tx, SetFlags((copy,), add=Flag.FLAGGED))
    acts.perform(tx, SetLabels((copy,), add=("later",)))
    acts.perform(tx, Archive((copy,)))
    archive = folders.by_role(tx.connection, at.pop3, Role.ARCHIVE)
    assert shown(tx, archive.id) == [copy]
    assert not appending.supply(tx, message, [copy])
    messages.store_bodies(tx, [(message, RAW, arrival(1, "a", text="words").digest)])
    assert appending.supply(tx, message, [copy])
    stored = row(tx, copy)
    assert (stored["folder_id"], stored["server_folder_id"]) == (archive.id, archive.id)
    assert (stored["server_flags"], stored["server_labels"], stored["pending"]) == (Flag.FLAGGED, " later ", 0)
    assert [entry.kind for entry in journal.waiting(tx.connection, at.account)] == [Kind.EXPUNGE]
    assert journal.waiting(tx.connection, at.pop3) == [] and appending.lenders(tx.connection) == set()


def test_a_copy_under_way_to_a_local_folder_may_be_thrown_away(tx, at):
    [message] = add(tx, at, arrival(1, "a"))
    acts.perform(tx, Copy((message,), at.pop3_inbox))
    [copy] = shown(tx, at.pop3_inbox)
    acts.perform(tx, Delete((copy,)))
    acts.perform(tx, Delete((copy,)))
    messages.store_bodies(tx, [(message, RAW, arrival(1, "a", text="words").digest)])
    appending.supply(tx, message, [copy])
    assert tx.execute("SELECT count(*) FROM messages").fetchone() == (1,)
    assert journal.unfinished(tx.connection) == []


def test_a_local_message_goes_when_its_copy_is_on_the_server(tx, at):
    message = local(tx, at, flags=Flag.SEEN)
    acts.perform(tx, Move((message,), at.work))
    assert shown(tx, at.pop3_inbox) == [] and messages.exists(tx.connection, message)
    [copy] = shown(tx, at.work)
    append_all(tx, at.account)
    assert not messages.exists(tx.connection, message) and shown(tx, at.work) == [copy]
    acts.undo(tx)  # back into the local folder, and off the server
    [again] = shown(tx, at.pop3_inbox)
    assert bodies.raw(tx.connection, again) == RAW and shown(tx, at.work) == []
    assert [entry.kind for entry in journal.waiting(tx.connection, at.account)] == [Kind.EXPUNGE]


def test_between_local_accounts_everything_is_done_at_once(tx, at):
    wanted = [("imap", Protocol.IMAP, True), ("pop3", Protocol.POP3, True), ("third", Protocol.POP3, True)]
    account = accounts.reconcile(tx, wanted)["third"]
    inbox = folders.by_role(tx.connection, account, Role.INBOX)
    message = local(tx, at)
    tx.execute("UPDATE messages SET uidl = 'x' WHERE id = ?", (message,))
    acts.perform(tx, Move((message,), inbox.id))
    assert (row(tx, message)["account_id"], row(tx, message)["folder_id"]) == (account, inbox.id)
    assert row(tx, message)["uidl"] is None
    acts.undo(tx)
    assert (row(tx, message)["account_id"], row(tx, message)["folder_id"]) == (at.pop3, at.pop3_inbox)
    acts.perform(tx, Copy((message,), inbox.id))
    [copy] = shown(tx, inbox.id)
    assert row(tx, copy)["account_id"] == account and bodies.raw(tx.connection, copy) == RAW
    acts.undo(tx)
    assert shown(tx, inbox.id) == [] and journal.unfinished(tx.connection) == []


def test_what_was_not_sent_is_forgotten_by_undo(tx, at, other):
    message = whole(tx, at)
    acts.perform(tx, Move((message,), other.id))
    assert message in acts.undo(tx).messages
    assert shown(tx, other.id) == [] and shown(tx, at.inbox) == [message]
    assert states(tx) == [("append", "undone"), ("transfer", "undone")]
    assert tx.execute("SELECT count(*) FROM messages").fetchone() == (1,)


def test_what_is_being_sent_cannot_be_taken_back(tx, at, other):
    message = whole(tx, at)
    acts.perform(tx, Move((message,), other.id))
    [entry] = journal.waiting(tx.connection, other.account)
    journal.start(tx, [entry.id], probe_uidnext=5)
    with pytest.raises(NotPossible, match="just now"):
        acts.undo(tx)


def test_between_arrival_and_removal_undo_throws_the_copy_away(tx, at, other):
    message = whole(tx, at)
    acts.perform(tx, Move((message,), other.id))
    append_all(tx, other.account)
    [copy] = shown(tx, other.id)
    acts.undo(tx)
    assert shown(tx, at.inbox) == [message]
    trash = folders.by_role(tx.connection, other.account, Role.TRASH)
    assert shown(tx, trash.id) == [copy]
    assert journal.waiting(tx.connection, at.account) == []


def test_when_all_is_done_undo_moves_back(tx, at, other):
    message = whole(tx, at, folder=at.work)
    acts.perform(tx, Move((message,), other.id))
    append_all(tx, other.account)
    [removal] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [removal.id])
    journal.finish_expunge(tx, [removal.id])
    assert acts.undo(tx).title == "Undid: Moved 1 to Inbox of second"
    [back] = shown(tx, at.work)
    assert shown(tx, other.id) == []
    append_all(tx, at.account)
    assert row(tx, back)["server_folder_id"] == at.work
    assert [entry.kind for entry in journal.waiting(tx.connection, other.account)] == [Kind.EXPUNGE]


def test_undo_says_so_when_the_way_back_is_gone(tx, at, other):
    message = whole(tx, at, folder=at.work)
    act = acts.perform(tx, Move((message,), other.id))
    append_all(tx, other.account)
    [removal] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [removal.id])
    journal.finish_expunge(tx, [removal.id])
    folders.remove(tx, at.work)
    with pytest.raises(NotPossible, match="is gone"):
        acts.undo(tx, act.id)


def test_a_refused_message_shows_where_it_was(tx, at, other):
    message = whole(tx, at)
    acts.perform(tx, Move((message,), other.id))
    [copy] = shown(tx, other.id)
    acts.perform(tx, SetFlags((copy,), add=Flag.FLAGGED))
    entry = journal.waiting(tx.connection, other.account)[0]
    journal.start(tx, [entry.id], probe_uidnext=5)
    journal.refuse(tx, [entry.id], "too big")
    assert shown(tx, other.id) == [] and shown(tx, at.inbox) == [message]
    [parked] = journal.unfinished(tx.connection)
    assert (parked.id, parked.state, parked.error) == (entry.id, State.REFUSED, "too big")
    journal.retry(tx, entry.id)
    assert shown(tx, other.id) == [copy] and shown(tx, at.inbox) == []
    append_all(tx, other.account)
    assert [one.kind for one in journal.waiting(tx.connection, at.account)] == [Kind.EXPUNGE]


@pytest.mark.parametrize("refused", [True, False])
def test_what_is_given_up_shows_where_it_was(tx, at, other, refused):
    message = whole(tx, at)
    acts.perform(tx, Move((message,), other.id))
    [entry] = journal.waiting(tx.connection, other.account)
    if refused:
        journal.refuse(tx, [entry.id], "no")
    journal.drop(tx, entry.id)
    assert shown(tx, at.inbox) == [message] and shown(tx, other.id) == []
    assert tx.execute("SELECT count(*) FROM messages").fetchone() == (1,)
    assert journal.unfinished(tx.connection) == []


@pytest.mark.parametrize("what", ["folder", "account"])
def test_when_the_place_it_was_to_go_to_goes_the_message_shows_where_it_was(tx, at, other, what):
    message = whole(tx, at)
    acts.perform(tx, Move((message,), other.id))
    folders.remove(tx, other.id) if what == "folder" else accounts.remove(tx, other.account)
    assert shown(tx, at.inbox) == [message]
    assert tx.execute("SELECT count(*) FROM messages").fetchone() == (1,)
    assert journal.unfinished(tx.connection) == []


@pytest.mark.parametrize("here", [True, False])
def test_an_account_that_goes_takes_only_what_was_not_brought_from_it(tx, at, other, here):
    message = whole(tx, at) if here else add(tx, at, arrival(1, "a"))[0]
    acts.perform(tx, Move((message,), other.id))
    copies = shown(tx, other.id)
    accounts.remove(tx, at.account)
    assert shown(tx, other.id) == (copies if here else [])
    append_all(tx, other.account)
    assert journal.unfinished(tx.connection) == []


def test_a_folder_that_goes_while_the_message_is_sent_there_keeps_the_message_where_it_was(tx, at, other):
    message = whole(tx, at)
    acts.perform(tx, Move((message,), other.id))
    [entry] = journal.waiting(tx.connection, other.account)
    journal.start(tx, [entry.id], probe_uidnext=5)
    tx.execute("PRAGMA foreign_keys = OFF")
    tx.execute("DELETE FROM folders WHERE id = ?", (other.id,))
    appending.finish(tx, entry.id, 7)
    assert shown(tx, at.inbox) == [message]


@pytest.mark.parametrize("here", [True, False])
def test_a_source_that_its_server_removes_meanwhile(tx, at, other, here):
    message = whole(tx, at) if here else add(tx, at, arrival(1, "a"))[0]
    acts.perform(tx, Move((message,), other.id))
    [copy] = shown(tx, other.id)
    messages.remove_uids(tx, at.inbox, [1])
    if here:  # its bytes are safe: it goes on
        with pytest.raises(NotPossible, match="only one"):
            acts.undo(tx)
        append_all(tx, other.account)
        assert shown(tx, other.id) == [copy]
    else:
        assert shown(tx, other.id) == []
    assert journal.unfinished(tx.connection) == []


def test_a_message_that_its_server_does_not_give_out_stays(tx, at, other):
    [message] = add(tx, at, arrival(1, "a"))
    acts.perform(tx, Move((message,), other.id))
    [copy] = shown(tx, other.id)
    appending.withheld(tx, [copy], "It is broken there.")
    assert shown(tx, at.inbox) == [message] and shown(tx, other.id) == []
    [entry] = journal.unfinished(tx.connection)
    assert entry.error == "It is broken there."


def test_a_message_under_way_does_not_go_on_to_a_third_account(tx, at, other):
    message = whole(tx, at)
    acts.perform(tx, Move((message,), other.id))
    [copy] = shown(tx, other.id)
    with pytest.raises(NotPossible, match="on its way"):
        acts.perform(tx, Move((copy,), at.pop3_inbox))
    archive = folders.by_role(tx.connection, other.account, Role.ARCHIVE)
    acts.perform(tx, Move((copy,), archive.id))
    append_all(tx, other.account)
    [move] = journal.waiting(tx.connection, other.account)
    assert (move.kind, move.folder) == (Kind.MOVE, archive.id)


def test_a_sync_that_is_faster_than_the_answer_doubles_nothing(tx, at, other):
    message = whole(tx, at)
    acts.perform(tx, Move((message,), other.id))
    [copy] = shown(tx, other.id)
    [entry] = journal.waiting(tx.connection, other.account)
    journal.start(tx, [entry.id], probe_uidnext=5)
    messages.add(tx, other.account, other.id, [arrival(5, "a", size=len(RAW))])
    assert len(shown(tx, other.id)) == 2
    appending.finish(tx, entry.id, None)
    assert shown(tx, other.id) == [copy] and row(tx, copy)["uid"] == 5


def test_what_is_put_into_a_folder_of_a_server_waits_under_one_act(tx, at):
    act = history.record(tx, "Imported 2", 100)
    rows = [arrival(name=name, raw=RAW, text="words", flags=Flag.SEEN) for name in ("one", "two")]
    ids = appending.stage(tx, at.work, rows, act)
    assert shown(tx, at.work) == ids
    assert [entry.act for entry in journal.waiting(tx.connection, at.account)] == [act, act]
    append_all(tx, at.account)
    assert [row(tx, message)["uid"] for message in ids] == [100, 101]
    more = appending.stage(tx, at.work, rows)
    assert acts.undo(tx).title == "Undid: Put 2 into a folder"
    assert shown(tx, at.work) == ids and not messages.exists(tx.connection, more[0])
