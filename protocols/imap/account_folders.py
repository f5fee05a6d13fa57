"""The folders of one account on its server and in the store: the list brought over, and changed on request."""

import asyncio
import logging

from protocols.errors import Refused
from protocols.imap.connection import Connection
from protocols.imap.folder_list import Counts, list_with_counts
from protocols.imap.namespaces import Namespaces, read_namespaces
from protocols.imap.session import Session
from store import folder_list
from store.mailstore import MailStore
from store.model import AccountId

_log = logging.getLogger(__name__)


class AccountFolders:
    """One for each backend; its methods may be called by any number of tasks."""

    def __init__(self, store: MailStore, account: AccountId) -> None:
        self._store = store
        self._account = account
        self._turn = asyncio.Lock()
        """Nothing is changed between a listing and its way into the store."""
        self._spaces: Namespaces | None = None

    async def bring(self, session: Session) -> dict[bytes, Counts]:
        """Bring the server's folder list into the store; the counts, by wire name, of the folders that were counted.

        Raises ProtocolError; a server that refuses to list its folders changes nothing, once they are known.
        """
        async with self._turn, session.turn() as connection:
            spaces = await self.spaces(connection)
            known = await self._store.read(lambda c: folder_list.known(c, self._account))
            try:
                listed, counts = await list_with_counts(connection, spaces)
            except Refused as error:
                if not known:
                    raise
                _log.warning("the folders stay as they are: %s", error.title)
                return {}
            await self._store.write(lambda tx: folder_list.reconcile(tx, self._account, listed))
            if session.selected is not None:  # Dovecot's STATUS of the selected folder knows no news before a NOOP
                counts.pop(session.selected, None)
            return counts

    async def spaces(self, connection: Connection) -> Namespaces:
        """The namespaces, asked for once."""
        if self._spaces is None:
            self._spaces = await read_namespaces(connection)
        return self._spaces
