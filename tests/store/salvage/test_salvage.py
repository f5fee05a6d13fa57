"""Whatever page is damaged: what can be read is saved, the damaged file is kept, nothing starts empty."""

import asyncio
import errno
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from store import journal, mending
from store.errors import StoreBusy, StoreDamaged, StoreError, StoreNewer
from store.mailstore import FILE_NAME, MailStore
from store.model import MessageId, Protocol
from store.preflight import log_of
from store.salvage.report import Report
from store.salvage.salvage import salvage
from store.search import rebuild, sources
from tests.store.damage import PAGE, Filled, fill, overwrite, root, tree

CONFIGURED = [("imap", Protocol.IMAP, True), ("pop3", Protocol.POP3, True)]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A store that nobody damages."""
    return asyncio.run(fill(tmp_path_factory.mktemp("salvage") / "data"))


@pytest.fixture
def filled(original: Filled, tmp_path: Path) -> Filled:
    """A copy of it that may be damaged."""
    shutil.copytree(original.data, tmp_path / "data")
    return Filled(tmp_path / "data", original.at, original.raws, original.imap)


def bodies(path: Path) -> dict[MessageId, bytes]:
    """Every body, whatever message it is of."""
    with closing(sqlite3.connect(path)) as connection:
        return {MessageId(row[0]): row[1] for row in connection.execute("SELECT message_id, raw FROM bodies")}


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


async def saved(filled: Filled, *, damaged: bytes | None = None) -> Report:
    """Salvage, and look at what is true of every salvage."""
    before = filled.path.read_bytes() if damaged is None else damaged
    report = salvage(filled.data, CONFIGURED)
    assert report.put_aside is not None
    assert report.put_aside.read_bytes() == before
    assert rows(filled.path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(filled.path, "PRAGMA foreign_key_check") == []
    async with await MailStore.open(filled.data) as store:
        assert store.soundness.is_doubted
        left = await store.read(mending.disagreements)
        assert replace(left, homeless=0) == mending.Disagreements()
    return report


def all_of(filled: Filled) -> dict[MessageId, bytes]:
    return {**filled.raws, **filled.imap}


async def test_a_sound_store_is_copied_to_the_last_row(filled: Filled):
    """D03."""
    tables = ("accounts", "folders", "messages", "bodies", "journal", "acts", "pop3_messages", "thread_references")
    before = {
        table: rows(filled.path, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables if table != "folders"
    }
    report = await saved(filled)
    assert {table: rows(filled.path, f"SELECT * FROM {table} ORDER BY 1, 2") for table in before} == before
    assert (report.bad, report.strays, report.hollow, report.again, report.cut) == (0, 0, 0, 0, 0)
    assert "Everything in the file could be read." in report.sentences()
    with closing(sqlite3.connect(filled.path)) as connection:
        assert rebuild.gaps(connection).headers == 400


@pytest.mark.parametrize("content", [b"\xff" * PAGE, bytes(PAGE), b"\x0d" + b"garbage!" * 511 + b"garbage"])
async def test_without_its_first_page_everything_else_is_found_again(filled: Filled, content: bytes):
    overwrite(filled.path, [1], content)
    with pytest.raises(StoreDamaged, match="does not begin"):
        await MailStore.open(filled.data)
    report = await saved(filled)
    assert bodies(filled.path) == all_of(filled)
    assert report.strays > 800
    assert rows(filled.path, "SELECT name, protocol FROM accounts ORDER BY id") == [("imap", "imap"), ("pop3", "pop3")]
    # nobody knows whether the page of the journal was in use: what waited is not sent unasked
    assert len(rows(filled.path, "SELECT id FROM journal WHERE state = 'refused'")) == 3 == report.doubtful
    assert any("may have reached the server" in sentence for sentence in report.sentences())


@pytest.mark.parametrize("table", ["bodies", "messages"])
async def test_a_damaged_interior_page_costs_nothing(filled: Filled, table: str):
    interior, _ = tree(filled.path, table)
    overwrite(filled.path, interior)
    before = len(rows_by_scan(filled.path, table))
    assert before < 400
    report = await saved(filled)
    assert bodies(filled.path) == all_of(filled)
    assert len(rows(filled.path, "SELECT id FROM messages")) == 400
    assert report.strays >= 350
    assert report.bad >= 1


def rows_by_scan(path: Path, table: str) -> list[tuple[object, ...]]:
    """What SQLite itself still reads."""
    try:
        return rows(path, f"SELECT * FROM {table} NOT INDEXED")
    except sqlite3.DatabaseError:
        return []


async def test_a_damaged_leaf_of_bodies_costs_what_stood_on_it(filled: Filled):
    _, leaves = tree(filled.path, "bodies")
    overwrite(filled.path, leaves[3:5])
    report = await saved(filled)
    left = bodies(filled.path)
    everything = all_of(filled)
    assert left.items() <= everything.items()
    lost = everything.keys() - left.keys()
    assert 0 < len(lost) < 30
    assert report.hollow == len(lost & filled.raws.keys())
    assert report.again == len(lost & filled.imap.keys())
    hollow = {row[0] for row in rows(filled.path, "SELECT id FROM messages WHERE cached = 0")}
    assert hollow == lost
    # what may still be on the POP3 server is asked for again
    wanted = rows(
        filled.path,
        "SELECT m.id FROM messages m JOIN pop3_messages p USING (account_id, uidl) WHERE p.state = 'seen'",
    )
    assert {row[0] for row in wanted} == lost & filled.raws.keys()


async def test_contents_without_a_summary_are_kept(filled: Filled):
    _, leaves = tree(filled.path, "messages")
    overwrite(filled.path, [leaves[0]])
    report = await saved(filled)
    assert bodies(filled.path) == all_of(filled)
    here = {row[0] for row in rows(filled.path, "SELECT id FROM messages")}
    assert report.homeless == 400 - len(here) > 0
    (highest,) = rows(filled.path, "SELECT seq FROM sqlite_sequence WHERE name = 'messages'")[0]
    assert highest >= 400
    assert any("only the contents were left" in sentence for sentence in report.sentences())


@pytest.mark.parametrize("index", ["messages_by_folder", "messages_by_uid", "messages_by_thread"])
async def test_a_damaged_index_costs_nothing(filled: Filled, index: str):
    interior, leaves = tree(filled.path, index)
    overwrite(filled.path, [*interior, *leaves])
    report = await saved(filled)
    assert bodies(filled.path) == all_of(filled)
    assert (report.strays, report.hollow, report.again) == (0, 0, 0)


async def test_the_maildrop_can_be_lost_and_the_mail_is_there(filled: Filled):
    interior, leaves = tree(filled.path, "pop3_messages")
    overwrite(filled.path, [*interior, *leaves])
    await saved(filled)
    assert bodies(filled.path) == all_of(filled)


@pytest.mark.parametrize("table", ["accounts", "folders", "acts"])
async def test_mail_whose_account_folder_or_act_is_lost_finds_a_place(filled: Filled, table: str):
    overwrite(filled.path, [root(filled.path, table)])
    await saved(filled)
    kept = bodies(filled.path)
    assert filled.raws.items() <= kept.items()
    there = rows(filled.path, "SELECT m.id FROM messages m JOIN folders f ON f.id = m.folder_id WHERE f.role = 'inbox'")
    assert filled.raws.keys() <= {row[0] for row in there}
    names = rows(filled.path, "SELECT name FROM accounts ORDER BY id")
    assert names == [("imap",), ("pop3",)]
    if table == "acts":
        async with await MailStore.open(filled.data) as store:
            assert len(await store.read(journal.unfinished)) == 3


async def test_the_text_that_only_the_index_has_is_kept(filled: Filled):
    with closing(sqlite3.connect(filled.path)) as connection:
        connection.execute("DELETE FROM bodies WHERE message_id = ?", (min(filled.imap),))
        connection.commit()
    _, leaves = tree(filled.path, "search_bodies_data")
    overwrite(filled.path, leaves)
    await saved(filled)
    assert (min(filled.imap), "copy0") in rows(filled.path, f"SELECT id, c0 FROM {sources.RESCUED}")


async def test_a_file_that_was_cut_off_keeps_its_beginning(filled: Filled):
    content = filled.path.read_bytes()
    filled.path.write_bytes(content[: len(content) // 2 // PAGE * PAGE + 100])
    with pytest.raises(StoreDamaged, match="cut off"):
        await MailStore.open(filled.data)
    report = await saved(filled)
    assert report.bad
    assert 0 < len(bodies(filled.path)) < 400


async def test_what_stands_in_the_log_alone_is_saved(filled: Filled):
    killed = filled.data.parent / "killed"
    async with await MailStore.open(filled.data) as store:
        await store.write(lambda tx: tx.execute("INSERT INTO bodies VALUES (9999, ?)", (b"Subject: late\r\n\r\nlate",)))
        shutil.copytree(filled.data, killed)  # as a kill -9 leaves it
    copy = Filled(killed, filled.at, filled.raws, filled.imap)
    assert log_of(copy.path).stat().st_size
    overwrite(copy.path, [1])
    log = log_of(copy.path).read_bytes()
    report = await saved(copy)
    assert bodies(copy.path)[MessageId(9999)] == b"Subject: late\r\n\r\nlate"
    assert report.put_aside is not None
    assert log_of(report.put_aside).read_bytes() == log


async def test_an_emptied_file_is_salvaged_from_its_log(filled: Filled):
    async with await MailStore.open(filled.data) as store:
        await store.write(lambda tx: tx.execute("INSERT INTO bodies VALUES (9999, ?)", (b"Subject: late\r\n\r\nlate",)))
        log = log_of(filled.path).read_bytes()
    filled.path.write_bytes(b"")
    log_of(filled.path).write_bytes(log)
    with pytest.raises(StoreDamaged, match="is empty"):
        await MailStore.open(filled.data)
    await saved(filled, damaged=b"")
    assert MessageId(9999) in bodies(filled.path)


@pytest.mark.parametrize("content", [b"", b"no database at all, but text" * 1000])
def test_when_nothing_can_be_read_nothing_is_changed(tmp_path: Path, content: bytes):
    data = tmp_path / "data"
    data.mkdir()
    (data / FILE_NAME).write_bytes(content)
    with pytest.raises(StoreDamaged, match="Nothing could be read"):
        salvage(data, CONFIGURED)
    assert (data / FILE_NAME).read_bytes() == content
    assert names(data) == {FILE_NAME, "engine.lock"}


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_the_log_of_another_database_is_put_aside_unread(filled: Filled, tmp_path: Path):
    async with await MailStore.open(tmp_path / "other") as store:
        await store.write(lambda tx: tx.execute("CREATE TABLE foreign_table (x)"))
        log = log_of(tmp_path / "other" / FILE_NAME).read_bytes()
    log_of(filled.path).write_bytes(log)
    with pytest.raises(StoreDamaged, match="belongs to another database"):
        await MailStore.open(filled.data)
    report = await saved(filled)
    assert bodies(filled.path) == all_of(filled)
    assert report.put_aside is not None and log_of(report.put_aside).read_bytes() == log


async def test_an_open_store_is_not_salvaged(filled: Filled):
    async with await MailStore.open(filled.data):
        with pytest.raises(StoreBusy, match="open"):
            salvage(filled.data, CONFIGURED)


def test_a_newer_store_is_not_salvaged(filled: Filled):
    with closing(sqlite3.connect(filled.path)) as connection:
        connection.execute("PRAGMA user_version = 9999")
    before = filled.path.read_bytes()
    with pytest.raises(StoreNewer):
        salvage(filled.data, CONFIGURED)
    assert filled.path.read_bytes() == before


def test_without_room_nothing_is_changed(filled: Filled):
    overwrite(filled.path, [1])
    before = filled.path.read_bytes()
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom store.salvage.salvage import salvage\n"
        "from store.errors import DiskFull\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))\n"
        "try:\n    salvage(Path(sys.argv[1]))\nexcept DiskFull as error:\n    print(error.title)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(filled.data)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert done.stdout.startswith("No room to write")
    assert filled.path.read_bytes() == before
    assert names(filled.data) <= {FILE_NAME, "engine.lock", "bocau.log"}


async def test_of_a_message_with_a_hole_the_beginning_is_kept(filled: Filled):
    content = filled.path.read_bytes()
    long, raw = next((id, raw) for id, raw in filled.raws.items() if len(raw) > 9000)
    sentence = raw[-500:-400]
    pages = [at for at in range(0, len(content), PAGE) if not content[at] and content.count(sentence, at, at + PAGE)]
    overwrite(filled.path, [pages[0] // PAGE + 1])
    report = await saved(filled)
    left = bodies(filled.path)
    assert {id for id, one in all_of(filled).items() if left.get(id) != one} == {long}
    assert report.cut == 1
    assert left[long][:300] == raw[:300]
    assert "Of 1 message only the beginning could be read." in report.sentences()


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_pages_are_damaged_the_copy_is_sound(filled: Filled, seed: int):
    """D03."""
    dice = random.Random(seed)
    pages = filled.path.stat().st_size // PAGE
    for number in dice.sample(range(1, pages + 1), pages // (4 + 4 * seed)):
        overwrite(filled.path, [number], dice.choice([bytes(PAGE), dice.randbytes(PAGE), b"\xff" * PAGE]))
    await saved(filled)
    left = bodies(filled.path)
    assert len(left) > 20
    holes = [id for id, raw in left.items() if raw != all_of(filled).get(id)]
    assert all(len(all_of(filled)[id]) > 4000 for id in holes)  # an overflow page says nothing of its own content


@pytest.mark.parametrize("seed", range(4))
async def test_flipped_bits_do_not_confuse_it(filled: Filled, seed: int):
    dice = random.Random(seed)
    content = bytearray(filled.path.read_bytes())
    for _ in range(300):
        content[dice.randrange(100, len(content))] ^= 1 << dice.randrange(8)
    filled.path.write_bytes(content)
    report = await saved(filled)
    # what is read, not what is left: of an IMAP account whose folder was hit the mail comes again from its server
    assert report.saved["bodies"] > 380


async def test_when_the_new_file_cannot_take_its_place_the_old_ones_do(filled: Filled, monkeypatch: pytest.MonkeyPatch):
    async with await MailStore.open(filled.data) as store:
        await store.write(lambda tx: tx.execute("INSERT INTO bodies VALUES (9999, ?)", (b"Subject: late\r\n\r\nlate",)))
        log = log_of(filled.path).read_bytes()
    log_of(filled.path).write_bytes(log)
    overwrite(filled.path, [1])
    before = {file.name: file.read_bytes() for file in filled.data.glob("mail*")}

    def fail(self: Path, target: Path) -> None:
        raise OSError(errno.EIO, "the disk went away")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", fail)
        with pytest.raises(StoreError, match="the disk went away"):
            salvage(filled.data, CONFIGURED)
    assert {file.name: file.read_bytes() for file in filled.data.glob("mail*")} == before
    (filled.data / f"{FILE_NAME}.salvaged-1").write_bytes(b"left by one that was killed")
    await saved(filled)
    assert not list(filled.data.glob("*.salvaged-*"))


async def test_a_log_that_was_put_aside_already_is_found_again(filled: Filled):
    async with await MailStore.open(filled.data) as store:
        await store.write(lambda tx: tx.execute("INSERT INTO bodies VALUES (9999, ?)", (b"Subject: late\r\n\r\nlate",)))
        log = log_of(filled.path).read_bytes()
    # as a kill in the middle of the exchange leaves it
    with closing(sqlite3.connect(filled.path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM bodies WHERE message_id = 9999")
    overwrite(filled.path, [1])
    aside = filled.path.with_name(f"{FILE_NAME}.damaged-2026-11-23-120000")
    aside.hardlink_to(filled.path)
    log_of(aside).write_bytes(log)
    await saved(filled)
    assert len(list(filled.data.glob("*.damaged-*-wal"))) == 1


async def test_ids_that_are_set_aside_for_a_first_sync_are_given_to_nobody_else(filled: Filled):
    with closing(sqlite3.connect(filled.path)) as connection, connection:
        connection.execute("INSERT INTO reservations VALUES (?, 1, 10000, 50)", (filled.at.inbox,))
        connection.execute("DELETE FROM sqlite_sequence")  # as where its page is lost
    await saved(filled)
    assert rows(filled.path, "SELECT seq FROM sqlite_sequence WHERE name = 'messages'") == [(10050,)]
