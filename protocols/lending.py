"""Brings whole to this disk what goes to another account: only from here can it be sent there."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from protocols.errors import Refused
from protocols.reasons import reason
from store import appending
from store.errors import NotFound
from store.mailstore import MailStore
from store.model import AccountId, MessageId

_log = logging.getLogger(__name__)


async def lend(store: MailStore, account: AccountId, fetch: Callable[[MessageId], Awaitable[None]]) -> None:
    """Have an account's messages fetched, one by one, that are to be copied to other accounts.

    One that its server does not give out stays where it is, and the journal says why; one that cannot be found now
    waits for the next sync.  Raises what `fetch` raises besides NotFound and Refused.
    """
    for message, copies in await store.read(lambda c: appending.wanted(c, account)):
        if await _supply(store, message, copies):
            continue
        try:
            await fetch(message)
        except NotFound as error:
            _log.info("message %d, which is to be copied, cannot be fetched now: %s", message, error.title)
        except Refused as error:
            await store.write(partial(appending.withheld, made=copies, reason=reason(error)), durable=True)
        else:
            await _supply(store, message, copies)


async def _supply(store: MailStore, message: MessageId, copies: list[MessageId]) -> bool:
    return await store.write(lambda tx: appending.supply(tx, message, copies), durable=True)
