"""POP3 as the supervisor sees it: a session of its own for each round, nothing kept open between them."""

import asyncio
from collections.abc import Callable, Mapping

from protocols.auth.sasl import Credentials
from protocols.backend import Mailbox, Round
from protocols.clock import Clock
from protocols.endpoint import Endpoint
from protocols.errors import ConnectionLost, Misbehaved, ProtocolError, Refused, SignInRefused, Throttled
from protocols.lending import lend
from protocols.pop3 import elapsed, opening
from protocols.pop3.connection import Connection
from protocols.pop3.sync import Outcome, Sync
from store import bodies, folder_changes, folders, locations, pop3_accounts
from store.errors import NotFound
from store.folder_changes import FolderChange
from store.model import FolderId, MessageId, Role
from store.pop3_accounts import Moment
from store.search.tree import Node

IN_STEP = 86_400
"""Seconds for which a server that failed when commands came ahead of their answers gets one at a time."""
POLL = 300.0
"""Seconds between two sessions: a maildrop is locked while one runs, and some servers mind more."""


class Pop3Backend:
    """One account; its journal is local, and its messages come whole unless its settings say otherwise."""

    def __init__(
        self, mailbox: Mailbox, *, clock: Clock | None = None, moment: Callable[[], Moment] | None = None
    ) -> None:
        """`moment` tells the time by both clocks of the machine; where `clock` is given, by default by that alone."""
        self._mailbox = mailbox
        self._endpoint = Endpoint.of(mailbox.settings)
        self._clock = clock or Clock()
        told = elapsed.moment if clock is None else (lambda: Moment(int(self._clock.now())))
        self._moment = moment or told
        self._round = asyncio.Lock()
        self._login_delay = 0
        self._signed_in: float | None = None
        self._one_session = False
        """Whether a round has one session only, since the server refused a second one right after the first."""

    async def open(self) -> None:
        """Nothing: each round connects."""

    async def sync(self, what: Round) -> None:
        """Run sessions until one brings nothing new, unless only local folders are asked for.

        Raises ProtocolError (Refused: done, but for some messages; Throttled before the server's LOGIN-DELAY is over)
        and StoreError.
        """
        async with self._round:
            if not await self._covers_inbox(what):
                return
            self._respect_delay()
            done = await self._session(what, None)
            total, failed = len(done.listed), dict(done.failed)
            # Gmail lists a few hundred messages in a session, and the next ones when those were fetched.
            while done.stored and done.parted and not self._login_delay and not self._one_session:
                done.failed = failed
                try:
                    done = await self._session(what, done)
                except (Throttled, SignInRefused):
                    self._one_session = True  # two in a row are too many for this one; the next round goes on
                    break
                failed |= done.failed
            if failed:
                raise self._incomplete(failed, max(total, len(failed)))

    async def _session(self, what: Round, before: Outcome | None) -> Outcome:
        """One session, and another one when the server does not bear commands that come ahead of their answers."""
        account, store = self._mailbox.account, self._mailbox.store
        now = int(self._clock.now())
        in_step = now < await store.read(lambda c: pop3_accounts.lock_step_until(c, account))
        while True:
            async with await Connection.open(self._endpoint) as connection:
                connection.lock_step = in_step
                await self._sign_in(connection)
                session = Sync(
                    connection,
                    self._mailbox.settings,
                    account,
                    store,
                    progress=self._progress,
                    now=self._clock.now,
                )
                try:
                    return await session.run(self._moment(), before, patient=not what.full)
                except (ConnectionLost, Misbehaved):
                    if not connection.out_of_step:
                        raise
            in_step = True
            await store.write(lambda tx: pop3_accounts.keep_in_step(tx, account, now, now + IN_STEP))
            self._respect_delay()

    def _incomplete(self, failed: Mapping[str, ProtocolError], total: int) -> Refused:
        """The error of a round that did all but some messages, with the server's words about the first of them."""
        first = next(iter(failed.values()))
        return Refused(
            f"{len(failed)} of {total} messages could not be fetched: {first.title}",
            first.hint,
            account=self._mailbox.settings.name,
        )

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
        await connection.sign_in(credentials, settings.auth)
        self._login_delay = connection.capabilities.login_delay

    def _progress(self, done: int, total: int) -> None:
        self._mailbox.store.status.update(self._mailbox.settings.name, folder="Inbox", done=done, total=total)

    async def send_journal(self) -> None:
        """Bring what is to go to other accounts, and is here by its headers only; all else is done on this disk."""
        await lend(self._mailbox.store, self._mailbox.account, self.fetch)

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Bring a message that is here by its headers only; all others are whole, and nothing is asked for.

        Raises NotFound, ProtocolError (Refused when the server has it no longer), StoreError.
        """
        async with self._round:
            store = self._mailbox.store
            if await store.read(lambda c: locations.location(c, message)) is None:
                raise NotFound(f"There is no message {message}.", "`bocau list` names those that are here.")
            if await store.read(lambda c: bodies.raw(c, message)) is not None:
                return
            self._respect_delay()
            async with await Connection.open(self._endpoint) as connection:
                await self._sign_in(connection)
                days = self._mailbox.settings.after_download.days
                await opening.bring(connection, store, self._mailbox.account, message, self._moment(), days=days)

    async def search(self, query: Node) -> list[MessageId]:
        """Nothing: a maildrop has no search, and its mail is here."""
        return []

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
