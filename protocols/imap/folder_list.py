"""The folders of a server: listed with their roles, counted without opening them, created when one is missing."""

import logging
import re
from contextlib import suppress
from dataclasses import dataclass

from protocols.errors import Misbehaved, Refused
from protocols.imap import names
from protocols.imap.arguments import astring
from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from protocols.imap.parse import Listed, read_list, read_status
from store import folders

_log = logging.getLogger(__name__)

_MAX_FOLDERS = 100_000
_ITEMS = b"(MESSAGES UIDNEXT UIDVALIDITY UNSEEN)"
_ITEMS_MODSEQ = b"(MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)"
_NAMESPACE = re.compile(rb'\(\("((?:[^"\\]|\\.)*)" (?:"((?:[^"\\]|\\.)*)"|NIL)')


@dataclass(frozen=True, slots=True)
class Counts:
    """A folder as STATUS tells it; None where the server leaves an item out."""

    messages: int | None
    uidnext: int | None
    uidvalidity: int | None
    unseen: int | None
    highestmodseq: int | None = None
    """None where the server keeps no MODSEQ, or is not believed."""


async def list_folders(connection: Connection) -> list[folders.Listed]:
    """Every folder, with its role; a folder whose LIST cannot be read is left out and logged."""
    heard: list[Listed] = []

    def hear(response: Response) -> None:
        if response.name == "LIST" and len(heard) < _MAX_FOLDERS:
            try:
                heard.append(read_list(response))
            except Misbehaved as error:
                _log.warning("one folder cannot be read: %s", error.title)

    if connection.capabilities.special_use and connection.capabilities.list_extended:
        await connection.run("LIST", b'""', b'"*"', "RETURN", "(SPECIAL-USE)", sink=hear)
    else:
        await connection.run("LIST", b'""', b'"*"', sink=hear)
    roles = names.roles(heard)
    found: dict[str, folders.Listed] = {}
    for one in heard:
        path = names.decode(one.name, one.delimiter)
        if path and path not in found:
            found[path] = folders.Listed(path, one.name, roles.get(one.name), names.selectable(one))
    return list(found.values())


async def count(connection: Connection, name: bytes) -> Counts | None:
    """What STATUS tells of one folder, None when the server refuses (the folder went away meanwhile)."""
    told: dict[str, int] = {}

    def hear(response: Response) -> None:
        if response.name == "STATUS":
            with suppress(Misbehaved):  # one that cannot be read counts as one that says nothing
                told.update(read_status(response)[1])

    items = _ITEMS_MODSEQ if connection.capabilities.trusted_modseq else _ITEMS
    try:
        await connection.run("STATUS", astring(name), items, sink=hear)
    except Refused:
        return None
    modseq = told.get("HIGHESTMODSEQ") or None
    return Counts(told.get("MESSAGES"), told.get("UIDNEXT"), told.get("UIDVALIDITY"), told.get("UNSEEN"), modseq)


async def create_folder(connection: Connection, path: str) -> bytes:
    """Create a folder at a path of ours and subscribe to it; answers its wire name.  Raises Refused.

    The path stands in the personal namespace (RFC 2342): Courier keeps all folders below `INBOX.`.
    """
    prefix, delimiter = await _namespace(connection)
    try:
        name = prefix + names.encode(path, delimiter)
    except ValueError as error:
        raise Refused(f"The folder cannot be created. {error}", "Choose another folder.") from error
    await create_again(connection, name)
    return name


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


async def _namespace(connection: Connection) -> tuple[bytes, str | None]:
    """(prefix of personal folders, delimiter)."""
    found: list[tuple[bytes, str | None]] = []

    def hear_namespace(response: Response) -> None:
        if response.name == "NAMESPACE" and (match := _NAMESPACE.match(response.text)):
            delimiter = match[2].decode("latin-1").replace("\\\\", "\\") if match[2] else None
            found.append((match[1], delimiter))

    def hear_list(response: Response) -> None:
        if response.name == "LIST":
            with suppress(Misbehaved):
                found.append((b"", read_list(response).delimiter))

    if connection.capabilities.namespace:
        await connection.run("NAMESPACE", sink=hear_namespace)
    if not found:
        await connection.run("LIST", b'""', b'""', sink=hear_list)
    return found[0] if found else (b"", None)
