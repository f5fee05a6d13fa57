"""Whatever is removed in one account, the copy that another one waits for is never lost with it."""

import pytest

from protocols.imap import batches
from store import acts, appending, bodies, folders, journal, messages
from store.errors import NotPossible
from store.model import Role
from store.operations import Copy, Delete, Kind, Move, State
from tests.store.mail import add, arrival, digest, row

RAW = b"Subject: kept\r\n\r\nWord for word.\r\n"


def shown(tx, folder):
    return [row[0] for row in tx.execute("SELECT id FROM messages WHERE folder_id = ? ORDER BY id", (folder,))]


def test_what_is_to_be_copied_first_is_not_removed_before_its_bytes_are_here(tx, at, other):
    [message] = add(tx, at, arrival(1, "a"), folder=at.trash)
    acts.perform(tx, Copy((message,), other.id))
    acts.perform(tx, Delete((message,)))
    [copy] = shown(tx, other.id)
    assert not batches.plan(tx.connection, at.account, ())
    messages.store_bodies(tx, [(message, RAW, digest("a", text="words"))])
    news = type(tx)(tx.connection)
    assert appending.supply(news, message, [copy])
    assert {at.account, other.account} <= news.changes.journal
    assert at.account in appending.ready(tx.connection)
    [batch] = batches.plan(tx.connection, at.account, ()).batches
    assert batch.kind is Kind.EXPUNGE
    journal.finish_expunge(tx, batch.operations)
    assert bodies.raw(tx.connection, copy) == RAW
    assert row(tx, copy)["folder_id"] == other.id


def test_local_mail_that_is_here_by_its_headers_is_not_removed_while_a_copy_waits_for_it(tx, at, other):
    trash = folders.ensure_role(tx, at.pop3, Role.TRASH)
    [message] = messages.add(tx, at.pop3, trash.id, [arrival(name="large")])
    acts.perform(tx, Copy((message,), other.id))
    with pytest.raises(NotPossible, match="A copy for another account is still to be made"):
        acts.perform(tx, Delete((message,)))
    acts.undo(tx)
    acts.perform(tx, Delete((message,)))
    assert shown(tx, trash.id) == []


def test_a_message_that_is_only_said_to_be_whole_is_fetched_before_it_leaves_its_server(tx, at):
    [message] = add(tx, at, arrival(1, "a"))
    tx.execute("UPDATE messages SET cached = 2 WHERE id = ?", (message,))  # as after a damage
    acts.perform(tx, Move((message,), at.pop3_inbox))
    states = tx.execute("SELECT kind, state FROM journal ORDER BY id").fetchall()
    assert states == [("append", State.QUEUED), ("transfer", State.QUEUED)]
    assert not batches.plan(tx.connection, at.account, ())
    tx.execute("UPDATE messages SET cached = 0 WHERE id = ?", (message,))


def test_the_copy_of_what_its_server_has_lost_meanwhile_is_not_removed_for_good_by_an_undo(tx, at):
    [message] = add(tx, at, arrival(1, "a", raw=RAW, text="words"))
    act = acts.perform(tx, Move((message,), at.pop3_inbox))
    [removal] = journal.waiting(tx.connection, at.account)
    journal.finish_gone(tx, [removal.id])  # somebody else was faster; the next sync tells of it
    acts.undo(tx, act.id)
    messages.remove_uids(tx, at.inbox, [1])
    trash = folders.by_role(tx.connection, at.pop3, Role.TRASH)
    [copy] = shown(tx, trash.id)
    assert bodies.raw(tx.connection, copy) == RAW


def test_neither_is_it_when_another_act_found_out_that_the_server_has_lost_it(tx, at):
    [message] = add(tx, at, arrival(1, "a", raw=RAW, text="words"))
    copied = acts.perform(tx, Copy((message,), at.pop3_inbox))
    acts.perform(tx, Delete((message,)))
    [move] = journal.waiting(tx.connection, at.account)
    journal.finish_gone(tx, [move.id])
    acts.undo(tx, copied.id)
    messages.remove_uids(tx, at.inbox, [1])
    [copy] = shown(tx, folders.by_role(tx.connection, at.pop3, Role.TRASH).id)
    assert bodies.raw(tx.connection, copy) == RAW


def test_neither_is_it_when_the_connection_was_cut_while_the_server_removed_the_source(tx, at):
    [message] = add(tx, at, arrival(1, "a", raw=RAW, text="words"))
    acts.perform(tx, Move((message,), at.pop3_inbox))
    [removal] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [removal.id])
    journal.requeue(tx, [removal.id])  # the server did it, and its answer never came
    acts.undo(tx)
    messages.remove_uids(tx, at.inbox, [1])
    [copy] = shown(tx, folders.by_role(tx.connection, at.pop3, Role.TRASH).id)
    assert bodies.raw(tx.connection, copy) == RAW


def test_what_was_refused_is_not_tried_again_on_a_message_that_is_gone(tx, at):
    [message] = add(tx, at, arrival(1, "a"))
    acts.perform(tx, Move((message,), at.work))
    [move] = journal.waiting(tx.connection, at.account)
    messages.remove(tx, [message], reason="gone")
    journal.refuse(tx, [move.id], "no")  # so that the person sees it
    with pytest.raises(NotPossible, match="The message is gone"):
        journal.retry(tx, move.id)
    journal.drop(tx, move.id)
    assert journal.unfinished(tx.connection) == []
