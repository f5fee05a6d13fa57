"""Accounts come from the configuration; their mail stays until they are removed."""

import pytest

from store import accounts, acts, bodies, folder_list, folders, journal, locations, messages, rebuilds
from store.errors import NotFound
from store.model import Protocol, Role
from store.operations import Archive
from tests.store.mail import LISTED, add, arrival, seed


def test_a_pop3_account_has_its_folders_at_once(tx):
    ids = accounts.reconcile(tx, [("home", Protocol.POP3, True), ("work", Protocol.IMAP, False)])
    assert [one.role for one in folders.every(tx.connection, ids["home"])] == [
        Role.ARCHIVE, Role.DRAFTS, Role.INBOX, Role.JUNK, Role.SENT, Role.TRASH,
    ]  # fmt: skip
    assert folders.every(tx.connection, ids["work"]) == []
    assert [one.name for one in accounts.every(tx.connection)] == ["home", "work"]
    assert accounts.by_name(tx.connection, "work").unified is False
    with pytest.raises(NotFound, match="No account is called 'nobody'"):
        accounts.by_name(tx.connection, "nobody")


def test_the_same_configuration_again_changes_nothing(tx):
    wanted = [("home", Protocol.POP3, True), ("work", Protocol.IMAP, True)]
    ids = accounts.reconcile(tx, wanted)
    again = type(tx)(tx.connection)
    assert accounts.reconcile(again, wanted) == ids
    assert not again.changes
    accounts.reconcile(again, [("home", Protocol.POP3, False)])
    assert again.changes.everything
    assert folders.unified(tx.connection) == ()
    assert len(accounts.every(tx.connection)) == 2


def test_another_protocol_makes_a_new_account_and_the_mail_stays_under_another_name(tx):
    at = seed(tx)
    add(tx, at, arrival(1))
    ids = accounts.reconcile(tx, [("imap", Protocol.POP3, True), ("pop3", Protocol.IMAP, True)])
    assert {ids["imap"], ids["pop3"]}.isdisjoint({at.account, at.pop3})
    assert folders.every(tx.connection, ids["pop3"]) == []
    assert accounts.by_name(tx.connection, "imap (imap)").id == at.account
    assert len(accounts.every(tx.connection)) == 3  # the one without mail is gone


def test_mail_that_is_here_alone_is_not_given_to_a_server_that_knows_nothing_of_it(tx):
    at = seed(tx)
    [message] = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(name="x", raw=b"only here", text="x")])
    imap, pop3 = ("imap", Protocol.IMAP, True), ("pop3", Protocol.POP3, True)
    account = accounts.reconcile(tx, [imap, ("pop3", Protocol.IMAP, True)])["pop3"]
    folder_list.reconcile(tx, account, LISTED)
    inbox = folders.by_role(tx.connection, account, Role.INBOX)
    rebuilds.remove_lost(tx, inbox.id, locations.orphans(tx.connection, inbox.id))
    assert bodies.raw(tx.connection, message) == b"only here"
    assert accounts.reconcile(tx, [imap, pop3])["pop3"] == at.pop3  # and back again
    assert [one.name for one in accounts.every(tx.connection)] == ["imap", "pop3"]


def test_the_name_for_an_account_that_is_set_aside_may_be_taken(tx):
    at = seed(tx)
    messages.add(tx, at.pop3, at.pop3_inbox, [arrival(name="x", raw=b"only here", text="x")])
    wanted = [("pop3", Protocol.IMAP, True), ("pop3 (pop3)", Protocol.POP3, True)]
    ids = accounts.reconcile(tx, wanted)
    assert accounts.reconcile(tx, wanted) == ids
    assert at.pop3 not in ids.values()
    assert accounts.by_name(tx.connection, "pop3 (pop3)'").id == at.pop3


def test_a_removed_account_takes_everything_with_it(tx):
    at = seed(tx)
    [message] = add(tx, at, arrival(1, raw=b"x", text="x"))
    [kept] = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(None, "k")])
    acts.perform(tx, Archive((message, kept)))
    accounts.remove(tx, at.account)
    assert [one.id for one in accounts.every(tx.connection)] == [at.pop3]
    assert journal.unfinished(tx.connection) == []
    assert locations.location(tx.connection, message) is None
    assert locations.location(tx.connection, kept) is not None
