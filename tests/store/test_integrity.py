"""A check tells damaged mail from what can be made anew, and rows that disagree from both."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store import mending
from store.errors import StoreError
from store.integrity import Check, aside
from store.mailstore import MailStore
from store.mending import Disagreements
from tests.store.damage import Filled, fill, overwrite, tree
from tests.store.mail import assert_consistent


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A store in order."""
    return asyncio.run(fill(tmp_path_factory.mktemp("integrity") / "data", 120))


@pytest.fixture
def filled(original: Filled, tmp_path: Path) -> Filled:
    """A copy that may be damaged."""
    shutil.copytree(original.data, tmp_path / "data")
    return Filled(tmp_path / "data", original.at, original.raws, original.imap)


def change(path: Path, *statements: str) -> None:
    """Change rows behind the back of the store, triggers and all."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_store_in_order_is_sound(filled: Filled):
    assert Check(filled.path).quick().is_sound
    assert Check(filled.path).full().is_sound


@pytest.mark.parametrize("table", ["messages", "bodies", "folders", "messages_by_thread", "pop3_messages"])
def test_a_damaged_page_of_mail_is_damage(filled: Filled, table: str):
    overwrite(filled.path, tree(filled.path, table)[1][-1:])
    assert Check(filled.path).quick().damage
    assert Check(filled.path).full().damage


def test_a_damaged_schema_is_damage(filled: Filled):
    change(filled.path, "PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = 'CREATE nonsense'")
    assert Check(filled.path).quick().damage


@pytest.mark.parametrize("table", ["search_headers_data", "search_bodies_content", "search_bodies_docsize"])
def test_a_damaged_page_of_the_search_index_is_not(filled: Filled, table: str):
    overwrite(filled.path, tree(filled.path, table)[1])
    found = Check(filled.path).quick()
    assert (found.damage, table in found.search) == ("", True)
    assert Check(filled.path).full().search


def test_an_index_that_says_nonsense_is_found_by_the_full_check(filled: Filled):
    change(filled.path, "UPDATE search_bodies_data SET block = zeroblob(length(block)) WHERE id > 10")
    assert Check(filled.path).quick().is_sound
    assert "search_bodies" in Check(filled.path).full().search


def test_entries_that_miss_in_an_index_are_found_by_the_full_check(filled: Filled):
    change(
        filled.path, "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'thread_id', 'size') WHERE name = 'messages_by_thread'",
    )  # fmt: skip
    found = Check(filled.path).full()
    assert (found.damage, "messages_by_thread" in found.indexes) == ("", True)


async def test_rows_that_disagree_are_found_and_mended(filled: Filled):
    one, two, three, four = list(filled.imap)[10:14]
    local = min(filled.raws)
    change(
        filled.path,
        "UPDATE folders SET total = 7, unread = 9 WHERE role = 'inbox'",
        f"DELETE FROM bodies WHERE message_id IN ({one}, {local})",
        f"UPDATE messages SET cached = 0 WHERE id = {two}",
        f"UPDATE messages SET pending = 3 WHERE id = {three}",
        "INSERT INTO journal (act_id, account_id, message_id, kind, created) VALUES (1, 1, 12345, 'flags', 1)",
        f"UPDATE bodies SET message_id = 54321 WHERE message_id = {four}",
    )
    expected = Disagreements(counters=2, hollow=2, lost=1, untold=1, aimless=1, miscounted=1, homeless=1)
    assert Check(filled.path).quick().disagreements == expected
    async with await MailStore.open(filled.data) as store:
        assert await store.write(mending.mend) == expected
        assert await store.read(mending.disagreements) == Disagreements(homeless=1)
        states = await store.read(lambda c: c.execute("SELECT state FROM journal WHERE message_id = 12345").fetchone())
        assert states == ("dropped",)
        drop = await store.read(lambda c: c.execute("SELECT state FROM pop3_messages WHERE uidl = 'uidl-0'").fetchone())
        assert drop == ("seen",)
        await store.write(lambda tx: tx.execute("DELETE FROM bodies WHERE message_id = 54321"))
        await store.read(assert_consistent)


async def test_a_check_that_is_stopped_says_so_and_nobody_waits_for_it(filled: Filled):
    check = Check(filled.path)
    check.stop()
    with pytest.raises(StoreError, match="interrupted"):
        await aside(check.quick)


async def test_whoever_is_cancelled_stops_his_check():
    entered, stopped = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def work() -> None:
        loop.call_soon_threadsafe(entered.set)
        asyncio.run_coroutine_threadsafe(stopped.wait(), loop).result(20)
        loop.call_soon_threadsafe(ended.set)

    checking = asyncio.ensure_future(aside(work, stopped.set))
    await entered.wait()
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
    await asyncio.wait_for(ended.wait(), 20)


def test_a_value_that_does_not_fit_its_column_is_no_damaged_page(filled: Filled):
    change(
        filled.path, "PRAGMA ignore_check_constraints = ON", "UPDATE journal SET kind = 'nonsense' WHERE id = 1"
    )  # fmt: skip
    assert Check(filled.path).quick().damage == ""
    assert Check(filled.path).full().damage == ""
