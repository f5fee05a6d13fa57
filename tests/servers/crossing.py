"""What tests of moves between accounts share: a local account beside an IMAP one, letters, a second server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bench.dovecot import Dovecot
from protocols.backend import Mailbox
from protocols.imap.backend import ImapBackend
from protocols.mime.digest import digest
from store import accounts, appending, folders, messages
from store.messages import Arrival
from store.model import Account as StoredAccount
from store.model import Flag, FolderId, MessageId, Protocol
from tests.servers.accounts import imap_account
from tests.servers.imap_account import Account, letter

RECEIVED = 1_700_000_000


def parcel(raw: bytes, flags: Flag = Flag.NONE, labels: tuple[str, ...] = (), received: int = RECEIVED) -> Arrival:
    """A whole message."""
    return Arrival(digest(raw), received, len(raw), flags, labels, raw=raw)


async def staged(account: Account, folder: FolderId, *rows: Arrival) -> list[MessageId]:
    """Messages that wait to be appended to a folder."""
    return await account.store.write(lambda tx: appending.stage(tx, folder, rows), durable=True)


async def local(account: Account, name: str = "old") -> StoredAccount:
    """An account in the same store whose mail is on this disk alone."""
    wanted = [(one.name, one.protocol, one.unified) for one in await account.store.read(accounts.every)]
    await account.store.write(lambda tx: accounts.reconcile(tx, [*wanted, (name, Protocol.POP3, True)]))
    return await account.store.read(lambda c: accounts.by_name(c, name))


async def letters(account: Account, at: StoredAccount, *numbers: int, flags: Flag = Flag.NONE) -> list[MessageId]:
    """Letters in the inbox of a local account."""
    inbox = await account.store.read(lambda c: folders.by_path(c, at.id, "Inbox"))
    rows = [parcel(letter(number), flags, received=RECEIVED + number) for number in numbers]
    return await account.store.write(lambda tx: messages.add(tx, at.id, inbox.id, rows), durable=True)


@asynccontextmanager
async def second(account: Account, port: int, user: str) -> AsyncIterator[Account]:
    """Another IMAP account in the same store."""
    settings = replace(imap_account(port, user=user), name="second")
    wanted = [(one.name, one.protocol, one.unified) for one in await account.store.read(accounts.every)]
    ids = await account.store.write(lambda tx: accounts.reconcile(tx, [*wanted, ("second", Protocol.IMAP, True)]))
    backend = ImapBackend(Mailbox(settings, ids["second"], account.store, Dovecot.password))
    box = Account(account.store, settings, ids["second"], backend)
    try:
        await backend.open()
        yield box
    finally:
        await box.backend.close()
