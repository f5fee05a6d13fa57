"""Folders are created, renamed, deleted and subscribed on the server."""

import logging

from protocols.errors import Refused
from protocols.imap.arguments import astring
from protocols.imap.connection import Connection
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
        await connection.run("CREATE", astring(name))
    except Refused as error:
        if error.code != "ALREADYEXISTS":
            raise
    try:
        await connection.run("SUBSCRIBE", astring(name))
    except Refused:
        _log.info("a new folder could not be subscribed; other programs may not show it")
