"""Builds one account's backend, opens and closes it, runs its rounds, and tells the status what is going on."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from protocols.backend import Backend, Mailbox, Open, Round
from protocols.errors import ProtocolError, Refused
from store.errors import NotFound, NotPossible, StoreError
from store.mailstore import MailStore
from store.model import AccountId
from store.settings import AccountSettings
from store.status import AccountStatus, Activity

_log = logging.getLogger(__name__)

FAREWELL = 2.0
"""Seconds for a good-bye; a clean stop of everything takes no more than three."""
HARMLESS = (Refused, NotFound, NotPossible)
"""One thing was refused; the connection is as good as before."""

Passwords = Callable[[AccountSettings], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Connector:
    """One account and the way to its server."""

    settings: AccountSettings
    account: AccountId
    store: MailStore
    passwords: Passwords
    open: Open
    after_round: Callable[[], None] = lambda: None
    """Called when a round has ended well."""
    paused: Callable[[], bool] = lambda: False
    """Whether somebody said that the account stays offline for now."""

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Backend]:
        """An open backend for the length of a block.  Raises ProtocolError, CredentialsError.

        The password is asked for each time, so that one that changed is found, and nobody but the backend keeps it.
        """
        self.tell(AccountStatus(Activity.CONNECTING))
        password = await self.passwords(self.settings)
        mailbox = Mailbox(
            self.settings, self.account, self.store, password, renew=lambda: self.passwords(self.settings)
        )
        # in a thread: the first backend of a kind imports its protocol, which is a tenth of a second
        backend = await asyncio.to_thread(self.open, mailbox)
        del mailbox
        del password
        try:
            await backend.open()
            yield backend
        finally:
            await self._close(backend)

    async def _close(self, backend: Backend) -> None:
        try:
            async with asyncio.timeout(FAREWELL):
                await backend.close()
        except TimeoutError:
            _log.info("%s did not say good-bye within %g seconds", self.settings.name, FAREWELL)

    async def round(self, backend: Backend, what: Round) -> None:
        """One round, with its beginning and its end in the status.  Raises ProtocolError, StoreError."""
        self.tell(AccountStatus(Activity.SYNCING))
        try:
            await backend.sync(what)
        except HARMLESS as error:
            self.tell_error(Activity.ONLINE, error)
            raise
        self.tell(AccountStatus(Activity.ONLINE))
        self.after_round()

    def tell(self, status: AccountStatus) -> None:
        """Show a status."""
        self.store.status.set(self.settings.name, replace(status, paused=self.paused()))

    def tell_error(self, activity: Activity, error: ProtocolError | StoreError, retry_at: float | None = None) -> None:
        """Show an error beside what the account does now."""
        title, hint, code = error.title, error.hint, error.exit_code
        self.tell(AccountStatus(activity, error=title, hint=hint, retry_at=retry_at, exit_code=code))

    def readable(self, error: Exception) -> ProtocolError | StoreError:
        """Give an error that people can read, with the account's name in it; a fault of ours goes to the log."""
        if isinstance(error, ProtocolError):
            error.account = error.account or self.settings.name
            return error
        if isinstance(error, StoreError):
            return error
        # Neither locals nor the text of the exception: they may hold mail, or a password.
        where = "".join(traceback.format_tb(error.__traceback__))
        _log.error("%s: a fault in bocau: %s\n%s", self.settings.name, type(error).__name__, where)
        return StoreError(f"{self.settings.name}: a fault inside bocau ({type(error).__name__}).", "See the log.")
