"""Compares every flag of a folder, slice by slice, because a restored server can hide changes from MODSEQ."""

import logging
import time

from protocols.imap import survey
from protocols.imap.link import Link
from protocols.imap.survey import SLICE, Listing
from store import comparisons, folders, locations
from store.comparisons import Known
from store.database import Transaction

_log = logging.getLogger(__name__)

EVERY = 86_400
"""Seconds between two comparisons of a folder.

A server that was restored from a backup counts MODSEQs again from an earlier one.  Who looks before it has overtaken
the old ones sees that (rebuild.went_back); who looks later never hears of what changed in between, nor of what the
backup took back.
"""
MOST = 5
"""Folders in one round: this is nothing that anybody waits for."""


async def audit(link: Link) -> None:
    """Compare the flags of all messages of a folder; others use the connection between two slices.

    What is not finished begins anew next time.  Raises ProtocolError (Refused, Misbehaved: this folder only).
    """
    store, folder = link.store, link.folder
    cursor = await store.read(lambda c: folders.cursor(c, folder))
    if cursor is None or cursor.backfilled > 1:
        return
    uids = await store.read(lambda c: locations.uids(c, folder))
    changed = 0
    for part in (uids[start : start + SLICE] for start in range(0, len(uids), SLICE)):
        before = await store.read(lambda c, p=part: comparisons.known(c, folder, p))  # type: ignore[misc]
        async with link.session.folder(link.name) as state:
            if state.uidvalidity != cursor.uidvalidity:
                return
            # Dovecot lists flags as the session last saw them, which may be older than what another one told
            await link.connection.run("NOOP")
            told = await survey.flags(link.connection, part[0], part[-1], part)

        def write(tx: Transaction, before: Known = before, told: Listing = told) -> int:
            now = folders.cursor(tx.connection, folder)
            if now is None or now.uidvalidity != cursor.uidvalidity:
                return 0  # built anew by now: these UIDs mean other messages
            return comparisons.write(tx, folder, before, told)

        changed += await store.write(write)
    if changed:
        _log.warning("folder %d: %d messages had other flags than MODSEQ told", folder, changed)
    await store.write(lambda tx: comparisons.note(tx, folder, int(time.time())))
