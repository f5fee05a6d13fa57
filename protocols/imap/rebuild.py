"""When UIDs mean other messages than before: a new UIDVALIDITY, or a server that came back from a backup."""

import asyncio
import logging
import time

from protocols.errors import Refused
from protocols.imap import gmail, survey
from protocols.imap.capabilities import Capabilities
from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from protocols.imap.link import Link
from protocols.imap.selected import Selected
from protocols.imap.sequence import MAX_UID
from protocols.imap.summaries import nothing_yet
from protocols.mime.digest import digest_headers
from store import folders, locations, rebuilds, rematching, storable
from store.database import Transaction
from store.folders import Cursor
from store.mailstore import MailStore
from store.model import FolderId
from store.rematching import Identity

_log = logging.getLogger(__name__)

OFTEN = 3
"""So many rebuilds in a day, and the next change of UIDVALIDITY waits for the user."""
SLICE = 500
_NEWEST = 3
"""So many of the newest messages that are here are compared, since one or the other may be gone."""
_NAME = b"(UID INTERNALDATE%s BODY.PEEK[HEADER.FIELDS (FROM SUBJECT MESSAGE-ID)])"
"""Without the size: for that Dovecot reads the whole list of a Maildir, 0.1 s for 100,000 messages (measured)."""
_IDENTITY = b"(RFC822.SIZE " + _NAME[1:]


async def start_over(link: Link, cursor: Cursor, state: Selected, *, trust: bool) -> Cursor:
    """UIDVALIDITY changed (RFC 9051 section 2.3.1.1): forget every UID; rows and bodies stay and are matched again.

    Answers the cursor to begin with.  Raises Refused when that happens again and again (Proton Bridge, Nextcloud),
    unless the user asks for it (`trust`): each time everything is fetched anew.
    """
    _log.warning("UIDVALIDITY of folder %d went from %d to %d", link.folder, cursor.uidvalidity, state.uidvalidity)
    fresh = nothing_yet(state)

    def forget(tx: Transaction) -> bool:
        now = int(time.time())
        if not trust and rebuilds.count(tx.connection, link.folder, now) >= OFTEN:
            return False
        rebuilds.record(tx, link.folder, now)
        rematching.forget_uids(tx, link.folder)
        folders.set_cursor(tx, link.folder, fresh)
        return True

    if not await link.store.write(forget):
        raise Refused(
            f"The server gave this folder a new identity more than {OFTEN} times within a day, so it is left alone.",
            "Sync it yourself to try again; if it goes on, ask the server's operator.",
        )
    return fresh


async def went_back(
    store: MailStore,
    connection: Connection,
    folder: FolderId,
    cursor: Cursor | None,
    state: Selected,
    *,
    ask: bool = False,
) -> bool:
    """Whether a server that keeps its UIDVALIDITY was restored from a backup, so that UIDs mean other messages now.

    It then knows less than it did, or has given the newest UIDs that are known here to others; that is asked for when
    there is new mail, or always (`ask`).
    """
    if cursor is None or cursor.uidvalidity != state.uidvalidity:
        return False
    if state.uidnext is not None and state.uidnext < cursor.uidnext:
        return True
    old, new = cursor.highestmodseq, state.highestmodseq
    if old is not None and new is not None and new < old:
        return True
    moved = state.uidnext != cursor.uidnext
    if not state.exists or cursor.backfilled > 1 or not (moved or ask):
        return False
    ours = await store.read(lambda c: rematching.newest(c, folder, cursor.uidnext, _NEWEST))
    ours = {uid: one for uid, one in ours.items() if one.size}  # else nothing is known of it
    if not ours:
        return False
    named = await _identities(connection, min(ours), max(ours), _NAME)
    if all(uid not in named or _is_same(one, named[uid]) for uid, one in ours.items()):
        return False
    theirs = await _identities(connection, min(ours), max(ours))
    return any(not one.proves(theirs[uid]) for uid, one in ours.items() if uid in theirs)


def _is_same(one: Identity, named: Identity) -> bool:
    """Whether two are surely the same message though the size of one is not known."""
    return bool(one.message_id) and (one.message_id, one.received) == (named.message_id, named.received)


async def forget_unproven(link: Link, state: Selected) -> None:
    """Forget the UIDs that the server gave, or may give, to other messages since it went back.

    UIDs are given in ascending order, so the newest are compared by what the messages say, slice by slice, until one
    is as it was.
    """
    uidnext = state.uidnext or MAX_UID + 1
    known = await link.store.read(lambda c: locations.uids(c, link.folder))
    _log.warning("folder %d is older on the server than here: UIDNEXT %d", link.folder, uidnext)
    floor = uidnext
    doubtful: list[int] = []
    while known:
        part, known = known[-SLICE:], known[:-SLICE]
        low, high = part[0], part[-1]
        ours = await link.store.read(lambda c, a=low, b=high: rematching.identities(c, link.folder, a, b))  # type: ignore[misc]
        theirs = await _identities(link.connection, low, high) if state.exists else {}
        proven = {uid for uid, one in ours.items() if uid in theirs and one.proves(theirs[uid])}
        others = [uid for uid, one in ours.items() if uid in theirs and uid not in proven and one.size]
        floor = min([floor, *others])
        doubtful += [uid for uid in ours if uid not in proven]
        if low < uidnext and proven and not others:
            break
    unproven = [uid for uid in doubtful if uid >= floor]
    await link.store.write(lambda tx: rematching.forget_uids(tx, link.folder, unproven))


async def _identities(connection: Connection, low: int, high: int, what: bytes = _IDENTITY) -> dict[int, Identity]:
    heard: list[Response] = []
    items = what % gmail.identity(connection.capabilities)
    await connection.run("UID FETCH", b"%d:%d" % (low, high), items, sink=survey.collector(heard))
    return await asyncio.to_thread(_read, heard, connection.capabilities)


def _read(heard: list[Response], offers: Capabilities) -> dict[int, Identity]:
    found = {}
    for one in survey.read_all(heard):
        header = next((data for name, data in one.sections.items() if name.startswith("BODY[HEADER")), b"")
        digest = digest_headers(header)
        found[one.uid] = Identity(
            one.uid, storable.text(digest.message_id), storable.count(one.size or 0), one.internaldate or 0,
            storable.text(digest.sender.address), storable.text(digest.subject), gmail.server_id(one),
        )  # fmt: skip
    return found
