"""Junk goes into its folder under its name, and out of it again."""

from store import acts, folders, journal, labels, messages
from store.model import Role
from store.operations import Junk, SetLabels
from tests.store.mail import add, arrival, row


def test_junk_is_moved_and_called_so_and_the_folder_is_made(tx, at):
    one, two = add(tx, at, arrival(1), arrival(2, labels=("$notjunk", "work")))
    assert acts.perform(tx, Junk((one, two))).title == "Marked 2 as junk"
    place = folders.by_role(tx.connection, at.account, Role.JUNK)
    assert place is not None and (place.path, place.total) == ("Junk", 2)
    assert [row(tx, message)["labels"] for message in (one, two)] == [" $junk ", " $junk work "]
    assert {entry.kind for entry in journal.waiting(tx.connection, at.account)} == {"flags", "move"}
    assert acts.perform(tx, Junk((one,), junk=True)).messages == ()
    acts.undo(tx)
    assert [(row(tx, m)["labels"], row(tx, m)["folder_id"]) for m in (one, two)] == [
        ("", at.inbox), (" $notjunk work ", at.inbox),
    ]  # fmt: skip


def test_what_is_junk_already_is_no_junk_and_goes_to_the_inbox(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.work)
    acts.perform(tx, Junk((message,)))
    act = acts.perform(tx, Junk((message,)))
    assert (act.title, act.messages) == ("Marked 1 as not junk", (message,))
    assert (row(tx, message)["folder_id"], row(tx, message)["labels"]) == (at.inbox, " $notjunk ")


def test_of_junk_and_other_mail_all_becomes_junk(tx, at):
    one, two = add(tx, at, arrival(1), arrival(2))
    acts.perform(tx, Junk((one,)))
    assert acts.perform(tx, Junk((one, two))).messages == (two,)


def test_mail_that_is_no_junk_stays_where_it_is(tx, at):
    [message] = add(tx, at, arrival(1), folder=at.work)
    assert acts.perform(tx, Junk((message,), junk=False)).messages == ()


def test_on_pop3_it_is_moved_and_no_server_is_told(tx, at):
    [message] = messages.add(tx, at.pop3, at.pop3_inbox, [arrival(None, "a", raw=b"x", text="x")])
    acts.perform(tx, Junk((message,)))
    place = folders.by_role(tx.connection, at.pop3, Role.JUNK)
    assert place is not None
    assert (row(tx, message)["folder_id"], row(tx, message)["labels"]) == (place.id, "")
    acts.undo(tx)
    assert row(tx, message)["folder_id"] == at.pop3_inbox


def test_the_labels_that_people_give_are_known_with_their_counts(tx, at):
    one, two, three = add(tx, at, arrival(1, labels=("work",)), arrival(2, labels=("$Forwarded", "home")), arrival(3))
    acts.perform(tx, SetLabels((one, two, three), add=("urgent",)))
    acts.perform(tx, SetLabels((three,), add=("home",)))
    acts.perform(tx, Junk((one,)))
    assert labels.known(tx.connection) == [("urgent", 3), ("home", 2), ("work", 1)]
