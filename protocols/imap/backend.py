"""IMAP for one account: rounds over one connection, push and what the user waits for over others."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from protocols.backend import Mailbox, Round
from protocols.clock import Clock
from protocols.errors import ConnectionLost, ProtocolError, Refused
from protocols.imap.account_folders import AccountFolders
from protocols.imap.agenda import Agenda
from protocols.imap.folder_requests import FolderRequests
from protocols.imap.opened import bring
from protocols.imap.pool import Pool, Use
from protocols.imap.push import Push
from protocols.imap.replay import Replay
from protocols.imap.rounds import Rounds
from protocols.imap.search import ServerSearch
from protocols.imap.session import Session
from protocols.lending import lend
from store import journal, keeping, locations
from store.errors import NotFound
from store.folder_changes import FolderChange
from store.model import FolderId, MessageId
from store.search.tree import Node
from store.status import Activity

T = TypeVar("T")


class ImapBackend:
    """One account on an IMAP server; see protocols.backend.Backend."""

    def __init__(self, mailbox: Mailbox, clock: Clock | None = None) -> None:
        """Nothing is connected before `open`."""
        clock = clock or Clock()
        self._mailbox = mailbox
        self._store = mailbox.store
        self._agenda = Agenda(mailbox.account, mailbox.settings.folders)
        self._pool = Pool(mailbox, clock)
        self._folders = AccountFolders(mailbox.store, mailbox.account)
        self._rounds = Rounds(mailbox, self._pool, self._agenda, self._folders)
        self._push = Push(
            mailbox.store,
            mailbox.account,
            self._pool,
            self._agenda,
            self._rounds.doubts,
            self._rounds.standing,
            self._folders.occupancy,
            clock,
        )
        self._replaying = asyncio.Lock()
        self._lending = asyncio.Lock()
        self._searching = asyncio.Lock()

    async def open(self) -> None:
        """Connect and sign in.  Raises ProtocolError."""
        await self._pool.open()

    async def close(self) -> None:
        """Say good-bye on every connection."""
        await self._pool.close()

    async def change_folder(self, change: FolderChange) -> None:
        """Change a folder at once, after what waits was sent.  Raises ProtocolError, NotFound, NotPossible."""
        with suppress(Refused):  # the journal keeps what was refused
            await self.send_journal()
        requests = FolderRequests(self._store, self._mailbox.account, self._folders)
        session = await self._pool.alive(Use.QUICK)  # when it is lost over it, what the server did is unknown
        await requests.carry_out(change, session, self._pool.sessions)

    def focus(self, folders: tuple[FolderId, ...]) -> None:
        """The user looks at these folders: they come first, and are pushed like the inbox."""
        self._agenda.look_at(folders)

    async def sync(self, what: Round) -> None:
        """One round: journal, what somebody looks at, every folder's summaries, contents.  Raises ProtocolError."""
        await self.send_journal()
        await self._rounds.run(what)
        if self._rounds.helped:
            await self.send_journal()

    async def send_journal(self) -> None:
        """Send what waits, on its own connection: a long sync must not hold it up.  Raises ProtocolError.

        What is to go to other accounts is brought to this disk, from where they take it.
        """
        if await self._store.read(lambda c: journal.waiting(c, self._mailbox.account)):
            await self._replay()
        if not self._lending.locked():
            async with self._lending:
                await lend(self._store, self._mailbox.account, self.fetch)

    async def _replay(self) -> None:
        async def replay(session: Session) -> None:
            await Replay(self._store, self._mailbox.account, session, self._rounds.touched).run()

        async with self._replaying:
            await self._quickly(replay)

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Bring a message the user opened, or a part of it.  Raises ProtocolError; NotFound when the server lost it."""
        place = await self._store.read(lambda c: locations.location(c, message))
        if place is None or place[2] is None:
            raise NotFound("The message is not on the server any more, or its place there is not known yet.")

        def progress(done: int, total: int) -> None:
            name = self._mailbox.settings.name
            if self._store.status[name].activity is not Activity.SYNCING:  # a round counts its own octets
                self._store.status.update(name, done_bytes=done, total_bytes=total)

        # first, so that nothing of it is evicted while it comes
        await self._store.write(lambda tx: keeping.opened(tx, message, time.time()))
        try:
            async with self._folders.occupancy.using(place[1]):
                found = await self._quickly(lambda session: bring(self._store, session, message, part, progress))
        finally:
            progress(0, 0)
        if not found:
            raise NotFound("The server no longer has this message.", "It disappears with the next sync.")

    async def search(self, query: Node) -> list[MessageId]:
        """Let the server search what is not here as text; one search at a time.  Raises ProtocolError, StoreError."""
        async with self._searching:
            session = await self._pool.session(Use.SEARCH)
            try:
                search = ServerSearch(self._store, self._mailbox.account, session, self._folders.occupancy.using)
                return await search.run(query)
            except ProtocolError as error:
                if isinstance(error, Refused) or not self._pool.survives():
                    raise
                raise Refused(error.title, error.hint) from error  # a search is not worth the account's connection
            finally:
                await self._pool.release(Use.SEARCH)

    async def watch(self, notice: Callable[[], None]) -> None:
        """IDLE on the inbox and on the focus; from time to time a look at the rest.  Raises ProtocolError."""
        await self._push.run(notice)

    async def _quickly(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Do what the user waits for; once more when the connection had died while nobody used it."""
        session = await self._pool.session(Use.QUICK)
        try:
            return await work(session)
        except ConnectionLost:
            if not self._pool.survives():
                raise
            return await work(await self._pool.session(Use.QUICK))
