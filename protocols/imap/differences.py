"""Finds out in what a folder here differs from the server's: by what changed (MODSEQ), or by listing it."""

import asyncio
import logging
import sqlite3
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from protocols.errors import Misbehaved, Refused
from protocols.imap import survey
from protocols.imap.doubts import Doubts, suspicious
from protocols.imap.link import Link
from protocols.imap.selected import Selected
from protocols.imap.sequence import MAX_UID
from protocols.imap.survey import Listing, Marks
from store import locations
from store.model import Flag, MessageId

_log = logging.getLogger(__name__)

RECENT = 500
"""Flags of so many newest UIDs are compared in every round; the rest when something does not add up."""


@dataclass(slots=True)
class News:
    """What changed after a MODSEQ, as the server told it."""

    marks: Listing = field(default_factory=Listing)
    gone: list[tuple[int, int]] = field(default_factory=list)
    """Ranges of UIDs that vanished."""


@dataclass(frozen=True, slots=True)
class Differences:
    """What has to be written, and fetched, to bring a folder into step."""

    marks: Mapping[int, Marks] = field(default_factory=dict)
    missing: Sequence[int] = ()
    """UIDs that only the store has."""
    unknown: Sequence[int] = ()
    """UIDs that only the server has, newest first."""
    orphaned: Sequence[MessageId] = ()
    """Messages without UID, though the folder was listed in full."""
    known: int = 0
    """How many messages the store had."""
    complete: bool = False
    """Whether nothing was left out, so that HIGHESTMODSEQ may move on."""


