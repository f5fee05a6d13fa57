"""Carries out what a person wants of folders: checked here, done on the server, then recorded in the store."""

import logging
from collections.abc import Collection, Iterable

from protocols.errors import ProtocolError
from protocols.imap.account_folders import AccountFolders
from protocols.imap.connection import Connection
from protocols.imap.folder_changes import (
    create_folder,
    delete,
    rename,
    set_subscribed,
    subscribe,
    unsubscribe,
    wire_name,
)
from protocols.imap.folder_list import count
from protocols.imap.namespaces import Namespaces, with_delimiter
from protocols.imap.parse import Listed
from protocols.imap.session import Session
from store import folder_changes, folder_list, folders
from store.errors import NotPossible
from store.folder_changes import CreateFolder, DeleteFolder, FolderChange, RenameFolder, SubscribeFolder
from store.folder_list import Known
from store.mailstore import MailStore
from store.model import AccountId, Folder

_log = logging.getLogger(__name__)


class FolderRequests:
    """One account's; nothing is written into the store before the server has agreed."""

    def __init__(self, store: MailStore, account: AccountId, account_folders: AccountFolders) -> None:
        self._store = store
        self._account = account
        self._folders = account_folders

    async def carry_out(self, change: FolderChange, session: Session, others: Iterable[Session] = ()) -> None:
        """Do one change over `session`; `others` are the sessions that may have the folder selected.

        The journal should have been sent before.  Raises NotFound, NotPossible, ProtocolError; Refused with the
        server's reason.
        """
        folder = await self._store.read(lambda c: folder_changes.check(c, self._account, change))
        known = await self._store.read(lambda c: folder_list.known(c, self._account))
        place = None if folder is None else next((one for one in known if one.id == folder.id), None)
        match change:
            case CreateFolder(path=path):
                await self._create(session, path)
            case _ if place is None:  # it waits to be created
                await self._change_waiting(change)
            case RenameFolder(new=new):
                await self._rename(session, [session, *others], place, new, known)
            case DeleteFolder() if folder is not None:
                await self._delete(session, [session, *others], folder, place, change.messages)
            case SubscribeFolder(subscribed=subscribed):
                async with session.turn() as connection:
                    await set_subscribed(connection, place.wire_name, subscribed)
                await self._store.write(lambda tx: folders.subscribe(tx, place.id, subscribed))
        await self._bring(session)

    async def _bring(self, session: Session) -> None:
        """See what else became different: parents that were made, roles, places that stay."""
        try:
            await self._folders.bring(session)
        except ProtocolError as error:  # what was asked for is done; the next round sees the rest
            _log.info("no list after a change: %s", error.title)

    async def _create(self, session: Session, path: str) -> None:
        async with self._folders.turn, session.turn() as connection:
            spaces = await self._spaces(connection)
            name = await create_folder(connection, path, spaces)
            listed = folder_list.Listed(_path(spaces, name), name, None, True, True)
            await self._store.write(lambda tx: folder_list.add(tx, self._account, listed, waiting=path))

    async def _change_waiting(self, change: FolderChange) -> None:
        """A folder that acts which wait will create: only its name here can be changed."""
        if not isinstance(change, RenameFolder):
            raise NotPossible(f"{change.path!r} is not on the server yet.", "It is made when what waits is sent.")
        await self._store.write(lambda tx: folder_changes.apply(tx, self._account, change))

    async def _rename(
        self, session: Session, sessions: list[Session], place: Known, path: str, known: list[Known]
    ) -> None:
        async with session.turn() as connection:
            spaces = await self._spaces(connection)
            new = await wire_name(connection, path, spaces)
        below = place.wire_name + (spaces.delimiter_of(place.wire_name) or "\0").encode("latin-1")
        tree = [one for one in known if one.id == place.id or one.wire_name.startswith(below)]
        names = {one.id: new + one.wire_name[len(place.wire_name) :] for one in tree}
        async with self._folders.occupancy.changing(list(names)):
            await _leave(sessions, {one.wire_name for one in tree})
            async with self._folders.turn, session.turn() as connection:
                await rename(connection, place.wire_name, new)
                rows = {folder: (_path(spaces, name), name) for folder, name in names.items()}
                await self._store.write(lambda tx: folder_list.rename(tx, self._account, rows))
                followed = [one for one in tree if one.subscribed]
                await subscribe(connection, [names[one.id] for one in followed])
                await unsubscribe(connection, [one.wire_name for one in followed])

    async def _delete(
        self, session: Session, sessions: list[Session], folder: Folder, place: Known, agreed: int
    ) -> None:
        if await self._store.read(lambda c: folders.is_waited_for(c, place.id)):
            raise NotPossible(
                f"Acts on mail of {folder.path!r} still wait for the server.", "Delete it when they are sent."
            )
        async with self._folders.occupancy.changing([place.id]):
            await _leave(sessions, {place.wire_name})
            async with self._folders.turn, session.turn() as connection:
                await _check_agreed(connection, folder, place, agreed)
                stays = await delete(connection, place.wire_name)
                gone = folders.vacate if stays else folders.remove
                await self._store.write(lambda tx: gone(tx, place.id))

    async def _spaces(self, connection: Connection) -> Namespaces:
        return await with_delimiter(connection, await self._folders.spaces(connection))


async def _check_agreed(connection: Connection, folder: Folder, place: Known, agreed: int) -> None:
    """Refuse to delete mail that nobody here has seen: it may have come a moment ago."""
    counts = await count(connection, place.wire_name) if place.selectable else None
    there = counts.messages if counts is not None and counts.messages is not None else 0
    if there > (0 if folder.role else agreed):
        raise NotPossible(
            f"{folder.path!r} holds {there} messages on the server, more than are known here.", "Fetch mail first."
        )


async def _leave(sessions: Iterable[Session], names: Collection[bytes]) -> None:
    """Have no session select these folders: Dovecot ends the connections of those that have a deleted one open."""
    for session in sessions:
        if not session.closed and session.selected in names:
            async with session.folder(b"INBOX"):
                continue


def _path(spaces: Namespaces, name: bytes) -> str:
    return spaces.path(Listed(frozenset(), spaces.delimiter_of(name), name))
