"""One file, one writer: whole transactions, announced after commit, and errors a person can read."""

import asyncio
import gc
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from store import database
from store.changes import ChangeFeed, ChangeSet
from store.database import Database
from store.errors import DiskFull, StoreBusy, StoreDamaged, StoreError, StoreNewer
from store.model import AccountId, FolderId, MessageId

ROOT = Path(__file__).parents[2]
FOLDER = ChangeSet(folders=frozenset({FolderId(1)}))


@asynccontextmanager
async def opened(path):
    feed = ChangeFeed()
    one = Database(path, feed)
    await one.open()
    try:
        with feed.subscribe() as subscription:
            yield one, subscription
    finally:
        await one.close()


def make_account(tx, name="a"):
    tx.execute("INSERT INTO accounts (name, protocol) VALUES (?, 'imap')", (name,))
    tx.changed(folders=[FolderId(1)])


def names(connection):
    return [row[0] for row in connection.execute("SELECT name FROM accounts ORDER BY id")]


async def test_what_is_committed_is_announced_and_read(tmp_path):
    async with opened(tmp_path / "db") as (one, subscription):
        assert await one.write(lambda tx: (make_account(tx), 7)[1]) == 7
        assert await subscription.next() == FOLDER
        assert await one.read(names) == await one.read(names) == ["a"]
    async with opened(tmp_path / "db") as (one, _):
        assert await one.read(names) == ["a"]


async def test_an_error_rolls_back_and_announces_nothing(tmp_path):
    async with opened(tmp_path / "db") as (one, subscription):

        def fail(tx):
            make_account(tx)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await one.write(fail)
        with pytest.raises(StoreError, match="UNIQUE"):
            await one.write(lambda tx: (make_account(tx), make_account(tx)))
        assert await one.read(names) == []
        await one.write(lambda tx: tx.changed(accounts=[AccountId(5)], messages=[MessageId(1)]))
        assert await subscription.next() == ChangeSet(frozenset({1}), accounts=frozenset({5}))


async def test_a_cancelled_writer_still_commits_and_announces(tmp_path):
    """R04."""
    async with opened(tmp_path / "db") as (one, subscription):
        entered, leave = threading.Event(), threading.Event()

        def slow(tx):
            make_account(tx)
            entered.set()
            leave.wait(20)

        writing = asyncio.ensure_future(one.write(slow))
        await asyncio.to_thread(entered.wait, 20)
        writing.cancel()
        await asyncio.wait([writing])
        assert writing.cancelled()
        leave.set()
        assert await subscription.next() == FOLDER
        assert await one.read(names) == ["a"]


async def test_closing_lets_a_running_transaction_finish(tmp_path):
    path = tmp_path / "db"
    async with opened(path) as (one, _):
        writing = asyncio.ensure_future(one.write(make_account))
        await asyncio.sleep(0)
    await writing
    with closing(sqlite3.connect(path)) as connection:
        assert names(connection) == ["a"]


async def test_all_statements_of_a_read_see_one_moment(tmp_path):
    async with opened(tmp_path / "db") as (one, _):
        looked, written = threading.Event(), threading.Event()

        def look_twice(connection):
            first = names(connection)
            looked.set()
            written.wait(20)
            return first, names(connection)

        reading = asyncio.ensure_future(one.read(look_twice))
        await asyncio.to_thread(looked.wait, 20)
        await one.write(make_account)
        written.set()
        assert await reading == ([], [])
        assert await one.read(names) == ["a"]


async def test_a_reader_cannot_write_and_recovers_from_errors(tmp_path):
    async with opened(tmp_path / "db") as (one, _):
        for _ in range(3):
            with pytest.raises(StoreError, match="readonly"):
                await one.read(lambda c: c.execute("INSERT INTO accounts (name, protocol) VALUES ('x', 'imap')"))
        assert await one.read(names) == []


async def test_only_what_must_not_be_lost_waits_for_the_disk(tmp_path):
    async with opened(tmp_path / "db") as (one, _):
        levels = [
            await one.write(lambda tx: tx.execute("PRAGMA synchronous").fetchone()[0], durable=durable)
            for durable in (True, False, True)
        ]
        assert levels == [2, 1, 2]


