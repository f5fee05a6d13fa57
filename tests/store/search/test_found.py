"""Results come newest first, each message once, whatever the store holds of it."""

import dataclasses
from datetime import date

import pytest

from store import folders, messages, unified
from store.model import Flag, FolderId, MessageId, Role
from store.search import found, rows
from store.search.found import EVERYWHERE, Scope
from store.search.query import parse
from store.search.tree import Node
from tests.store.mail import NOON, add, arrival

TODAY = date(2026, 11, 23)


def tree(text: str) -> Node:
    return parse(text, TODAY)


def same_in(tx, at, other, name, **more):
    """One letter, received by both accounts."""
    ids = []
    for place, (account, folder) in enumerate(((at.account, at.inbox), (other.account, other.id))):
        one = dataclasses.replace(arrival(500 + place, name, received=NOON + 100 + place, **more))
        ids += messages.add(tx, account, folder, [one])
    unified.settle(tx)
    return ids


def both_ways(tx, text: str, scope: Scope = EVERYWHERE) -> list[int]:
    """What a query finds: all of it, which is the same as a first page with room for all."""
    everything = found.search(tx.connection, tree(text), scope)
    first = found.page(tx.connection, tree(text), 1000, scope)
    assert (first.ids, first.others, first.complete) == (everything.ids, everything.others, True)
    assert found.count(tx.connection, tree(text), scope) == len(everything.ids)
    assert set(everything.ids) == set(found.among(tx.connection, tree(text), scope, everything.ids).ids)
    return list(everything.ids)


def test_the_newest_come_first_and_a_page_is_their_beginning(tx, at):
    ids = add(tx, at, *(arrival(n, subject="Rent", received=NOON + (n * 7) % 10) for n in range(1, 9)))
    when = dict(zip(ids, [(n * 7) % 10 for n in range(1, 9)], strict=True))
    order = sorted(ids, key=lambda id: (-when[id], -id))
    assert both_ways(tx, "rent") == order
    assert list(found.page(tx.connection, tree("rent"), 3).ids) == order[:3]
    assert list(found.search(tx.connection, tree("rent"), limit=3).ids) == order[:3]


def test_a_page_is_found_among_the_newest_and_else_among_all(tx, at, monkeypatch):
    monkeypatch.setattr(found, "NEAR", (2, 4))
    new = add(tx, at, *(arrival(n, subject="Rent", received=NOON + n) for n in range(20, 30)))
    old = add(tx, at, *(arrival(n, subject="Lunch", received=NOON - n) for n in range(1, 6)))
    assert list(found.page(tx.connection, tree("rent"), 3).ids) == new[:-4:-1]
    assert list(found.page(tx.connection, tree("rent"), 6).ids) == new[:-7:-1]
    assert list(found.page(tx.connection, tree("lunch"), 3).ids) == old[:3]


def test_a_place_narrows_what_is_found(tx, at):
    here = add(tx, at, arrival(1, subject="Rent"), arrival(2, subject="Rent", flags=Flag.FLAGGED))
    there = add(tx, at, arrival(3, subject="Rent", flags=Flag.FLAGGED), folder=at.work)
    assert both_ways(tx, "rent") == [*there, *reversed(here)]
    assert both_ways(tx, "rent", Scope((at.inbox,))) == here[::-1]
    assert both_ways(tx, "rent", Scope((at.inbox, at.work))) == [*there, *reversed(here)]
    assert both_ways(tx, "rent", Scope((at.inbox, at.work), starred=True)) == [*there, here[1]]
    assert both_ways(tx, "rent", Scope((FolderId(99),))) == []


def test_a_query_for_stars_walks_over_what_has_one_and_no_more(tx, at):
    rows = [arrival(n, subject="Rent", flags=Flag.FLAGGED if n % 3 == 0 else Flag.NONE) for n in range(1, 10)]
    ids = add(tx, at, *rows)
    asked: list[str] = []
    tx.connection.set_trace_callback(asked.append)
    assert both_ways(tx, "is:starred") == [ids[8], ids[5], ids[2]]
    assert both_ways(tx, "rent is:starred", Scope((at.inbox,))) == [ids[8], ids[5], ids[2]]
    assert sum("INDEXED BY messages_starred" in one for one in asked) >= 2
    assert both_ways(tx, "rent -is:starred") == [one for one in reversed(ids) if one not in (ids[8], ids[5], ids[2])]
    assert both_ways(tx, "is:starred or rent") == ids[::-1]


def test_what_two_accounts_received_is_one_row_that_stands_for_both(tx, at, other):
    one, two = same_in(tx, at, other, "twice", subject="Rent", text="It is due.")
    alone = add(tx, at, arrival(1, "alone", subject="Rent", received=NOON + 900))
    assert both_ways(tx, "rent") == [*alone, one]
    assert found.search(tx.connection, tree("rent")).others == {one: (two,)}


