"""Rows of a list of threads: some of them with their trees, as they are read, and what stands before a subject."""

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from store import listing, thread_lists
from store.model import MessageId, Summary, ThreadId
from store.thread_lists import Place, Shown
from tui.marks import Marks
from tui.window import Lead

DEEPEST = 8
"""Levels of a tree that are drawn; deeper ones stand at this one."""


class Segment(NamedTuple):
    """Some rows, whole threads: messages, and the thread of each."""

    ids: "array[int]"
    threads: "array[int]"

    def runs(self) -> Iterator[tuple[ThreadId, int, int]]:
        """Each thread with its first row and the one after its last."""
        row = 0
        for thread, run in groupby(self.threads):
            first, row = row, row + sum(1 for _ in run)
            yield ThreadId(thread), first, row


class Looked(NamedTuple):
    """What was read of some rows: the rows as they are now, their trees, and summaries."""

    rows: Segment
    shown: Mapping[ThreadId, Shown]
    summaries: Mapping[MessageId, Summary]


def look(
    connection: sqlite3.Connection,
    place: Place,
    segment: Segment,
    wanted: tuple[int, int],
    is_folded: Callable[[int], bool],
) -> Looked:
    """Read the trees of a segment, and the summaries of its rows `wanted[0]` to `wanted[1]` - 1."""
    threads = [thread for thread, _, _ in segment.runs()]
    shown = thread_lists.shown(connection, place, threads)
    rows = laid_out(threads, shown, is_folded)
    near = map(MessageId, rows.ids[wanted[0] : wanted[1]])
    return Looked(rows, shown, summaries(connection, place, near, shown, is_folded))


def summaries(
    connection: sqlite3.Connection,
    place: Place,
    messages: Iterable[MessageId],
    shown: Mapping[ThreadId, Shown],
    is_folded: Callable[[int], bool],
) -> dict[MessageId, Summary]:
    """The summaries of rows; that of a folded thread stands for all that it shows."""
    found = listing.shown(connection, place.folders, messages, starred=place.starred)
    for message, summary in found.items():
        tree = shown.get(summary.thread)
        if tree is not None and is_folded(summary.thread):
            found[message] = tree.folded(summary)
    return found


def laid_out(threads: Iterable[ThreadId], shown: Mapping[ThreadId, Shown], is_folded: Callable[[int], bool]) -> Segment:
    """The rows of threads, in their order; those that show nothing have none."""
    ids, of = array("q"), array("q")
    for thread in threads:
        if thread in shown:
            placed = shown[thread].placed[:1] if is_folded(thread) else shown[thread].placed
            ids.extend(one.member.id for one in placed)
            of.extend([thread] * len(placed))
    return Segment(ids, of)


def lead(tree: Shown, message: MessageId, marks: Marks, *, folded: bool) -> Lead:
    """What stands before the subject of a message: the lines of the tree; of a folded thread how many it holds."""
    number = len(tree.placed)
    if number == 1:
        return Lead()
    if folded:
        unread = f" ({tree.unread} new)" if tree.unread else ""
        return Lead(f"{marks.folded} {number}{unread} ")
    at = next((number for number, one in enumerate(tree.placed) if one.member.id == message), 0)
    lines = tree.placed[at].lines
    if not lines:
        return Lead(f"{marks.unfolded} ")
    topic = tree.placed[at].member.topic
    repeats = bool(topic) and topic == tree.placed[at - 1].member.topic
    if not marks.branch:  # a screen of words
        return Lead(f"answer, level {len(lines)}: ", repeats)
    signs = {"|": marks.trunk, " ": marks.no_trunk, "+": marks.branch, "`": marks.last_branch}
    return Lead("".join(signs[line] for line in lines[-DEEPEST:]), repeats)