async def test_files_are_private_whatever_the_umask(tmp_path):
    """D01."""
    old = os.umask(0)
    try:
        async with opened(tmp_path / "db") as (one, _):
            await one.write(make_account)
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("db*")}
    finally:
        os.umask(old)
    assert modes == {"db": 0o600, "db-wal": 0o600, "db-shm": 0o600}


@pytest.mark.parametrize("content", [b"no database at all, but text" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
async def test_a_file_that_is_no_database_is_damaged_and_left_alone(tmp_path, content):
    """D03."""
    path = tmp_path / "db"
    path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="is damaged") as caught:
        await Database(path, ChangeFeed()).open()
    assert str(path) in caught.value.title and "doctor --salvage" in caught.value.hint
    assert path.read_bytes() == content


async def test_an_emptied_file_beside_its_journal_is_damaged_and_left_alone(tmp_path):
    path, journal = tmp_path / "db", tmp_path / "db-wal"
    async with opened(path) as (one, _):
        await one.write(make_account)
        content = journal.read_bytes()
    path.write_bytes(b"")
    journal.write_bytes(content)
    with pytest.raises(StoreDamaged, match="is empty"):
        await Database(path, ChangeFeed()).open()
    assert journal.read_bytes() == content


async def test_a_newer_database_is_refused_and_left_alone(tmp_path):
    """D03."""
    path = tmp_path / "db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 9999")
    before = path.read_bytes()
    with pytest.raises(StoreNewer, match="newer bocau"):
        await Database(path, ChangeFeed()).open()
    assert path.read_bytes() == before


async def test_a_page_that_is_damaged_later_is_named(tmp_path):
    path = tmp_path / "db"
    async with opened(path) as (one, _):
        await one.write(make_account)
    with path.open("r+b") as file:
        size = path.stat().st_size
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with pytest.raises(StoreDamaged, match="malformed"):
        async with opened(path) as (one, _):
            await one.read(names)


async def test_a_closed_store_says_so(tmp_path):
    async with opened(tmp_path / "db") as (one, _):
        pass
    with pytest.raises(StoreError, match="closed"):
        await one.read(names)
    with pytest.raises(StoreError, match="closed"):
        await one.write(make_account)
    await one.close()


async def test_a_folder_in_the_place_of_the_file_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="is no file"):
        await Database(tmp_path, ChangeFeed()).open()


async def test_a_write_waits_for_another_process_but_not_for_ever(tmp_path, monkeypatch):
    """D04."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.05)
    path = tmp_path / "db"
    async with opened(path) as (one, subscription):
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreBusy, match="locked"):
                await one.write(make_account)
            assert await one.read(names) == []
            other.execute("ROLLBACK")
        await one.write(make_account)
        assert await subscription.next() == FOLDER


async def test_two_may_open_a_new_store_at_once_and_write_in_turn(tmp_path):
    async def open_and_write(prefix):
        async with opened(tmp_path / "db") as (one, _):
            for number in range(10):
                await one.write(lambda tx, name=f"{prefix}{number}": make_account(tx, name))

    await asyncio.gather(*(open_and_write(prefix) for prefix in "abc"))
    async with opened(tmp_path / "db") as (one, _):
        assert len(await one.read(names)) == 30


async def test_a_full_disk_keeps_nothing_half_written_and_goes_on_when_there_is_room(tmp_path):
    async with opened(tmp_path / "db") as (one, subscription):
        await one.write(make_account)
        await subscription.next()

        def too_much(tx):
            make_account(tx, "b")
            tx.execute("INSERT INTO bodies VALUES (1, zeroblob(1000000))")

        pages = await one.write(lambda tx: tx.execute("PRAGMA page_count").fetchone()[0])
        await one.write(lambda tx: tx.execute(f"PRAGMA max_page_count = {pages + 10}").fetchall())
        with pytest.raises(DiskFull, match="No room to write"):
            await one.write(too_much)
        assert await one.read(names) == ["a"]
        await one.write(lambda tx: tx.execute("PRAGMA max_page_count = 1000000").fetchall())
        await one.write(too_much)
        assert await one.read(names) == ["a", "b"]


LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from store.errors import DiskFull
from store.mailstore import MailStore

def fill(tx):
    tx.execute("INSERT INTO accounts (name, protocol) VALUES ('b', 'imap')")
    tx.execute("INSERT INTO bodies VALUES (1, randomblob(30000000))")

async def main():
    async with await MailStore.open(Path(sys.argv[1])) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000000, resource.RLIM_INFINITY))
        try:
            await store.write(fill, durable=True)
        except DiskFull as error:
            print(error.title)
        count = lambda c: c.execute("SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM bodies)").fetchone()
        print(await store.read(count))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await store.write(fill, durable=True)
        print(await store.read(count))

asyncio.run(main())
"""


