"""The door of the store: private, durable, and the same after `kill -9`."""

import asyncio
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from store import folders, history, journal, listing
from store.errors import NotFound, StoreError
from store.mailstore import FILE_NAME, MailStore
from store.model import Flag, MessageId
from store.operations import Archive, SetFlags
from tests.store.mail import add, arrival, assert_consistent, seeded_store

ROOT = Path(__file__).parents[2]


async def test_an_act_is_shown_announced_and_taken_back(tmp_path):
    async with seeded_store(tmp_path / "data") as (store, at):
        [message] = await store.write(lambda tx: add(tx, at, arrival(1)))
        with store.changes.subscribe() as subscription:
            act = await store.do(Archive((message,)))
            changes = await subscription.next()
            assert changes.messages == {message}
            assert changes.folders == {at.inbox, at.archive}
            assert changes.journal == {at.account}
            page = await store.read(lambda c: listing.page(c, [at.archive], None, 10))
            assert [(one.id, one.pending) for one in page] == [(message, 1)]
            assert (await store.undo(act.id)).messages == (message,)
            assert (await subscription.next()).folders == {at.inbox, at.archive}
        assert (await store.read(lambda c: folders.get(c, at.inbox))).total == 1
        await store.read(assert_consistent)


async def test_an_act_that_cannot_be_done_writes_and_announces_nothing(tmp_path):
    async with seeded_store(tmp_path / "data") as (store, _):
        with pytest.raises(NotFound):
            await store.do(SetFlags((MessageId(9),), add=Flag.SEEN))
        with pytest.raises(NotFound, match="nothing to undo"):
            await store.undo()
        assert await store.read(lambda c: history.steps(c)) == []


async def test_two_that_undo_and_redo_at_the_same_time_never_do_the_same_twice(tmp_path):
    async with (
        seeded_store(tmp_path / "data") as (store, at),
        await MailStore.open(tmp_path / "data") as other,
    ):
        ids = await store.write(lambda tx: add(tx, at, *(arrival(n) for n in range(1, 7))))
        for message in ids:
            await store.do(Archive((message,)))
        both = (store, other) * 3
        for way, folder in (("undo", at.inbox), ("redo", at.archive)):
            done = await asyncio.gather(*(getattr(one, way)() for one in both))
            assert sorted(message for act in done for message in act.messages) == ids
            assert len(await other.read(lambda c, f=folder: listing.page(c, [f], None, 10))) == 6
            for one in (store, other):
                with pytest.raises(NotFound, match=f"nothing to {way}"):
                    await getattr(one, way)()
        ways = (store.undo, other.undo, store.undo, other.redo, store.redo, other.undo)
        await asyncio.gather(*(way() for way in ways))
        await other.read(assert_consistent)


async def test_the_folder_is_private_and_the_place_of_the_file_is_known(tmp_path):
    data = tmp_path / "deep" / "data"
    async with await MailStore.open(data) as store:
        assert store.data == data
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert stat.S_IMODE((data / FILE_NAME).stat().st_mode) == 0o600


async def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError):
        await MailStore.open(tmp_path / "file")


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from store.operations import Archive
from tests.store.mail import add, arrival, seeded_store

async def main():
    async with seeded_store(Path(sys.argv[1])) as (store, at):
        [message] = await store.write(lambda tx: add(tx, at, arrival(1)))
        await store.do(Archive((message,)))
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_an_act_survives_a_kill_right_after_it(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path / "data")]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, check=False, timeout=50, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    async with await MailStore.open(tmp_path / "data") as store:
        [entry] = await store.read(journal.unfinished)
        assert (entry.kind, entry.state) == ("move", "queued")
        archive = await store.read(lambda c: folders.by_path(c, entry.account, "Archive"))
        assert (archive.id, archive.total) == (entry.folder, 1)
        await store.read(assert_consistent)
