"""What went wrong with a store is noticed, told, and mended in the background while mail goes on arriving."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import date
from pathlib import Path

import pytest

from protocols.clock import Clock
from protocols.mender import Mender
from store.errors import SearchDamaged, StoreDamaged
from store.integrity import Check
from store.lock import EngineLock
from store.mailstore import FILE_NAME, MailStore
from store.preflight import log_of, verdict_of
from store.salvage.salvage import salvage
from store.search import rebuild, sources
from store.search.query import parse
from store.search.sources import Source
from store.search.sql import count
from tests.store.damage import PAGE, Filled, fill, overwrite, posted, tree
from tests.store.mail import add, arrival, assert_consistent

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A store in order."""
    return asyncio.run(fill(tmp_path_factory.mktemp("mender") / "data", 300))


@pytest.fixture
def filled(original: Filled, tmp_path: Path) -> Filled:
    """A copy that may be damaged."""
    shutil.copytree(original.data, tmp_path / "data")
    return Filled(tmp_path / "data", original.at, original.raws, original.imap)


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


async def hits(store: MailStore, query: str) -> int:
    """How many messages a search finds."""
    return await store.read(lambda c: count(c, parse(query, date(2026, 11, 23))))


@asynccontextmanager
async def mended(data: Path, clock: Clock | None = None) -> AsyncIterator[MailStore]:
    """An open store with somebody who looks after it."""
    async with await MailStore.open(data) as store:
        task = asyncio.create_task(Mender(store, clock).run())
        try:
            yield store
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def in_order(store: MailStore) -> None:
    """Wait until there is nothing left to look at."""
    async with asyncio.timeout(20):
        with store.changes.subscribe() as feed:
            while store.soundness.is_doubted or store.status.store.work or store.status.store.error:
                await feed.next()


