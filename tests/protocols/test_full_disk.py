"""A full disk: it is told, nothing is half-written or lost on a server, and work goes on when there is room."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from protocols.connector import Connector
from protocols.engine import Engine
from protocols.supervisor import LOOK_FOR_ROOM, Supervisor
from store import accounts, folders, journal, listing
from store.errors import DiskFull, StoreError
from store.mailstore import FILE_NAME, MailStore
from store.migrations import available, migrate
from store.model import Flag, Protocol
from store.operations import SetFlags
from store.salvage.salvage import salvage
from store.settings import AccountSettings, Settings
from store.status import Activity
from tests.journeys.letters import seen_elsewhere
from tests.servers.accounts import imap_account, pop3_account
from tests.servers.dovecot import Dovecot
from tests.servers.pop3 import PopServer
from tests.servers.scripted import Line, Time, secret
from tests.store.damage import letter, overwrite, tree
from tests.store.mail import assert_consistent

ROOT = Path(__file__).parents[2]
COUNT = 60
MAIL = [(f"uidl-{number}", letter(number, 20_000)) for number in range(COUNT)]


async def leave(store: MailStore, pages: int) -> None:
    """Leave room for so many pages more, as a disk would that fills up."""
    used = await store.write(lambda tx: tx.execute("PRAGMA page_count").fetchone()[0])
    await store.write(lambda tx: tx.execute(f"PRAGMA max_page_count = {used + pages}").fetchall())


async def raws(store: MailStore) -> list[bytes]:
    return await store.read(lambda c: sorted(row[0] for row in c.execute("SELECT raw FROM bodies")))


@asynccontextmanager
async def engine(store: MailStore, *settings: AccountSettings) -> AsyncIterator[Engine]:
    async with Engine(store, Settings(accounts=settings), supervise=False, passwords=secret) as running:
        yield running


async def test_pop3_mail_that_finds_no_room_stays_on_its_server(tmp_path: Path):
    async with PopServer(MAIL) as server, await MailStore.open(tmp_path / "data") as store:
        async with engine(store, pop3_account(server.port)) as running:
            await leave(store, 120)
            outcome = await running.sync()
            assert isinstance(outcome["drop"], DiskFull)
            assert store.status.store.error == "The disk is full."
            here = await raws(store)
            assert len(here) < COUNT
            assert {*here, *(raw for _, raw in server.maildrop)} == {raw for _, raw in MAIL}
            await store.read(assert_consistent)
            await leave(store, 100_000)
            assert await running.sync() == {"drop": None}
            assert store.status.store.error == ""
        assert server.maildrop == []
        assert await raws(store) == sorted(raw for _, raw in MAIL)
        await store.read(assert_consistent)


async def test_imap_mail_that_finds_no_room_comes_when_there_is_some(tmp_path: Path, dovecot: Dovecot):
    user = dovecot.user()
    for number in range(COUNT):
        dovecot.deliver(user, letter(number, 20_000))
    account = imap_account(dovecot.imap, user=user)

    async def password(_: AccountSettings) -> str:
        return Dovecot.password

    async with await MailStore.open(tmp_path / "data") as store:
        async with Engine(store, Settings(accounts=(account,)), supervise=False, passwords=password) as running:
            await leave(store, 150)
            assert isinstance((await running.sync())["box"], DiskFull)
            await store.read(assert_consistent)
            await leave(store, 100_000)
            assert await running.sync() == {"box": None}
        await store.read(assert_consistent)
        inbox = await store.read(folders.unified)
        rows = await store.read(lambda c: listing.page(c, inbox, None, 1000))
        assert len(rows) == COUNT == len(await raws(store))
    assert len(await seen_elsewhere(dovecot, user)) == COUNT


async def test_an_act_that_finds_no_room_is_refused_whole_and_can_be_repeated(tmp_path: Path):
    async with PopServer(MAIL[:5]) as server, await MailStore.open(tmp_path / "data") as store:
        async with engine(store, pop3_account(server.port)) as running:
            assert await running.sync() == {"drop": None}
        inbox = await store.read(folders.unified)
        page = await store.read(lambda c: listing.page(c, inbox, None, 10))
        await leave(store, 0)

        def fill(tx: object) -> None:
            tx.execute("CREATE TABLE filler (x)")  # type: ignore[attr-defined]
            tx.execute("INSERT INTO filler VALUES (zeroblob(9000000))")  # type: ignore[attr-defined]

        with pytest.raises(DiskFull, match="No room to write"):
            await store.write(fill)
        acts = await store.read(journal.unfinished)
        await leave(store, 1000)
        await store.do(SetFlags((page[0].id,), add=Flag.FLAGGED))
        assert store.status.store.error == ""
        assert len(await store.read(journal.unfinished)) >= len(acts)
        await store.read(assert_consistent)


async def test_an_account_looks_for_room_every_half_minute_at_most(tmp_path: Path):
    line, time = Line(), Time()
    line.syncs.extend([DiskFull("No room to write.", "Make room.")] * 7)
    async with await MailStore.open(tmp_path / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [("box", Protocol.IMAP, True)]))
        connector = Connector(imap_account(1), ids["box"], store, secret, line.backend)
        task = asyncio.create_task(Supervisor(connector, time.clock).run())
        try:
            for number in range(1, 8):
                await time.asleep(number)
                assert store.status["box"].activity is Activity.WAITING
                assert time.slept[-1] <= LOOK_FOR_ROOM
                time.pass_by(LOOK_FOR_ROOM)
            await line.until("synced")
        finally:
            task.cancel()
            await asyncio.wait([task])
    assert max(time.slept) == LOOK_FOR_ROOM


LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from store.errors import DiskFull
from store.mailstore import MailStore

async def main():
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
    try:
        async with await MailStore.open(Path(sys.argv[1])):
            print("opened")
    except DiskFull as error:
        print(error.title)

asyncio.run(main())
"""


