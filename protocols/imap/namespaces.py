"""Namespaces (RFC 2342): which part of a folder's name belongs to the server, and where new folders go."""

import logging
from contextlib import suppress
from dataclasses import dataclass

from protocols.errors import Misbehaved, Refused
from protocols.imap import names
from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from protocols.imap.parse import Listed, Space, read_list, read_namespace

_log = logging.getLogger(__name__)

_PLAIN = Space(b"", None)


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The user's own folders stand in `personal`; its prefix (Courier's `INBOX.`) says nothing and is not shown."""

    personal: Space = _PLAIN
    others: tuple[Space, ...] = ()
    """Of other users, and shared: their prefix is what tells them apart, so it stays."""

    def path(self, folder: Listed) -> str:
        """The path that people read of a folder; not unique, not cleaned for display."""
        return names.decode(self.own_name(folder.name), folder.delimiter)

    def own_name(self, name: bytes) -> bytes:
        """A folder's name without the prefix of the personal namespace, where it has that one and more behind it."""
        size = len(self.personal.prefix)
        return (
            name[size:] if len(name) > size and _is_under(name, self.personal) and not self.is_foreign(name) else name
        )

    def is_foreign(self, name: bytes) -> bool:
        """Whether a folder belongs to another user, or to many: the longest prefix decides."""
        longest = max(
            (len(space.prefix) for space in self.others if space.prefix and _is_under(name, space)), default=0
        )
        return longest > (len(self.personal.prefix) if _is_under(name, self.personal) else 0)

    def delimiter_of(self, name: bytes) -> str | None:
        """What divides the levels of a folder's name."""
        if self.is_foreign(name):
            spaces = [space for space in self.others if _is_under(name, space)]
            return max(spaces, key=lambda space: len(space.prefix)).delimiter
        return self.personal.delimiter

    def wire_name(self, path: str) -> bytes:
        """The name to create a folder under that is to stand at `path`; ValueError as names.encode."""
        for space in self.others:
            start = names.decode(space.prefix, space.delimiter) if space.prefix else ""
            if start and path.startswith(start) and path != start:
                return space.prefix + names.encode(path[len(start) :], space.delimiter)
        prefix, delimiter = self.personal.prefix, self.personal.delimiter
        first, _, below = path.partition("/")
        if below and first.upper() == "INBOX" and prefix.upper() == b"INBOX" + (delimiter or "").encode("latin-1"):
            path = below
        return prefix + names.encode(path, delimiter)


def _is_under(name: bytes, space: Space) -> bool:
    prefix = space.prefix
    return name.startswith(prefix) or (prefix[:5].upper() == b"INBOX" and name.upper().startswith(prefix.upper()))


async def read_namespaces(connection: Connection) -> Namespaces:
    """Ask for the namespaces; a server that knows none has one personal namespace without prefix.

    Its delimiter is None when it was not told; see `with_delimiter`.
    """
    found: list[tuple[tuple[Space, ...], ...]] = []

    def hear(response: Response) -> None:
        if response.name == "NAMESPACE":
            try:
                found.append(read_namespace(response))
            except Misbehaved as error:
                _log.warning("%s", error.title)

    if connection.capabilities.namespace:
        try:
            await connection.run("NAMESPACE", sink=hear)
        except (Refused, Misbehaved):  # a proxy may announce what the server behind it does not know
            if connection.closed:
                raise
    if not found:
        return Namespaces()
    personal, others, shared = found[0]
    return Namespaces(personal[0] if personal else _PLAIN, (*others, *shared))


async def with_delimiter(connection: Connection, spaces: Namespaces) -> Namespaces:
    """The same namespaces with the delimiter of the personal one, which LIST tells where NAMESPACE did not."""
    if spaces.personal.delimiter is not None:
        return spaces
    found: list[str | None] = []

    def hear(response: Response) -> None:
        if response.name == "LIST":
            with suppress(Misbehaved):
                found.append(read_list(response).delimiter)

    await connection.run("LIST", b'""', b'""', sink=hear)
    delimiter = found[0] if found else None
    return Namespaces(Space(spaces.personal.prefix, delimiter), spaces.others)
