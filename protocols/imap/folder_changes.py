"""Folders are created, renamed, deleted and subscribed on the server."""

import logging
from collections.abc import Awaitable, Iterable

from protocols.errors import Misbehaved, Refused
from protocols.imap.answers import Tagged
from protocols.imap.arguments import astring
from protocols.imap.connection import Connection
from protocols.imap.missing_folders import exists, is_listed
from protocols.imap.namespaces import Namespaces, read_namespaces, with_delimiter

_log = logging.getLogger(__name__)


async def create_folder(connection: Connection, path: str, spaces: Namespaces | None = None) -> bytes:
    """Create a folder at a path of ours and subscribe to it; answers its wire name.  Raises Refused.

    The path stands in the personal namespace (RFC 2342): Courier keeps all folders below `INBOX.`.
    """
    name = await wire_name(connection, path, spaces or await read_namespaces(connection))
    await create_again(connection, name)
    return name


async def wire_name(connection: Connection, path: str, spaces: Namespaces) -> bytes:
    """The name that a folder at `path` is to have on this server.  Raises Refused where it cannot be."""
    spaces = await with_delimiter(connection, spaces)
    try:
        return spaces.wire_name(path)
    except ValueError as error:
        raise Refused(f"The folder cannot be created. {error}", "Choose another name.") from error


async def create_again(connection: Connection, name: bytes) -> None:
    """Create a folder under a wire name that is known, unless it is there, and subscribe to it.  Raises Refused."""
    try:
        await _plainly(connection.run("CREATE", astring(name)), connection)
    except Refused as error:
        # not every server has that code (RFC 5530); after a cut connection it was we who made it
        if error.code != "ALREADYEXISTS" and not await is_listed(connection, name):
            raise
    await subscribe(connection, [name])


async def rename(connection: Connection, old: bytes, new: bytes) -> None:
    """Rename a folder with what is inside it (RFC 9051 section 6.3.6).  Raises Refused.

    One that was renamed before the connection broke, and is asked for again, counts as renamed.
    """
    try:
        await _plainly(connection.run("RENAME", astring(old), astring(new)), connection)
    except Refused:
        if await exists(connection, old) or not await exists(connection, new):
            raise


async def delete(connection: Connection, name: bytes) -> bool:
    r"""Delete a folder and its mail; whether it stays as a mere place (`\Noselect`) for folders inside it.

    Raises Refused.  One that is not there any more counts as deleted.
    """
    try:
        await _plainly(connection.run("DELETE", astring(name)), connection)
    except Refused as error:
        if await exists(connection, name):
            if error.code == "HASCHILDREN":
                error.hint = "This server deletes no folder that has others inside it: delete those first."
            raise
    stays = await is_listed(connection, name)
    if not stays:
        await unsubscribe(connection, [name])
    return stays


async def subscribe(connection: Connection, names: Iterable[bytes]) -> None:
    """Subscribe to folders, as far as the server lets us: they are there, whatever other programs show."""
    await _each(connection, "SUBSCRIBE", names)


async def unsubscribe(connection: Connection, names: Iterable[bytes]) -> None:
    """Forget subscriptions; most servers keep those of folders that are gone."""
    await _each(connection, "UNSUBSCRIBE", names)


async def set_subscribed(connection: Connection, name: bytes, subscribed: bool) -> None:
    """Subscribe to a folder or not, because somebody asked for it.  Raises Refused."""
    await _plainly(connection.run("SUBSCRIBE" if subscribed else "UNSUBSCRIBE", astring(name)), connection)


async def _each(connection: Connection, command: str, names: Iterable[bytes]) -> None:
    for name in names:
        try:
            await _plainly(connection.run(command, astring(name)), connection)
        except Refused as error:
            _log.info("%s: %s", command, error.title)


async def _plainly(running: Awaitable[Tagged], connection: Connection) -> None:
    """Wait for a command; a BAD is a no: names that one server takes are nonsense to another.  Raises Refused."""
    try:
        await running
    except Misbehaved as error:
        if connection.closed:
            raise
        raise Refused(error.title, error.hint, step=error.step) from error
