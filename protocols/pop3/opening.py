"""Fetches one message that is here by its headers only, because somebody opened it."""

from contextlib import suppress

from protocols.bulk import READER
from protocols.errors import Refused
from protocols.mime.bulk_worker import Reading
from protocols.pop3 import inventory
from protocols.pop3.arrivals import Retrieved
from protocols.pop3.connection import Connection
from store import maildrop, messages
from store.database import Transaction
from store.mailstore import MailStore
from store.model import AccountId, MessageId
from store.pop3_accounts import Moment


async def bring(
    connection: Connection, store: MailStore, account: AccountId, message: MessageId, at: Moment, *, days: int
) -> None:
    """Fetch the message whole and commit it; the next session deletes it on the server if that is wished.

    Uses up the connection.  Raises ProtocolError (Refused when the server has it no longer), StoreError.
    """
    # whatever the server calls it today: names that changed are found again
    survey = await connection.survey()
    here = await inventory.take(connection, store, account, survey, at, days=days, deleting=True)
    key = await store.read(lambda c: maildrop.of_message(c, message))
    number = next((number for number, name in here.keys.items() if name == key), None)
    if key is None or number is None:
        raise Refused(f"{connection.endpoint} no longer has this message.", "Only its headers are here.")
    retrieved = Retrieved(key, await connection.retrieve(number), here.sizes.get(number))
    with suppress(Refused):
        await connection.noop()  # the answer behind it proves that it came whole
    (digest,) = await READER.read(Reading.WHOLE, [retrieved.raw])

    def keep(tx: Transaction) -> None:
        messages.store_bodies(tx, [(message, retrieved.raw, digest)])
        maildrop.stored(tx, account, {key: retrieved.identity(digest)}, at.now)

    await store.write(keep, durable=True)
    await connection.quit()
