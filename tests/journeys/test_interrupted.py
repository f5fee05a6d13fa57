"""Leaving in the middle of a synchronisation: it ends at once, whole, and the next one goes on."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from store import folders, listing
from tests.journeys.home import BOCAU, Home
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.imap_account import letter

COUNT = 40


def stalling(fake: FakeImap) -> asyncio.Event:
    """The server falls silent in the middle of its answer about contents; the event tells when."""
    silent = asyncio.Event()

    def half(command: str) -> list[str | bytes]:
        silent.set()
        return ["* OK wait", b"* 40 FETCH (UID 40 BODY[] {99999}"]

    fake.does(r"UID FETCH \S+ .*BODY\.PEEK\[\]", half)
    return silent


async def all_is_there(home: Home) -> None:
    """Every letter once, each with its bytes, in a store that is sound."""
    async with home.look() as store:
        inbox = await store.read(lambda c: folders.unified(c))
        rows = await store.read(lambda c: listing.page(c, inbox, None, 1000))
        assert sorted(row.subject for row in rows) == sorted(f"letter {number}" for number in range(1, COUNT + 1))
        assert await store.read(lambda c: c.execute("PRAGMA integrity_check").fetchall()) == [("ok",)]
        assert await store.read(lambda c: c.execute("SELECT count(*) FROM bodies").fetchone()) == (COUNT,)


@pytest.fixture
def fake() -> FakeImap:
    server = FakeImap()
    for number in range(1, COUNT + 1):
        server.inbox.add(letter(number))
    return server


def _heeding_signals() -> None:
    """In the background of a shell SIGINT is ignored, under nohup SIGHUP; what tests start would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
async def test_a_signal_in_the_middle_of_a_sync_leaves_a_sound_store(tmp_path: Path, fake: FakeImap, number: int):
    """R04: SIGTERM, SIGHUP, Ctrl+C, and what nobody can answer."""
    home, silent = Home(tmp_path), stalling(fake)
    async with serving(fake):
        home.account("a", "imap", fake.port, "anna")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *BOCAU, "sync", env=home.environment, stdout=pipe, stderr=pipe, preexec_fn=_heeding_signals
        )
        await asyncio.wait_for(silent.wait(), 30)
        os.kill(process.pid, number)
        _, said = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode != 0 and b"Traceback" not in said
        fake.forget_quirks()
        assert (await home.run("sync")).code == 0
    await all_is_there(home)


async def test_leaving_the_screen_in_the_middle_of_a_sync_leaves_a_sound_store(tmp_path: Path, fake: FakeImap):
    """R04: the reader is left with Ctrl+Q while contents come."""
    home, silent = Home(tmp_path), stalling(fake)
    async with serving(fake):
        home.account("a", "imap", fake.port, "anna")
        async with asyncio.timeout(50):
            async with home.reading() as person:
                await asyncio.wait_for(silent.wait(), 30)
                await person.pilot.press("ctrl+q")
            fake.forget_quirks()
            assert (await home.run("sync")).code == 0
    await all_is_there(home)
