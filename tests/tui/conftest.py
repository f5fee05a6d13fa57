"""A small store with mail of fixed dates, and the app over it."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store import accounts, folder_list, folders, messages
from store.folder_list import Listed
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Address, Digest, Flag, Folder, MessageId, Protocol, Role
from store.settings import Settings
from tests.tui.screen_text import until
from tui.app import BocauApp
from tui.look import Look
from tui.ports import EngineLike, SetupLike
from tui.widgets.message_list import MessageList

NOW = 1_794_578_700
"""Fri 13 Nov 2026, 14:05 UTC."""
DAY = 86_400

Run = Callable[..., AbstractAsyncContextManager[Pilot[None]]]

LETTERS: tuple[tuple[str, str, str, int, Flag, int], ...] = (
    ("Anna Keller", "Rent for November", "Hello, the rent is due on Monday.", 600, Flag.NONE, 1),
    ("Nguyễn Văn An", "Hóa đơn tháng mười", "Chào bạn, đây là hóa đơn.", 7_200, Flag.NONE, 0),
    ("山田太郎", "写真を送ります", "写真です。", DAY, Flag.SEEN, 2),
    ("Jürgen Weiß", "Re: Garden", "> shall we?\n\nYes, on Sunday.", 3 * DAY, Flag.SEEN | Flag.FLAGGED, 0),
    ("Deutsche Bahn", "Your ticket", "Have a good journey.", 40 * DAY, Flag.SEEN, 0),
    ("", "", "No subject, no name.", 400 * DAY, Flag.SEEN | Flag.ANSWERED, 0),
)


def arrival(
    sender: str,
    subject: str,
    text: str,
    age: int,
    flags: Flag = Flag.NONE,
    attachments: int = 0,
    uid: int | None = None,
) -> Arrival:
    """A message as a sync would bring it, `age` seconds old."""
    who = Address(sender, "someone@example.org")
    digest = Digest("", (), who, (Address("", "me@example.com"),), (), subject, NOW - age, attachments, (), text, text)
    raw = f"From: someone@example.org\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    return Arrival(digest, NOW - age, len(raw), flags, uid=uid, raw=raw.encode())


async def deliver(store: MailStore, folder: Folder, *arrivals: Arrival) -> list[MessageId]:
    """Put messages into a folder, as a sync would."""
    return await store.write(lambda tx: messages.add(tx, folder.account, folder.id, arrivals))


async def folder_of(store: MailStore, account: str, path: str) -> Folder:
    """A folder by the name of its account and its path."""
    owner = await store.read(lambda c: accounts.by_name(c, account))
    return await store.read(lambda c: folders.by_path(c, owner.id, path))


async def fill(store: MailStore) -> None:
    """Two accounts, their folders, six letters in the inbox of one and one in that of the other."""
    wanted = [("work", Protocol.IMAP, True), ("home", Protocol.POP3, True)]
    ids = await store.write(lambda tx: accounts.reconcile(tx, wanted))
    listed = [
        Listed("INBOX", b"INBOX", Role.INBOX, True),
        Listed("Archive", b"Archive", Role.ARCHIVE, True),
        Listed("Sent", b"Sent", Role.SENT, True),
        Listed("Trash", b"Trash", Role.TRASH, True),
        Listed("Projects", b"Projects", None, False),
        Listed("Projects/[bold]Kiến trúc", b"Projects/K", None, True),
    ]
    await store.write(lambda tx: folder_list.reconcile(tx, ids["work"], listed))
    letters = [arrival(*letter, uid=number) for number, letter in enumerate(reversed(LETTERS), 1)]
    await deliver(store, await folder_of(store, "work", "INBOX"), *letters)
    await deliver(store, await folder_of(store, "home", "Inbox"), arrival("Mum", "Sunday", "Come for lunch.", 90_000))
    for account, path in (("work", "INBOX"), ("work", "Archive"), ("home", "Inbox")):
        folder = await folder_of(store, account, path)
        await store.write(partial(folders.set_synced, folder=folder.id, synced_at=NOW))


@pytest.fixture(autouse=True)
def usual_signs() -> Iterator[None]:
    """An app chooses its signs for the whole process; the next test begins with the usual ones."""
    yield
    Look().apply()


@pytest.fixture
async def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailStore]:
    """A filled store, and a clock that stands still."""
    time.tzset()
    monkeypatch.setattr(MessageList, "clock", staticmethod(lambda: float(NOW)))
    async with await MailStore.open(tmp_path / "data") as opened:
        await fill(opened)
        yield opened


@pytest.fixture
def run(store: MailStore) -> Run:
    """`async with run((80, 24)) as pilot`: the app over the store, its first page drawn, ready for keys."""

    @asynccontextmanager
    async def running(
        size: tuple[int, int] = (80, 24),
        *,
        settings: Settings | None = None,
        engine: EngineLike | None = None,
        setup: SetupLike | None = None,
    ) -> AsyncIterator[Pilot[None]]:
        app = BocauApp(store, settings or Settings(), engine=engine, setup=setup)
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: app.mail is not None and app.mail.messages.count)
            assert app.mail is not None
            app.mail.hold_seconds = app.mail.held_until = 0.0  # nobody here types before looking
            yield pilot

    return running