def test_a_row_stands_for_no_more_than_was_found(tx, at, other):
    one, two = same_in(tx, at, other, "twice", subject="Rent", text="It is due.")
    assert both_ways(tx, "rent account:second") == [two]
    assert found.search(tx.connection, tree("rent account:second")).others == {}
    tx.execute("UPDATE messages SET flags = 1 WHERE id = ?", (two,))
    unified.settle(tx)
    assert both_ways(tx, "is:unread") == [one]
    assert found.search(tx.connection, tree("is:unread")).others == {}
    assert found.counts(tx.connection, tree("rent")) == (1, 1)


def test_the_copy_of_all_mail_is_not_a_second_result(tx, at):
    gmail = [dataclasses.replace(arrival(n, "same", subject="Rent"), server_id="gmail:1") for n in (1, 2)]
    tx.execute("UPDATE folders SET role = 'all' WHERE id = ?", (at.archive,))
    (everything,) = messages.add(tx, at.account, at.archive, gmail[:1])
    (inbox,) = messages.add(tx, at.account, at.inbox, gmail[1:])
    assert both_ways(tx, "rent") == [inbox]
    assert both_ways(tx, "rent -folder:inbox") == [everything]
    assert found.related(tx.connection, [inbox]) == sorted([inbox, everything])


@pytest.mark.parametrize("text", ["", "is:unread", "-rent"])
def test_what_is_hidden_by_a_pending_removal_is_never_found(tx, at, text):
    (gone,) = add(tx, at, arrival(1))
    tx.execute("UPDATE messages SET folder_id = NULL WHERE id = ?", (gone,))
    assert both_ways(tx, text) == []


def test_only_what_is_asked_for_is_looked_at(tx, at):
    rent, lunch = add(tx, at, arrival(1, subject="Rent"), arrival(2, subject="Lunch"))
    assert list(found.among(tx.connection, tree("rent"), EVERYWHERE, [rent, lunch]).ids) == [rent]
    assert list(found.among(tx.connection, tree("rent"), EVERYWHERE, [MessageId(999)]).ids) == []
    trash = folders.by_role(tx.connection, at.account, Role.TRASH)
    assert trash is not None
    assert list(found.among(tx.connection, tree("rent"), Scope((trash.id,)), [rent]).ids) == []


def test_a_row_is_unread_as_long_as_one_of_its_messages_is_and_has_every_other_flag(tx, at, other):
    one, two = same_in(tx, at, other, "twice", subject="Rent", text="It is due.", flags=Flag.SEEN)
    tx.execute("UPDATE messages SET flags = 4, pending = 2 WHERE id = ?", (two,))
    unified.settle(tx)
    shown = rows.summaries(tx.connection, [one], {one: (two,)})[one]
    assert shown.flags == Flag.FLAGGED
    assert shown.pending == 2
    assert shown.ids == (one, two)
    assert rows.summaries(tx.connection, [one], {})[one].flags == Flag.SEEN


def test_what_joins_the_results_takes_its_place_in_the_order_of_time(tx, at):
    ids = add(tx, at, *(arrival(n, subject="Rent", received=NOON + 10 * n) for n in range(1, 6)))
    late = add(tx, at, *(arrival(10 + n, subject="Lunch", received=NOON + n) for n in (5, 25, 27, 99)))
    everything = found.search(tx.connection, tree("rent"))
    joined = rows.joined(tx.connection, everything, [*late, ids[0], 999])
    order = tx.execute("SELECT id FROM messages ORDER BY received DESC, id DESC").fetchall()
    assert list(joined.ids) == [row[0] for row in order]


def test_a_rare_word_and_a_frequent_one_find_the_same_in_any_place(tx, at, monkeypatch):
    monkeypatch.setattr(found, "FEW", 3)
    many = add(tx, at, *(arrival(n, subject="Rent", text="lunch", received=NOON + n) for n in range(1, 9)))
    few = add(tx, at, arrival(20, subject="Rent", text="owl", received=NOON), folder=at.work)
    for scope in (EVERYWHERE, Scope((at.inbox,)), Scope((at.inbox, at.work)), Scope((at.work,))):
        expected = [
            one for one in [*many[::-1], *few] if not scope.folders or (one in few) == (at.work in scope.folders)
        ]
        if len(scope.folders) == 2:
            expected = [*many[::-1], *few]
        assert both_ways(tx, "rent", scope) == expected
        assert both_ways(tx, "owl rent", scope) == [one for one in expected if one in few]
        assert both_ways(tx, "rent -owl", scope) == [one for one in expected if one in many]
        assert both_ways(tx, "owl lunch", scope) == []
