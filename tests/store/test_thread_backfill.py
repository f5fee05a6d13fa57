"""Mail of before gets its place in the trees, newest first and a slice at a time."""

import sqlite3
from contextlib import closing

from store import migrations, thread_backfill
from store.database import Transaction
from tests.store.mail import add, memory, seed
from tests.store.test_thread_trees import drawn, letter, mail


def forgotten(tx: Transaction) -> None:
    """The store as an earlier bocau left it."""
    tx.execute("UPDATE messages SET topic = NULL, thread_id = id WHERE id IN (SELECT message_id FROM orphan_replies)")
    tx.execute("UPDATE messages SET topic = NULL")
    tx.execute("UPDATE thread_references SET chain = NULL")
    tx.execute("DELETE FROM orphan_replies")
    tx.execute("INSERT INTO unthreaded SELECT max(id) + 1 FROM messages")


def test_what_is_known_of_mail_of_before_is_worked_out_in_slices(monkeypatch):
    monkeypatch.setattr(thread_backfill, "SLICE", 2)
    tx = memory()
    at = seed(tx)
    head = (
        b"Subject: x\r\nReferences: <a@example.org>\r\n\t<b@example.org>\r\nIn-Reply-To: <b@example.org>\r\n\r\n<z@x>"
    )
    add(
        tx, at, letter("a"), letter("b", "a", at=1, raw=b"in-reply-to: <a@example.org>\n\nText"),
        letter("c", "a", "b", at=2, raw=head),
        mail("Invoice", 0, "anna", "binh"), mail("Re: Invoice", 1, "binh", "anna"),
    )  # fmt: skip
    before = drawn(tx)
    assert before == [("Invoice", "`Re: Invoice"), ("a", "`b", " `c")]
    forgotten(tx)
    assert drawn(tx) != before
    steps = 0
    assert thread_backfill.is_needed(tx.connection)
    while thread_backfill.step(tx):
        steps += 1
    assert steps == 3
    assert drawn(tx) == before
    assert not thread_backfill.is_needed(tx.connection)
    assert not thread_backfill.step(tx)


def test_a_reply_whose_headers_are_gone_and_that_mentioned_something_stays_where_it_is():
    tx = memory()
    at = seed(tx)
    add(tx, at, mail("Invoice", 0, "anna", "binh"), mail("Re: Invoice", 1, "binh", "anna", references=("elsewhere",)))
    forgotten(tx)
    while thread_backfill.step(tx):
        pass
    assert drawn(tx) == [("Invoice",), ("Re: Invoice",)]


def test_only_a_store_with_mail_of_before_has_something_to_do():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrations.migrate(connection)
        assert not thread_backfill.is_needed(connection)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrations.migrate(connection, upto=12)
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (1, 'work', 'imap')")
        connection.execute(
            "INSERT INTO messages (id, account_id, thread_id, received, size, subject, message_id, date)"
            " VALUES (7, 1, 7, 5, 1, 'Re: Rent', '<a@b>', 5)"
        )
        connection.execute("INSERT INTO thread_references VALUES (3, 7)")
        migrations.migrate(connection)
        assert connection.execute("SELECT reference, thread_id, chain FROM thread_references").fetchall() == [
            (3, 7, None)
        ]
        assert thread_backfill.is_needed(connection)
        tx = Transaction(connection)
        assert thread_backfill.step(tx)
        assert connection.execute("SELECT topic > 0 FROM messages").fetchone() == (1,)
        assert connection.execute("SELECT message_id FROM orphan_replies").fetchall() == [(7,)]
        assert not thread_backfill.step(tx)
