"""The store gives out whole messages in slices, and knows which of some messages a folder holds already."""

import pytest

from store import exports, folders, imports, messages
from store.errors import NotPossible
from store.folder_list import Listed, reconcile
from store.imports import Candidate
from store.messages import Arrival
from store.model import MessageId
from tests.store.mail import NOON, add, arrival, digest, memory, seed

LF = b"Message-ID: <a@example.org>\nSubject: x\n\ntext\n"
CRLF = LF.replace(b"\n", b"\r\n")


def stored(name: str, raw: bytes, received: int = NOON) -> Arrival:
    return Arrival(digest(name), received, len(raw), raw=raw)


def test_messages_come_in_the_order_asked_for_in_slices_of_some_octets():
    tx = memory()
    at = seed(tx)
    ids = add(tx, at, *(stored(str(number), b"x" * 100) for number in range(5)))
    wanted = [ids[3], MessageId(4711), ids[0], ids[4]]
    rows, covered = exports.rows(tx.connection, wanted, 150)
    assert ([row.id for row in rows], covered) == ([ids[3], ids[0]], 3)
    assert (rows[0].account, rows[0].path, rows[0].role, rows[0].raw) == ("imap", "INBOX", "inbox", b"x" * 100)
    rows, covered = exports.rows(tx.connection, wanted[3:], 1)
    assert ([row.id for row in rows], covered) == ([ids[4]], 1)
    assert exports.rows(tx.connection, [], 1) == ([], 0)


def test_what_is_not_whole_here_has_no_bytes_unless_a_twin_has_them():
    tx = memory()
    at = seed(tx)
    (gone,) = add(tx, at, arrival(1))
    twin = Arrival(digest("t"), NOON, 5, uid=2, server_id="gmail:1", raw=b"twins")
    add(tx, at, twin)
    (other,) = add(tx, at, Arrival(digest("t"), NOON, 5, uid=3, server_id="gmail:1"), folder=at.work)
    rows, _ = exports.rows(tx.connection, [gone, other], 1000)
    assert [row.raw for row in rows] == [None, b"twins"]


def test_the_messages_of_folders_come_oldest_first():
    tx = memory()
    at = seed(tx)
    newer, older = add(tx, at, arrival(1, received=NOON + 5), arrival(2, received=NOON))
    (elsewhere,) = add(tx, at, arrival(1, received=NOON + 1), folder=at.work)
    assert exports.ids(tx.connection, [at.inbox, at.work]) == [older, elsewhere, newer]
    tx.execute("UPDATE messages SET flags = 5 WHERE id = ?", (older,))
    assert exports.ids(tx.connection, [at.inbox, at.work], starred=True) == [older]


@pytest.mark.parametrize(
    ("raw", "exact", "count"),
    [(LF, True, 2), (LF, False, 2), (CRLF, True, 0), (CRLF, False, 2), (LF + b"!", False, 0)],
)
def test_copies_are_counted_by_their_bytes(raw: bytes, exact: bool, count: int):
    tx = memory()
    at = seed(tx)
    messages.add(tx, at.pop3, at.pop3_inbox, [stored("a", LF), stored("a", LF), stored("b", LF), stored("a", b"?")])
    found = imports.copies(
        tx.connection, at.pop3_inbox, [Candidate("<a@example.org>", raw)], imports.latest(tx.connection), exact=exact
    )
    assert found == [count]


def test_messages_without_a_message_id_are_compared_too_and_later_ones_do_not_count():
    tx = memory()
    at = seed(tx)
    add(tx, at, stored("", b"nameless\n"))
    upto = imports.latest(tx.connection)
    add(tx, at, stored("", b"nameless\n"))
    candidates = [Candidate("", b"nameless\n"), Candidate("", b"somebody\n")]
    assert imports.copies(tx.connection, at.inbox, candidates, upto, exact=True) == [1, 0]
    assert imports.copies(tx.connection, at.work, candidates, upto, exact=True) == [0, 0]


def test_what_is_only_on_the_server_is_known_by_message_id_and_size():
    tx = memory()
    at = seed(tx)
    add(tx, at, arrival(1, "a", size=len(CRLF)), arrival(2, size=len(CRLF)))
    candidates = [Candidate("<a@example.org>", LF), Candidate("<a@example.org>", LF + b"x\n"), Candidate("", LF)]
    upto = imports.latest(tx.connection)
    assert imports.copies(tx.connection, at.inbox, candidates, upto, exact=False) == [1, 0, 0]


def test_a_folder_is_found_by_path_or_role_or_made():
    tx = memory()
    at = seed(tx)
    assert imports.ensure_folder(tx, at.account, "INBOX") == at.inbox
    assert imports.ensure_folder(tx, at.pop3, "INBOX") == at.pop3_inbox
    assert imports.ensure_folder(tx, at.account, "trash") == at.trash
    made = imports.ensure_folder(tx, at.account, "Old/Work")
    assert folders.get(tx.connection, made).path == "Old/Work"
    for path in ("", "a//b", "a\x1bb", "x" * 2000):
        with pytest.raises(NotPossible):
            imports.ensure_folder(tx, at.account, path)
    reconcile(tx, at.account, [Listed("INBOX", b"INBOX", None, True), Listed("Top", b"Top", None, False)])
    with pytest.raises(NotPossible, match="only holds other folders"):
        imports.ensure_folder(tx, at.account, "Top")


def test_a_large_folder_is_not_walked_through_for_each_batch():
    tx = memory()
    at = seed(tx)
    steps: list[str] = []
    tx.connection.set_trace_callback(steps.append)
    imports.copies(tx.connection, at.inbox, [Candidate("<a@example.org>", LF)], MessageId(9), exact=True)
    tx.connection.set_trace_callback(None)
    (asked,) = (step for step in steps if "FROM messages" in step)
    plan = tx.execute(f"EXPLAIN QUERY PLAN {asked}").fetchall()
    assert "messages_by_message_id" in plan[0][3]
