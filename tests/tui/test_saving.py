"""Attachments are saved from the screen: fetched on demand, with progress, stopped and gone on with."""

import asyncio
import base64
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from protocols.errors import ConnectionLost
from store import parts
from store.mailstore import MailStore
from store.model import FolderId, MessageId
from store.parts import Place
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tests.tui.test_partial_reading import partial

CONTENT = bytes(range(256)) * 20_000
SLICE = 4_000_000


class Server:
    """Brings parts in slices, each when the test says so."""

    def __init__(self, store: MailStore, place: Place, content: bytes) -> None:
        self.store, self.place, self.content = store, place, content
        self.more = asyncio.Semaphore(0)
        self.stopped = asyncio.Event()
        self.error: Exception | None = None
        self.starts: list[int] = []

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        assert part is not None
        start = await self.store.read(lambda c: parts.arrived(c, message, part))
        self.starts.append(start)
        while start < len(self.content):
            try:
                await self.more.acquire()
            except asyncio.CancelledError:
                self.stopped.set()
                raise
            if self.error is not None:
                raise self.error
            piece = self.content[start : start + SLICE]
            await self.store.write(lambda tx, s=start, p=piece: parts.add_slice(tx, message, part, self.place, s, p))
            start += len(piece)
        await self.store.write(lambda tx: parts.join(tx, message, part, self.place))

    def refresh(self, account: str | None) -> None:
        """Nothing is new."""

    def focus(self, folders: Sequence[FolderId]) -> None:
        """All the same to it."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder, with one for downloads."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DOWNLOAD_DIR", raising=False)
    (tmp_path / "Downloads").mkdir()
    return tmp_path


async def list_parts(pilot: Pilot[None]) -> None:
    await pilot.press("A")
    await until(pilot, lambda: "Parts of: " in screen_text(pilot.app))


async def save(pilot: Pilot[None], *typed: str) -> None:
    """Save the part under the cursor as it is proposed, after some keys typed into the line."""
    await pilot.press("enter")
    await until(pilot, lambda: "no file is ever overwritten" in screen_text(pilot.app))
    await pilot.press(*typed, "enter")


async def test_the_parts_of_a_message_are_listed_with_type_size_and_whereabouts(run: Run, store: MailStore, home: Path):
    message, place = await partial(store)
    await store.write(lambda tx: parts.add_slice(tx, message, "2", place, 0, b"x" * SLICE))
    async with run((80, 24)) as pilot:
        await list_parts(pilot)
        shown = screen_text(pilot.app)
        assert "part-1.txt" in shown and "here" in shown
        assert "\x1b" not in shown
        bill = next(row for row in shown.splitlines() if "hóa đơn_[2J.pdf" in row)
        assert "application/pdf" in bill and "8.0 MB" in bill and "50 % here" in bill
        assert "900 B" in shown and "not here yet" in shown
        await pilot.press("escape")
        await until(pilot, lambda: "Parts of: " not in screen_text(pilot.app))


async def test_an_attachment_is_fetched_with_progress_and_saved(run: Run, store: MailStore, home: Path):
    _, place = await partial(store)
    server = Server(store, place, base64.encodebytes(CONTENT))
    async with run((100, 30), engine=server) as pilot:
        await list_parts(pilot)
        await save(pilot)
        await until(pilot, lambda: "Fetching hóa đơn_[2J.pdf …" in screen_text(pilot.app))
        server.more.release()
        await until(
            pilot, lambda: "Fetching hóa đơn_[2J.pdf: ━━━━━───── 4.0 of 8.0 MB · X stops" in screen_text(pilot.app)
        )
        server.more.release()
        await until(pilot, lambda: "Saved ~/Downloads/hóa đơn_[2J.pdf (" in screen_text(pilot.app))
        assert (home / "Downloads" / "hóa đơn_[2J.pdf").read_bytes() == server.content
        # once more: it is here, nothing is asked for, and the first file stays
        await list_parts(pilot)
        await save(pilot)
        await until(pilot, lambda: "Saved ~/Downloads/hóa đơn_[2J (2).pdf" in screen_text(pilot.app))
        assert server.starts == [0]


async def test_saving_is_stopped_and_goes_on_from_there(run: Run, store: MailStore, home: Path):
    message, place = await partial(store)
    server = Server(store, place, b"x" * 7_000_000)
    async with run((120, 30), engine=server) as pilot:
        await pilot.press("X")
        await until(pilot, lambda: "Nothing is being saved now." in screen_text(pilot.app))
        await list_parts(pilot)
        await save(pilot)
        server.more.release()
        await until(pilot, lambda: "4.0 of 8.0 MB" in screen_text(pilot.app))
        await pilot.press("X")
        await server.stopped.wait()
        await until(pilot, lambda: "doing it again goes on from there." in screen_text(pilot.app))
        assert list((home / "Downloads").iterdir()) == []
        await list_parts(pilot)
        await save(pilot)
        server.more.release()
        await until(pilot, lambda: "Saved ~/Downloads" in screen_text(pilot.app))
        await until(pilot, lambda: "may be cut:" in screen_text(pilot.app))
        assert server.starts == [0, SLICE]
        assert await store.read(lambda c: parts.arrived(c, message, "2")) == 0


def notice(pilot: Pilot[None]) -> str:
    """What stands in the notices, unfolded."""
    lines = [line.split("▌", 1)[1] for line in screen_text(pilot.app).splitlines() if "▌" in line]
    return " ".join(" ".join(lines).split())


async def test_a_cut_says_how_much_is_here(run: Run, store: MailStore, home: Path):
    _, place = await partial(store)
    server = Server(store, place, b"x" * 7_000_000)
    async with run((120, 30), engine=server) as pilot:
        await list_parts(pilot)
        await save(pilot)
        server.more.release()
        await until(pilot, lambda: "4.0 of 8.0 MB" in screen_text(pilot.app))
        server.error = ConnectionLost("The connection to mail.example is gone.", "It connects again.")
        server.more.release()
        await until(pilot, lambda: "4.0 MB of it are here; saving it again goes on from there." in notice(pilot))
        assert ".pdf is not saved: The connection to mail.example is gone." in notice(pilot)


async def test_a_path_that_cannot_be_written_is_said_and_nothing_is_lost(run: Run, store: MailStore, home: Path):
    folder = await folder_of(store, "work", "INBOX")
    await deliver(store, folder, arrival("Anna", "Small", "Only text.", 1, uid=900))
    async with run((120, 30)) as pilot:
        await list_parts(pilot)
        await save(pilot, "home", "n", "o", "/")
        await until(pilot, lambda: "Cannot write" in screen_text(pilot.app))
        await list_parts(pilot)
        await save(pilot)
        await until(pilot, lambda: "Saved ~/Downloads/part-1.txt (12 B)" in screen_text(pilot.app))
        assert (home / "Downloads" / "part-1.txt").read_bytes() == b"Only text.\r\n"


async def test_without_an_engine_what_is_not_here_cannot_be_saved(run: Run, store: MailStore, home: Path):
    await partial(store)
    async with run((120, 30)) as pilot:
        await list_parts(pilot)
        await save(pilot)
        await until(pilot, lambda: "is not on this disk." in notice(pilot))
