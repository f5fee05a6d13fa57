"""What has to be on the screen at once: the newest page of a folder, and mail that push announced."""

from collections.abc import Sequence

from protocols.imap import retrieval, summaries, survey
from protocols.imap.agenda import Place
from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from protocols.imap.parse import read_search
from protocols.imap.selected import Selected
from protocols.imap.sequence import MAX_UID
from protocols.imap.session import Session
from store import folders, locations, messages, reservations
from store.database import Transaction
from store.folders import Cursor
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import AccountId, Flag, FolderId, MessageId

MANY = 500
"""More new messages than this are left to the next round, which fetches them in batches."""


async def newest_page(store: MailStore, account: AccountId, place: Place, session: Session) -> bool:
    """Bring the newest summaries of a folder of which nothing is here; whether there was something to bring.

    Two round trips after SELECT, however large the folder is; the rest is left to FolderSync, which goes on below
    this page.  Raises ProtocolError.
    """
    folder = place.folder.id
    if await store.read(lambda c: folders.cursor(c, folder)) is not None:
        return False
    async with session.folder(place.name, fresh=True) as state:
        if not state.exists:
            return False
        exists = state.exists
        uids = await _newest(session.connection, exists)
        if not uids:
            return False
        arrivals = await (await retrieval.summaries(session.connection, uids)).arrivals()
    cursor = _cursor(state, exists, uids)

    def keep(tx: Transaction) -> None:
        if not _is_the_same(tx, folder, state.uidvalidity):
            return
        # a migrated mailbox may have one date for all: only ids in the order of UIDs keep its newest on top, so the
        # page takes the last ones of a block for the whole folder
        first = messages.reserve(tx, exists)
        rest = exists - len(uids)
        numbers = {uid: MessageId(first + rest + place) for place, uid in enumerate(sorted(uids))}
        messages.add(tx, account, folder, _ascending(arrivals), numbers)
        if folders.cursor(tx.connection, folder) is None:  # else a round was quicker, and knows more
            folders.set_cursor(tx, folder, cursor)
            if rest:
                reservations.keep(tx, folder, state.uidvalidity, (first, rest))

    await store.write(keep)
    return True


def _cursor(state: Selected, exists: int, uids: Sequence[int]) -> Cursor:
    """What a page covers: everything when the folder has no more, else from its lowest UID on."""
    uidnext = max(state.uidnext or 1, max(uids) + 1)
    lowest = 1 if exists <= summaries.FIRST_PAGE else min(uids)
    return Cursor(state.uidvalidity, uidnext, lowest, state.highestmodseq)


async def _newest(connection: Connection, exists: int) -> list[int]:
    """UIDs of the last messages by sequence number; without UIDPLUS not of those that a move left behind."""
    found: set[int] = set()

    def hear(response: Response) -> None:
        if response.name in ("SEARCH", "ESEARCH"):
            found.update(read_search(response))

    numbers = b"%d:%d" % (max(1, exists - summaries.FIRST_PAGE + 1), exists)
    which = () if connection.capabilities.uidplus else ("UNDELETED",)
    await connection.run("UID SEARCH", numbers, *which, sink=hear)
    return sorted(found, reverse=True)[: summaries.FIRST_PAGE]


async def bring_new(store: MailStore, account: AccountId, place: Place, session: Session, state: Selected) -> int:
    """Bring what arrived since the last sync of a folder that `session` has selected; how many messages came.

    Nothing when a round has found another UIDVALIDITY since it was selected here: these UIDs mean nothing any more.

    The cursor stays where it is: the next round moves it, and finds these rows already there.  Raises ProtocolError.
    """
    folder = place.folder.id
    cursor = await store.read(lambda c: folders.cursor(c, folder))
    if cursor is None or cursor.uidvalidity != state.uidvalidity:
        return 0
    known = set(await store.read(lambda c: locations.uids(c, folder, cursor.uidnext)))
    listed = await survey.flags(session.connection, max([cursor.uidnext, *(uid + 1 for uid in known)]), MAX_UID)
    hides = not session.connection.capabilities.uidplus  # what a move left behind is no mail
    new = [uid for uid, (flags, _) in listed.items() if uid not in known and not (hides and Flag.DELETED in flags)]
    if not new or len(new) > MANY:
        return 0
    arrivals = await (await retrieval.summaries(session.connection, sorted(new, reverse=True))).arrivals()

    def keep(tx: Transaction) -> int:
        if not _is_the_same(tx, folder, state.uidvalidity):
            return 0
        return len(messages.add(tx, account, folder, _ascending(arrivals)))

    return await store.write(keep)


def _is_the_same(tx: Transaction, folder: FolderId, uidvalidity: int) -> bool:
    """Whether the UIDs still mean what they did when they were asked for, and the folder is still there."""
    if folders.wire_name(tx.connection, folder) is None:
        return False
    cursor = folders.cursor(tx.connection, folder)
    return cursor is None or cursor.uidvalidity == uidvalidity


def _ascending(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """In the order of UIDs, so that rows that arrived together are numbered in the order of arrival."""
    return sorted(arrivals, key=lambda arrival: arrival.uid or 0)
