"""The same message in several accounts is one row of a unified list; what only looks like it hides nothing."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import accounts, acts, folder_list, folders, listing, messages, unified
from store.changes import ChangeSet
from store.database import Transaction
from store.folder_list import Listed
from store.listing import Position
from store.mailstore import MailStore
from store.messages import Arrival
from store.migrations import migrate
from store.model import AccountId, Address, Flag, FolderId, MessageId, Protocol, Role, Summary
from store.operations import Archive, Delete, Operation, SetFlags
from tests.store.mail import LISTED, NOON, arrival, digest, memory, row

NAMES = ("anna", "binh", "chi")


@dataclass
class Accounts:
    """Three IMAP accounts, each with the folders of LISTED."""

    tx: Transaction
    ids: dict[str, AccountId]

    def folder(self, name: str, role: Role = Role.INBOX) -> FolderId:
        found = folders.by_role(self.tx.connection, self.ids[name], role)
        assert found is not None
        return found.id

    def bring(self, name: str, one: Arrival, role: Role = Role.INBOX) -> MessageId:
        """A message arrives, in a transaction of its own."""
        [message] = messages.add(self.tx, self.ids[name], self.folder(name, role), [one])
        unified.settle(self.tx)
        return message

    def do(self, operation: Operation) -> None:
        acts.perform(self.tx, operation)
        unified.settle(self.tx)

    def rows(self, role: Role = Role.INBOX) -> list[Summary]:
        """The unified folder of a role."""
        return listing.page(self.tx.connection, folders.unified(self.tx.connection, role), None, 1000)

    def ids_of(self, role: Role = Role.INBOX) -> list[tuple[MessageId, ...]]:
        return [one.ids for one in self.rows(role)]

    def counted(self, role: Role = Role.INBOX) -> tuple[int, int]:
        """(messages, unread) as the folder pane tells them."""
        connection = self.tx.connection
        of = [folders.get(connection, folder) for folder in folders.unified(connection, role)]
        total, unread = unified.counted_twice(connection).get(role, (0, 0))
        return sum(one.total for one in of) - total, sum(one.unread for one in of) - unread


@pytest.fixture
def at():
    found = three()
    yield found
    found.tx.connection.close()


def three() -> Accounts:
    tx = memory()
    ids = accounts.reconcile(tx, [(name, Protocol.IMAP, True) for name in NAMES])
    for account in ids.values():
        folder_list.reconcile(tx, account, LISTED)
    return Accounts(tx, ids)


def letter(uid: int, name: str = "rent", *, later: int = 0, **more: object) -> Arrival:
    """A letter that is the same whoever receives it; `later` are seconds on its way."""
    return arrival(uid, name, received=NOON + later, **more)  # type: ignore[arg-type]


def test_a_message_that_two_accounts_received_is_one_row_that_names_both(at: Accounts):
    first = at.bring("anna", letter(1))
    second = at.bring("binh", letter(7, later=60, size=1900))
    [shown] = at.rows()
    assert (shown.id, shown.account, shown.ids) == (first, at.ids["anna"], (first, second))
    assert [(one.account, one.folder) for one in shown.doubles] == [(at.ids["binh"], at.folder("binh"))]
    assert list(listing.vector(at.tx.connection, folders.unified(at.tx.connection))) == [first]
    assert [one.id for one in listing.page(at.tx.connection, [at.folder("binh")], None, 5)] == [second]
    assert at.counted() == (1, 1)


def test_the_row_keeps_its_place_when_the_same_message_comes_later_by_another_way(at: Accounts):
    at.bring("binh", letter(7))
    between = at.bring("chi", letter(3, "other", later=30))
    at.bring("anna", letter(1, later=60))
    assert at.ids_of()[0] == (between,)
    assert len(at.rows()) == 2


OTHERS = {
    "Message-ID": {"name": "another"},
    "sender": {"sender": Address("Anna", "eve@example.org")},
    "subject": {"subject": "Hello again"},
    "Date": {"date": NOON + 1},
    "no Date": {"date": None},
    "size": {"size": 1000 + unified.HOPS + 1},
    "text": {"text": "Pay to another account.", "raw": b"x"},
    "attachments": {"text": "Pay.", "raw": b"x", "filenames": ("a.pdf",)},
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_differs_in_anything_that_can_be_seen_is_shown_for_itself(at: Accounts, other: str):
    at.bring("anna", letter(1, text="Pay.", raw=b"x"))
    more = {"text": "Pay.", "raw": b"x", **OTHERS[other]}
    at.bring("binh", letter(7, more.pop("name", "rent"), **more))
    assert len(at.rows()) == 2
    assert at.counted() == (2, 2)


def test_when_all_copies_go_at_once_none_of_them_is_counted_any_more(at: Accounts):
    gone = [at.bring(name, letter(1)) for name in ("anna", "binh")]
    stays = [at.bring(name, letter(2, "other")) for name in ("anna", "binh")]
    messages.remove(at.tx, gone, reason="Removed for good.")
    unified.settle(at.tx)
    assert at.ids_of() == [tuple(stays)]
    assert at.counted() == (1, 1)


def test_without_a_message_id_nothing_is_the_same(at: Accounts):
    for account in ("anna", "binh"):
        at.bring(account, replace(letter(1), digest=digest("")))
    assert len(at.rows()) == 2


def test_what_an_account_received_twice_is_shown_twice(at: Accounts):
    one, again = at.bring("anna", letter(1)), at.bring("anna", letter(2, later=5))
    assert at.ids_of() == [(again,), (one,)]
    third = at.bring("binh", letter(1, later=9))
    assert at.ids_of() == [(again,), (one, third)]
    assert at.counted() == (2, 2)


def test_rows_part_when_their_texts_come_and_are_different(at: Accounts):
    one, other = at.bring("anna", letter(1)), at.bring("binh", letter(1))
    assert len(at.rows()) == 1
    messages.store_bodies(at.tx, [(one, b"a", digest("rent", text="Pay Anna."))])
    unified.settle(at.tx)
    assert len(at.rows()) == 1
    messages.store_bodies(at.tx, [(other, b"b", digest("rent", text="Pay Eve."))])
    unified.settle(at.tx)
    assert sorted(at.ids_of()) == [(one,), (other,)]
    assert at.counted() == (2, 2)


def test_a_message_id_that_very_many_messages_have_joins_none(at: Accounts):
    at.bring("anna", letter(1))
    at.bring("binh", letter(1))
    assert len(at.rows()) == 1
    for uid in range(2, unified.MANY + 2):
        at.bring("binh", letter(uid, date=NOON + uid))
    assert len(at.rows()) == unified.MANY + 2
    assert at.counted() == (unified.MANY + 2, unified.MANY + 2)


def test_a_row_is_unread_and_starred_as_long_as_one_of_its_messages_is(at: Accounts):
    one, other = at.bring("anna", letter(1)), at.bring("binh", letter(1))
    at.do(SetFlags((one,), add=Flag.SEEN))
    at.do(SetFlags((other,), add=Flag.FLAGGED))
    assert at.rows()[0].flags == Flag.FLAGGED
    assert at.counted() == (1, 1)
    at.do(SetFlags((other,), add=Flag.SEEN))
    assert at.rows()[0].flags == Flag.SEEN | Flag.FLAGGED
    assert at.counted() == (1, 0)


def test_one_act_on_all_of_a_row_is_taken_back_by_one_undo(at: Accounts):
    both = (at.bring("anna", letter(1)), at.bring("binh", letter(1)))
    at.do(Archive(both))
    assert (at.ids_of(), at.ids_of(Role.ARCHIVE), at.counted(Role.ARCHIVE)) == ([], [both], (1, 1))
    acts.undo(at.tx)
    unified.settle(at.tx)
    assert (at.ids_of(), at.ids_of(Role.ARCHIVE), at.counted(Role.ARCHIVE)) == ([both], [], (0, 0))


def test_what_is_elsewhere_is_not_part_of_the_row(at: Accounts):
    one, other = at.bring("anna", letter(1)), at.bring("binh", letter(1))
    at.do(Archive((one,)))
    assert (at.ids_of(), at.ids_of(Role.ARCHIVE)) == ([(other,)], [(one,)])
    assert (at.counted(), at.counted(Role.ARCHIVE)) == ((1, 1), (1, 1))
    at.do(Delete((other,)))
    at.do(Delete((other,)))
    assert at.ids_of() == []


def test_what_stays_of_a_row_is_told_when_the_server_removes_the_rest(at: Accounts):
    one, other = at.bring("anna", letter(1)), at.bring("binh", letter(1))
    at.tx = Transaction(at.tx.connection)
    messages.remove_uids(at.tx, at.folder("anna"), [1])
    unified.settle(at.tx)
    assert {one, other} <= at.tx.changes.messages
    assert (at.ids_of(), row(at.tx, other)["likeness"]) == ([(other,)], None)


def test_an_account_that_stays_out_is_in_no_unified_folder(at: Accounts):
    one, other = at.bring("anna", letter(1)), at.bring("binh", letter(1))
    accounts.reconcile(at.tx, [("anna", Protocol.IMAP, False)])
    unified.settle(at.tx)
    assert (at.ids_of(), at.counted()) == ([(other,)], (1, 1))
    accounts.reconcile(at.tx, [("anna", Protocol.IMAP, True)])
    unified.settle(at.tx)
    assert (at.ids_of(), at.counted()) == ([(one, other)], (1, 1))


def test_an_account_that_goes_leaves_the_others_message(at: Accounts):
    _, other = at.bring("anna", letter(1)), at.bring("binh", letter(1))
    accounts.remove(at.tx, at.ids["anna"])
    unified.settle(at.tx)
    assert (at.ids_of(), at.counted()) == ([(other,)], (1, 1))


def test_what_has_a_star_is_one_list_of_all_folders(at: Accounts):
    one, other = at.bring("anna", letter(1)), at.bring("binh", letter(1))
    lone = at.bring("chi", letter(4, "lone", flags=Flag.FLAGGED, later=-9), Role.SENT)
    at.bring("chi", letter(5, "plain"))
    every = [folder.id for folder in folders.every(at.tx.connection)]

    def starred() -> list[tuple[MessageId, ...]]:
        page = listing.page(at.tx.connection, every, None, 10, starred=True)
        assert list(listing.vector(at.tx.connection, every, starred=True)) == [one.id for one in page]
        asked = listing.shown(at.tx.connection, every, [one, other, lone], starred=True)
        assert asked == {one.id: one for one in page}
        return [one.ids for one in page]

    assert starred() == [(lone,)]
    at.do(SetFlags((other,), add=Flag.FLAGGED))
    assert starred() == [(other,), (lone,)]
    at.do(Archive((one,)))
    at.do(SetFlags((one,), add=Flag.FLAGGED))
    assert starred() == [(one, other), (lone,)]


def test_twins_of_one_server_and_the_same_message_elsewhere_are_one_row(at: Accounts):
    folder_list.reconcile(at.tx, at.ids["anna"], [*LISTED, Listed("[Gmail]/All Mail", b"a", Role.ALL, True)])
    everything = folders.by_path(at.tx.connection, at.ids["anna"], "[Gmail]/All Mail").id
    gmail = replace(letter(9, flags=Flag.FLAGGED), server_id="gmail:1")
    [_] = messages.add(at.tx, at.ids["anna"], everything, [gmail])
    other = at.bring("binh", letter(1, flags=Flag.FLAGGED))
    inbox = at.bring("anna", replace(gmail, uid=4))
    every = [folder.id for folder in folders.every(at.tx.connection)]
    assert [one.ids for one in listing.page(at.tx.connection, every, None, 10, starred=True)] == [(other, inbox)]
    assert [one.ids for one in listing.page(at.tx.connection, every, None, 10)] == [(other, inbox)]


def test_after_a_damage_everything_is_compared_and_counted_again(at: Accounts):
    both = (at.bring("anna", letter(1)), at.bring("binh", letter(1)))
    lone = at.bring("chi", letter(1, "lone", later=5))
    at.tx.execute("UPDATE messages SET likeness = CASE WHEN id = ? THEN 77 END", (lone,))
    at.tx.execute("UPDATE counted_twice SET total = 9, likeness = 5")
    unified.anew(at.tx)
    unified.settle(at.tx)
    assert (at.ids_of(), at.counted(), row(at.tx, lone)["likeness"]) == ([(lone,), both], (2, 2), None)


def test_a_store_of_before_is_compared_with_the_first_transaction(tmp_path: Path):
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, upto=7)
        connection.execute("INSERT INTO accounts (name, protocol) VALUES ('anna', 'imap'), ('binh', 'pop3')")
        connection.execute(
            "INSERT INTO folders (account_id, path, role) VALUES (1, 'INBOX', 'inbox'), (2, 'In', 'inbox')"
        )
        for account in (1, 2, 2):
            connection.execute(
                "INSERT INTO messages (account_id, server_folder_id, folder_id, thread_id, message_id, date, received,"
                " size) VALUES (?1, ?1, ?1, 1, '<a@b>', 5, 5, 100)",
                (account,),
            )
        migrate(connection)
        tx = Transaction(connection)
        unified.settle(tx)
        page = listing.page(connection, folders.unified(connection), None, 10)
        assert [one.ids for one in page] == [(3,), (1, 2)]
        assert tx.changes.messages == {1, 2}


async def test_every_transaction_of_a_store_ends_with_the_comparison(tmp_path: Path):
    async with await MailStore.open(tmp_path) as store:
        wanted = [(name, Protocol.POP3, True) for name in NAMES]
        ids = await store.write(lambda tx: accounts.reconcile(tx, wanted))
        inboxes = await store.read(folders.unified)
        with store.changes.subscribe() as feed:
            first = await store.write(lambda tx: messages.add(tx, ids["anna"], inboxes[0], [letter(1)]))
            second = await store.write(lambda tx: messages.add(tx, ids["binh"], inboxes[1], [letter(1)]))
            changes: ChangeSet = await feed.next()
        assert changes.messages == {*first, *second}
        [shown] = await store.read(lambda c: listing.page(c, inboxes, None, 10))
        assert shown.ids == (*first, *second)
        assert await store.read(lambda c: c.execute("SELECT count(*) FROM unsettled").fetchone()) == (0,)


Step = tuple[str, int, int, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(("add", "read", "star", "archive", "remove", "own", "text")), *[st.integers(0, 3)] * 3),
    max_size=25,
)


@settings(deadline=None, max_examples=120)
@given(STEPS)
def test_pages_vector_and_counters_agree_whatever_happens(steps: list[Step]):
    at = three()
    known: list[MessageId] = []
    for number, (kind, a, b, c) in enumerate(steps, 1):
        name = NAMES[a % 3]
        message = known[(a * 16 + b * 4 + c) % len(known)] if known else None
        if kind == "add":
            # Dates and sizes of which some fit and some do not, so that groups form in every way
            one = letter(number, f"m{b % 2}", later=c, date=NOON + b // 2, size=1000 + (c % 3) * unified.HOPS * 2 // 3)
            known.append(at.bring(name, one))
        elif kind == "own":
            accounts.reconcile(at.tx, [(name, Protocol.IMAP, bool(b % 2))])
        elif message is not None and row(at.tx, message)["folder_id"] is not None:
            if kind == "read":
                at.do(SetFlags((message,), Flag.SEEN) if b % 2 else SetFlags((message,), remove=Flag.SEEN))
            elif kind == "star":
                at.do(SetFlags((message,), Flag.FLAGGED))
            elif kind == "archive":
                at.do(Archive((message,)))
            elif kind == "text":
                messages.store_bodies(at.tx, [(message, b"x", digest("m", text=f"text {c % 2}"))])
            else:
                messages.remove(at.tx, [message], reason="gone")
                known.remove(message)
        unified.settle(at.tx)
    for role in (Role.INBOX, Role.ARCHIVE):
        check(at, role)
    at.tx.connection.close()


def check(at: Accounts, role: Role) -> None:
    """A unified folder holds every message in exactly one row, never two of one folder in it, newest first."""
    connection = at.tx.connection
    places = folders.unified(connection, role)
    page = at.rows(role)
    everything = [
        one[0] for one in connection.execute("SELECT id, folder_id FROM messages").fetchall() if one[1] in places
    ]
    assert Counter(message for one in page for message in one.ids) == Counter(everything)
    assert list(listing.vector(connection, places)) == [one.id for one in page]
    assert [(one.received, one.id) for one in page] == sorted(((o.received, o.id) for o in page), reverse=True)
    for one in page:
        owners = [one.account, *(double.account for double in one.doubles)]
        assert len(set(owners)) == len(owners)
    assert at.counted(role) == (len(page), sum(Flag.SEEN not in one.flags for one in page))
    shown = listing.shown(connection, places, everything)
    assert shown == {one.id: one for one in page}
    paged: list[Summary] = []
    before = None
    while few := listing.page(connection, places, before, 2):
        paged += few
        before = Position(few[-1].received, few[-1].id)
    assert paged == page
