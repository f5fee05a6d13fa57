"""Takes contents off this disk that an account no longer keeps; summaries, flags and the search index stay."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from store import keeping, parts, structure, twins
from store.database import Transaction
from store.keeping import BOUND, MONTH, READING, RECENT, Choice, Depth, rows_of
from store.model import AccountId, FolderId, MessageId
from store.parts import Place
from store.settings import KeepKind
from store.structure import Structure

SLICE_MESSAGES = 100
SLICE_BYTES = 4 << 20
"""What one transaction takes away at most; a single larger message goes alone."""
LARGE_SECTION = 64 * 1024
"""Octets of a part from which on an attachment that came alone is looked for where only the text is kept."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """A message of which less is to be here."""

    id: MessageId
    size: int
    """Octets that are about to be free."""
    depth: Depth
    """How much stays."""
    forced: bool = False
    """Whether it goes although somebody opened it lately: the size limit leaves no other way."""


def doomed(connection: sqlite3.Connection, account: AccountId, choice: Choice) -> list[Doomed]:
    """What is to go, in order: the oldest month first, of a month the largest first.

    Nothing of an account whose mail is local: its only copy may be here.  Never what is bound (keeping.BOUND), nor what
    was opened lately, unless a size limit leaves no other way: then what was opened longest ago goes first.
    """
    row = connection.execute("SELECT protocol FROM accounts WHERE id = ?", (account,)).fetchone()
    if row is None or row[0] != "imap":
        return []
    match choice.keep.kind:
        case KeepKind.FULL:
            return []
        case KeepKind.TEXT:
            return [*_too_large(connection, account, choice), *_attachments(connection, account, choice)]
        case KeepKind.BYTES:
            return _too_much(connection, account, choice)
    return _too_old(connection, account, choice)


def slices(going: Iterable[Doomed]) -> Iterator[list[Doomed]]:
    """Cut into what one transaction takes away; messages of which text stays go one by one."""
    some: list[Doomed] = []
    size = 0
    for one in going:
        alone = one.depth is not Depth.NONE
        if some and (alone or some[0].depth is not Depth.NONE or size + one.size > SLICE_BYTES):
            yield some
            some, size = [], 0
        some.append(one)
        size += one.size
        if len(some) == SLICE_MESSAGES:
            yield some
            some, size = [], 0
    if some:
        yield some


def evict(tx: Transaction, going: Sequence[Doomed], now: int) -> list[MessageId]:
    """Take the contents of these messages away, those of their twins with them; answers which ones went.

    What was bound, or opened, since it was chosen stays.  What was found by its text is still found by it.
    """
    free = [one.id for one in going if _may_go(tx, one, now)]
    group = [*free, *(twin for others in twins.of(tx.connection, free).values() for twin in others)]
    ids = json.dumps(group)
    tx.execute("DELETE FROM bodies WHERE message_id IN (SELECT value FROM json_each(?))", (ids,))
    parts.forget(tx, group)
    tx.execute("UPDATE messages SET cached = 0 WHERE id IN (SELECT value FROM json_each(?))", (ids,))
    tx.changed(messages=group)
    return free


def reduce(tx: Transaction, one: Doomed, tree: Structure, texts: dict[str, tuple[bytes, bool]], now: int) -> bool:
    """Keep of a whole message only the texts, as (content, whether it is complete) by section; False when it stays."""
    if not evict(tx, [one], now):
        return False
    place = tx.execute("SELECT server_folder_id, uid FROM messages WHERE id = ?", (one.id,)).fetchone()
    # no UIDVALIDITY is 0: whoever wants a part asks the server for its own numbers first
    parts.keep_structure(tx, one.id, Place(FolderId(place[0]), 0, place[1]), tree)
    parts.keep_sections(tx, one.id, texts)
    everyone = [one.id, *twins.of(tx.connection, [one.id]).get(one.id, ())]
    tx.execute("UPDATE messages SET cached = 1 WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(everyone),))
    return True


def trim(tx: Transaction, one: Doomed, now: int) -> bool:
    """Drop what is here of a message beside its text: attachments that came alone, and slices; False when it stays."""
    if not _may_go(tx, one, now):
        return False
    texts = json.dumps(sorted(_texts(tx.connection, one.id)))
    tx.execute(
        "DELETE FROM sections WHERE message_id = ? AND section NOT IN (SELECT value FROM json_each(?))", (one.id, texts)
    )
    tx.execute("DELETE FROM slices WHERE message_id = ?", (one.id,))
    tx.changed(messages=[one.id])
    return True


def _may_go(tx: Transaction, one: Doomed, now: int) -> bool:
    """Whether neither a message nor a twin of it is bound or in use, as of this transaction."""
    everyone = json.dumps([one.id, *twins.of(tx.connection, [one.id]).get(one.id, ())])
    row = tx.execute(
        f"SELECT max({BOUND} OR coalesce(used_at, 0) >= ?), max(cached) FROM messages m"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (now - (READING if one.forced else RECENT), everyone),
    ).fetchone()
    return bool(row[0] == 0 and row[1] >= max(one.depth, Depth.TEXT))


_ORDER = f"ORDER BY max(received, 0) / {MONTH}, size DESC, received, id"


def _too_large(connection: sqlite3.Connection, account: AccountId, choice: Choice) -> list[Doomed]:
    """Whole messages of which only the text is to be here."""
    found = _unused(connection, account, "cached = 2", choice, ("size >", keeping.TEXT_LIMIT))
    return [Doomed(message, size, Depth.TEXT) for message, size in found]


def _too_old(connection: sqlite3.Connection, account: AccountId, choice: Choice) -> list[Doomed]:
    """What was received before the account's time, and where only summaries are kept everything."""
    found = _unused(connection, account, "cached IN (1, 2)", choice, ("received <", choice.since))
    return [Doomed(message, size, Depth.NONE) for message, size in found]


