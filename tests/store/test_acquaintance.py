"""Who is known, who is not, and when that cannot be told."""

import pytest

from store import acquaintance, folders, listing
from store.acquaintance import ENOUGH, OLD, Acquaintance
from store.database import Transaction
from store.model import Address, FolderId, MessageId, Role
from tests.store.mail import NOON, Seeded, add, arrival

NOW = NOON + 2 * OLD
OWN = ("me@example.com",)
ANNA = Address("Anna Keller", "anna@example.org")
STRANGE = Acquaintance("")


@pytest.fixture
def past(tx: Transaction, at: Seeded) -> Seeded:
    """A mailbox that is here whole, with a past."""
    for folder in (at.inbox, at.archive, at.sent):
        folders.set_synced(tx, folder, NOW)
    add(tx, at, *(arrival(uid, sender=Address("Old", "old@example.net")) for uid in range(1, ENOUGH + 1)))
    return at


def put(
    tx: Transaction, at: Seeded, number: int, sender: Address, *, after: int = 0, folder: FolderId | None = None
) -> MessageId:
    (message,) = add(tx, at, arrival(1000 + number, sender=sender, received=NOW + after), folder=folder)
    return message


def look(tx: Transaction, message: MessageId, post: str = "") -> Acquaintance | None:
    summary = listing.summaries(tx.connection, [message])[message]
    return acquaintance.stranger(tx.connection, summary, OWN, post)


def test_the_first_message_of_somebody_is_by_a_stranger_and_the_second_is_not(tx: Transaction, past: Seeded):
    first = put(tx, past, 1, ANNA)
    second = put(tx, past, 2, Address("A.", "ANNA@example.org"), after=1)
    assert look(tx, first) == STRANGE
    assert look(tx, second) is None


def test_addresses_that_only_look_alike_are_others(tx: Transaction, past: Seeded):
    put(tx, past, 1, Address("", "my.anna@example.org"))
    put(tx, past, 2, Address("anna@example.org", "eve@example.net"))
    assert look(tx, put(tx, past, 3, Address("", "anna@example.org"), after=9)) == STRANGE


def test_whom_one_wrote_to_is_known(tx: Transaction, past: Seeded):
    message = put(tx, past, 1, Address("", "binh@example.org"))  # to whom all mail of these tests is addressed
    assert look(tx, message) == STRANGE
    put(tx, past, 2, Address("", OWN[0]), after=5, folder=past.sent)
    assert look(tx, message) is None


def test_junk_makes_nobody_known(tx: Transaction, past: Seeded):
    tx.execute("UPDATE folders SET role = ? WHERE id = ?", (Role.JUNK, past.work))
    put(tx, past, 1, ANNA, folder=past.work)
    assert look(tx, put(tx, past, 2, ANNA, after=1)) == STRANGE


def test_a_copy_of_the_message_itself_makes_its_sender_no_more_known(tx: Transaction, past: Seeded):
    one, other = (
        add(tx, past, arrival(uid, "same", sender=ANNA, received=NOW), folder=folder)[0]
        for uid, folder in ((2000, past.archive), (2001, past.inbox))
    )
    assert look(tx, one) == look(tx, other) == STRANGE


def test_oneself_and_nobody_are_no_strangers(tx: Transaction, past: Seeded):
    assert look(tx, put(tx, past, 1, Address("Me", "ME@example.com"))) is None
    assert look(tx, put(tx, past, 2, Address("Daemon", ""))) is None


def test_while_mail_is_still_on_its_way_nothing_is_said(tx: Transaction, past: Seeded):
    message = put(tx, past, 1, ANNA)
    tx.execute("UPDATE folders SET synced_at = NULL WHERE id = ?", (past.archive,))
    assert look(tx, message) is None


def test_without_a_past_nothing_is_said(tx: Transaction, at: Seeded):
    for folder in (at.inbox, at.archive, at.sent):
        folders.set_synced(tx, folder, NOW)
    assert look(tx, put(tx, at, 1, ANNA)) is None


def test_somebody_known_by_name_with_another_address_is_pointed_out(tx: Transaction, past: Seeded):
    for number in range(acquaintance.OFTEN):
        put(tx, past, number, ANNA)
    posing = put(tx, past, 8, Address("anna  KELLER", "anna.keller@example.net"), after=9)
    other = put(tx, past, 9, Address("Anna Kellermann", "kellermann@example.net"), after=9)
    assert look(tx, posing) == Acquaintance("anna@example.org")
    assert look(tx, other) == STRANGE


def test_a_name_that_was_read_once_or_that_many_have_is_nobodys(tx: Transaction, past: Seeded):
    put(tx, past, 1, ANNA)
    for number in (2, 3):
        put(tx, past, number, Address("Support", "support@example.org"))
    assert look(tx, put(tx, past, 4, Address("Anna Keller", "a@example.net"), after=9)) == STRANGE
    assert look(tx, put(tx, past, 5, Address("Support", "s@example.net"), after=9)) == STRANGE


def test_who_writes_to_a_list_that_one_reads_is_no_stranger_there(tx: Transaction, past: Seeded):
    message = put(tx, past, 1, ANNA)
    assert look(tx, message, post="binh@example.org") is None
    assert look(tx, message, post="other@example.org") == STRANGE
    assert look(tx, message, post=OWN[0]) == STRANGE


def test_hostile_names_are_only_words(tx: Transaction, past: Seeded):
    for number, text in enumerate(('"', 'x" OR sender : "old', "NEAR(", "*", "\0", "a" * 5000)):
        message = put(tx, past, number, Address(text, f"{text}@example.org"), after=number)
        assert look(tx, message) in (STRANGE, None)