DYING = """
import asyncio, os, signal, sys
from pathlib import Path
from store.mailstore import MailStore

async def main():
    async with await MailStore.open(Path(sys.argv[1])):
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_an_unclean_end_is_noticed_once_and_looked_at(filled: Filled):
    async with await MailStore.open(filled.data) as store:
        assert not store.soundness.is_doubted
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", DYING, str(filled.data)], cwd=ROOT, check=False)
    async with await MailStore.open(filled.data) as store:  # a command, which has no time for it
        assert store.soundness.is_doubted
    async with mended(filled.data) as store:
        assert store.soundness.is_doubted
        await in_order(store)
    async with await MailStore.open(filled.data) as store:
        assert not store.soundness.is_doubted
    assert {one.name for one in filled.data.iterdir()} == {FILE_NAME, "mender.lock"}


async def test_another_process_that_is_alive_is_no_unclean_end(filled: Filled):
    async with await MailStore.open(filled.data) as first, await MailStore.open(filled.data) as second:
        assert not second.soundness.is_doubted
        assert (first.soundness.alone, second.soundness.alone) == (True, False)


@pytest.mark.parametrize(
    "tables",
    [
        ("search_headers_data",),
        ("search_bodies_data", "search_bodies_idx"),
        ("search_bodies_content", "search_headers_content"),
        ("search_bodies_docsize", "search_headers_docsize", "search_bodies_config", "search_headers_config"),
    ],
)
async def test_a_search_index_with_damaged_pages_is_made_anew(filled: Filled, tables: tuple[str, ...]):
    for table in tables:
        interior, leaves = tree(filled.path, table)
        overwrite(filled.path, [*interior, *leaves])
    (filled.data / "open.doubt").touch()
    async with mended(filled.data) as store:
        await in_order(store)
        assert await hits(store, "subject:letter") == await hits(store, "subject:copy") == 300
        assert await hits(store, '"number7" or "number 7"') == 1
        await store.read(assert_consistent)
        assert await store.read(rebuild.gaps) == (0, 0)
        rescued = await store.read(
            lambda c: c.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (sources.RESCUED,)).fetchone()
        )
        assert rescued is None


async def test_damage_of_the_index_is_noticed_in_the_middle_of_work(filled: Filled):
    change(filled.path, "UPDATE search_bodies_data SET block = x'00ff00ff00ff' WHERE id > 10")
    async with mended(filled.data) as store:
        with pytest.raises(SearchDamaged, match="search index"):
            await hits(store, "body:dear")
        assert store.status.store.error
        await in_order(store)
        assert await hits(store, "body:dear") == 300
        assert store.status.store.error == ""


async def test_mail_arrives_while_the_index_is_made_anew(filled: Filled):
    (filled.data / "open.doubt").touch()
    overwrite(filled.path, tree(filled.path, "search_headers_data")[1])
    async with await MailStore.open(filled.data) as store:
        unreadable = Check(filled.path).ask(rebuild.broken)
        await store.write(lambda tx: rebuild.renew(tx, unreadable))
        await store.write(lambda tx: add(tx, filled.at, arrival(5000, "late", text="latecomer", subject="Late")))
        assert await hits(store, "latecomer") == 1
        assert await hits(store, "subject:letter") == 0
    async with mended(filled.data) as store:
        await in_order(store)
        assert await hits(store, "latecomer") == 1
        assert await hits(store, "subject:letter") == 300


async def test_an_index_that_was_half_made_anew_is_finished_by_the_next(filled: Filled):
    async with await MailStore.open(filled.data) as store:
        await store.write(lambda tx: rebuild.renew(tx, frozenset()))
        newest = await store.read(lambda c: rebuild.missing(c, Source.HEADERS, rebuild.TOP, 100))
        await store.write(lambda tx: rebuild.add_headers(tx, sources.headers(tx.connection, newest)))
        some = Check(filled.path).ask(lambda c: rebuild.next_bodies(c, newest[50:], 1 << 30))
        assert len(some.rescued) == some.messages == 50
        await store.write(lambda tx: rebuild.add_bodies(tx, some.rescued))
        store.soundness.reason = "a test"
    (filled.data / "open.doubt").touch()
    async with mended(filled.data) as store:
        await in_order(store)
        assert await hits(store, "subject:letter") == 300
        assert await store.read(rebuild.gaps) == (0, 0)
        await store.read(assert_consistent)


async def test_text_that_only_the_old_index_had_is_found_in_the_new_one(filled: Filled):
    evicted = max(filled.imap)
    async with await MailStore.open(filled.data) as store:
        await store.write(
            lambda tx: (
                tx.execute("DELETE FROM bodies WHERE message_id = ?", (evicted,)),
                tx.execute("UPDATE messages SET cached = 0 WHERE id = ?", (evicted,)),
            )
        )
    overwrite(filled.path, tree(filled.path, "search_bodies_data")[1])
    (filled.data / "open.doubt").touch()
    async with mended(filled.data) as store:
        await in_order(store)
        assert await hits(store, "body:copy299") == 1


async def test_a_store_with_damaged_mail_is_not_written_any_more_and_salvaged_it_is_whole_again(filled: Filled):
    interior, _ = tree(filled.path, "bodies")
    overwrite(filled.path, interior)
    (filled.data / "open.doubt").touch()
    async with await MailStore.open(filled.data) as store:
        await Mender(store).run()  # ends: there is nothing more to be done
        assert store.status.store.error == "The store is damaged."
        with pytest.raises(StoreDamaged, match="damaged"):
            await store.write(lambda tx: add(tx, filled.at, arrival(5000, "late")))
    with pytest.raises(StoreDamaged, match="is damaged") as refused:
        await MailStore.open(filled.data)
    assert "--salvage" in refused.value.hint
    salvage(filled.data)
    assert not verdict_of(filled.path).exists()
    async with mended(filled.data) as store:
        await in_order(store)
        assert await hits(store, "subject:letter") == 300
        assert await hits(store, '"number7"') == 1
        assert await store.read(rebuild.gaps) == (0, 0)
        await store.read(assert_consistent)


async def test_contents_whose_summary_was_lost_come_back_as_mail(filled: Filled):
    _, leaves = tree(filled.path, "messages")
    overwrite(filled.path, leaves[:2])
    lost = salvage(filled.data).homeless
    assert lost
    async with mended(filled.data) as store:
        await in_order(store)
        bodies = await store.read(lambda c: {row[0] for row in c.execute("SELECT raw FROM bodies")})
        assert {*filled.raws.values()} <= bodies
        await store.read(assert_consistent)
        messages = await store.read(lambda c: c.execute("SELECT count(*) FROM messages").fetchone()[0])
        assert messages == 600


async def test_contents_find_the_message_that_misses_them(filled: Filled):
    whole, double = list(filled.raws)[:2]
    change(
        filled.path,
        f"UPDATE bodies SET message_id = 99999 WHERE message_id = {whole}",
        f"UPDATE messages SET cached = 0 WHERE id = {whole}",
        f"INSERT INTO bodies SELECT 99998, raw FROM bodies WHERE message_id = {double}",
    )
    (filled.data / "open.doubt").touch()
    async with mended(filled.data) as store:
        await in_order(store)
        raws = await store.read(lambda c: dict(c.execute("SELECT message_id, raw FROM bodies").fetchall()))
        assert raws == {**filled.raws, **filled.imap}
        await store.read(assert_consistent)


async def test_with_a_full_disk_it_waits_for_room_and_goes_on_by_itself(filled: Filled):
    slept: asyncio.Queue[float] = asyncio.Queue()
    room = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await slept.put(seconds)
        await room.wait()

    salvage(filled.data)  # leaves a store without an index and without free pages
    async with await MailStore.open(filled.data) as store:
        pages = await store.write(lambda tx: tx.execute("PRAGMA page_count").fetchone()[0])
        await store.write(lambda tx: tx.execute(f"PRAGMA max_page_count = {pages}").fetchall())
        task = asyncio.create_task(Mender(store, Clock(sleep=sleep)).run())
        try:
            await asyncio.wait_for(slept.get(), 20)
            assert store.status.store.error == "The disk is full."
            assert "No room to write" in store.status.store.hint
            await store.read(lambda c: c.execute("SELECT count(*) FROM messages").fetchone())
            await store.write(lambda tx: tx.execute("PRAGMA max_page_count = 1000000").fetchall())
            room.set()
            await in_order(store)
            assert await hits(store, "subject:letter") == 300
            await store.read(assert_consistent)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_one_process_mends_for_all(filled: Filled):
    slept: asyncio.Queue[float] = asyncio.Queue()
    go_on = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await slept.put(seconds)
        await go_on.wait()

    (filled.data / "open.doubt").touch()
    other = EngineLock(filled.data / "mender.lock")
    assert other.acquire()
    async with mended(filled.data, Clock(sleep=sleep)) as store:
        await asyncio.wait_for(slept.get(), 20)
        (filled.data / "open.doubt").unlink()  # the other one has looked at it
        other.release()
        go_on.set()
        await in_order(store)
        assert slept.empty()


async def test_a_copy_of_an_open_store_is_looked_at(filled: Filled, tmp_path: Path):
    """D04."""
    async with await MailStore.open(filled.data) as store:
        await store.write(lambda tx: add(tx, filled.at, arrival(5000, "late", subject="Late")))
        assert log_of(filled.path).stat().st_size > PAGE
        shutil.copytree(filled.data, tmp_path / "copy")
    async with mended(tmp_path / "copy") as copy:
        assert copy.soundness.is_doubted
        await in_order(copy)
        assert await hits(copy, "subject:late") == 1
        assert posted(1).uidl == "uidl-1"
