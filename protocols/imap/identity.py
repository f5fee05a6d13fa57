"""Whether a UID still means what it meant: a server from a backup gives UIDs again."""

from protocols.imap import retrieval
from protocols.imap.connection import Connection
from store import storable


async def message_id_of(connection: Connection, uid: int) -> str:
    """The Message-ID that the selected folder has under a UID now, as the store writes it.

    Empty when that message has none, is gone, or is not given out.  Raises ConnectionLost, Refused, Misbehaved.
    """
    headed = await retrieval.summaries(connection, [uid])
    return next((storable.text(one.digest.message_id) for one in await headed.arrivals()), "")
