"""One folder of the store, its folder on the server, and the session that leads from one to the other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from protocols.errors import Refused
from protocols.imap.connection import Connection
from protocols.imap.selected import Selected
from protocols.imap.session import Session
from store.mailstore import MailStore
from store.model import AccountId, FolderId


@dataclass(frozen=True, slots=True)
class Link:
    """What every step of a folder's sync needs to know."""

    store: MailStore
    account: AccountId
    folder: FolderId
    name: bytes
    """As the server spells it."""
    session: Session

    @property
    def connection(self) -> Connection:
        """For commands inside a block of `again`."""
        return self.session.connection

    @asynccontextmanager
    async def again(self, before: Selected) -> AsyncIterator[Selected]:
        """Select the folder again where somebody else had their turn; Refused when it is another one by now."""
        async with self.session.folder(self.name) as state:
            if state.uidvalidity != before.uidvalidity:
                raise Refused("The server rebuilt the folder in the middle of a sync.", "The next round starts over.")
            yield state
