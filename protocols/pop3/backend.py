"""POP3 as the supervisor sees it: a session of its own for each round, nothing kept open between them."""

import asyncio
from collections.abc import Callable

from protocols.auth.sasl import Credentials
from protocols.backend import Mailbox, Round
from protocols.clock import Clock
from protocols.endpoint import Endpoint
from protocols.errors import Throttled
from protocols.pop3.connection import Connection
from protocols.pop3.sync import Sync
from store import folder_changes, folders, locations
from store.errors import NotFound
from store.folder_changes import FolderChange
from store.model import FolderId, MessageId, Role

POLL = 300.0
"""Seconds between two sessions: a maildrop is locked while one runs, and some servers mind more."""


class Pop3Backend:
    """One account; its journal is local, and its messages are whole from the start."""

    def __init__(self, mailbox: Mailbox, *, clock: Clock | None = None) -> None:
        self._mailbox = mailbox
        self._endpoint = Endpoint.of(mailbox.settings)
        self._clock = clock or Clock()
        self._round = asyncio.Lock()
        self._login_delay = 0
        self._signed_in: float | None = None

    async def open(self) -> None:
        """Nothing: each round connects."""

    async def sync(self, what: Round) -> None:
        """Run one session, unless only local folders are asked for.

        Raises ProtocolError (Refused: done, but for some messages; Throttled before the server's LOGIN-DELAY is over)
        and StoreError.
        """
        async with self._round:
            if not await self._covers_inbox(what):
                return
            self._respect_delay()
            async with await Connection.open(self._endpoint) as connection:
                await self._sign_in(connection)
                mailbox = self._mailbox
                session = Sync(
                    connection,
                    mailbox.settings,
                    mailbox.account,
                    mailbox.store,
                    progress=self._progress,
                    now=self._clock.now,
                )
                await session.run()

    async def _covers_inbox(self, what: Round) -> bool:
        if not what.folders:
            return True
        inbox = await self._mailbox.store.read(lambda c: folders.by_role(c, self._mailbox.account, Role.INBOX))
        return inbox is None or any(path.casefold() in (inbox.path.casefold(), "inbox") for path in what.folders)

    def _respect_delay(self) -> None:
        if self._signed_in is None or not self._login_delay:
            return
        left = self._signed_in + self._login_delay - self._clock.monotonic()
        if left > 0:
            raise Throttled(
                f"{self._endpoint} wants {self._login_delay} seconds between two sessions.",
                "Nothing is wrong; the next one starts by itself.",
                delay=left,
                code="LOGIN-DELAY",
                account=self._mailbox.settings.name,
            )

    async def _sign_in(self, connection: Connection) -> None:
        settings = self._mailbox.settings
        self._signed_in = self._clock.monotonic()
        credentials = Credentials(settings.user, self._mailbox.password)
        await connection.sign_in(credentials, token=settings.auth == "oauth2")
        self._login_delay = connection.capabilities.login_delay

    def _progress(self, done: int, total: int) -> None:
        self._mailbox.store.status.update(self._mailbox.settings.name, folder="Inbox", done=done, total=total)

    async def send_journal(self) -> None:
        """Nothing: what is done to a POP3 account's mail is done on this disk."""

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Nothing to bring: a message is stored whole or not at all.  Raises NotFound."""
        if await self._mailbox.store.read(lambda c: locations.location(c, message)) is None:
            raise NotFound(f"There is no message {message}.", "`bocau list` names those that are here.")

    async def change_folder(self, change: FolderChange) -> None:
        """Change a folder of this disk: a maildrop has none.  Raises NotFound, NotPossible."""
        await self._mailbox.store.write(lambda tx: folder_changes.apply(tx, self._mailbox.account, change))

    def focus(self, folders: tuple[FolderId, ...]) -> None:
        """Nothing: a maildrop has one folder."""

    async def watch(self, notice: Callable[[], None]) -> None:
        """Say every five minutes, or as seldom as the server wants, that it is time for a round."""
        while True:
            await self._clock.sleep(max(POLL, self._login_delay))
            notice()

    async def close(self) -> None:
        """Nothing is open between rounds."""
