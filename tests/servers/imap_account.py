"""One IMAP account on a store of its own: what the tests of the sync drive, and how they look at both ends."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench.dovecot import Dovecot
from protocols.backend import Mailbox, Round
from protocols.clock import Clock
from protocols.imap.backend import ImapBackend
from store import accounts, bodies, folders, journal, listing, locations
from store.mailstore import MailStore
from store.model import AccountId, Flag, Folder, MessageId, Protocol, Summary
from store.operations import JournalEntry
from store.settings import AccountSettings, Keep
from tests.servers.accounts import imap_account

FLAGS = {"\\Seen": Flag.SEEN, "\\Answered": Flag.ANSWERED, "\\Flagged": Flag.FLAGGED, "\\Draft": Flag.DRAFT}


def letter(number: int, *, text: str = "Hello.", message_id: str | None = "") -> bytes:
    """A small message; `message_id` None leaves the header out."""
    named = "" if message_id is None else f"Message-ID: {message_id or f'<{number}@example.com>'}\r\n"
    return (
        f"From: Anna <anna@example.com>\r\nTo: me@example.com\r\nSubject: letter {number}\r\n{named}"
        f"Date: Tue, 16 Jul 2024 10:{number // 60 % 60:02d}:{number % 60:02d} +0000\r\n\r\n{text} {number}\r\n"
    ).encode()


@dataclass
class Account:
    """The account and its store; `backend` may be replaced by `reconnect`."""

    store: MailStore
    settings: AccountSettings
    id: AccountId
    backend: ImapBackend
    password: str = Dovecot.password

    async def sync(self, *, full: bool = False, summaries: bool = False, folders: tuple[str, ...] = ()) -> None:
        await self.backend.sync(Round(folders=folders, summaries=summaries, full=full))

    async def reconnect(self, port: int | None = None) -> None:
        """A new backend, as the supervisor makes one after a failure."""
        await self.backend.close()
        self.settings = replace(self.settings, port=port or self.settings.port)
        self.backend = ImapBackend(Mailbox(self.settings, self.id, self.store, self.password))
        await self.backend.open()

    async def folder(self, path: str = "INBOX") -> Folder:
        return await self.store.read(lambda c: folders.by_path(c, self.id, path))

    async def rows(self, path: str = "INBOX") -> list[Summary]:
        """What a list of that folder shows, newest first."""
        folder = await self.folder(path)
        return await self.store.read(lambda c: listing.page(c, [folder.id], None, 100_000))

    async def row(self, number: int, path: str = "INBOX") -> Summary:
        (found,) = [row for row in await self.rows(path) if row.subject == f"letter {number}"]
        return found

    async def numbers(self, path: str = "INBOX") -> list[int]:
        """The numbers of the letters in a folder, ascending."""
        return sorted(int(row.subject.removeprefix("letter ")) for row in await self.rows(path))

    async def ids(self, *numbers: int, path: str = "INBOX") -> tuple[MessageId, ...]:
        return tuple([(await self.row(number, path)).id for number in numbers])

    async def waiting(self) -> list[JournalEntry]:
        return await self.store.read(journal.unfinished)

    async def raw(self, message: MessageId) -> bytes | None:
        return await self.store.read(lambda c: bodies.raw(c, message))

    async def hashes(self, path: str = "INBOX") -> set[str]:
        found = [await self.raw(row.id) for row in await self.rows(path)]
        return {hashlib.sha256(raw).hexdigest() for raw in found if raw is not None}

    async def known_uids(self, path: str = "INBOX") -> list[int]:
        folder = await self.folder(path)
        return await self.store.read(lambda c: locations.uids(c, folder.id))

    async def cursor(self, path: str = "INBOX") -> folders.Cursor | None:
        folder = await self.folder(path)
        return await self.store.read(lambda c: folders.cursor(c, folder.id))


@contextlib.asynccontextmanager
async def connected(
    port: int,
    user: str,
    place: Path,
    *,
    keep: str = "full",
    opened: bool = True,
    password: str = Dovecot.password,
    clock: Clock | None = None,
) -> AsyncIterator[Account]:
    """An account on 127.0.0.1:port with an empty store in `place`."""
    settings = replace(imap_account(port, user=user), keep=Keep.parse(keep))
    async with await MailStore.open(place / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [(settings.name, Protocol.IMAP, True)]))
        account = ids[settings.name]
        backend = ImapBackend(Mailbox(settings, account, store, password), clock)
        box = Account(store, settings, account, backend, password)
        try:
            if opened:
                await backend.open()
            yield box
        finally:
            await box.backend.close()


async def deliver(
    dovecot: Dovecot, user: str, numbers: range | list[int], folder: str = "INBOX", flags: str = ""
) -> None:
    await asyncio.to_thread(lambda: [dovecot.deliver(user, letter(n), folder, flags) for n in numbers])


async def assert_same(account: Account, dovecot: Dovecot, user: str, *paths: str) -> None:
    """The store shows of these folders exactly what a second client sees on the server."""
    for path in paths or ("INBOX",):
        there = await asyncio.to_thread(dovecot.messages, user, path)
        here = await account.rows(path)
        expected = sorted((m.uid, m.message_id, sum(FLAGS.get(f, 0) for f in m.flags)) for m in there)
        found = sorted((row.uid or 0, row.message_id, int(row.flags & ~Flag.DELETED)) for row in here)
        assert found == expected, path
