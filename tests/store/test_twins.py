"""One message in several folders of an account: one body, found from every row, whichever of them goes first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from store import acts, bodies, folder_list, folders, journal, listing, locations, messages, parts, usage
from store.database import Transaction
from store.folder_list import Listed
from store.model import Cached, Flag, FolderId, MessageId, Role
from store.operations import Operation, SetFlags, SetLabels
from store.parts import Place
from store.search.query import parse
from store.search.sql import count, find
from store.structure import Structure
from tests.store.mail import LISTED, Seeded, arrival, digest, memory, row, seed

LISTED_HERE = (*LISTED, Listed("[Gmail]/All Mail", b"[Gmail]/All Mail", Role.ALL, True))


@pytest.fixture
def tx() -> Iterator[Transaction]:
    transaction = memory()
    yield transaction
    transaction.connection.close()


@pytest.fixture
def at(tx: Transaction) -> Seeded:
    seeded = seed(tx)
    folder_list.reconcile(tx, seeded.account, LISTED_HERE)
    return seeded


def all_mail(tx: Transaction, at: Seeded) -> FolderId:
    return folders.by_path(tx.connection, at.account, "[Gmail]/All Mail").id


def deliver(tx: Transaction, at: Seeded, folder: FolderId, uid: int, name: str = "1", **more: object) -> MessageId:
    one = replace(arrival(uid, f"letter-{name}", **more), server_id=f"gmail:{name}")  # type: ignore[arg-type]
    [message] = messages.add(tx, at.account, folder, [one])
    return message


def both(tx: Transaction, at: Seeded) -> tuple[MessageId, MessageId]:
    """(row in All Mail, row in the inbox) of one message."""
    return deliver(tx, at, all_mail(tx, at), 9, received=5), deliver(tx, at, at.inbox, 1, received=5)


def fetch(tx: Transaction, message: MessageId, text: str = "pigeon post") -> None:
    messages.store_bodies(tx, [(message, text.encode(), digest("letter-1", text=text, preview=text[:6]))])


def shown(tx: Transaction, message: MessageId) -> tuple[Cached, str]:
    summary = listing.summaries(tx.connection, [message])[message]
    return summary.cached, summary.preview


def stored(tx: Transaction) -> tuple[list[int], list[int]]:
    """The rows that hold bytes, and those under which text is indexed."""
    holders = [one[0] for one in tx.execute("SELECT message_id FROM bodies ORDER BY 1")]
    return holders, [one[0] for one in tx.execute("SELECT rowid FROM search_bodies ORDER BY 1")]


def search(tx: Transaction, query: str) -> list[int]:
    tree = parse(query, date(2026, 11, 23))
    found = find(tx.connection, tree, 100)
    assert count(tx.connection, tree) == len(found)
    return found


def test_a_body_that_one_row_has_is_here_for_the_other(tx: Transaction, at: Seeded):
    everywhere, inbox = both(tx, at)
    fetch(tx, inbox)
    assert shown(tx, everywhere) == shown(tx, inbox) == (Cached.FULL, "pigeon")
    assert bodies.raw(tx.connection, everywhere) == b"pigeon post"
    assert stored(tx) == ([inbox], [inbox])
    assert locations.to_fetch(tx.connection, all_mail(tx, at), 100, 10) == []
    assert usage.of_account(tx.connection, at.account).octets == 1000


def test_a_row_that_comes_later_finds_the_body_here(tx: Transaction, at: Seeded):
    first = deliver(tx, at, at.inbox, 1)
    fetch(tx, first)
    later = deliver(tx, at, at.work, 4)
    assert shown(tx, later) == (Cached.FULL, "pigeon")
    assert bodies.raw(tx.connection, later) == b"pigeon post"
    assert stored(tx) == ([first], [first])


@pytest.mark.parametrize("folder_goes", [False, True])
def test_when_the_holder_goes_the_other_keeps_the_body(tx: Transaction, at: Seeded, folder_goes: bool):
    everywhere, inbox = both(tx, at)
    fetch(tx, everywhere)
    if folder_goes:
        folders.remove(tx, all_mail(tx, at))
    else:
        messages.remove_uids(tx, all_mail(tx, at), [9])
    assert bodies.raw(tx.connection, inbox) == b"pigeon post"
    assert stored(tx) == ([inbox], [inbox])
    assert search(tx, "body:pigeon") == [inbox]
    messages.remove_uids(tx, at.inbox, [1])
    assert stored(tx) == ([], [])


def test_a_body_that_came_twice_is_kept_once(tx: Transaction, at: Seeded):
    everywhere, inbox = both(tx, at)
    fetch(tx, inbox)
    fetch(tx, everywhere)
    assert stored(tx) == ([everywhere], [everywhere])
    assert bodies.raw(tx.connection, inbox) == b"pigeon post"


def test_the_text_of_a_large_message_is_shared_too(tx: Transaction, at: Seeded):
    everywhere, inbox = both(tx, at)
    messages.store_texts(tx, [(inbox, digest("letter-1", text="pigeon", preview="pigeon"))])
    assert shown(tx, everywhere) == (Cached.TEXT, "pigeon")
    assert bodies.raw(tx.connection, everywhere) is None
    assert stored(tx) == ([], [inbox])


def test_parts_of_a_large_message_are_read_from_every_row_and_stay_when_their_holder_goes(tx: Transaction, at: Seeded):
    archived, inbox = both(tx, at)
    place = Place(at.inbox, 7, 1)
    for holder in (archived, inbox):
        parts.keep_structure(tx, holder, place, Structure("1", "text/plain"))
        parts.keep_sections(tx, holder, {"1": (b"pigeon", True)})
        messages.store_texts(tx, [(holder, digest("letter-1", text="pigeon"))])
    assert parts.stored(tx.connection, archived) is None, "one row holds them"
    found = parts.readable(tx.connection, archived)
    assert found is not None and found.texts == {"1": b"pigeon"}
    assert parts.content(tx.connection, archived, "1") == b"pigeon"
    messages.remove(tx, [inbox], reason="")
    assert parts.stored(tx.connection, archived) is not None
    assert stored(tx) == ([], [archived])
    parts.add_slice(tx, archived, parts.WHOLE, place, 0, b"pigeon post")
    assert parts.join(tx, archived, parts.WHOLE, place)
    again = deliver(tx, at, at.inbox, 2)
    assert bodies.raw(tx.connection, again) == b"pigeon post"
    assert stored(tx) == ([archived], [archived])


def test_two_accounts_share_nothing(tx: Transaction, at: Seeded):
    one = deliver(tx, at, at.inbox, 1)
    other = replace(arrival(None, "letter-1"), server_id="gmail:1")
    [stranger] = messages.add(tx, at.pop3, at.pop3_inbox, [other])
    fetch(tx, one)
    assert shown(tx, stranger) == (Cached.NONE, "")
    assert bodies.raw(tx.connection, stranger) is None
    assert sorted(search(tx, "subject:hello")) == [one, stranger]


def test_a_search_finds_a_message_once_in_the_inbox_first(tx: Transaction, at: Seeded):
    everywhere, inbox = both(tx, at)
    work = deliver(tx, at, at.work, 3, received=5)
    lone = deliver(tx, at, all_mail(tx, at), 10, "2", received=4)
    fetch(tx, everywhere)
    assert search(tx, "") == [inbox, lone]
    assert search(tx, "pigeon") == search(tx, "body:pigeon") == [inbox]
    assert search(tx, "body:pigeon -folder:inbox") == [work]
    assert search(tx, 'pigeon folder:"all mail"') == [everywhere]
    assert search(tx, "-body:pigeon") == [lone]
    tree = parse("", date(2026, 11, 23))
    assert find(tx.connection, tree, 1) == [inbox]
    assert find(tx.connection, tree, 10, before=(5, inbox)) == [lone]


def test_a_merged_list_shows_a_message_once(tx: Transaction, at: Seeded):
    everywhere, inbox = both(tx, at)
    lone = deliver(tx, at, all_mail(tx, at), 10, "2", received=4)
    merged = [all_mail(tx, at), at.inbox, at.work]
    assert [one.id for one in listing.page(tx.connection, merged, None, 10)] == [inbox, lone]
    assert list(listing.vector(tx.connection, merged)) == [inbox, lone]
    assert list(listing.vector(tx.connection, [all_mail(tx, at)])) == [everywhere, lone]
    assert list(listing.vector(tx.connection, [at.work, all_mail(tx, at)])) == [everywhere, lone]


def test_a_merged_list_of_very_many_folders_shows_a_message_once(tx: Transaction, at: Seeded):
    _, inbox = both(tx, at)
    tx.executemany(
        "INSERT INTO folders (account_id, path) VALUES (?, ?)", [(at.account, f"f{number}") for number in range(200)]
    )
    every = [FolderId(one[0]) for one in tx.execute("SELECT id FROM folders")]
    assert list(listing.vector(tx.connection, every)) == [inbox]


def confirm(tx: Transaction, at: Seeded, operation: Operation) -> None:
    """The server says yes to what the user did."""
    acts.perform(tx, operation)
    journal.finish_flags(tx, [entry.id for entry in journal.waiting(tx.connection, at.account)])


def test_confirmed_flags_and_labels_are_those_of_every_row_where_the_server_keeps_one_set(tx: Transaction, at: Seeded):
    everywhere, inbox = both(tx, at)
    # Gmail does not tell the label whose folder it is asked in: rows of one message may differ in that
    messages.set_server_flags(tx, all_mail(tx, at), [(9, Flag.ANSWERED, ("own",))])
    confirm(tx, at, SetFlags((inbox,), add=Flag.SEEN | Flag.FLAGGED))
    confirm(tx, at, SetLabels((inbox,), add=("work",)))
    found = listing.summaries(tx.connection, [everywhere])[everywhere]
    assert (found.flags, found.labels) == (Flag.SEEN | Flag.FLAGGED | Flag.ANSWERED, ("own", "work"))


def test_where_folders_keep_their_own_flags_only_contents_are_shared(tx: Transaction, at: Seeded):
    rows = []
    for folder, uid in ((at.inbox, 1), (at.work, 2)):
        one = replace(arrival(uid, "a"), server_id="M6d99ac3275bb4e")
        rows += messages.add(tx, at.account, folder, [one])
    confirm(tx, at, SetFlags((rows[0],), add=Flag.SEEN))
    assert listing.summaries(tx.connection, rows)[rows[1]].flags == Flag.NONE
    fetch(tx, rows[0])
    assert shown(tx, rows[1]) == (Cached.FULL, "pigeon")


def test_rows_that_become_one_keep_the_body_and_the_name(tx: Transaction, at: Seeded):
    everywhere, inbox = both(tx, at)
    fetch(tx, everywhere)
    messages.absorb(tx, inbox, everywhere)
    assert bodies.raw(tx.connection, inbox) == b"pigeon post"
    assert stored(tx) == ([inbox], [inbox])
    unnamed = deliver(tx, at, at.work, 3)
    tx.execute("UPDATE messages SET server_id = NULL, cached = 0 WHERE id = ?", (unnamed,))
    messages.absorb(tx, unnamed, inbox)
    assert row(tx, unnamed)["server_id"] == "gmail:1"
    assert bodies.raw(tx.connection, unnamed) == b"pigeon post"


def test_labels_with_blanks_are_one_word(tx: Transaction, at: Seeded):
    one = replace(arrival(1, "a"), labels=("Muy Importante", "Đà Nẵng / Kế hoạch", " ", "WORK"))
    [message] = messages.add(tx, at.account, at.inbox, [one])
    labels = listing.summaries(tx.connection, [message])[message].labels
    assert set(labels) == {"muy-importante", "đà-nẵng-/-kế-hoạch", "work"}
    assert search(tx, "label:muy-importante") == [message]


def test_a_folder_with_everything_is_no_second_finding_even_without_names(tx: Transaction, at: Seeded):
    everywhere = all_mail(tx, at)
    messages.add(tx, at.account, everywhere, [arrival(9, "a"), arrival(10, "b"), arrival(11)])
    [inbox] = messages.add(tx, at.account, at.inbox, [arrival(1, "a")])
    found = search(tx, "")
    assert len(found) == 3 and inbox in found
    assert len(search(tx, 'folder:"all mail"')) == 3
    messages.add(tx, at.account, at.work, [arrival(2, "a", size=2000)])
    assert len(search(tx, "")) == 4


def test_without_a_folder_with_everything_equal_messages_are_all_found(tx: Transaction, at: Seeded):
    folders.remove(tx, all_mail(tx, at))
    messages.add(tx, at.account, at.work, [arrival(2, "a")])
    messages.add(tx, at.account, at.inbox, [arrival(1, "a")])
    assert len(search(tx, "")) == 2
