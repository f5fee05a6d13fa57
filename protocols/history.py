"""Forgets the acts of long ago, a little at a time, so that the journal does not grow for ever."""

import logging

from protocols.clock import Clock
from store import history
from store.errors import StoreError
from store.mailstore import MailStore

_log = logging.getLogger(__name__)


async def forget_old(store: MailStore, clock: Clock) -> None:
    """Forget what ended long ago (store.history.KEPT); acts of the user have their turn between two slices."""
    now = int(clock.now())
    after: int | None = 0
    try:
        while after is not None:
            after = await store.write(lambda tx, since=after: history.forget_old(tx, now, since))  # type: ignore[misc]
    except StoreError as error:
        _log.warning("Old acts could not be forgotten: %s", error.title)