async def test_a_migration_without_room_leaves_the_earlier_version(tmp_path: Path):
    (tmp_path / "data").mkdir(mode=0o700)
    path = tmp_path / "data" / FILE_NAME
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, upto=4)
        connection.execute("INSERT INTO accounts (name, protocol) VALUES ('a', 'imap')")
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO messages"
            " (id, account_id, thread_id, received, size) SELECT i, 1, i, i, i FROM n"
        )
    run = [sys.executable, "-c", LIMITED, str(tmp_path / "data")]
    done = await asyncio.to_thread(subprocess.run, run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("No room to write"), done.stdout
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] < available()[-1][0]
        assert connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    async with await MailStore.open(tmp_path / "data") as store:
        assert await store.read(lambda c: c.execute("SELECT count(*) FROM messages").fetchone()[0]) == 20_000


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for three megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() or shutil.which("mount") is None or mount(place, "size=3m"):
        pytest.skip("only root may mount a file system of its own, and not everywhere")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def mount(place: Path, options: str) -> int:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    return subprocess.run(command, check=False, capture_output=True).returncode


async def test_on_a_disk_that_is_really_full_everything_waits_and_then_goes_on(small: Path):
    mail = [(f"uidl-{number}", letter(number, 60_000)) for number in range(COUNT)]
    async with PopServer(mail) as server, await MailStore.open(small / "data") as store:
        async with engine(store, pop3_account(server.port)) as running:
            assert isinstance((await running.sync())["drop"], DiskFull)
            here = await raws(store)
            assert {*here, *(raw for _, raw in server.maildrop)} == {raw for _, raw in mail}
            await store.read(assert_consistent)
            assert mount(small, "remount,size=60m") == 0
            assert await running.sync() == {"drop": None}
        assert (server.maildrop, len(await raws(store))) == ([], COUNT)
        await store.read(assert_consistent)


async def test_a_file_system_that_can_only_be_read_is_a_sentence(small: Path):
    """D02."""
    async with await MailStore.open(small / "data"):
        pass
    assert mount(small, "remount,ro") == 0
    before = {file.name: file.read_bytes() for file in (small / "data").iterdir()}
    with pytest.raises(StoreError, match="read-only") as refused:
        await MailStore.open(small / "data")
    assert "--data" in refused.value.hint
    assert {file.name: file.read_bytes() for file in (small / "data").iterdir()} == before


async def test_salvaged_pop3_mail_without_contents_comes_again_from_the_server(tmp_path: Path):
    async with PopServer(MAIL) as server:
        account = pop3_account(server.port, after="keep")
        async with await MailStore.open(tmp_path / "data") as store, engine(store, account) as running:
            assert await running.sync() == {"drop": None}
            ids = await store.read(lambda c: [row[0] for row in c.execute("SELECT id FROM messages")])
        path = tmp_path / "data" / FILE_NAME
        overwrite(path, tree(path, "bodies")[1][:2])
        report = salvage(tmp_path / "data", [("drop", Protocol.POP3, True)])
        assert report.hollow > 0
        async with await MailStore.open(tmp_path / "data") as store, engine(store, account) as running:
            assert await running.sync() == {"drop": None}
            assert await raws(store) == sorted(raw for _, raw in MAIL)
            assert await store.read(lambda c: [row[0] for row in c.execute("SELECT id FROM messages")]) == ids
