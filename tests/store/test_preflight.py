"""What SQLite would take for an empty database, or put a foreign journal into, is refused and left as it is."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from store.errors import StoreDamaged, StoreError
from store.mailstore import FILE_NAME, MailStore
from store.newborn import create
from store.preflight import inspect, is_foreign_log, log_of, verdict_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A new database in a folder of its own."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    create(folder / FILE_NAME)
    return folder / FILE_NAME


@pytest.fixture
def logged(path: Path) -> Iterator[bytes]:
    """The journal of that database, with something in it that is not in the file yet."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE late (x)")
        yield log_of(path).read_bytes()


def untouched(path: Path, match: str) -> None:
    """Opening is refused, and changes nothing."""
    before = {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}
    with pytest.raises(StoreError, match=match):
        inspect(path, alone=True)
    assert {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()} == before


def test_a_new_database_and_none_at_all_may_be_opened(path: Path, tmp_path: Path):
    inspect(path, alone=True)
    inspect(tmp_path / "none", alone=True)
    assert {file.name for file in path.parent.iterdir()} == {FILE_NAME}


def test_a_new_database_is_never_empty_and_has_a_number_of_its_own(path: Path, tmp_path: Path):
    create(tmp_path / "other")
    numbers = []
    for file in (path, tmp_path / "other"):
        with closing(sqlite3.connect(file)) as connection:
            numbers.append(connection.execute("PRAGMA application_id").fetchone()[0])
    assert all(numbers)
    assert numbers[0] != numbers[1]


def test_creating_it_twice_keeps_the_first(path: Path):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO accounts (name, protocol) VALUES ('a', 'imap')")
    create(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM accounts").fetchall() == [("a",)]


def test_an_empty_file_lost_what_it_held(path: Path):
    """D03."""
    path.write_bytes(b"")
    untouched(path, "is empty")


def test_a_journal_without_its_database_is_no_new_store(path: Path, logged: bytes):
    """D03."""
    log_of(path).write_bytes(logged)
    path.unlink()
    untouched(path, "is gone, though its journal is there")


@pytest.mark.parametrize("left", [100, 4096, 20_000])
def test_a_file_that_was_cut_off_is_told_by_its_own_count(path: Path, left: int):
    """D03."""
    path.write_bytes(path.read_bytes()[:left])
    untouched(path, "cut off")


def test_a_header_that_makes_no_sense_is_damage(path: Path):
    content = bytearray(path.read_bytes())
    content[16:18] = b"\x03\x33"
    path.write_bytes(content)
    untouched(path, "makes no sense")


def test_the_journal_of_another_database_is_recognised(path: Path, logged: bytes, tmp_path: Path):
    """D03."""
    create(tmp_path / "other")
    log_of(tmp_path / "other").write_bytes(logged)
    assert not is_foreign_log(path)
    assert is_foreign_log(tmp_path / "other")
    with pytest.raises(StoreDamaged, match="another database"):
        inspect(tmp_path / "other", alone=True)
    inspect(tmp_path / "other", alone=False)  # somebody has it open: it is read as it is


@pytest.mark.parametrize("journal", [b"", b"x" * 31, b"no journal" * 1000])
def test_a_journal_that_is_none_does_no_harm(path: Path, journal: bytes):
    log_of(path).write_bytes(journal)
    inspect(path, alone=True)


def test_a_folder_or_a_pipe_in_its_place_is_a_sentence(path: Path):
    """D02."""
    path.unlink()
    path.mkdir()
    untouched(path, "is no file")
    path.rmdir()
    os.mkfifo(path)
    untouched(path, "is no file")


def test_a_link_in_its_place_is_a_sentence(path: Path):
    """D02."""
    path.rename(path.with_name("real"))
    path.symlink_to("real")
    with pytest.raises(StoreError, match="link") as refused:
        asyncio.run(MailStore.open(path.parent))
    assert "--data" in refused.value.hint


def test_a_file_that_may_not_be_read_is_a_sentence(path: Path):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path.chmod(0)
    path.parent.chmod(0o500)
    try:
        with pytest.raises(StoreError, match=r"denied|not permitted") as refused:
            asyncio.run(MailStore.open(path.parent))
        assert "who owns it" in refused.value.hint
    finally:
        path.parent.chmod(0o700)


async def test_a_folder_of_another_user_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """D02."""
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(StoreError, match="belongs to another user"):
        await MailStore.open(tmp_path / "data")


async def test_what_a_check_has_condemned_stays_closed(path: Path):
    verdict_of(path).write_text("table bodies: page 7 is nonsense\n")
    with pytest.raises(StoreDamaged, match="page 7 is nonsense") as refused:
        await MailStore.open(path.parent)
    assert "--salvage" in refused.value.hint and str(verdict_of(path)) in refused.value.hint
