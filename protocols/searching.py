"""What the engine does of a search: every server that may know more than this disk is asked, all at once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from protocols.errors import ProtocolError, Unreachable
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import MessageId, Protocol
from store.status import AccountStatus, Activity

if TYPE_CHECKING:
    from protocols.connector import Connector
    from protocols.supervisor import Supervisor
    from store.search.tree import Node


@dataclass(frozen=True, slots=True)
class ServerHits:
    """What servers found that this disk could not."""

    messages: tuple[MessageId, ...] = ()
    asked: tuple[str, ...] = ()
    """The accounts whose servers might have known more."""
    errors: Mapping[str, ProtocolError | StoreError] = field(default_factory=dict)
    """Account -> why its server did not answer: there only what is here was searched."""


class Searching:
    """Mixed into the engine."""

    if TYPE_CHECKING:
        _store: MailStore
        _connectors: dict[str, Connector]
        _supervisors: dict[str, tuple[Supervisor, asyncio.Task[None]]]
        _paused: set[str]

    async def search(self, text: str) -> ServerHits:
        """Ask the servers for what a query may find of mail that is not here as text; accounts that are whole are not.

        Raises QueryError; what goes wrong with a server is in the answer.
        """
        from store.search import query

        tree = query.parse(text, date.today())
        names = [name for name, one in self._connectors.items() if one.settings.protocol is Protocol.IMAP]
        wanted = [name for name in names if await self._may_know_more(self._connectors[name], tree)]
        answers = await asyncio.gather(*(self._search_one(name, tree) for name in wanted))
        found = tuple(one for answer in answers if isinstance(answer, list) for one in answer)
        errors = {name: one for name, one in zip(wanted, answers, strict=True) if not isinstance(one, list)}
        return ServerHits(found, tuple(wanted), errors)

    async def _may_know_more(self, connector: "Connector", tree: "Node") -> bool:
        from store.search import absent

        return bool(await self._store.study(lambda c: absent.places(c, connector.account, tree)))

    async def _search_one(self, name: str, tree: "Node") -> list[MessageId] | ProtocolError | StoreError:
        connector = self._connectors[name]
        try:
            if name in self._supervisors:
                return await self._supervisors[name][0].search(tree)
            if name in self._paused:
                raise Unreachable(f"{name} stays offline for now.", "It goes online again in the status.", account=name)
            try:
                async with connector.connected() as backend:
                    return await backend.search(tree)
            finally:
                connector.tell(AccountStatus(Activity.OFFLINE))
        except Exception as error:
            return connector.readable(error)
