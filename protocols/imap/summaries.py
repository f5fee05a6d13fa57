"""Brings the summaries of a folder that are not here, newest first, each batch with the cursor that covers it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice

from protocols.imap import retrieval
from protocols.imap.link import Link
from protocols.imap.pipeline import Pipeline, Write
from protocols.imap.retrieval import Headed
from protocols.imap.selected import Selected
from protocols.imap.sequence import MAX_UID
from store import folders, messages, reservations
from store.database import Transaction
from store.folders import Cursor
from store.messages import Arrival
from store.model import MessageId

FIRST_PAGE = 100
"""The first batch is one screen and a bit: what the user looks at must not wait for what they do not."""
BATCH = 1000

Progress = Callable[[int, int], None]


def nothing_yet(state: Selected) -> Cursor:
    """The cursor of a folder of which nothing is here.

    Of a first sync the MODSEQ of its first SELECT counts: what changes while it goes on is asked for afterwards.
    """
    return Cursor(state.uidvalidity, 1, MAX_UID, state.highestmodseq)


async def bring(
    link: Link,
    wanted: Sequence[int],
    cursor: Cursor | None,
    state: Selected,
    progress: Progress,
) -> Cursor:
    """Fetch the summaries of `wanted`, UIDs in descending order; answers the cursor that covers them all.

    `progress(done, wanted)` counts summaries.  Raises ProtocolError; what was committed before stays.
    """
    old = cursor or nothing_yet(state)
    # what the server says and not more: one whose UIDNEXT stands still (Exchange) must not seem to go back
    uidnext = state.uidnext or max(old.uidnext, wanted[0] + 1 if wanted else 1)
    final = Cursor(state.uidvalidity, uidnext, 1, old.highestmodseq)
    numbers = await _numbers(link, wanted, state)
    done, step = 0, FIRST_PAGE
    async with Pipeline(link.store) as pipeline:
        while done < len(wanted):
            batch = wanted[done : done + step]
            async with link.again(state):
                headed = await retrieval.summaries(link.connection, batch)
            done, step = done + len(batch), BATCH
            reached: Cursor | None = None
            if done == len(wanted):
                reached = final
            elif old.backfilled > batch[-1]:  # else still above the old cursor, which stands until the gap closes
                reached = Cursor(state.uidvalidity, uidnext, batch[-1], old.highestmodseq)
            await pipeline.put(_read(headed, link, numbers, reached))
            progress(done, len(wanted))
    if final != old and not wanted:

        def finish(tx: Transaction) -> None:
            folders.set_cursor(tx, link.folder, final)
            reservations.forget(tx, link.folder)

        await link.store.write(finish)
    return final


async def _numbers(link: Link, wanted: Sequence[int], state: Selected) -> dict[int, MessageId]:
    """Ids in the order of UIDs for what comes in several batches, the newest first."""
    folder, uidvalidity = link.folder, state.uidvalidity
    block = await link.store.read(lambda c: reservations.of(c, folder, uidvalidity))
    if block is None:
        if len(wanted) <= FIRST_PAGE:
            return {}
        block = await link.store.write(lambda tx: reservations.make(tx, folder, uidvalidity, len(wanted)))
    first, room = block
    return {uid: MessageId(first + place) for place, uid in enumerate(islice(reversed(wanted), room))}


async def _read(headed: Headed, link: Link, numbers: Mapping[int, MessageId], cursor: Cursor | None) -> Write:
    return partial(_keep, link=link, arrivals=await headed.arrivals(), numbers=numbers, cursor=cursor)


def _keep(
    tx: Transaction,
    *,
    link: Link,
    arrivals: Sequence[Arrival],
    numbers: Mapping[int, MessageId],
    cursor: Cursor | None,
) -> None:
    # ascending, so that rows that arrived together are numbered in the order of arrival
    in_order = sorted(arrivals, key=lambda arrival: arrival.uid or 0)
    messages.add(tx, link.account, link.folder, in_order, numbers)
    reservations.use(
        tx, link.folder, [numbers[one.uid] for one in in_order if one.uid is not None and one.uid in numbers]
    )
    if cursor is not None:
        folders.set_cursor(tx, link.folder, cursor)
        if cursor.backfilled <= 1:
            reservations.forget(tx, link.folder)
