"""The search index is filled by processes that read the store themselves; whatever becomes of them, it is whole."""

import asyncio
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from protocols.indexer import COMMAND, Indexer
from protocols.mime.index_worker import CHARACTERS, read
from store.errors import StoreDamaged
from store.mailstore import MailStore
from store.search import rebuild, sources
from store.search.sources import Source
from tests.store.damage import Filled, fill, overwrite, tree

FAILING = """
import os, signal, sys
import protocols.mime.index_worker as worker
real = worker.words
def words(raw):
    if b"number 7." in raw:
        {end}
    return real(raw)
worker.words = words
worker.serve(worker.Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
"""
DIES = (sys.executable, "-c", FAILING.format(end="os._exit(1)"))
HANGS = (sys.executable, "-c", FAILING.format(end="signal.pause()"))
MISSING = ("/nonexistent/python",)

Tables = list[list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A store whose search index is empty, and whose texts are nowhere but in the mail."""
    filled = asyncio.run(fill(tmp_path_factory.mktemp("indexer") / "data", 300))
    asyncio.run(_forget(filled.data))
    return filled


@pytest.fixture(scope="module")
def whole(original: Filled, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The index as this process makes it."""
    data = tmp_path_factory.mktemp("whole") / "data"
    shutil.copytree(original.data, data)
    return asyncio.run(_filled(data, few=1 << 30))


@pytest.fixture
def filled(original: Filled, tmp_path: Path) -> Filled:
    """A copy of the store without index."""
    shutil.copytree(original.data, tmp_path / "data")
    return Filled(tmp_path / "data", original.at, original.raws, original.imap)


async def _forget(data: Path) -> None:
    async with await MailStore.open(data) as store:
        await store.write(lambda tx: rebuild.renew(tx, frozenset()))
        await store.write(lambda tx: tx.execute(f"DELETE FROM {sources.RESCUED}") and None)


async def _filled(data: Path, *, few: int = 1, command: Sequence[str] = COMMAND, deadline: float = 60.0) -> Tables:
    async with await MailStore.open(data) as store:
        told: list[tuple[int, int]] = []
        await Indexer(store, few=few, command=command, deadline=deadline).fill(lambda *now: told.append(now))
        assert told == sorted(told)
        assert told[-1] == (1200, 1200)
        return await store.read(tables)


def tables(connection: sqlite3.Connection) -> Tables:
    """Everything that both indexes hold, and a search in each."""
    searches = [f"SELECT * FROM {name}_content ORDER BY id" for name in rebuild.TABLES] + [
        "SELECT rowid FROM search_headers WHERE search_headers MATCH 'subject:letter' ORDER BY rowid",
        "SELECT rowid FROM search_bodies WHERE search_bodies MATCH '\"number 7\"' ORDER BY rowid",
    ]
    return [connection.execute(search).fetchall() for search in searches]


async def test_processes_make_the_same_index_as_this_one(filled: Filled, whole: Tables):
    assert [len(rows) for rows in whole] == [600, 600, 300, 1]
    assert await _filled(filled.data) == whole


@pytest.mark.parametrize(
    ("command", "deadline"), [(MISSING, 60.0), (DIES, 60.0), (HANGS, 3.0)], ids=["none starts", "dies", "never ends"]
)
async def test_what_no_process_reads_is_indexed_all_the_same(
    filled: Filled, whole: Tables, command: Sequence[str], deadline: float
):
    """R06."""
    assert await _filled(filled.data, command=command, deadline=deadline) == whole


async def test_an_index_whose_filling_was_stopped_is_filled_by_the_next(filled: Filled, whole: Tables):
    async with await MailStore.open(filled.data) as store:
        begun = asyncio.Event()
        task = asyncio.create_task(Indexer(store, few=1).fill(lambda *now: begun.set()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await Indexer(store, few=1).fill()
        assert await store.read(rebuild.gaps) == (0, 1)  # what was kept of the old index is still there
        assert await store.read(tables) == whole


async def test_damaged_mail_is_told_and_not_passed_over(filled: Filled):
    interior, _ = tree(filled.path, "bodies")
    overwrite(filled.path, interior)
    async with await MailStore.open(filled.data) as store:
        with pytest.raises(StoreDamaged, match="is damaged"):
            await Indexer(store, few=1).fill()


async def test_long_texts_come_in_more_than_one_answer(filled: Filled):
    long = b"Subject: long\r\n\r\n" + b"long words " * (CHARACTERS // 40)
    with closing(sqlite3.connect(filled.path)) as connection:
        ids = sorted(filled.raws)[:20]
        for id in ids:
            connection.execute("UPDATE bodies SET raw = ? WHERE message_id = ?", (long, id))
        answers = []
        while ids:
            rows, done = read(connection, Source.BODIES, ids)
            answers.append([row[0] for row in rows])
            assert done == len(rows) < 10
            ids = ids[done:]
    assert [id for answer in answers for id in answer] == sorted(filled.raws)[:20]