def test_a_limit_on_files_is_told_as_a_full_disk(tmp_path):
    """R06."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "data")],
        cwd=ROOT, check=False, timeout=50, capture_output=True, text=True,
    )  # fmt: skip
    first, *counts = done.stdout.splitlines() or [done.stderr]
    assert first.startswith("No room to write")
    assert counts == ["(0, 0)", "(1, 1)"]


async def test_a_long_look_has_a_connection_of_its_own_and_keeps_no_reader_waiting(tmp_path):
    """D05."""
    async with opened(tmp_path / "db") as (store, _):
        looking, over = threading.Event(), threading.Event()

        def long(connection):
            looking.set()
            assert over.wait(30)
            return connection.execute("SELECT 1").fetchone()

        study = asyncio.create_task(store.study(long))
        await asyncio.to_thread(looking.wait, 30)
        for _ in range(4):
            assert await store.read(lambda c: c.execute("SELECT 2").fetchone()) == (2,)
        over.set()
        assert await study == (1,)
        with pytest.raises(StoreError):
            await store.study(lambda c: c.execute("SELECT nothing"))
    with pytest.raises(StoreError, match="closed"):
        await store.study(lambda c: None)


@pytest.mark.parametrize("times", [1, 2])
async def test_a_search_that_nobody_waits_for_any_more_stops_and_the_next_one_is_answered(tmp_path, times):
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    async with opened(tmp_path / "db") as (one, _):
        await one.write(make_account)
        begun = threading.Event()

        def seek(connection):
            begun.set()
            return connection.execute(endless).fetchone()

        complaints = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        first = asyncio.create_task(one.seek(seek))
        await asyncio.to_thread(begun.wait)
        second = asyncio.create_task(one.seek(names))
        for _ in range(times):  # the second time while it waits for the end of what it has stopped
            first.cancel()
            await asyncio.sleep(0)
        assert await second == ["a"]
        assert first.cancelled()
        del first
        gc.collect()
        assert not complaints  # that nobody asked for the end of what was stopped


async def test_a_search_tells_what_is_wrong_and_the_next_one_is_answered(tmp_path):
    async with opened(tmp_path / "db") as (one, _):
        with pytest.raises(StoreError):
            await one.seek(lambda c: c.execute("SELECT nothing FROM nowhere"))
        assert await one.seek(names) == []
    with pytest.raises(StoreError, match="closed"):
        await one.seek(names)


async def test_the_log_is_carried_over_and_cut_back_when_a_long_look_is_over(tmp_path):
    """D05: beside a look that never ends it grows; behind it a few octets a write are all that is added."""
    path = tmp_path / "db"
    async with opened(path) as (store, _):
        assert await store.write(lambda tx: tx.execute("PRAGMA journal_size_limit").fetchone()) == (64 << 20,)
        assert await store.write(lambda tx: tx.execute("PRAGMA wal_autocheckpoint").fetchone()) == (4000,)
        looking, over = threading.Event(), threading.Event()

        def long(connection):
            connection.execute("SELECT count(*) FROM accounts").fetchone()
            looking.set()
            assert over.wait(30)

        study = asyncio.create_task(store.study(long))
        await asyncio.to_thread(looking.wait, 30)
        for number in range(20):
            await store.write(lambda tx, name=f"{number}" + "x" * 100_000: make_account(tx, name))
        over.set()
        await study
    assert not path.with_name("db-wal").exists()
    with closing(sqlite3.connect(path)) as connection:
        assert len(names(connection)) == 20
