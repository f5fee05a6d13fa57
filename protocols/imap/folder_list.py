"""The folders of a server: listed with their roles, and counted without opening them, all in one round trip."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from protocols.errors import Misbehaved, Refused
from protocols.imap import names
from protocols.imap.arguments import Argument, astring
from protocols.imap.capabilities import Capabilities
from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from protocols.imap.namespaces import Namespaces
from protocols.imap.parse import Listed, Status, read_list, read_status
from store import folder_list, storable

_log = logging.getLogger(__name__)

_MAX_FOLDERS = 100_000
_SUBSCRIBED = "\\subscribed"


@dataclass(frozen=True, slots=True)
class Counts:
    """A folder as STATUS tells it; None where the server leaves an item out."""

    messages: int | None
    uidnext: int | None
    uidvalidity: int | None
    unseen: int | None
    highestmodseq: int | None = None
    """None where the server keeps no MODSEQ, or is not believed."""
    mailbox_id: str | None = None
    """MAILBOXID (RFC 8474), None where the server has none."""

    @classmethod
    def of(cls, status: Status) -> "Counts":
        """The counts of one STATUS response."""
        told = status.items
        modseq = told.get("HIGHESTMODSEQ") or None
        return cls(
            told.get("MESSAGES"), told.get("UIDNEXT"), told.get("UIDVALIDITY"), told.get("UNSEEN"), modseq,
            status.mailbox_id,
        )  # fmt: skip


@dataclass(slots=True)
class _Heard:
    """What a listing command brought, as it came."""

    listed: dict[bytes, Listed] = field(default_factory=dict)
    counts: dict[bytes, Counts] = field(default_factory=dict)

    def hear(self, response: Response) -> None:
        try:
            if response.name in ("LIST", "XLIST") and len(self.listed) < _MAX_FOLDERS:
                one = read_list(response)
                if response.name == "XLIST" and "\\inbox" in one.attributes:
                    one = replace(one, name=b"INBOX")  # Gmail of old translates the name, and opens only the real one
                if b"\0" not in one.name:  # nobody could ask for it by that name
                    self.listed.setdefault(one.name, one)
            elif response.name == "STATUS" and len(self.counts) < _MAX_FOLDERS:
                status = read_status(response)
                self.counts[status.name] = Counts.of(status)
        except Misbehaved as error:
            _log.warning("one folder cannot be read: %s", error.title)


async def list_with_counts(
    connection: Connection, spaces: Namespaces | None = None, *, counted: bool = True
) -> tuple[list[folder_list.Listed], dict[bytes, Counts]]:
    """Every folder with its role and a path of its own, and, when `counted`, the counts by wire name.

    One round trip where LIST-STATUS (RFC 5819) is offered; elsewhere nothing is counted: ask `count`.  The counts of
    the folder that is selected may be old (Dovecot).  A folder whose LIST cannot be read is left out and
    logged.  Raises Refused or Misbehaved when the server lists nothing in any way.
    """
    heard = await _listing(connection, counted)
    listed = [one for one in heard.listed.values() if not _is_absent(one)]
    inbox = next((one.name for one in listed if one.name.upper() == b"INBOX"), b"INBOX")
    counts = {inbox if name.upper() == b"INBOX" else name: told for name, told in heard.counts.items()}
    return _with_paths(listed, counts, spaces or Namespaces()), counts


async def _listing(connection: Connection, counted: bool) -> _Heard:
    """Run the best listing command that the server answers with a folder.

    Zoho answers LIST with STATUS with nothing at all, others refuse options that they announce: then a simpler one
    is tried.  LIST (SUBSCRIBED) is never asked for: it crashes Zimbra before 8.0.3.
    """
    ways = list(_ways(connection.capabilities, counted))
    heard = _Heard()
    for number, (command, words) in enumerate(ways, 1):
        heard = _Heard()
        try:
            await connection.run(command, *words, sink=heard.hear)
        except (Refused, Misbehaved):
            if connection.closed or number == len(ways):
                raise
            continue
        if heard.listed:
            break
    return heard


def _ways(capabilities: Capabilities, counted: bool) -> Iterator[tuple[str, tuple[Argument, ...]]]:
    everything: tuple[Argument, ...] = (b'""', b'"*"')
    if capabilities.list_extended:  # RFC 5258; roles are RFC 6154
        options = b"SPECIAL-USE SUBSCRIBED" if capabilities.special_use else b"SUBSCRIBED"
        if capabilities.list_status and counted:
            yield "LIST", (*everything, "RETURN", b"(%s STATUS %s)" % (options, _items(capabilities)))
        yield "LIST", (*everything, "RETURN", b"(%s)" % options)
    if capabilities.has("XLIST") and not capabilities.special_use:
        yield "XLIST", everything
    yield "LIST", everything


def _items(capabilities: Capabilities) -> bytes:
    modseq = b" HIGHESTMODSEQ" if capabilities.trusted_modseq else b""
    mailbox_id = b" MAILBOXID" if has_mailbox_ids(capabilities) else b""
    return b"(MESSAGES UIDNEXT UIDVALIDITY UNSEEN%s%s)" % (modseq, mailbox_id)


def has_mailbox_ids(capabilities: Capabilities) -> bool:
    """Whether STATUS tells MAILBOXIDs (RFC 8474) that can be believed.

    Cyrus 3.6 writes whatever its memory holds there; Cyrus is what announces NO_ATOMIC_RENAME.
    """
    return capabilities.has("OBJECTID") and not capabilities.has("NO_ATOMIC_RENAME")


def _is_absent(folder: Listed) -> bool:
    r"""Whether a server names a folder only to say that it is not there: one that was subscribed and is gone."""
    return "\\nonexistent" in folder.attributes and "\\haschildren" not in folder.attributes


def _with_paths(heard: Sequence[Listed], counts: dict[bytes, Counts], spaces: Namespaces) -> list[folder_list.Listed]:
    mine = {one.name: spaces.own_name(one.name) for one in heard if _may_have_role(one.name, spaces)}
    roles = names.roles([replace(one, name=mine[one.name]) for one in heard if one.name in mine])
    tells = any(_SUBSCRIBED in one.attributes for one in heard)
    paths = _distinct_paths(heard, spaces)
    return [
        folder_list.Listed(
            paths[one.name],
            one.name,
            roles.get(mine[one.name]) if one.name in mine else None,
            names.selectable(one),
            _SUBSCRIBED in one.attributes if tells else None,
            counts[one.name].mailbox_id if one.name in counts else None,
        )
        for one in heard
        if one.name in paths
    ]


def _may_have_role(name: bytes, spaces: Namespaces) -> bool:
    """Not another user's trash, nor a second INBOX below INBOX."""
    if spaces.is_foreign(name):
        return False
    return name.upper() == b"INBOX" or spaces.own_name(name).upper() != b"INBOX"