class Comparison:
    """One comparison of a folder that is selected."""

    def __init__(self, link: Link, doubts: Doubts, state: Selected) -> None:
        self._link = link
        self._doubts = doubts
        self._state = state

    def shown(self, listed: Mapping[int, Marks]) -> Mapping[int, Marks]:
        """Without UIDPLUS a move leaves its source behind, marked as deleted: that is not mail any more."""
        if self._link.connection.capabilities.uidplus:
            return listed
        return {uid: marks for uid, marks in listed.items() if Flag.DELETED not in marks[0]}

    async def changes(self, since: int, news: News | None, *, full: bool) -> Differences | None:
        """What changed after MODSEQ `since`; `news` is what the SELECT told of it, None when that has to be asked.

        All UIDs are compared as well when `full`, or when the counts show that this is not all.  None when the server
        does not play along and everything has to be listed.
        """
        link, state = self._link, self._state
        if news is None and not full and state.highestmodseq == since:
            news = News(Listing())
        if news is None:
            try:
                news = News(await survey.changed(link.connection, since) if state.exists else Listing())
            except (Refused, Misbehaved) as error:
                if link.session.closed:
                    raise
                _log.warning("folder %d: no CHANGEDSINCE: %s", link.folder, error.title)
                return None
        ranges = [*news.gone, *state.vanished]
        quiet = full and not (news.marks or ranges or state.doubt)
        # together, since the server needs its time; what comes in between only makes the two differ
        listing = self._listed_ranges() if quiet else _nothing()
        (known, gone, ours), listed = await asyncio.gather(self._known(ranges, news), listing)
        strangers = self.shown(news.marks).keys() - ours.keys()  # some may have come and gone again
        unknown = sorted((uid for uid in strangers if not _within(uid, ranges)), reverse=True)
        left = known - len(gone) + len(unknown) + self._doubts.hidden_in(link.folder)
        found = Differences(news.marks, gone, unknown, (), known, complete=not news.marks.unreadable)
        if state.doubt or left != state.exists:
            return await self._by_search(found)
        if full and (gone or unknown or not await self._same_uids(known, listed)):
            return await self._by_search(found)
        missing = await self._believed(gone, known)
        if len(missing) < len(gone):
            self._lied(len(gone) - len(missing))
        return replace(found, missing=missing)

    async def _by_search(self, found: Differences) -> Differences | None:
        """All UIDs compared; `found` says what the server told to be missing."""
        link, state = self._link, self._state
        if not link.connection.capabilities.uidplus:
            return None  # what moves left behind can only be told by its flags
        # what is known is read before the server lists: what comes in between is unknown, never "removed"
        known = await link.store.read(lambda c: locations.uids(c, link.folder))
        uids = set(await survey.all_uids(link.connection)) if state.exists or state.doubt else set()
        if lies := uids.intersection(found.missing):
            self._lied(len(lies))
        elif state.doubt:
            link.connection.demote(state.doubt)
        missing, unknown = await asyncio.to_thread(_differences, known, 1, uids, uids)
        missing = await self._believed(missing, len(known))
        return replace(found, missing=missing, unknown=unknown, known=len(known))

    async def _known(
        self, ranges: Sequence[tuple[int, int]], news: News
    ) -> tuple[int, list[int], dict[int, MessageId]]:
        """(number of UIDs that are here, those within `ranges`, those of which there is news)."""
        folder = self._link.folder

        def look(connection: sqlite3.Connection) -> tuple[int, list[int], dict[int, MessageId]]:
            return (
                locations.count_uids(connection, folder),
                locations.uids_in(connection, folder, ranges),
                locations.uid_map(connection, folder, news.marks),
            )

        return await self._link.store.read(look)

    async def _listed_ranges(self) -> list[tuple[int, int]]:
        return await survey.all_ranges(self._link.connection) if self._state.exists else []

    async def _same_uids(self, known: int, listed: Sequence[tuple[int, int]] | None) -> bool:
        """Whether the server has just the `known` UIDs that are here; costs little, however many they are."""
        link = self._link
        ranges = await self._listed_ranges() if listed is None else listed
        if not ranges and not known:
            return True
        return await link.store.read(lambda c: locations.are_just(c, link.folder, ranges, known))

    async def listing(self, *, full: bool) -> Differences:
        """The flags of the newest messages; of all when asked, when the counts differ, or when UIDs are unknown."""
        link, state = self._link, self._state
        known = await link.store.read(lambda c: locations.uids(c, link.folder))
        orphaned = await link.store.read(lambda c: locations.orphans(c, link.folder))
        if not known and not state.exists and not orphaned:
            return Differences(complete=True)
        adds_up = len(known) + self._doubts.hidden_in(link.folder) == state.exists
        everything = full or bool(orphaned or state.doubt) or not adds_up
        low = 1 if everything or not known else known[max(0, len(known) - RECENT)]
        listed = await survey.flags(link.connection, low, MAX_UID, known) if state.exists else Listing()
        shown = self.shown(listed)
        there = listed.keys() | listed.unreadable
        missing, unknown = await asyncio.to_thread(_differences, known, low, there, shown)
        if low == 1 and shown is not listed:
            self._hide([listed[uid] for uid in listed.keys() - shown.keys() - set(known)])
        missing = await self._believed(missing, len(known))
        total = len(known) + len(orphaned)
        return Differences(listed, missing, unknown, orphaned, total, everything and not listed.unreadable)

    def _hide(self, marks: Sequence[Marks]) -> None:
        self._doubts.hidden[self._link.folder] = len(marks), sum(Flag.SEEN not in flags for flags, _ in marks)

    async def _believed(self, missing: list[int], known: int) -> list[int]:
        """A server that lost a lot is asked again, in other words, before anything is removed here."""
        # an empty folder cannot be searched everywhere: that it lost everything has to be said in two rounds
        if not self._state.exists or not suspicious(len(missing), known):
            return missing
        await self._link.connection.run("NOOP")
        hidden = await survey.present(self._link.connection, missing)
        if hidden:
            _log.warning("the server hid %d messages of folder %d for a moment", len(hidden), self._link.folder)
        return [uid for uid in missing if uid not in hidden]

    def _lied(self, count: int) -> None:
        self._link.connection.demote(f"{count} messages of folder {self._link.folder} are there that had vanished")


def _differences(
    known: Sequence[int], low: int, listed: Container[int], shown: Iterable[int]
) -> tuple[list[int], list[int]]:
    """(UIDs that only the store has, UIDs that only the server has, newest first)."""
    missing = [uid for uid in known if uid >= low and uid not in listed]
    return missing, sorted(set(shown).difference(known), reverse=True)


def _within(uid: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(low <= uid <= high for low, high in ranges)


async def _nothing() -> None:
    """What is listed where nothing is asked for yet."""
