"""The folders of an account without its sync: one session, the store, and what the tests ask of both."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bench.dovecot import PASSWORD
from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint, Security
from protocols.imap.account_folders import AccountFolders
from protocols.imap.folder_list import Counts, count
from protocols.imap.folder_requests import FolderRequests
from protocols.imap.session import Session
from store import accounts, folder_list, folders, messages
from store.folder_changes import FolderChange, exact
from store.folder_list import Known
from store.folders import Cursor
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import AccountId, Address, Digest, Folder, FolderId, MessageId, Protocol, Role

DIGEST = Digest("", (), Address("", "a@example.com"), (), (), "one", None, 0, (), "", "text")


@dataclass
class Folders:
    """One account's folders, there and here."""

    store: MailStore
    account: AccountId
    session: Session
    room: AccountFolders

    async def bring(self) -> dict[bytes, Counts]:
        return await self.room.bring(self.session)

    async def change(self, change: FolderChange) -> None:
        await FolderRequests(self.store, self.account, self.room).carry_out(change, self.session)

    async def known(self) -> dict[str, Known]:
        """What the store knows, by path."""
        return {one.path: one for one in await self.store.read(lambda c: folder_list.known(c, self.account))}

    async def paths(self) -> set[str]:
        return set(await self.known())

    async def roles(self) -> dict[str, Role]:
        every = await self.store.read(lambda c: folders.every(c, self.account))
        return {folder.path: folder.role for folder in every if folder.role is not None}

    async def folder(self, path: str) -> Folder:
        found = await self.store.read(lambda c: exact(c, self.account, path))
        assert found is not None, path
        return found

    async def fill(self, path: str, count: int, counts: Counts) -> list[MessageId]:
        """Let the store hold `count` messages of a folder, as after a sync that found these counts."""
        folder = await self.folder(path)
        arrivals = [Arrival(DIGEST, 1, 10, uid=number) for number in range(1, count + 1)]
        cursor = Cursor(counts.uidvalidity or 1, counts.uidnext or 1, 1)

        def write(tx) -> list[MessageId]:
            folders.set_cursor(tx, folder.id, cursor, synced_at=1)
            return messages.add(tx, self.account, folder.id, arrivals)

        return await self.store.write(write)

    async def counts(self, path: str) -> Counts:
        """What the server says of one folder now."""
        name = (await self.known())[path].wire_name
        async with self.session.turn() as connection:
            found = await count(connection, name)
        assert found is not None, path
        return found

    async def wire_name(self, folder: FolderId) -> bytes | None:
        return await self.store.read(lambda c: folders.wire_name(c, folder))


@contextlib.asynccontextmanager
async def folders_of(port: int, user: str, tmp_path: Path) -> AsyncIterator[Folders]:
    """Sign in; nothing is listed yet."""
    endpoint = Endpoint("127.0.0.1", port, Security.NONE)
    async with await MailStore.open(tmp_path / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [("box", Protocol.IMAP, True)]))
        session = await Session.open(endpoint, Credentials(user, PASSWORD), lambda response: None)
        try:
            yield Folders(store, ids["box"], session, AccountFolders(store, ids["box"]))
        finally:
            await session.close()
