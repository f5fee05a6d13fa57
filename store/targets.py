"""Messages as an act finds them: their effective state, and what became of those that went to another account."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from store.errors import NotFound
from store.model import AccountId, Flag, FolderId, MessageId

_GIVEN = "IN (SELECT value FROM json_each(?))"
_TARGET = (
    "SELECT m.id, m.account_id, m.flags, m.labels, m.folder_id, a.protocol = 'pop3', m.server_folder_id IS NOT NULL,"
    " m.cached = 2, m.kept FROM messages m JOIN accounts a ON a.id = m.account_id"
)
_HEIRS = (
    "SELECT message_id, copy_id FROM journal WHERE copy_id IS NOT NULL AND kind IN ('transfer', 'expunge')"
    f" AND state IN ('queued', 'running', 'unknown', 'done') AND message_id {_GIVEN} ORDER BY id"
)
_STAYED = (  # a copy that was not to be, after all: the message is what it always was
    "SELECT copy_id, message_id FROM journal WHERE kind IN ('transfer', 'expunge') AND state IN ('undone', 'dropped')"
    f" AND copy_id {_GIVEN} AND copy_id NOT IN (SELECT id FROM messages) ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Target:
    """A message as an act finds it: its effective state, and whether a server is behind it."""

    id: MessageId
    account: AccountId
    flags: Flag
    labels: frozenset[str]
    folder: FolderId | None
    local: bool
    """POP3: the store is the only truth, an act is done as soon as it is written."""
    placed: bool = True
    """Whether it is where it shows: a copy for another account may be on its way still."""
    whole: bool = False
    """Whether all of it is on this disk."""
    kept: bool = False
    """Whether it is kept by hand."""


def targets(connection: sqlite3.Connection, wanted: Sequence[MessageId]) -> list[Target]:
    """The messages, each once, in order.  Raises NotFound that names those that are not in the store."""
    found = _read(connection, wanted)
    if missing := [message for message in wanted if message not in found]:
        names = ", ".join(map(str, missing[:10])) + (" …" if len(missing) > 10 else "")
        raise NotFound(f"No such message: {names}.", "It may have been removed on the server; nothing was done.")
    return [found[message] for message in dict.fromkeys(wanted)]


def present(connection: sqlite3.Connection, wanted: Iterable[MessageId | None]) -> dict[MessageId, Target]:
    """Those of `wanted` that are still in the store, and show."""
    return _read(connection, [message for message in wanted if message is not None])


def chains(connection: sqlite3.Connection, wanted: Iterable[MessageId]) -> dict[MessageId, tuple[MessageId, ...]]:
    """Under which ids messages went on that went to other accounts (and came back): their own first, the last last."""
    own = set(wanted)
    following = _heirs(connection, own)
    while fresh := _heirs(connection, set(following.values()) - following.keys()):
        following |= fresh
    return {message: _chain(message, following) for message in own}


def _chain(message: MessageId, following: Mapping[MessageId, MessageId]) -> tuple[MessageId, ...]:
    members = [message]
    while (heir := following.get(members[-1])) is not None and heir not in members:
        members.append(heir)
    return tuple(members)


def _heirs(connection: sqlite3.Connection, wanted: set[MessageId]) -> dict[MessageId, MessageId]:
    if not wanted:
        return {}
    given = (json.dumps(list(wanted)),)
    rows = [*connection.execute(_STAYED, given), *connection.execute(_HEIRS, given)]
    return {MessageId(row[0]): MessageId(row[1]) for row in rows}


def _read(connection: sqlite3.Connection, wanted: Sequence[MessageId]) -> dict[MessageId, Target]:
    rows = connection.execute(f"{_TARGET} WHERE m.folder_id IS NOT NULL AND m.id {_GIVEN}", (json.dumps(wanted),))
    return {row[0]: _target(row) for row in rows}


def _target(row: tuple[int, int, int, str, int, int, int, int, int]) -> Target:
    message, account, bits, words, folder, local, placed, whole, kept = row
    return Target(
        MessageId(message),
        AccountId(account),
        _flags(bits),
        _labels(words),
        FolderId(folder),
        bool(local and placed),
        bool(placed),
        bool(whole),
        bool(kept),
    )


# a folder has many messages, and few sets of flags and labels
_flags = lru_cache(maxsize=64)(Flag)


@lru_cache(maxsize=1024)
def _labels(words: str) -> frozenset[str]:
    return frozenset(words.split())
