"""A conversation: all messages of a thread, from whatever folder and account, each once and the oldest first."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from protocols.mime.safe import SafeText, line
from store import folders, listing, thread_trees
from store.model import Flag, Folder, FolderId, MessageId, Role, Summary, ThreadId
from store.thread_trees import Member
from tui.place import folder_title

MOST = 1000
"""Messages of one conversation; of a longer one the newest, and the one that was chosen."""
OPEN_ABOVE = 5
"""Of the unread messages above the chosen one so many are open; the others are one line each."""
_LEFT_OUT = frozenset({Role.TRASH, Role.JUNK})


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of a conversation."""

    summary: Summary
    folder: SafeText
    """Where it is, when that is not the place that is shown; else empty."""

    @property
    def is_unread(self) -> bool:
        """Whether nobody has read it."""
        return Flag.SEEN not in self.summary.flags


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is read together."""

    thread: ThreadId
    entries: tuple[Entry, ...]
    chosen: int
    """The entry that was asked for."""

    @property
    def opened(self) -> frozenset[MessageId]:
        """Which entries are open at first: the chosen one, and what is unread."""
        unread = [number for number, entry in enumerate(self.entries) if entry.is_unread]
        above = [number for number in unread if number < self.chosen][-OPEN_ABOVE:]
        wanted = {self.chosen, *above, *(number for number in unread if number > self.chosen)}
        return frozenset(self.entries[number].summary.id for number in wanted)

    @property
    def messages(self) -> frozenset[MessageId]:
        """All that is in it."""
        return frozenset(message for entry in self.entries for message in entry.summary.ids)


def read(connection: sqlite3.Connection, row: Summary, place: Sequence[FolderId], *, starred: bool) -> Conversation:
    """The conversation of a list's row; `place` is what the list shows, empty for a search.

    Of a folded row the first unread message is chosen, else the last.  What is in the trash or taken for junk is left
    out, unless that is where one is.
    """
    thread = listing.threads(connection, [row.id]).get(row.id, row.thread)  # it may have joined another one
    every = thread_trees.members(connection, [thread]).get(thread, [])
    known = {folder.id: folder for folder in folders.every(connection)}
    here = set(row.ids) | {one.id for one in every if one.folder in place}
    wanted = _each_once([one for one in every if one.id in here or not _is_out(known.get(one.folder))], here, row)
    ids = [one.id for one in wanted]
    found = listing.summaries(connection, ids)
    if place:
        found |= listing.shown(connection, place, [one for one in ids if one in here], starred=starred)
    if row.id in found and not row.is_folded and not place:  # a search knows what is one
        found[row.id] = replace(found[row.id], doubles=row.doubles)
    entries = tuple(
        Entry(found[one.id], SafeText("") if one.id in here else _named(known.get(one.folder)))
        for one in wanted
        if one.id in found
    )
    return Conversation(thread, entries, _chosen(entries, row))


def _is_out(folder: Folder | None) -> bool:
    return folder is not None and folder.role in _LEFT_OUT


def _named(folder: Folder | None) -> SafeText:
    return SafeText("") if folder is None else line(folder_title(folder), 60)


def _each_once(every: Sequence[Member], here: Collection[MessageId], row: Summary) -> list[Member]:
    """Of copies in several folders and accounts one: the chosen one, one that is here, else the oldest row."""
    best: dict[object, Member] = {}
    for one in every:
        # the Message-ID alone proves nothing: anybody can copy one, and so hide another's mail
        key = (one.message_id, one.time, one.sender) if one.message_id else one.id
        other = best.get(key)
        if other is None or _rank(one, here, row) < _rank(other, here, row):
            best[key] = one
    found = sorted(best.values(), key=lambda one: (one.time, one.message_id, one.id))
    kept = found[-MOST:]
    return kept if any(one.id == row.id for one in kept) else [*(one for one in found if one.id == row.id), *kept]


def _rank(one: Member, here: Collection[MessageId], row: Summary) -> tuple[bool, bool, int]:
    return one.id != row.id, one.id not in here, one.id


def _chosen(entries: Sequence[Entry], row: Summary) -> int:
    numbers: Mapping[MessageId, int] = {entry.summary.id: number for number, entry in enumerate(entries)}
    if not row.is_folded:
        return numbers.get(row.id, 0)
    mine = sorted(numbers[one] for one in row.ids if one in numbers)
    return next((number for number in mine if entries[number].is_unread), mine[-1] if mine else 0)
