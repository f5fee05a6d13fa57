"""What is wrong with the store itself is told on the screen, and mended behind it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store.errors import DiskFull, StoreDamaged
from store.mailstore import FILE_NAME, MailStore
from store.settings import Settings
from store.status import StoreStatus
from tests.store.damage import overwrite, tree
from tests.tui.conftest import Run, fill
from tests.tui.screen_text import screen_text, until
from tui.app import BocauApp
from tui.widgets.status_line import describe_store


def damage_index(store: MailStore) -> None:
    with closing(sqlite3.connect(store.data / FILE_NAME, isolation_level=None, timeout=20)) as connection:
        connection.execute("UPDATE search_headers_data SET block = x'00ff00ff' WHERE id > 10")
        connection.execute("UPDATE search_bodies_data SET block = x'00ff00ff' WHERE id > 10")


async def test_a_full_disk_is_told_until_there_is_room(run: Run, store: MailStore):
    async with run((80, 30)) as pilot:  # beside a preview that it was read is written, which may find room
        pages = await store.write(lambda tx: tx.execute("PRAGMA page_count").fetchone()[0])
        await store.write(lambda tx: tx.execute(f"PRAGMA max_page_count = {pages}").fetchall())
        with pytest.raises(DiskFull):
            await store.write(lambda tx: tx.execute("INSERT INTO bodies VALUES (999, zeroblob(9000000))"))
        await until(pilot, lambda: "✗ The disk is full." in screen_text(pilot.app))
        await until(pilot, lambda: "room" in screen_text(pilot.app))
        await pilot.press("j")
        await store.write(lambda tx: tx.execute("PRAGMA max_page_count = 1000000").fetchall())
        await store.write(lambda tx: tx.execute("DELETE FROM bodies WHERE message_id = 999"))
        await until(pilot, lambda: "✗ The disk is full." not in screen_text(pilot.app))


async def test_a_damaged_search_index_is_made_anew_while_the_reader_is_open(run: Run, store: MailStore):
    damage_index(store)
    async with run((120, 30)) as pilot:
        await pilot.press("slash", *"rent", "enter")
        await until(pilot, lambda: "index" in screen_text(pilot.app) or store.status.store.error)
        await until(pilot, lambda: not store.soundness.is_doubted and not store.status.store.work, 20)
        await pilot.press("escape", "slash", *"rent", "enter")
        await until(pilot, lambda: "Rent for November" in screen_text(pilot.app))
        assert store.status.store == StoreStatus()


async def test_damaged_mail_is_told_and_nothing_more_is_written(run: Run, store: MailStore):
    async with run((120, 30)) as pilot:
        store.soundness.condemn("table bodies: page 7 is nonsense.")
        await until(pilot, lambda: "✗ The store is damaged." in screen_text(pilot.app))
        await until(pilot, lambda: "salvage" in screen_text(pilot.app))
        with pytest.raises(StoreDamaged):
            await store.write(lambda tx: tx.execute("DELETE FROM bodies"))


async def test_where_not_even_the_first_list_can_be_read_the_screen_ends_and_says_why(tmp_path: Path):
    async with await MailStore.open(tmp_path / "data") as store:
        await fill(store)
    file = tmp_path / "data" / FILE_NAME
    overwrite(file, tree(file, "messages")[1])
    async with await MailStore.open(tmp_path / "data") as damaged:
        app = BocauApp(damaged, Settings())
        await app.run_async(headless=True, size=(80, 24))
        assert isinstance(app.failure, StoreDamaged)
        assert not app.return_code


async def test_an_unclean_end_is_seen_to_behind_the_first_list(run: Run, store: MailStore):
    (store.data / "open.12345.left").touch()
    store.soundness.begin()
    assert store.soundness.is_doubted
    async with run((120, 30)) as pilot:
        await until(pilot, lambda: not store.soundness.is_doubted)
    assert not (store.data / "open.12345.left").exists()


def test_nothing_is_said_of_a_store_in_order():
    assert describe_store(StoreStatus()) == []
    told = describe_store(StoreStatus(error="The disk is full.", work="search index", done=1200, total=9000))
    assert [text for text, _ in told] == ["✗ The disk is full.", "○ search index 1,200 of 9,000"]
    assert [look for _, look in told] == ["error", "plain"]
