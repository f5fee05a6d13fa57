"""Lays a footing for acts on mail in a folder that is left out: UIDVALIDITY, and proven UIDs."""

from protocols.imap import retrieval, survey
from protocols.imap.link import Link
from store import folders, locations, rematching, storable
from store.database import Transaction
from store.folders import Cursor

_AT_ONCE = 500
"""Messages whose names are asked for at once."""


async def lay(link: Link) -> None:
    """Record where a folder stands of which nothing was ever synchronised; its mail is not brought.

    UIDs that moves of ours were told stay when the server has those very messages under them; the others are to be
    looked for.  Raises ProtocolError (Refused, Misbehaved: this folder only).
    """
    store, folder = link.store, link.folder
    uids = await store.read(lambda c: locations.uids(c, folder))
    names = await store.read(
        lambda c: {uid: locations.message_id(c, one) for uid, one in locations.uid_map(c, folder, uids).items()}
    )
    async with link.session.folder(link.name, fresh=True) as state:
        uidnext = state.uidnext
        if uidnext is None:
            state.uidnext, uidnext = await survey.uidnext(link.connection, link.name)
        there: dict[int, str] = {}
        for start in range(0, len(uids), _AT_ONCE):
            headed = await retrieval.summaries(link.connection, uids[start : start + _AT_ONCE])
            there |= {one.uid: storable.text(one.digest.message_id) for one in await headed.arrivals() if one.uid}
    doubtful = [uid for uid in uids if not names.get(uid) or there.get(uid) != names[uid]]
    cursor = Cursor(state.uidvalidity, uidnext, max(1, uidnext))

    def write(tx: Transaction) -> None:
        if folders.cursor(tx.connection, folder) is None:
            folders.set_cursor(tx, folder, cursor)
            rematching.forget_uids(tx, folder, doubtful)

    await store.write(write)
