"""A database moves forward whole versions at a time, or not at all."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from store import migrations
from store.errors import StoreNewer

ROOT = Path(__file__).parents[2]


def connect(file):
    return closing(sqlite3.connect(file, isolation_level=None))


def version(connection):
    return connection.execute("PRAGMA user_version").fetchone()[0]


def schema(connection):
    return set(connection.execute("SELECT type, name, sql FROM sqlite_schema"))


def test_migrations_are_numbered_without_gaps():
    numbers = [number for number, _ in migrations.available()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_empty_file_reaches_the_newest_version_and_stays_there():
    with connect(":memory:") as connection:
        newest = migrations.available()[-1][0]
        assert migrations.migrate(connection) == newest == version(connection)
        before = schema(connection)
        assert migrations.migrate(connection) == newest
        assert schema(connection) == before


def test_statement_by_statement_gives_what_the_script_gives():
    with connect(":memory:") as ours, connect(":memory:") as script:
        migrations.migrate(ours)
        for _, sql in migrations.available():
            script.executescript(sql)
        assert {row[:2] for row in schema(ours)} == {row[:2] for row in schema(script)}
        triggers = sum(sql.count("CREATE TRIGGER") - sql.count("DROP TRIGGER") for _, sql in migrations.available())
        assert sum(row[0] == "trigger" for row in schema(ours)) == triggers


def test_it_can_stop_at_a_version():
    with connect(":memory:") as connection:
        assert migrations.migrate(connection, upto=0) == 0
        assert schema(connection) == set()


def test_an_error_in_the_middle_leaves_the_earlier_version():
    with connect(":memory:") as connection:
        migrations.migrate(connection, upto=1)
        before = schema(connection)
        with pytest.raises(sqlite3.OperationalError):
            migrations.apply(connection, 2, "CREATE TABLE a (x);\nDROP TABLE bodies;\nCREATE TABLE a (x);\n")
        assert (version(connection), schema(connection)) == (1, before)
        migrations.apply(connection, 2, "CREATE TABLE a (x);\nINSERT INTO a VALUES (';');")
        assert version(connection) == 2
        assert connection.execute("SELECT x FROM a").fetchone() == (";",)


def test_a_version_that_another_process_reached_first_is_not_applied_again():
    with connect(":memory:") as connection:
        connection.execute("PRAGMA user_version = 2")
        migrations.apply(connection, 2, "CREATE TABLE a (x);")
        assert schema(connection) == set()


def test_a_newer_version_is_refused_and_nothing_is_changed(tmp_path):
    file = tmp_path / "newer"
    with connect(file) as connection:
        connection.execute("CREATE TABLE future (x)")
        connection.execute("PRAGMA user_version = 9999")
    before = file.read_bytes()
    with connect(file) as connection, pytest.raises(StoreNewer, match="newer bocau"):
        migrations.migrate(connection)
    assert file.read_bytes() == before


DYING = """
import os, signal, sqlite3, sys
from store import migrations
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
migrations.migrate(connection, upto=1)
connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
migrations.apply(connection, 2, "CREATE TABLE a (x);\\nDROP TABLE bodies;\\nSELECT die();\\nCREATE TABLE b (x);")
"""


def test_a_kill_in_the_middle_leaves_the_earlier_version(tmp_path):
    """D03."""
    file = tmp_path / "killed"
    done = subprocess.run([sys.executable, "-c", DYING, str(file)], cwd=ROOT, check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL
    with connect(file) as connection:
        assert version(connection) == 1
        names = {row[1] for row in schema(connection)}
        assert "bodies" in names and "a" not in names


def test_a_journal_of_before_keeps_its_history_and_learns_of_other_accounts():
    with connect(":memory:") as connection:
        migrations.migrate(connection, upto=5)
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (1, 'work', 'imap')")
        connection.execute("INSERT INTO acts (id, title, created) VALUES (4, 'Copied 1', 100)")
        connection.execute(
            "INSERT INTO journal (id, act_id, account_id, message_id, kind, add_labels, folder_id, prior_flags,"
            " copy_id, state, attempts, created, error, probe_uidnext)"
            " VALUES (9, 4, 1, 7, 'copy', ' a ', 3, 5, 8, 'refused', 2, 100, 'no', 11)"
        )
        columns = "id, act_id, message_id, kind, add_labels, folder_id, prior_flags, copy_id, state, error"
        before = connection.execute(f"SELECT {columns} FROM journal").fetchall()
        migrations.migrate(connection, upto=6)
        assert connection.execute(f"SELECT {columns} FROM journal").fetchall() == before
        connection.execute(
            "INSERT INTO journal (act_id, account_id, message_id, kind, source_id, created)"
            " VALUES (4, 1, 7, 'append', 6, 100)"
        )
        assert connection.execute("SELECT max(id) FROM journal").fetchone() == (10,)
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(
                "INSERT INTO journal (act_id, account_id, message_id, kind, created) VALUES (4, 1, 7, 'x', 1)"
            )


def test_folders_of_before_count_as_never_compared():
    with connect(":memory:") as connection:
        migrations.migrate(connection, upto=8)
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (1, 'work', 'imap')")
        connection.execute("INSERT INTO folders (id, account_id, path, highestmodseq) VALUES (3, 1, 'A', 5)")
        migrations.migrate(connection, upto=9)
        assert connection.execute("SELECT id, path, compared_at FROM folders").fetchall() == [(3, "A", None)]


def test_a_maildrop_of_before_is_known_and_its_days_go_on():
    with connect(":memory:") as connection:
        migrations.migrate(connection, upto=4)
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (1, 'old', 'pop3'), (2, 'new', 'pop3')")
        rows = [(1, "a", "stored", 100, 300), (1, "b", "deleted-unconfirmed", 200, 250)]
        connection.executemany("INSERT INTO pop3_messages VALUES (?, ?, ?, ?, ?)", rows)
        migrations.migrate(connection, upto=5)
        columns = "account_id, uidl, state, first_seen, last_listed"
        assert connection.execute(f"SELECT {columns} FROM pop3_messages").fetchall() == rows
        assert connection.execute("SELECT * FROM pop3_accounts").fetchall() == [(1, 300, "", None, 0)]
        connection.execute(f"INSERT INTO pop3_messages ({columns}) VALUES (1, 'c', 'seen', 1, 1)")


def test_a_maildrop_of_before_stays_as_it_is_when_deletions_are_remembered():
    with connect(":memory:") as connection:
        migrations.migrate(connection, upto=10)
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (1, 'drop', 'pop3')")
        rows = [(1, "a", "delete-pending", 100, 300, 7, 8, 9, 0, None), (1, "b", "seen", 1, 2, None, None, None, 3, 4)]
        connection.executemany("INSERT INTO pop3_messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        migrations.migrate(connection, upto=11)
        assert connection.execute("SELECT * FROM pop3_messages").fetchall() == rows
        connection.execute("UPDATE pop3_messages SET state = 'deleted' WHERE uidl = 'a'")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("UPDATE pop3_messages SET state = 'lost'")


def test_mail_of_before_is_kept_as_it_was_and_nothing_of_it_by_hand():
    with connect(":memory:") as connection:
        migrations.migrate(connection, upto=6)
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (1, 'work', 'imap')")
        connection.execute("INSERT INTO folders (id, account_id, path, role) VALUES (3, 1, 'INBOX', 'inbox')")
        connection.executemany(
            "INSERT INTO messages (id, account_id, server_folder_id, folder_id, uid, thread_id, received, size, cached)"
            " VALUES (?, 1, 3, 3, ?, 1, 100, 10, ?)",
            [(7, 1, 2), (8, 2, 0)],
        )
        connection.execute("INSERT INTO bodies (message_id, raw) VALUES (7, x'41')")
        migrations.migrate(connection, upto=7)
        assert connection.execute("SELECT id, kept, used_at, cached FROM messages ORDER BY id").fetchall() == [
            (7, 0, None, 2), (8, 0, None, 0),
        ]  # fmt: skip
        assert connection.execute("SELECT kept FROM folders").fetchall() == [(0,)]
        assert connection.execute(
            "SELECT cached, count(*), sum(size) FROM messages INDEXED BY messages_by_contents"
            " WHERE cached IN (0, 1, 2) AND account_id = 1 GROUP BY cached"
        ).fetchall() == [(0, 1, 10), (2, 1, 10)]
        assert connection.execute("SELECT raw FROM bodies").fetchall() == [(b"A",)]


def test_what_two_accounts_received_is_compared_after_as_before():
    with connect(":memory:") as connection:
        migrations.migrate(connection, upto=11)
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (1, 'work', 'imap')")
        arrive = (
            "INSERT INTO messages (id, account_id, message_id, thread_id, received, size)"
            " VALUES (?, ?, '<a@b>', 1, 1, 1)"
        )
        connection.execute(arrive, (7, 1))
        migrations.migrate(connection, upto=12)
        connection.execute(arrive, (8, 1))
        connection.execute("UPDATE messages SET cached = 2")
        assert connection.execute("SELECT * FROM unsettled").fetchall() == []
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (2, 'home', 'imap')")
        connection.execute("UPDATE messages SET cached = 1 WHERE id = 7")
        assert connection.execute("SELECT * FROM unsettled").fetchall() == []
        connection.execute(arrive, (9, 2))
        assert connection.execute("SELECT * FROM unsettled").fetchall() == [("<a@b>",)]
        connection.execute("UPDATE messages SET cached = 1")
        assert connection.execute("SELECT count(*) FROM unsettled").fetchone() == (4,)


def test_ids_can_be_set_aside_for_folders_of_before():
    with connect(":memory:") as connection:
        migrations.migrate(connection, upto=9)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (1, 'work', 'imap')")
        connection.execute("INSERT INTO folders (id, account_id, path) VALUES (3, 1, 'A')")
        migrations.migrate(connection, upto=10)
        connection.execute("INSERT INTO reservations VALUES (3, 7, 1, 100)")
        connection.execute("DELETE FROM folders")
        assert connection.execute("SELECT count(*) FROM reservations").fetchone() == (0,)


def test_nothing_is_chosen_in_a_store_of_before():
    with connect(":memory:") as connection:
        migrations.migrate(connection, upto=15)
        migrations.migrate(connection, upto=16)
        assert connection.execute("SELECT * FROM preferences").fetchall() == []
        connection.execute("INSERT INTO preferences VALUES ('layout', '\"wide\"')")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("INSERT INTO preferences VALUES ('layout', '\"list\"')")


def test_mail_of_before_stands_in_the_order_of_time_and_searches_can_be_named():
    with connect(":memory:") as connection:
        migrations.migrate(connection, upto=12)
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (1, 'work', 'imap')")
        for received in (20, 30, 10):
            connection.execute(
                "INSERT INTO messages (account_id, thread_id, received, size) VALUES (1, 1, ?, 1)", (received,)
            )
        migrations.migrate(connection)
        in_order = "SELECT id FROM messages INDEXED BY messages_by_time ORDER BY received DESC"
        assert connection.execute(in_order).fetchall() == [(2,), (1,), (3,)]
        connection.execute("INSERT INTO searches (name, query) VALUES ('Rent', 'rent')")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("INSERT INTO searches (name, query) VALUES ('Rent', 'lunch')")


def test_what_was_done_before_is_still_in_the_history_and_can_be_kept_and_muted():
    with connect(":memory:") as connection:
        migrations.migrate(connection, upto=13)
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (1, 'work', 'imap')")
        connection.execute("INSERT INTO acts (id, title, created, undoes) VALUES (4, 'Did', 1, NULL), (5, 'Un', 2, 4)")
        connection.executemany(
            "INSERT INTO journal (id, act_id, account_id, message_id, kind, source_id, state, created)"
            " VALUES (?, ?, 1, ?, ?, ?, 'queued', 1)",
            [(7, 4, 2, "append", 9), (8, 4, 9, "transfer", None), (9, 5, 9, "flags", None)],
        )
        columns = "id, act_id, account_id, message_id, kind, source_id, state, created"
        before = connection.execute(f"SELECT {columns} FROM journal").fetchall()
        migrations.migrate(connection, upto=14)
        assert connection.execute(f"SELECT {columns} FROM journal").fetchall() == before
        assert connection.execute("SELECT id, undoes, redoes, aside, passed, messages FROM acts").fetchall() == [
            (4, None, None, 0, 0, 2), (5, 4, None, 0, 0, 1),
        ]  # fmt: skip
        again = "INSERT INTO journal (act_id, account_id, message_id, kind, created) VALUES (5, 1, 2, ?, 1)"
        connection.execute(again, ("mute",))
        assert connection.execute("SELECT max(id) FROM journal").fetchone() == (10,)
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(again, ("snooze",))


def test_a_muted_thread_stays_muted_under_its_new_number_and_what_comes_into_it_is_noted():
    with connect(":memory:") as connection:
        migrations.migrate(connection)
        connection.execute("INSERT INTO accounts (id, name, protocol) VALUES (1, 'work', 'imap')")
        arrive = "INSERT INTO messages (id, account_id, uid, thread_id, received, size) VALUES (?, 1, ?, ?, 1, 1)"
        connection.execute(arrive, (7, 70, 7))
        connection.execute("INSERT INTO thread_references (reference, thread_id) VALUES (1, 7)")
        connection.execute("INSERT INTO muted_threads VALUES (7, 2)")
        connection.execute("UPDATE thread_references SET thread_id = 5")
        connection.execute("UPDATE messages SET thread_id = 5")
        assert connection.execute("SELECT * FROM muted_threads ORDER BY 1").fetchall() == [(5, 2), (7, 2)]
        connection.executemany(arrive, [(8, 80, 5), (9, 90, 9), (10, None, 5)])
        assert connection.execute("SELECT * FROM muted_arrivals").fetchall() == [(8,)]
