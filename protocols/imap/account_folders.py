"""The folders of one account on its server and in the store: the list brought over, and changed on request."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace

from protocols.errors import Misbehaved, Refused, Throttled
from protocols.imap.connection import Connection
from protocols.imap.folder_list import Counts, count, has_mailbox_ids, list_with_counts, subscriptions
from protocols.imap.missing_folders import examine
from protocols.imap.namespaces import Namespaces, read_namespaces
from protocols.imap.occupancy import Occupancy
from protocols.imap.renamed_folders import by_counts, by_mailbox_id
from protocols.imap.session import Session
from store import folder_list, locations
from store.folder_list import Known, Listed
from store.mailstore import MailStore
from store.model import AccountId

_log = logging.getLogger(__name__)

MOST_COUNTED = 50
"""Folders counted one by one in a round, to recognise those that were renamed."""


class AccountFolders:
    """One for each backend; its methods may be called by any number of tasks."""

    def __init__(self, store: MailStore, account: AccountId) -> None:
        self._store = store
        self._account = account
        self.turn = asyncio.Lock()
        """Nothing is changed between a listing and its way into the store."""
        self.occupancy = Occupancy()
        """What is being synchronised keeps its name until that is done."""
        self._spaces: Namespaces | None = None
        self._subscriptions_known = False

    async def bring(self, session: Session, *, counted: bool = True) -> dict[bytes, Counts]:
        """Bring the server's folder list into the store; the counts, by wire name, of the folders that were counted.

        Without `counted` none are: every folder is opened anyway then.

        A folder that was renamed elsewhere keeps its mail; one that is missing is asked for before it goes.  Raises
        ProtocolError; a server that refuses to list its folders changes nothing, once they are known.
        """
        async with self.turn, session.turn() as connection:
            known = await self._store.read(lambda c: folder_list.known(c, self._account))
            # before the first sync counts are of no use, and a server may have to open every folder for them
            counted = counted and sum(one.uidvalidity is not None for one in known) > 1
            try:
                listed, counts = await list_with_counts(connection, await self.spaces(connection), counted=counted)
            except (Refused, Misbehaved) as error:
                if connection.closed or not known:
                    raise
                _log.warning("the folders stay as they are: %s", error.title)
                return {}
            if listed:
                await self._compare(session, known, listed, counts)
            if session.selected is not None:  # Dovecot's STATUS of the selected folder knows no news before a NOOP
                counts.pop(session.selected, None)
            return counts

    async def _compare(
        self, session: Session, known: list[Known], listed: list[Listed], counts: dict[bytes, Counts]
    ) -> None:
        """Find out what was renamed and what is really gone, and write all of it; the caller has the turn."""
        connection = session.connection
        listed = await self._with_subscriptions(connection, await _with_ids(connection, known, listed, counts))
        there = {one.wire_name for one in listed}
        renamed = by_mailbox_id(known, listed, counts)
        vanished = [one for one in known if one.wire_name not in {*there, *renamed.values()}]
        if vanished:
            fresh = there - {one.wire_name for one in known} - renamed.keys()
            told = await _count_all(connection, fresh, counts)
            held = await self._store.read(lambda c: _held(c, vanished))
            renamed |= by_counts(known, told, held)
        missing = [one for one in vanished if one.wire_name not in renamed.values()]
        verdict = await examine(connection, missing, len(known), session.selected)
        await self._store.write(
            lambda tx: folder_list.reconcile(
                tx, self._account, listed, renamed=renamed, kept=verdict.kept, missed=verdict.missed
            )
        )

    async def _with_subscriptions(self, connection: Connection, listed: list[Listed]) -> list[Listed]:
        """Where LIST does not tell what is subscribed, LSUB does, once for each connection: it seldom changes."""
        if self._subscriptions_known or any(one.subscribed is not None for one in listed):
            return listed
        self._subscriptions_known = True
        found = await subscriptions(connection)
        if not found:  # nothing at all is what servers say that keep no subscriptions
            return listed
        return [replace(one, subscribed=one.wire_name in found) for one in listed]

    async def spaces(self, connection: Connection) -> Namespaces:
        """The namespaces, asked for once."""
        if self._spaces is None:
            self._spaces = await read_namespaces(connection)
        return self._spaces


def _held(connection: sqlite3.Connection, places: Iterable[Known]) -> dict[bytes, int]:
    """How many messages these folders have on the server, as far as the store knows."""
    return {one.wire_name: locations.server_counts(connection, one.id)[0] for one in places}


async def _with_ids(
    connection: Connection, known: list[Known], listed: list[Listed], counts: dict[bytes, Counts]
) -> list[Listed]:
    """Add the MAILBOXIDs (RFC 8474) that the list did not bring, of folders with mail here, and of new ones.

    Of the latter only when others are missing: a first sync must not wait for this.
    """
    if not has_mailbox_ids(connection.capabilities):
        return listed
    there = {one.wire_name: one for one in listed}
    wanted = {
        one.wire_name for one in known if one.uidvalidity is not None and one.mailbox_id is None and one.selectable
    }
    if any(one.wire_name not in there and one.mailbox_id is not None for one in known):
        wanted |= there.keys() - {one.wire_name for one in known}
    lacking = [name for name in wanted & there.keys() if there[name].mailbox_id is None and there[name].selectable]
    told = await _count_all(connection, lacking, counts)
    return [replace(one, mailbox_id=told[one.wire_name].mailbox_id) if one.wire_name in told else one for one in listed]


async def _count_all(
    connection: Connection, names: Iterable[bytes], counts: Mapping[bytes, Counts]
) -> dict[bytes, Counts]:
    """The counts of these folders, asked for one by one where the list did not bring them."""
    found: dict[bytes, Counts] = {}
    for name in sorted(names)[:MOST_COUNTED]:
        try:
            told = counts.get(name) or await count(connection, name)
        except (Misbehaved, Throttled):  # of one folder; who means all of them says so again
            if connection.closed:
                raise
            continue
        if told is not None:
            found[name] = told
    return found