def _unused(
    connection: sqlite3.Connection, account: AccountId, cached: str, choice: Choice, beyond: tuple[str, int]
) -> Iterator[tuple[MessageId, int]]:
    """(message, octets) of what is here, neither bound nor opened lately, and `beyond` a (SQL, limit)."""
    which, limit = beyond
    rows = connection.execute(
        f"SELECT id, size FROM messages m INDEXED BY messages_by_contents WHERE {cached} AND account_id = ?"
        f" AND {which} ? AND coalesce(used_at, 0) < ? AND NOT {BOUND} {_ORDER}",
        (account, limit, choice.now - RECENT),
    )
    return _once(connection, {MessageId(row[0]): row[1] for row in rows})


def _once(connection: sqlite3.Connection, found: dict[MessageId, int]) -> Iterator[tuple[MessageId, int]]:
    """Of rows that are one message the first; the others go with it."""
    told: set[MessageId] = set()
    others = twins.of(connection, found) if twins.any_known(connection) else {}
    for message, size in found.items():
        if message not in told:
            told.update(others.get(message, ()))
            yield message, size


def _too_much(connection: sqlite3.Connection, account: AccountId, choice: Choice) -> list[Doomed]:
    """What is beyond the edge of a size limit, until what is here and what is to come fits."""
    # from the index alone, and too much where rows share a body: as a rule it says that there is nothing to do
    rough = (
        "SELECT coalesce(sum(size), 0) FROM messages INDEXED BY messages_by_contents"
        f" WHERE cached IN (0, 1, 2) AND account_id = ? AND (cached > 0 OR {choice.wanted})"
    )
    if choice.edge is None or connection.execute(rough, (account,)).fetchone()[0] <= choice.keep.amount:
        return []
    rows = rows_of(connection, account)
    needed = f"SELECT coalesce(sum(size), 0) FROM ({rows}) WHERE cached > 0 OR {choice.wanted}"
    excess = connection.execute(needed, (account,)).fetchone()[0] - choice.keep.amount
    recent, reading = choice.now - RECENT, choice.now - READING
    beyond = f"coalesce(used_at, 0) < {recent:d} AND NOT {choice.wanted} {_ORDER}"
    lately = f"used_at >= {recent:d} AND used_at < {reading:d} ORDER BY used_at, id"
    going: list[Doomed] = []
    for forced, which in ((False, beyond), (True, lately)):
        found = connection.execute(
            f"SELECT id, size FROM ({rows}) WHERE cached > 0 AND NOT bound AND {which}", (account,)
        )
        for message, size in found:
            if excess <= 0:
                return going
            going.append(Doomed(MessageId(message), size, Depth.NONE, forced))
            excess -= size
    return going


def _attachments(connection: sqlite3.Connection, account: AccountId, choice: Choice) -> list[Doomed]:
    """Messages that are here by their text, and of which attachments were asked for a while ago."""
    rows = connection.execute(
        "SELECT m.id, (SELECT coalesce(sum(length(content)), 0) FROM slices WHERE message_id = m.id),"
        " (SELECT json_group_array(json_array(section, length(content))) FROM sections WHERE message_id = m.id)"
        f" FROM messages m INDEXED BY messages_by_contents WHERE cached = 1 AND account_id = ?"
        f" AND coalesce(used_at, 0) < ? AND NOT {BOUND} {_ORDER}",
        (account, choice.now - RECENT),
    ).fetchall()
    found: list[Doomed] = []
    for message, begun, told in rows:
        held: list[tuple[str, int]] = [(name, size) for name, size in json.loads(told)]
        if begun or any(size >= LARGE_SECTION for _, size in held):
            texts = _texts(connection, message)
            size = begun + sum(size for name, size in held if name not in texts)
            if size:
                found.append(Doomed(MessageId(message), size, Depth.TEXT))
    return found


def _texts(connection: sqlite3.Connection, message: MessageId) -> set[str]:
    """The sections of a message that are its text, as far as they are here: headers, and parts that are read."""
    row = connection.execute("SELECT tree FROM structures WHERE message_id = ?", (message,)).fetchone()
    tree = [] if row is None else structure.read(row[0]).walk()
    readable = {p.section for p in tree if p.type.startswith(("text/", "message/")) and p.disposition != "attachment"}
    names = connection.execute("SELECT section FROM sections WHERE message_id = ?", (message,))
    return {name for (name,) in names if name in readable or name.endswith(("HEADER", "MIME"))}