def _distinct_paths(heard: Sequence[Listed], spaces: Namespaces) -> dict[bytes, str]:
    """A path for each wire name, no two the same: of those that read alike the one spelled properly has the plain one.

    The server's order plays no part, so that the paths are the same in each round.
    """
    wanted = [(one, storable.text(spaces.path(one))) for one in heard]
    wanted.sort(key=lambda pair: (not _is_proper(pair[0], spaces), pair[0].name))
    plain = {path for _, path in wanted}
    taken: dict[str, bytes] = {}
    numbers: Counter[str] = Counter()
    for one, path in wanted:
        unique = path
        while unique in taken or (unique != path and unique in plain):
            numbers[path] += 1
            unique = f"{path} ({numbers[path] + 1})"
        if path:
            taken[unique] = one.name
    return {name: path for path, name in taken.items()}


def _is_proper(folder: Listed, spaces: Namespaces) -> bool:
    """Whether a folder's name is spelled as we would spell it."""
    own = spaces.own_name(folder.name)
    if own == b"INBOX":
        return True
    try:
        return names.encode(names.decode(own, folder.delimiter), folder.delimiter) == own
    except ValueError:
        return False


async def count(connection: Connection, name: bytes) -> Counts | None:
    """What STATUS tells of one folder, None when the server refuses (the folder went away meanwhile)."""
    told = Status(name, {})

    def hear(response: Response) -> None:
        nonlocal told
        if response.name == "STATUS":
            with suppress(Misbehaved):  # one that cannot be read counts as one that says nothing
                told = read_status(response)

    try:
        await connection.run("STATUS", astring(name), _items(connection.capabilities), sink=hear)
    except Refused:
        return None
    return Counts.of(told)


async def subscriptions(connection: Connection) -> set[bytes] | None:
    """The wire names of the folders that are subscribed (LSUB, for servers without LIST-EXTENDED), None: unknown."""
    found: set[bytes] = set()

    def hear(response: Response) -> None:
        if response.name == "LSUB" and len(found) < _MAX_FOLDERS:
            with suppress(Misbehaved):
                found.add(read_list(response).name)

    try:
        await connection.run("LSUB", b'""', b'"*"', sink=hear)
    except (Refused, Misbehaved):
        if connection.closed:
            raise
        return None
    return found
